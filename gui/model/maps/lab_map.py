"""One map of a session as the window knows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.experiment.document import Document
from engine.experiment.sweep import Grid
from engine.protocol.point_table import PointTable
from engine.protocol.points import PointResult
from engine.sweep.conduct import SweepProgress

MapState = Literal["at rest", "preparing", "training", "paused"]


@dataclass
class LabMap:
    """A map: its document, what is known of its points, and how far its training has come."""

    id: str
    document: Document
    table: PointTable
    name: str
    results: dict[int, PointResult] = field(default_factory=dict)
    """What became of points, by number, without curves and parameters."""
    keys: Sequence[str] | None = None
    """What stands for each point's experiment, by its number, once they were worked out."""
    is_read: bool = True
    """Whether its results are taken up from the session."""
    state: MapState = "at rest"
    progress: SweepProgress | None = None
    sentence: str = ""
    """What was last said of its training, for people."""

    @classmethod
    def of(cls, id: str, document: Document, *, is_read: bool = True) -> LabMap:
        """Return a map of which nothing is known.

        Raises:
            Refusal: where the document is no map any more.
        """
        assert document.sweep is not None, "it is a map"
        table = PointTable(Grid.of(document.base, document.sweep))
        return cls(id, document, table, document.base.title or "map", is_read=is_read)

    @property
    def grid(self) -> Grid:
        """Return its axes."""
        return self.table.grid

    @property
    def is_complete(self) -> bool:
        """Say whether there is nothing left to train."""
        counts = self.table.counts
        return counts.get("done", 0) + counts.get("diverged", 0) == self.grid.runs

    @property
    def is_under_way(self) -> bool:
        """Say whether it is being trained."""
        return self.state != "at rest"

    def take(self, results: Sequence[PointResult]) -> None:
        """Take up what became of points."""
        self.table.take(results)
        self.results.update((result.point, result) for result in results)

    def begin_with(self, results: dict[int, PointResult], table: PointTable) -> None:
        """Take up what a session knows, and then again what came meanwhile."""
        meanwhile = list(self.results.values())
        self.results, self.table = results, table
        self.take(meanwhile)
