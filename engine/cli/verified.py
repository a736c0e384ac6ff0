"""A preset that was run to see whether its claims end as they say: what is left of it for people and for files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..claims import Verdict, judge_all
from ..experiment.document import Document
from ..protocol.messages import STEPS
from .app import explained
from .keeper import Keeper
from .progress import ProgressDisplay
from .run import ending
from .signals import StopSignals
from .status import Status
from .training_run import Trained, train_all
from .verified_map import train_map

Planned = tuple[str, Document, str]
"""The id of a preset, what it says with its seed and backend, and its title: what tells it from the others."""


@dataclass(frozen=True)
class Failure:
    """What went wrong with a preset."""

    status: Status
    words: str


@dataclass(frozen=True)
class Verified:
    """One preset, run with one seed: small, since another process may have run it."""

    id: str
    title: str
    """Its id, with its seed and backend where they were asked for."""
    document: Document
    verdicts: Sequence[Verdict] = ()
    endings: Sequence[str] = ()
    """How its runs ended, a sentence each."""
    counts: dict[str, Any] = field(default_factory=dict)
    """How many steps or points it took, as files tell it."""
    failure: Failure | None = None
    interrupted: bool = False

    @property
    def as_expected(self) -> bool:
        """Say whether it ran to its end, and every claim ended as it says."""
        whole = self.failure is None and not self.interrupted
        return whole and all(verdict.as_expected for verdict in self.verdicts)


def broken(planned: Planned, failure: Failure) -> Verified:
    """Return what is left of a run that ended without a word: none of its claims is judged."""
    id, document, title = planned
    return Verified(id, title, document, judge_all(document, {}), failure=failure)


def verified_run(
    id: str, document: Document, shown: ProgressDisplay, signals: StopSignals, title: str
) -> Verified:
    """Train every experiment of a preset, and judge its claims."""
    trained = train_all(document, shown, Keeper(document), signals, title)
    failure = next((one.failure for one in trained if one.failure is not None), None)
    return Verified(
        id,
        title,
        document,
        judge_all(document, {one.name: one.history for one in trained}),
        [ending(one) for one in trained],
        {"runs": {one.name: _counts(one) for one in trained}},
        _told(failure),
        any(one.interrupted for one in trained),
    )


def verified_map(
    id: str, document: Document, shown: ProgressDisplay, signals: StopSignals, title: str
) -> Verified:
    """Train every point of a preset that is a map, and judge its claims."""
    whole = train_map(document, shown, signals, title)
    return Verified(
        id,
        title,
        document,
        whole.verdicts,
        [whole.ending],
        {"points": whole.json()},
        _told(whole.failure),
        whole.interrupted,
    )


def _told(error: Exception | None) -> Failure | None:
    return None if error is None else Failure(*explained(error))


def _counts(trained: Trained) -> dict[str, Any]:
    history = trained.history
    return {
        "status": history.status,
        "steps": history.step,
        "steps_by": history.started.environment.get(STEPS, "") if history.started else "",
        "seconds": history.seconds,
    }
