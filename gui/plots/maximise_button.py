"""The button in a plot's corner that lets it fill the tab, and brings the others back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtWidgets import QToolButton, QWidget

from gui.icons import icon
from gui.text_size import scaled, text_size
from gui.theme import theme

ICON = 13
"""Pixels, with text of the usual size."""


class MaximiseButton(QToolButton):
    """Shows what a press would do."""

    def __init__(self, id: str, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._title, self._is_alone = title, False
        self.setObjectName(f"maximise_{id}")
        self.setAutoRaise(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        text_size().changed.connect(self._dress)
        self._dress()

    def show_alone(self, alone: bool) -> None:
        """Take up whether the plot fills the tab."""
        if alone != self._is_alone:
            self._is_alone = alone
            self._dress()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    @Slot()
    def _dress(self) -> None:
        words = "Show the other plots again. [Escape]" if self._is_alone else "Let this plot fill the tab."
        self.setToolTip(words)
        self.setAccessibleName(f"{self._title}: {words.partition('.')[0]}")
        faint = theme().colours.faint
        self.setIcon(icon("restore", faint) if self._is_alone else icon("maximise", faint))
        self.setIconSize(QSize(scaled(ICON), scaled(ICON)))
