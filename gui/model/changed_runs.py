"""Runs that changed, and of which the session is still to know: of thousands some in each turn of the event loop."""

from __future__ import annotations

from itertools import islice

from PySide6.QtCore import QObject, QTimer, Slot

from .run_list import RunList
from .session_store import SessionStore

NOTED_AT_ONCE = 500


class ChangedRuns(QObject):
    """Lets the session know of what changed in the list, soon."""

    def __init__(self, run_list: RunList, store: SessionStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run_list, self._store = run_list, store
        self.is_restoring = False
        """Whether the list is made to be what the session says: that is nothing that the session is to know."""
        self._given_up: set[str] = set()
        """Runs that cannot be read: they are not in the list, and stay in the file."""
        self._waiting: dict[str, None] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._note_next)
        run_list.runs_added.connect(self._on_runs_changed)
        run_list.runs_changed.connect(self._on_runs_changed)
        run_list.runs_removed.connect(self._on_runs_removed)
        run_list.runs_forgotten.connect(store.forget_runs)
        run_list.unreadable.connect(self._on_unreadable)

    def note_all(self) -> None:
        """Note all of them now, as before the session is saved or left."""
        self._note_next(len(self._waiting))

    def forget(self) -> None:
        """Let go of what waits: another session is shown."""
        self._waiting.clear()
        self._given_up.clear()

    @Slot(list)
    def _on_runs_changed(self, ids: list[str]) -> None:
        if not self.is_restoring:
            self._waiting.update(dict.fromkeys(ids))
            self._note_next()

    @Slot(list)
    def _on_runs_removed(self, ids: list[str]) -> None:
        if not self.is_restoring:
            for id in set(ids) - self._given_up:
                self._store.remove_run(id)

    @Slot(str, str)
    def _on_unreadable(self, id: str, _sentence: str) -> None:
        self._given_up.add(id)

    @Slot()
    def _note_next(self, most: int | None = None) -> None:
        for id in list(islice(self._waiting, NOTED_AT_ONCE if most is None else most)):
            del self._waiting[id]
            run = self._run_list.get(id)
            if run is not None:
                self._store.note_run(run)
        if self._waiting:
            self._timer.start()
