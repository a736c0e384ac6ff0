"""A preset that is a map, as `marginlab verify` trains it: every point once, and all of its claims judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from ..claims import Verdict
from ..experiment.document import Document
from ..protocol.points import PointResult
from ..sweep.plan import planned
from ..sweep.points import points_of
from ..words.errors import Refusal
from ..words.formats import counted
from .progress import ProgressDisplay
from .signals import StopSignals
from .sweep import ended_points, judged, train_points, workers_of
from .sweep_keeper import SweepKeeper

PLACE = "local"
"""Where a map is trained that is verified."""


class MapFailed(RuntimeError):
    """Points of a map failed otherwise than by diverging, or were not trained."""


@dataclass(frozen=True)
class TrainedMap:
    """A map whose points were trained."""

    points: int
    """All that there are."""
    results: Mapping[int, PointResult]
    verdicts: list[Verdict]
    """Of all its claims, in their order."""
    failure: Exception | None
    interrupted: bool

    @property
    def ending(self) -> str:
        """Say how many points came to what."""
        return ended_points(self.points, self.results)

    def json(self) -> dict[str, Any]:
        """Return how many points came to what, and how long they trained."""
        statuses = Counter(result.status for result in self.results.values())
        seconds = sum(result.seconds for result in self.results.values())
        return {
            "count": self.points,
            **{str(status): n for status, n in statuses.items()},
            "seconds": seconds,
        }


def train_map(document: Document, shown: ProgressDisplay, signals: StopSignals, title: str) -> TrainedMap:
    """Train every point of a map by processes of this machine, and judge all of its claims."""
    results: dict[int, PointResult] = {}
    failure: Exception | None = None
    points = 0
    try:
        every = list(points_of(document))
        points = len(every)
        with closing(workers_of(document, every, PLACE)) as workers:
            keeper = SweepKeeper(document, None, {})
            if train_points(
                document, planned(document, every), results, workers, keeper, shown, signals, title
            ):
                failure = MapFailed("its workers were lost")
    except Refusal as refusal:
        failure = refusal
    whys = [result.why for result in results.values() if result.status == "failed"]
    if whys:
        failure = MapFailed(f"{len(whys):,} of {counted(points, 'run')} failed: {whys[0]}")
    verdicts = [verdict for _, verdict in judged(document, results)]
    return TrainedMap(points, results, verdicts, failure, signals.number is not None)
