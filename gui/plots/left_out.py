"""What plots leave out, in words: runs that are not drawn, and diverged ones that go beyond the axes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.figures.held import diverged_words
from gui.choices_row import ChoicesRow
from gui.layouts import in_column
from gui.plain_text import PlainLabel, tooltip
from gui.tool_buttons import tool_button

from .traces import Trace

SHOW, FIT = "Show all of them", "Fit to the others"
HELP = {
    SHOW: "Let the axes hold what diverged, too. Exported figures follow.",
    FIT: "Let the axes hold what did not diverge; the rest goes beyond them. Exported figures follow.",
}


class DivergedLine(QWidget):
    """Is there only where something diverged beyond what did not; offers the other way of scaling axes."""

    hold_chosen = Signal(bool)
    """Whether the axes are to hold what diverged, too."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("diverged_line")
        self.words = PlainLabel("", self)
        self.words.setObjectName("diverged_words")
        self.words.setProperty("role", "faint")
        self.button = tool_button(SHOW, self, name="diverged_button", help=HELP[SHOW])
        row = ChoicesRow((8, 0, 8, 2), self)
        row.add(self.words, self.button)
        self.button.clicked.connect(self._on_clicked)
        self._held = False
        self.hide()

    def show_words(self, words: str, *, held: bool) -> None:
        """Say how many diverged that go beyond the axes, or would were they not held; '' for none."""
        self._held = held
        if words:
            self.words.setText(f"The axes hold {words}, too." if held else f"Beyond the axes: {words}.")
            offer = FIT if held else SHOW
            self.button.setText(offer)
            self.button.setToolTip(tooltip(HELP[offer]))
        self.setVisible(bool(words))

    @Slot()
    def _on_clicked(self) -> None:
        self.hold_chosen.emit(not self._held)


class LeftOut(QWidget):
    """Both, one above the other; no higher than what there is to say."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.note = PlainLabel("", self)
        self.note.setObjectName("left_out")
        self.note.setProperty("role", "faint")
        self.note.setWordWrap(True)
        self.note.setContentsMargins(8, 0, 8, 4)
        self.note.hide()
        self.diverged = DivergedLine(self)
        in_column((self.note, self.diverged), self)

    def show_note(self, words: str) -> None:
        """Say which runs are not drawn; '' for none."""
        if words != self.note.text():
            self.note.setText(words)
            self.note.setVisible(bool(words))

    def show_beyond(self, traces: Sequence[Trace], beyond: Collection[str], *, held: bool) -> None:
        """Say which diverged runs go beyond the axes, or would were they not held."""
        nouns = ("group", "run") if any(trace.is_group for trace in traces) else ("run", "replica")
        words = diverged_words((trace.history for trace in traces if trace.run in beyond), *nouns)
        self.diverged.show_words(words, held=held)
