"""The line of the composer that says which of the session's figures is composed."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QInputDialog, QWidget

from engine.figures.figure_file import FigureSpec
from engine.words.errors import Refusal
from gui.choices_row import ChoicesRow
from gui.model.kept_figures import KeptFigures
from gui.plain_text import PlainLabel, tooltip
from gui.tool_buttons import tool_button


class FiguresLine(QWidget):
    """Chooses a figure, begins another, renames it, forgets it."""

    chosen = Signal(object)
    """A figure, to be composed now."""
    refused = Signal(object)

    def __init__(self, kept: KeptFigures, first: FigureSpec, parent: QWidget) -> None:
        """Show what is kept; a new figure begins as `first`."""
        super().__init__(parent)
        self._kept, self._first = kept, first
        self.box = QComboBox(self)
        self.box.setObjectName("composed_figures")
        self.box.setToolTip(tooltip("The figures of this session; each is kept as it is now."))
        self.box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(12)
        label = PlainLabel("Figure", self)
        label.setBuddy(self.box)
        self.new_button = tool_button(
            "New", self, name="new_figure", help="Begin another figure with what is on screen."
        )
        self.rename_button = tool_button(
            "Rename…", self, name="rename_figure", help="Call this figure otherwise."
        )
        self.delete_button = tool_button(
            "Delete", self, name="delete_figure", help="Forget this figure; files stay."
        )
        row = ChoicesRow((8, 4, 8, 2), self)
        row.add(label)
        row.add(self.box, stretch=1)
        row.add(self.new_button, self.rename_button, self.delete_button)
        self.box.activated.connect(self._on_activated)
        self.new_button.clicked.connect(self._on_new)
        self.rename_button.clicked.connect(self._on_rename)
        self.delete_button.clicked.connect(self._on_delete)
        self._fill()

    def take(self, figure: FigureSpec, name: str) -> None:
        """Keep one more figure under a name, as of a file, and compose it."""
        self._kept.add(figure, name)
        self._show()

    def rename(self, name: str) -> None:
        """Call the figure that is composed otherwise."""
        self._kept.rename(name)
        self._fill()

    def _fill(self) -> None:
        self.box.clear()
        self.box.addItems(list(self._kept.texts))
        self.box.setCurrentText(self._kept.shown)
        self.delete_button.setEnabled(len(self._kept.texts) > 1)

    def _show(self) -> None:
        self._fill()
        self.chosen.emit(self._kept.figure(self._kept.shown))

    @Slot(int)
    def _on_activated(self, place: int) -> None:
        name = self.box.itemText(place)
        try:
            self._kept.figure(name)
        except Refusal as refusal:
            self.box.setCurrentText(self._kept.shown)
            self.refused.emit(refusal)
            return
        self._kept.shown = name
        self._show()

    @Slot()
    def _on_new(self) -> None:
        self._kept.add(self._first)
        self._show()

    @Slot()
    def _on_rename(self) -> None:
        name, wanted = QInputDialog.getText(self, "Rename figure", "Name", text=self._kept.shown)
        if wanted:
            self.rename(name)

    @Slot()
    def _on_delete(self) -> None:
        self._kept.remove()
        self._on_activated(self.box.findText(self._kept.shown))
