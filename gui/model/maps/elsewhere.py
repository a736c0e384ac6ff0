"""How many runs of a map a session knows from its other maps: training takes these up, and trains the rest alone."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from engine.experiment.document import Document
from engine.experiment.sweep import Grid
from engine.protocol.points import GOOD
from engine.session.session_maps import SessionMaps
from engine.session.sweeps import are_alike
from engine.sweep.points import points_of
from engine.words.errors import Refusal

from ..latest_work import LatestWork

MOST = 20_000
"""Runs of a map up to which they are looked for: each one's key is worked out."""


@dataclass(frozen=True)
class _Count:
    """What was counted of a document, how much was known of its own map then, and where."""

    kept: SessionMaps | None
    document: Document
    own: int
    turn: int
    count: int = 0

    def is_of(self, other: _Count) -> bool:
        """Say whether it counts the same runs in the same session, perhaps at another time."""
        same = self.kept is other.kept and self.own == other.own
        return same and are_alike(self.document, other.document)


class KnownElsewhere(QObject):
    """Counts in a thread of its own, once a document until maps are others, and says when it is done."""

    counted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._last: _Count | None = None
        self._turn = 0
        """How often maps became others."""
        self._work = LatestWork(self)
        self._work.done.connect(self._on_counted)

    def forget(self) -> None:
        """Count again when somebody asks: maps came, went, or know more than before."""
        self._turn += 1

    def of(self, kept: SessionMaps | None, id: str, document: Document, own: int) -> int:
        """Return how many runs of a document's map others have; what was so before, or 0, while that is being counted.

        Args:
            kept: what the session has of maps; None without one.
            id: of the document's own map; '' where there is none yet.
            document: the map.
            own: how many of its runs its own map knows.
        """
        last, wanted = self._last, _Count(kept, document, own, self._turn)
        if last is not None and last.is_of(wanted):
            if last.turn == self._turn:
                return last.count
            wanted = replace(wanted, count=last.count)
        if kept is None or document.sweep is None or all(sweep.id == id for sweep in kept.all):
            wanted = replace(wanted, count=0)
            self._work.forget()
        else:
            self._work.ask(partial(_counted, id, wanted))
        self._last = wanted
        return wanted.count

    @Slot(object)
    def _on_counted(self, found: object) -> None:
        if isinstance(found, _Count):
            self._last = found
            self.counted.emit()


def _counted(id: str, wanted: _Count) -> _Count:
    """Return it with what others have of its runs; what cannot be read is trained again."""
    kept, sweep = wanted.kept, wanted.document.sweep
    assert kept is not None and sweep is not None, "it is a map of a session"
    if Grid.of(wanted.document.base, sweep).runs > MOST:
        return replace(wanted, count=0)
    numbers = {point.key: point.number for point in points_of(wanted.document)}
    had, others = set[int](), set[int]()
    with suppress(Refusal):
        had = set(kept.there(id, numbers)) if id else had
    for other in kept.all:
        if other.id != id:
            with suppress(Refusal):
                points = kept.points(other.id).items()
                others |= {numbers[key] for key, result in points if key in numbers and result.status in GOOD}
    return replace(wanted, count=len(others - had))
