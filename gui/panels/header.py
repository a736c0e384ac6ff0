"""The top of the left column: the experiment's title, and one line of what waits or was refused."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.words.errors import Refusal
from gui.forms.row import MARGIN, FieldLabel
from gui.forms.text_editors import TextEditor
from gui.forms.tones import ToneLabel


class Header(QWidget):
    """Shows the title, to be edited by a click; above it refusals without a field, else what waits."""

    title_edited = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = ToneLabel(wrap=True, parent=self)
        self.notice.setObjectName("experiment notice")
        self._words = FieldLabel("", strong=True, parent=self)
        self._words.setToolTip("<p>What people call this experiment; click to change it.</p>")
        self._words.setCursor(Qt.CursorShape.IBeamCursor)
        font = self._words.font()
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self._words.setFont(font)
        self._title = TextEditor(placeholder="title of the experiment", parent=self)
        self._title.setObjectName("experiment title")
        self._title.line.setAccessibleName("title of the experiment")
        self._title.hide()
        self._refusals: tuple[Refusal, ...] = ()
        self._waiting = 0
        self._shown: str | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 8, 10, 8)
        column.setSpacing(1)
        for widget in (self.notice, self._words, self._title):
            column.addWidget(widget)
        self._words.clicked.connect(self.edit)
        self._title.committed.connect(self._on_committed)
        self._title.line.editingFinished.connect(self._on_left)
        self._title.line.escaped.connect(self._on_left)
        self._say()

    @property
    def title(self) -> TextEditor:
        """The editor of the title, which a click on the title brings up."""
        return self._title

    @property
    def words(self) -> FieldLabel:
        """The title as it is read."""
        return self._words

    def show_title(self, title: str) -> None:
        if title != self._shown:
            self._shown = title
            self._title.show_value(title)
            self._words.setText(title or "Untitled experiment")

    def show_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Show refusals that have no field of their own."""
        self._refusals = tuple(refusals)
        self._say()

    def show_waiting(self, edits: int) -> None:
        """Say how many edits wait for a new run."""
        self._waiting = edits
        self._say()

    def _say(self) -> None:
        # the line keeps its place when there is nothing to say, so that rows do not move beneath the mouse
        if self._refusals:
            self.notice.set_tone("error")
            self.notice.setText("\n".join(f"✕ {refusal}" for refusal in self._refusals))
        elif self._waiting:
            many = "1 edit waits" if self._waiting == 1 else f"{self._waiting} edits wait"
            self.notice.set_tone("notice")
            self.notice.setText(f"↻ {many} for a new run")
        else:
            self.notice.set_tone("faint")
            self.notice.setText("Experiment")

    def _edit(self, editing: bool) -> None:
        self._title.setVisible(editing)
        self._words.setVisible(not editing)

    @Slot()
    def edit(self) -> None:
        """Let the title be edited."""
        self._edit(True)
        self._title.line.selectAll()
        self._title.activate()

    @Slot(object)
    def _on_committed(self, title: object) -> None:
        if title != self._shown:
            self.title_edited.emit(str(title))

    @Slot()
    def _on_left(self) -> None:
        self._edit(False)
