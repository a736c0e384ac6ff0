"""Notes: about the run looked at, and about the whole session."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTabBar, QVBoxLayout, QWidget

HINTS = ("About this run: what was seen, and where.", "About the session as a whole.")
NO_RUN = "Select a run to write about it."


class NotesEdit(QWidget):
    """Plain text in two places, one shown at a time."""

    run_notes_edited = Signal(str)
    session_notes_edited = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notes_edit")
        self.tabs = QTabBar(self)
        self.tabs.setObjectName("notes_tabs")
        self.tabs.setAccessibleName("Whose notes")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.addTab("Run")
        self.tabs.addTab("Session")
        self.text = QPlainTextEdit(self)
        self.text.setObjectName("notes")
        self.text.setAccessibleName("Notes")
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setTabChangesFocus(True)
        self.text.setAcceptDrops(False)  # a file goes to the window, which opens it
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs)
        layout.addWidget(self.text, 1)
        self._run: str | None = None
        self._session = ""
        self._showing = False
        self.tabs.currentChanged.connect(self._on_tab_changed)
        self.text.textChanged.connect(self._on_text_changed)
        self._show()

    def show_notes(self, run: str | None, session: str) -> None:
        """Show the notes of the run looked at (None for no run) and of the session."""
        self._run, self._session = run, session
        self._show()

    def _show(self) -> None:
        about_run = self.tabs.currentIndex() == 0
        text = (self._run or "") if about_run else self._session
        if text != self.text.toPlainText():
            self._showing = True
            self.text.setPlainText(text)
            self._showing = False
        writable = not about_run or self._run is not None
        self.text.setEnabled(writable)
        self.text.setPlaceholderText(HINTS[self.tabs.currentIndex()] if writable else NO_RUN)

    @Slot(int)
    def _on_tab_changed(self, _index: int) -> None:
        self._show()

    @Slot()
    def _on_text_changed(self) -> None:
        if self._showing:
            return
        text = self.text.toPlainText()
        if self.tabs.currentIndex() == 0:
            self._run = text
            self.run_notes_edited.emit(text)
        else:
            self._session = text
            self.session_notes_edited.emit(text)
