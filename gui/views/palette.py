"""The palette: one line, and below it every action, field, run and preset that has what is typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QListView, QWidget

from gui.layouts import in_column
from gui.model.finding import Finding, Match, found
from gui.plain_text import PlainLabel, tooltip
from gui.search_line import SearchLine
from gui.text_size import scaled

from .dialog import MARGIN, Dialog
from .palette_rows import PaletteDelegate, words_of

Index = QModelIndex | QPersistentModelIndex
MATCH = Qt.ItemDataRole.UserRole
HINT = "Up and Down choose, Enter takes, Escape leaves"
NOTHING = "Nothing has all of these letters."
MOVES = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
SIZE = QSize(620, 420)


class PaletteModel(QAbstractListModel):
    """What was found, in order."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.matches: list[Match] = []

    def show(self, matches: list[Match]) -> None:
        """Take up what was found."""
        self.beginResetModel()
        self.matches = matches
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.matches)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        match = self.matches[index.row()]
        if role == MATCH:
            return match
        if role == Qt.ItemDataRole.DisplayRole:
            return match.entry.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return words_of(match.entry)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(match.entry.why_not)
        return None


class PaletteLine(SearchLine):
    """A line that leaves to the list below the keys that move in it."""

    moved = Signal(int)
    """By how many rows."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in MOVES and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.moved.emit({MOVES[0]: -1, MOVES[1]: 1, MOVES[2]: -10, MOVES[3]: 10}[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


class Palette(Dialog):
    """Shows what is found; what is chosen leaves as a signal, once the palette is gone."""

    chosen = Signal(object)
    """An `Finding` that can be chosen."""

    def __init__(self, entries: Sequence[Finding], more: Iterator[list[Finding]], parent: QWidget) -> None:
        """Make one of entries; `more` gives what takes longer to gather, a batch in a turn of the event loop."""
        super().__init__("palette", "Find", SIZE * (scaled(100) / 100), parent)
        self._entries, self._more = list(entries), more
        self._moved = False
        """Whether another row than the likeliest was gone to."""
        self.line = PaletteLine(
            "palette_line",
            "An action, a field, a run, a preset",
            self,
            "Find an action, field, run or preset",
        )
        self.model = PaletteModel(self)
        self.list = QListView(self)
        self.list.setObjectName("palette_list")
        self.list.setAccessibleName("What was found")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the line has the keys
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setModel(self.model)
        self.list.setItemDelegate(PaletteDelegate(self.list))
        self.words = PlainLabel(HINT, self)
        self.words.setObjectName("palette_words")
        self.words.setProperty("role", "faint")
        self.words.setWordWrap(True)
        in_column(
            (self.line, self.list, self.words), self, margins=(MARGIN, MARGIN, MARGIN, MARGIN), spacing=6
        )
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._on_turn)
        self.line.textChanged.connect(self._search)
        self.line.moved.connect(self._on_moved)
        self.line.returnPressed.connect(self._on_taken)
        self.list.clicked.connect(self._on_clicked)
        self.list.selectionModel().currentChanged.connect(self._on_current_changed)
        self._search()
        self.line.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._turn.start()

    @property
    def current(self) -> Finding | None:
        """The entry that Enter takes."""
        index = self.list.currentIndex()
        return self.model.matches[index.row()].entry if index.isValid() else None

    @Slot()
    def _on_turn(self) -> None:
        batch = next(self._more, None)
        if batch is None:
            return
        if batch:
            self._entries += batch
            self._search(keep=True)
        self._turn.start()

    @Slot()
    @Slot(str)
    def _search(self, _text: str = "", *, keep: bool = False) -> None:
        self._moved = self._moved and keep
        before = self.current if self._moved else None
        self.model.show(found(self.line.text(), self._entries))
        entries = [match.entry for match in self.model.matches]
        self._go_to(entries.index(before) if before in entries else 0)
        if not entries:
            self.words.setText(NOTHING)

    def _go_to(self, row: int) -> None:
        last = self.model.rowCount() - 1
        self.list.setCurrentIndex(self.model.index(min(max(row, 0), last)))

    @Slot(int)
    def _on_moved(self, by: int) -> None:
        self._moved = True
        self._go_to(self.list.currentIndex().row() + by)

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, _now: QModelIndex, _before: QModelIndex) -> None:
        entry = self.current
        self.words.setText((entry and entry.why_not) or HINT)

    @Slot(QModelIndex)
    def _on_clicked(self, _index: QModelIndex) -> None:
        self._on_taken()

    @Slot()
    def _on_taken(self) -> None:
        entry = self.current
        if entry is not None and not entry.why_not:
            self.accept()
            self.chosen.emit(entry)
