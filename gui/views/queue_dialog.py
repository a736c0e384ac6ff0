"""The queue: what is under way and what waits, in order, with the time left for each and for all."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTableView,
    QWidget,
)

from engine.words.formats import estimated_duration
from gui.layouts import in_column
from gui.model.queue_progress import QueueLine, QueueLines, QueueProgress
from gui.plain_text import PlainLabel, tooltip

from .dialog import Dialog

Index = QModelIndex | QPersistentModelIndex
HEADS = ("Run", "What differs", "Experiment", "Step", "Time left")
DIFFERS, TITLE, STEP, TIME = 1, 2, 3, 4
EMPTY = "Nothing is under way, and nothing waits. Run after (Ctrl+Shift+Return) puts the experiment here."
UNTIL_RULES = "By the steps asked for: a stop rule may end a run sooner."
THOUSAND = 1000
SAMPLED, WIDEST = 40, 220
"""Rows by which widths are judged, and pixels of an experiment's title at most."""
PADDING = 12
"""Pixels beside the words of a cell."""


class QueueModel(QAbstractTableModel):
    """One row a run; the first is under way."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.lines = QueueLines()

    def show(self, lines: QueueLines) -> bool:
        """Take up how it stands; say whether there are other runs than before, or in another order."""
        others = lines.ids != self.lines.ids
        if others:
            self.beginResetModel()
            self.lines = lines
            self.endResetModel()
        elif len(lines):
            self.lines = lines
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, len(HEADS) - 1))
        return others

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(HEADS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        across = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return HEADS[section] if across else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(line)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(_cells(line)[index.column()] if index.column() < STEP else UNTIL_RULES)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() >= STEP:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class QueueTable(QTableView):
    """A table whose rows move and go by keys."""

    moved = Signal(int)
    removed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(-1 if event.key() == Qt.Key.Key_Up else 1)
        elif event.key() == Qt.Key.Key_Delete:
            self.removed.emit()
        else:
            super().keyPressEvent(event)


class QueueDialog(Dialog):
    """Shows the queue while it is worked off; what people want of it leaves as signals."""

    moved = Signal(str, int)
    """A run's id, and by how many places."""
    removed = Signal(list)
    """Ids of runs that are to wait no more."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("queue", "Queue", QSize(680, 380), parent)
        self.words = PlainLabel("", self)
        self.words.setObjectName("queue_words")
        self.words.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setObjectName("queue_bar")
        self.bar.setAccessibleName("Progress of all that is under way or waits")
        self.bar.setRange(0, THOUSAND)
        self.model = QueueModel(self)
        self.table = QueueTable(self)
        self.table.setObjectName("queue_table")
        self.table.setAccessibleName("What is under way and what waits, in order")
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        head = self.table.horizontalHeader()
        head.setResizeContentsPrecision(SAMPLED)
        head.setSectionResizeMode(DIFFERS, QHeaderView.ResizeMode.Stretch)
        self.up = self._button("Move &up", "queue_up", "Let it be trained earlier. [Alt+Up]")
        self.down = self._button("Move &down", "queue_down", "Let it be trained later. [Alt+Down]")
        self.remove = self._button("&Remove", "queue_remove", "Do not train it. [Delete]")
        self.shown = QWidget(self)
        """What there is to see where anything is under way or waits."""
        line = QHBoxLayout()
        for button in (self.up, self.down, self.remove):
            line.addWidget(button)
        line.addStretch(1)
        in_column((self.bar, self.table, line), self.shown, spacing=6).setStretch(1, 1)
        body = QWidget(self)
        in_column((self.words, self.shown), body, spacing=6).setStretch(1, 1)
        self.fill(body, QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self))
        self.up.clicked.connect(self._on_up)
        self.down.clicked.connect(self._on_down)
        self.remove.clicked.connect(self._on_remove)
        self.table.moved.connect(self._move)
        self.table.removed.connect(self._on_remove)
        self.table.selectionModel().selectionChanged.connect(self._show_possible)
        self.show_progress(QueueProgress())
        self.table.setFocus()

    def _button(self, text: str, name: str, help: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setToolTip(help)
        button.setAutoDefault(False)
        return button

    def show_progress(self, progress: QueueProgress, lines: QueueLines | None = None) -> None:
        """Show how it stands; what is selected stays so, wherever it is now."""
        lines = QueueLines() if lines is None else lines
        chosen, current = self._chosen(), self._current()
        self.words.setText(EMPTY if progress.is_empty else in_words(progress))
        self.shown.setVisible(not progress.is_empty)
        self.bar.setValue(round(THOUSAND * progress.share))
        before = bool(self.model.lines and self.model.lines[0].seconds is not None)
        if self.model.show(lines):
            self._choose(chosen, current)
            self._fit()
        elif bool(lines and lines[0].seconds is not None) != before:
            self._fit()
        self._show_possible()

    def _fit(self) -> None:
        """Give columns the width of what some rows say, where other rows have come; those that say nothing go."""
        runs = self.model.lines.runs
        self.table.setColumnHidden(TITLE, all(run.title == runs[0].title for run in runs))
        for column in range(len(HEADS)):
            if column != DIFFERS:
                self.table.resizeColumnToContents(column)
        # what runs on says longer words later
        far = [f"{line.steps:,} of {line.steps:,}" for line in self.model.lines[:1]]
        for column, longest in ((STEP, far), (TIME, [time_of(None)])):
            need = max(
                (self.fontMetrics().horizontalAdvance(words) + PADDING for words in longest), default=0
            )
            self.table.setColumnWidth(column, max(self.table.columnWidth(column), need))
        self.table.setColumnWidth(TITLE, min(self.table.columnWidth(TITLE), WIDEST))

    def _chosen(self) -> list[str]:
        """Return the runs selected that wait: the one under way stays where it is."""
        return [self.model.lines.ids[row] for row in self._chosen_rows()]

    def _chosen_rows(self) -> list[int]:
        """Return the rows selected that wait, in order; asked of ranges, since thousands may be."""
        chosen = self.table.selectionModel().selection()
        parts = (chosen.at(place) for place in range(chosen.count()))
        rows = sorted({row for part in parts for row in range(part.top(), part.bottom() + 1)})
        return [row for row in rows if row >= self._first]

    @property
    def _first(self) -> int:
        """The first row that waits."""
        return int(bool(self.model.lines) and not self.model.lines[0].waits)

    def _current(self) -> str:
        row = self.table.currentIndex().row()
        return self.model.lines.ids[row] if 0 <= row < len(self.model.lines) else ""

    def _choose(self, ids: list[str], current: str) -> None:
        selection = self.table.selectionModel()
        flags = selection.SelectionFlag
        places = {id: row for row, id in enumerate(self.model.lines.ids)}
        if current in places:
            selection.setCurrentIndex(self.model.index(places[current], 0), flags.NoUpdate)
        ranges, last = QItemSelection(), len(HEADS) - 1
        rows = sorted(places[id] for id in ids if id in places)
        for _, run in groupby(enumerate(rows), _behind):
            together = [row for _, row in run]
            ranges.select(self.model.index(together[0], 0), self.model.index(together[-1], last))
        selection.select(ranges, flags.Select)

    @Slot()
    def _show_possible(self) -> None:
        places = self._chosen_rows()
        self.up.setEnabled(len(places) == 1 and places[0] > self._first)
        self.down.setEnabled(len(places) == 1 and places[0] < len(self.model.lines) - 1)
        self.remove.setEnabled(bool(places))

    @Slot(int)
    def _move(self, by: int) -> None:
        chosen = self._chosen()
        if len(chosen) == 1:
            self.moved.emit(chosen[0], by)

    @Slot()
    def _on_up(self) -> None:
        self._move(-1)

    @Slot()
    def _on_down(self) -> None:
        self._move(1)

    @Slot()
    def _on_remove(self) -> None:
        chosen = self._chosen()
        if chosen:
            self.removed.emit(chosen)


def _behind(numbered: tuple[int, int]) -> int:
    """Return what is the same for rows that follow each other."""
    place, row = numbered
    return row - place


def _cells(line: QueueLine) -> tuple[str, ...]:
    return line.name, line.differs, line.title, steps_of(line), time_of(line.seconds)


def steps_of(line: QueueLine) -> str:
    """Say how far a run is, or how far it is to go."""
    return f"{line.step:,} of {line.steps:,}" if line.step or not line.waits else f"{line.steps:,}"


def time_of(seconds: float | None) -> str:
    """Say how long something takes, as far as that is known."""
    return "not known yet" if seconds is None else f"about {estimated_duration(seconds)}"


def in_words(progress: QueueProgress) -> str:
    """Say how many runs there are, and how long all of them take."""
    waiting, left = progress.waiting, progress.seconds
    runs = f"{waiting} run{'' if waiting == 1 else 's'} wait{'s' if waiting == 1 else ''}"
    return f"{runs}; all of it takes {time_of(left)}." if left is not None else f"{runs}."
