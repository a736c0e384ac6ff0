"""One map of a session as the window knows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.experiment.document import Document, DocumentRef
from engine.experiment.sweep import Grid
from engine.protocol.point_table import PointTable
from engine.protocol.points import GOOD, PointResult
from engine.session import StoredSweep
from engine.session.session_maps import SessionMaps
from engine.sweep.conduct import SweepProgress
from engine.sweep.known import Files, are_other_files, known_points
from engine.words.errors import Refusal
from engine.words.formats import counted, estimated_duration

from ..run import ODD, why_unreadable


def document_of(sweep: StoredSweep) -> Document:
    """Return the document of a stored map.

    Raises:
        Refusal: where it cannot be read, or is no map any more.
    """
    try:
        document = DocumentRef(sweep.text, folder=sweep.folder).document()
    except Refusal:
        raise
    except ODD as error:
        raise Refusal("", None, why_unreadable(error)) from error
    if document.sweep is None:
        raise Refusal("", None, "it is no map any more")
    return document


RUN, CONTINUE = "Run map", "Continue map"
MapState = Literal["at rest", "preparing", "training", "paused"]


@dataclass(frozen=True)
class ReadMap:
    """What a session knows of the points of a map."""

    id: str
    results: dict[int, PointResult]
    """What became of those that are as they would be trained now, by number."""
    table: PointTable
    stale: str
    """What was trained otherwise, in words."""
    files: Files
    """The files of data that this was judged by."""

    @classmethod
    def of(cls, session: SessionMaps, id: str, document: Document, grid: Grid) -> ReadMap:
        """Read them.

        Raises:
            Refusal: where the session cannot be read.
        """
        known, table = known_points(document, session.points(id)), PointTable(grid)
        table.take(known.results.values())
        _ = table.axes  # the words of a thousand values are made here, in no turn of the window
        return cls(id, known.results, table, known.stale, known.files)


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
    stale: str = ""
    """What of its points was trained otherwise than it would be now, in words: that is not shown."""
    files: Files = field(default_factory=dict)
    """The files of data that it was last judged by; none where that was long ago."""

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
        return sum(counts.get(status, 0) for status in GOOD) == self.grid.runs

    @property
    def word(self) -> str:
        """Return what training it is called: it begins, or goes on."""
        return CONTINUE if self.table.known and not self.is_complete else RUN

    def in_words(self, *, anew: bool) -> str:
        """Say how it stands; anew: whether its button trains what was trained otherwise."""
        if self.state == "preparing":
            return f"{self.name}: its points are worked out"
        told = ", ".join(f"{count:,} {status}" for status, count in self.table.counts.items())
        said = [f"{self.table.known:,} of {self.grid.runs:,}{f': {told}' if told else ''}"]
        if self.stale and not self.is_under_way:
            said += [self.stale, *([f"{self.word} trains that anew"] if anew else [])]
        progress = self.progress
        if progress is not None and progress.left is not None and self.state != "paused":
            said.append(f"about {estimated_duration(progress.left)} left")
        if progress is not None and progress.lost:
            said.append(f"{counted(progress.lost, 'worker')} lost")
        if self.state == "paused":
            said.append("paused")
        return f"{self.name}: {'; '.join(said)}"

    @property
    def is_under_way(self) -> bool:
        """Say whether it is being trained."""
        return self.state != "at rest"

    def take(self, results: Sequence[PointResult]) -> None:
        """Take up what became of points."""
        self.table.take(results)
        self.results.update((result.point, result.bare) for result in results)

    def begin_with(self, read: ReadMap) -> None:
        """Take up what a session knows, and then again what came meanwhile."""
        meanwhile = [] if self.is_read else list(self.results.values())
        was_trained = not self.is_read and self.keys is not None
        self.results, self.table, self.files, self.is_read = read.results, read.table, read.files, True
        self.stale = "" if was_trained else read.stale
        self.take(meanwhile)

    def unread(self) -> None:
        """Forget what a session knows: that is to be read again."""
        self.results, self.table, self.files = {}, PointTable(self.grid), {}
        self.keys, self.stale, self.is_read = None, "", False

    @property
    def can_be_other(self) -> bool:
        """Say whether what was read of it may be so no more: its data are files, and nobody trains it."""
        return self.is_read and self.grid.reads_files and not self.is_under_way

    def keep_only(self, known: Collection[int]) -> bool:
        """Forget what ended well but is none of these points: it would be trained otherwise now; say whether any is."""
        gone = [n for n, result in self.results.items() if result.status in GOOD and n not in known]
        self.table.forget(gone)
        for number in gone:
            del self.results[number]
        self.stale = ""
        return bool(gone)


def those_of_other_files(maps: Iterable[LabMap]) -> list[LabMap]:
    """Return the maps whose files of data are others than those they were judged by, or where nobody knows which."""
    return [known for known in maps if not known.files or are_other_files(known.document, known.files)]
