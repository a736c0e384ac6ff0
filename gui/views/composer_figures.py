"""The line of the composer that says which of the session's figures is composed."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QInputDialog, QWidget

from engine.figures.figure_file import FigureSpec
from engine.words.errors import Refusal
from gui.choice_box import ChoiceBox
from gui.choices_row import ChoicesRow
from gui.model.kept_figures import KeptFigures
from gui.plain_text import PlainLabel, tooltip
from gui.tool_buttons import tool_button

DRAFT = "New figure"
"""What one is called that nobody has changed yet."""
UNREADABLE = "(cannot be read)"


class FiguresLine(QWidget):
    """Chooses a figure, begins another, renames it, deletes it and puts it back."""

    chosen = Signal(object)
    """A figure, to be composed now."""
    refused = Signal(object)

    def __init__(self, kept: KeptFigures, first: FigureSpec, parent: QWidget) -> None:
        """Show what is kept; a new figure begins as `first`."""
        super().__init__(parent)
        self._kept, self._first = kept, first
        self.box = ChoiceBox(self)
        self.box.setObjectName("composed_figures")
        self.box.setToolTip(
            tooltip("The figures of this session; each is kept as it is now, a new one once it is changed.")
        )
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
            "Delete", self, name="delete_figure", help="Take this figure out of the session; files stay."
        )
        self.back_button = tool_button("Put back", self, name="put_figure_back")
        row = ChoicesRow((8, 4, 8, 2), self)
        row.add(label)
        row.add(self.box, stretch=1)
        row.add(self.new_button, self.rename_button, self.delete_button, self.back_button)
        self.box.activated.connect(self._on_activated)
        self.new_button.clicked.connect(self._on_new)
        self.rename_button.clicked.connect(self._on_rename)
        self.delete_button.clicked.connect(self._on_delete)
        self.back_button.clicked.connect(self.put_back)
        self.show_kept()

    def take(self, figure: FigureSpec, name: str) -> None:
        """Keep one more figure under a name, as of a file, and compose it."""
        self._kept.add(figure, name)
        self._show()

    def rename(self, name: str) -> None:
        """Call the figure that is composed otherwise."""
        self._kept.rename(name)
        self.show_kept()

    def show_kept(self) -> None:
        """Show what is kept now; those that cannot be read say so."""
        kept, readable = self._kept, self._kept.readable()
        names = [(name, name if name in readable else f"{name} {UNREADABLE}") for name in kept.texts]
        if kept.draft is not None:
            names.append(("", DRAFT))
        self.box.offer(names, kept.name)
        self.delete_button.setEnabled(kept.draft is None)
        self.back_button.setVisible(bool(kept.deleted))
        if kept.deleted:
            self.back_button.setToolTip(
                tooltip(f"Put “{kept.deleted[-1][1]}” back, which was deleted (Ctrl+Z).")
            )

    @Slot()
    def put_back(self) -> None:
        """Put back the figure that was deleted last, where one was."""
        if self._kept.deleted:
            self._kept.put_back()
            self._show()

    def _show(self) -> None:
        self.show_kept()
        self.chosen.emit(self._kept.composed())

    @Slot(int)
    def _on_activated(self, place: int) -> None:
        name = str(self.box.offered(place))
        if name == self._kept.name:
            return
        try:
            self._kept.show(name)
        except Refusal as refusal:
            self.show_kept()
            self.refused.emit(refusal)
            return
        self._show()

    @Slot()
    def _on_new(self) -> None:
        self._kept.begin(self._first)
        self._show()

    @Slot()
    def _on_rename(self) -> None:
        name, wanted = QInputDialog.getText(self, "Rename figure", "Name", text=self._kept.name)
        if wanted:
            self.rename(name)

    @Slot()
    def _on_delete(self) -> None:
        self._kept.remove(self._first)
        self._show()
