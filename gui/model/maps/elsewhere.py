"""How many runs of a map a session knows from its other maps: training takes these up, and trains the rest alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from engine.experiment.document import Document
from engine.experiment.sweep import Grid
from engine.protocol.points import GOOD
from engine.session.session_maps import SessionMaps
from engine.session.sweeps import are_alike
from engine.sweep.points import points_of

from ..latest_work import LatestWork

MOST = 20_000
"""Runs of a map up to which they are looked for: each one's key is worked out."""


@dataclass(frozen=True)
class _Count:
    """What was counted of a document, and how much was known of its own map then."""

    document: Document
    own: int
    count: int = 0


class KnownElsewhere(QObject):
    """Counts in a thread of its own, once a document, and says when it is done."""

    counted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._last: _Count | None = None
        self._work = LatestWork(self)
        self._work.done.connect(self._on_counted)

    def of(self, kept: SessionMaps | None, id: str, document: Document, own: int) -> int:
        """Return how many runs of a document's map others have; 0 while that is being counted.

        Args:
            kept: what the session has of maps; None without one.
            id: of the document's own map; '' where there is none yet.
            document: the map.
            own: how many of its runs its own map knows.
        """
        last = self._last
        if last is not None and last.own == own and are_alike(last.document, document):
            return last.count
        self._last = _Count(document, own)
        if kept is not None and document.sweep is not None and any(sweep.id != id for sweep in kept.all):
            self._work.ask(partial(_counted, kept, id, self._last))
        return 0

    @Slot(object)
    def _on_counted(self, found: object) -> None:
        if isinstance(found, _Count):
            self._last = found
            self.counted.emit()


def _counted(kept: SessionMaps, id: str, wanted: _Count) -> _Count:
    sweep = wanted.document.sweep
    assert sweep is not None, "it is a map"
    if Grid.of(wanted.document.base, sweep).runs > MOST:
        return wanted
    numbers = {point.key: point.number for point in points_of(wanted.document)}
    had = set(kept.there(id, numbers)) if id else set[int]()
    others = set[int]()
    for other in kept.all:
        if other.id != id:
            points = kept.points(other.id).items()
            others |= {numbers[key] for key, result in points if key in numbers and result.status in GOOD}
    return _Count(wanted.document, wanted.own, len(others - had))
