"""File: the plug-ins that are installed, what they bring, and which of them the lab lets in."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDialogButtonBox, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from engine.experiment.plug_ins.installed import PlugIn, plain
from engine.experiment.plug_ins.loaded import ON, WRONG
from gui.layouts import in_column
from gui.plain_text import PlainLabel, tooltip

from .dialog import Dialog

HEADS = ("Let in", "Version", "Author", "What it brings", "Now")
BRINGS, NOW = 3, 4
WORDS = (
    "A tick takes effect when the lab starts next. A plug-in is a program that runs as you: tick those that you trust. "
    "Nothing of the others is ever loaded, whatever a file says."
)
NONE = "No plug-in is installed. The handbook says how to write one: Plug-ins."


class PlugInsDialog(Dialog):
    """A row a plug-in, with a tick before its name."""

    names_chosen = Signal(list)
    """With the names of those that are ticked now."""

    def __init__(self, installed: list[PlugIn], preferred: list[str], parent: QWidget | None = None) -> None:
        """Show those that are installed, and those that are ticked and gone."""
        super().__init__("plug_ins", "Plug-ins", QSize(860, 420), parent)
        self._ticked = {plain(name) for name in preferred}
        gone = [name for name in preferred if plain(name) not in {plain(found.name) for found in installed}]
        rows = [*installed, *(PlugIn(name, "", "", "", ()) for name in gone)]
        self.table = QTableWidget(len(rows), len(HEADS), self)
        self.table.setObjectName("plug_ins_table")
        self.table.setAccessibleName("Plug-ins")
        self.table.setHorizontalHeaderLabels(HEADS)
        self.table.verticalHeader().hide()
        self.table.setWordWrap(True)
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self._rows: list[tuple[QTableWidgetItem, QTableWidgetItem]] = []
        """Of every plug-in its tick, and what it is now."""
        for row, plug_in in enumerate(rows):
            self._fill(row, plug_in)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        for column in (BRINGS, NOW):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.table.itemChanged.connect(self._on_item_changed)
        words = PlainLabel(WORDS if rows else NONE, self)
        words.setWordWrap(True)
        body = QWidget(self)
        in_column((words, self.table), body, spacing=6).setStretch(1, 1)
        self.table.setVisible(bool(rows))
        self.fill(body, QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.table.resizeRowsToContents()

    def _fill(self, row: int, plug_in: PlugIn) -> None:
        brings = plug_in.brings or "is not installed"
        texts = (plug_in.name, plug_in.version, plug_in.author, brings, "")
        items = [QTableWidgetItem(text) for text in texts]
        for place, item in enumerate(items):
            item.setToolTip(tooltip(plug_in.summary or item.text()))
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsUserCheckable)
            self.table.setItem(row, place, item)
        tick, now = items[0], items[NOW]
        tick.setFlags(tick.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        ticked = plain(plug_in.name) in self._ticked
        tick.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        self._rows.append((tick, now))
        _say_now(tick, now)

    @Slot(QTableWidgetItem)
    def _on_item_changed(self, item: QTableWidgetItem) -> None:
        if item.column() == 0:
            _say_now(*self._rows[item.row()])
            self.names_chosen.emit([tick.text() for tick, _ in self._rows if _is_ticked(tick)])


def _is_ticked(tick: QTableWidgetItem) -> bool:
    return tick.checkState() is Qt.CheckState.Checked


def _say_now(tick: QTableWidgetItem, now: QTableWidgetItem) -> None:
    """Say what a plug-in is in this process, and will be in the next."""
    name, ticked = plain(tick.text()), _is_ticked(tick)
    if name in WRONG:
        words = WRONG[name]
    elif name in ON:
        words = "on" if ticked else "on; off at the next start"
    else:
        words = "off; on at the next start" if ticked else "off"
    now.setText(words)
    now.setToolTip(tooltip(words))
