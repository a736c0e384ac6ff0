"""Joins what explains to the window: hints beside the claims, the handbook."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QDialog, QWidget

from gui.model.session_model import SessionModel
from gui.views.side_column import SideColumn


class LearnController(QObject):
    """Shows what the model has to say, and does what people choose of it."""

    def __init__(self, model: SessionModel, side: SideColumn, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._model, self._strip = model, side.hints
        model.hints.hints_changed.connect(self._on_hints_changed)
        self._strip.applied.connect(model.hints.apply)
        self._strip.dismissed.connect(model.hints.dismiss)
        self._strip.more_wanted.connect(self.open_handbook)
        self._on_hints_changed()

    @Slot()
    def handbook(self) -> None:
        """Show the handbook from its beginning, or where it was left open."""
        left = self._window.findChild(QDialog, "handbook")
        self.open_handbook("" if left is not None and left.isVisible() else "guide")

    @Slot(str)
    def open_handbook(self, place: str) -> None:
        """Show a place of the handbook, such as 'theory#95-adam'; '' brings it to the front as it is."""
        from gui.handbook.handbook_dialog import HandbookDialog

        open_ones = [d for d in self._window.findChildren(HandbookDialog) if d.isVisible()]
        dialog = open_ones[0] if open_ones else HandbookDialog(self._window)
        if place:
            dialog.open_place(place)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()

    @Slot()
    def _on_hints_changed(self) -> None:
        self._strip.show_hints(self._model.hints.shown)
