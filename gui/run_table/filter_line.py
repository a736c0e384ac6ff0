"""The line in which a filter is typed: it completes names of columns, and says in place what it cannot understand."""

from __future__ import annotations

import re

from PySide6.QtCore import QStringListModel, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QWidget

from gui.model.run_table.column import ColumnBook
from gui.plain_text import tooltip
from gui.search_line import SearchLine
from gui.theme import set_sheet, theme

SETTLED = 300
"""Milliseconds without a key after which a filter is read."""
WORD = re.compile(r"[^\W\d][\w.]*$")
HINT = "Filter: eta < 0.1 and fitted_step > 100"
HELP = (
    "Compare columns with <, <=, =, !=, >, >= and join comparisons with and, or, not and parentheses.\n"
    "status in (done, stopped)      name contains 'wide'      fitted_step = none      log10(eta) < -2\n"
    "The head of a column says what to type for it."
)
WORDS = ("and", "or", "not", "in", "contains", "none", "yes", "no")


class FilterLine(SearchLine):
    """One line; what is typed goes out when the hand rests, or at Return."""

    filter_typed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("run_filter", HINT, parent, "filter")
        self.setToolTip(tooltip(HELP))
        self.setMinimumWidth(300)
        self._names = QStringListModel(self)
        self._completer = QCompleter(self._names, self)
        self._completer.setWidget(self)
        self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self._completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        popup = self._completer.popup()
        assert popup is not None
        self._popup = popup
        self._completer.activated.connect(self._on_completed)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SETTLED)
        self._soon.timeout.connect(self._tell)
        self.textEdited.connect(self._on_edited)
        self.returnPressed.connect(self._tell)
        theme().theme_changed.connect(self._on_theme_changed)
        self._refused = False

    def show_book(self, book: ColumnBook) -> None:
        """Offer the names of these columns."""
        names = sorted({*book.typed(), *WORDS}, key=str.casefold)
        if names != self._names.stringList():
            self._names.setStringList(names)

    def show_filter(self, text: str) -> None:
        """Show a filter, unless one is being typed."""
        if not self.hasFocus() and text != self.text():
            self.setText(text)

    def show_refused(self, refused: bool) -> None:
        """Mark it where it cannot be understood."""
        self._refused = refused
        self._on_theme_changed()

    @Slot()
    def _on_theme_changed(self) -> None:
        set_sheet(self, f"QLineEdit {{ border: 1px solid {theme().colours.bad}; }}" if self._refused else "")

    @Slot(str)
    def _on_edited(self, _text: str) -> None:
        self._soon.start()
        word = self._word()
        popup = self._popup
        if len(word) < 2:
            popup.hide()
            return
        self._completer.setCompletionPrefix(word)
        only = self._completer.completionCount() == 1 and self._completer.currentCompletion() == word
        if not self._completer.completionCount() or only:
            popup.hide()
            return
        place = self.cursorRect()
        place.setWidth(min(320, self.width()))
        self._completer.complete(place)

    def _word(self) -> str:
        """Return the name that is being typed before the cursor."""
        match = WORD.search(self.text()[: self.cursorPosition()])
        return match[0] if match else ""

    @Slot(str)
    def _on_completed(self, name: str) -> None:
        at, word = self.cursorPosition(), self._word()
        text = self.text()
        self.setText(f"{text[: at - len(word)]}{name} {text[at:].lstrip()}")
        self.setCursorPosition(at - len(word) + len(name) + 1)
        self._soon.start()

    @Slot()
    def _tell(self) -> None:
        self._soon.stop()
        self._popup.hide()
        self.filter_typed.emit(self.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self._tell()
        else:
            super().keyPressEvent(event)
