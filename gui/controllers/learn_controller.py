"""Joins what explains to the window: hints beside the claims."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from gui.model.session_model import SessionModel
from gui.views.side_column import SideColumn


class LearnController(QObject):
    """Shows what the model has to say, and does what people choose of it."""

    def __init__(self, model: SessionModel, side: SideColumn, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._strip = model, side.hints
        model.hints.hints_changed.connect(self._on_hints_changed)
        self._strip.applied.connect(model.hints.apply)
        self._strip.dismissed.connect(model.hints.dismiss)
        self._on_hints_changed()

    @Slot()
    def _on_hints_changed(self) -> None:
        self._strip.show_hints(self._model.hints.shown)
