"""Holds the run under way while no more may wait in memory to be written, and lets it go on by itself."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from .session_store import SessionStore
from .trainer import Trainer


class HeldForRoom(QObject):
    """Pauses and resumes by what both say now: there may be room again before the engine has heard of the pause."""

    held = Signal(str)
    """That the run is paused, in words."""

    def __init__(self, trainer: Trainer, store: SessionStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._trainer = trainer
        self._full = self._holds = False
        store.filled.connect(self._on_filled)
        trainer.state_changed.connect(self._on_state_changed)

    @Slot(bool)
    def _on_filled(self, full: bool) -> None:
        self._full = full
        self._hold_or_let_go()

    @Slot()
    def _on_state_changed(self) -> None:
        if self._trainer.state != "paused":
            self._holds = False
        self._hold_or_let_go()

    def _hold_or_let_go(self) -> None:
        if self._full and not self._holds and self._trainer.state == "running":
            self._holds = True
            self._trainer.pause()
            self.held.emit("The run is paused until what waits could be written.")
        elif self._holds and not self._full and self._trainer.state == "paused":
            self._trainer.resume()
