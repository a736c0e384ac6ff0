"""Reads runs that are only listed, one a turn of the event loop, and lets go of those that nobody looks at."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, QTimer, Slot

from .run import Run
from .run_list import RunList

MOST_AT_HAND = 2**28
"""Bytes of records, of runs that nobody looks at, that are kept for when somebody does again."""


class RunReader(QObject):
    """Fetches what is wanted, the first first; what is wanted no longer is not fetched."""

    def __init__(self, run_list: RunList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run_list = run_list
        self._wanted: dict[str, list[str]] = {}
        """By who wants it, in the order in which it is to be read."""
        self._at_hand: dict[str, int] = {}
        """Bytes by run, those first that were wanted last the longest ago."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._read_next)
        run_list.run_read.connect(self._on_run_read)
        run_list.selection_changed.connect(self._on_selection_changed)

    def want(self, who: str, ids: Iterable[str]) -> None:
        """Have these runs read, and kept at hand as long as they are wanted."""
        self._wanted[who] = list(ids)
        for id in self._wanted[who]:
            if id in self._at_hand:
                self._at_hand[id] = self._at_hand.pop(id)
        self._timer.start(0)

    @Slot()
    def _read_next(self) -> None:
        for ids in self._wanted.values():
            for id in ids:
                run = self._run_list.get(id)
                if run is not None and not run.is_at_hand:
                    self._run_list.make_ready(run)
                    self._timer.start(0)
                    return
        self._let_go()

    @Slot(str)
    def _on_run_read(self, id: str) -> None:
        run = self._run_list.get(id)
        if run is not None:
            self._note(run)

    @Slot()
    def _on_selection_changed(self) -> None:
        self._wanted["selection"] = [self._run_list.selected_id]

    def know(self, runs: Iterable[Run]) -> None:
        """Take up runs that were at hand before they came into the list."""
        self._at_hand.clear()
        for run in runs:
            if run.is_at_hand:
                self._note(run)

    def _note(self, run: Run) -> None:
        if run.size:
            self._at_hand[run.id] = run.size

    def _let_go(self) -> None:
        """Free what was not wanted for the longest time, beyond what is kept."""
        kept = {id for ids in self._wanted.values() for id in ids}
        idle = {id: size for id, size in self._at_hand.items() if id not in kept}
        over = sum(idle.values()) - MOST_AT_HAND
        for id, size in idle.items():
            if over <= 0:
                break
            del self._at_hand[id]
            run = self._run_list.get(id)
            if run is not None:
                run.let_go()
            over -= size
