"""The top of the left column: the experiment's title, and one line of what waits or was refused."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.experiment.refusals import Refusal
from gui.forms.row import MARGIN
from gui.forms.text_editors import TextEditor
from gui.forms.tones import ToneLabel


class Header(QWidget):
    """Shows the title to be edited; above it refusals without a field, else what waits for a new run."""

    title_edited = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = TextEditor(placeholder="Untitled experiment", parent=self)
        self._title.setObjectName("experiment title")
        line = self._title.line
        line.setFrame(False)
        font = line.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.1)
        line.setFont(font)
        line.setToolTip("<p>What people call this experiment; click to change it.</p>")
        line.setAccessibleName("title of the experiment")
        line.setStyleSheet("background: transparent; padding: 0; margin-left: -2px")
        # a window that opens must not begin by typing into its title
        line.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.notice = ToneLabel(wrap=True, parent=self)
        self.notice.setObjectName("experiment notice")
        self._refusals: tuple[Refusal, ...] = ()
        self._waiting = 0
        self._shown = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, 8, 10, 8)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self._title)
        self._title.committed.connect(self._on_committed)
        self._say()

    @property
    def title(self) -> TextEditor:
        """The editor of the title."""
        return self._title

    def show_title(self, title: str) -> None:
        if title != self._shown:
            self._shown = title
            self._title.show_value(title)

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

    @Slot(object)
    def _on_committed(self, title: object) -> None:
        self.title_edited.emit(str(title))
