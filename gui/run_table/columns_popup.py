"""Which columns are shown: a list to search in and to tick, under what they are of."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from gui.layouts import in_column
from gui.model.run_table.column import GROUP_TITLES, ColumnBook, TableColumn
from gui.plain_text import tooltip
from gui.screen_fit import come_up_below
from gui.search_line import SearchLine

NAME = Qt.ItemDataRole.UserRole


class ColumnsPopup(QFrame):
    """Comes up below its button, and goes when something else is clicked."""

    columns_chosen = Signal(object)
    """The names in order, or None for those that say something."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("columns_popup")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.search = SearchLine("columns_search", "Search", self, "search columns")
        self.search.textChanged.connect(self._on_searched)
        self.tree = QTreeWidget(self)
        self.tree.setObjectName("columns_tree")
        self.tree.setAccessibleName("columns")
        self.tree.setHeaderHidden(True)
        self.tree.setColumnCount(2)
        self.tree.setIndentation(14)
        self.tree.itemChanged.connect(self._on_item_changed)
        usual = QPushButton("As at first", self)
        usual.setObjectName("usual_columns")
        usual.setToolTip("What differs between the runs, and the values that most people look at.")
        usual.clicked.connect(self._on_usual)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(usual)
        in_column((self.search, self.tree, row), self, margins=(8, 8, 8, 8), spacing=6)
        self._chosen: list[str] = []
        self._filling = False

    def show_columns(self, book: ColumnBook, chosen: Sequence[str]) -> None:
        """List all columns, and tick those that are shown."""
        self._filling = True
        self._chosen = list(chosen)
        self.tree.clear()
        for group, title in GROUP_TITLES.items():
            columns = [column for column in book.columns.values() if column.group == group]
            if not columns:
                continue
            head = QTreeWidgetItem(self.tree, [f"{title} ({len(columns)})"])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            for column in columns:
                self._add(head, column, book.shortest(column.name))
            head.setExpanded(True)
        self.tree.resizeColumnToContents(0)
        self.tree.setColumnWidth(0, min(self.tree.columnWidth(0), 240))
        self._filling = False
        self._on_searched(self.search.text())

    def _add(self, head: QTreeWidgetItem, column: TableColumn, typed: str) -> None:
        item = QTreeWidgetItem(head, ["star" if column.name == "star" else column.title, typed])
        item.setData(0, NAME, column.name)
        flag, checked = Qt.ItemFlag, column.name in self._chosen
        item.setFlags(flag.ItemIsEnabled | flag.ItemIsUserCheckable | flag.ItemIsSelectable)
        item.setCheckState(0, Qt.CheckState.Checked if checked else Qt.CheckState.Unchecked)
        item.setToolTip(0, tooltip(column.help))

    def come_up(self, below: QWidget) -> None:
        """Come up below a button, within its screen."""
        come_up_below(self, below, 440, 480)
        self.search.setFocus()

    @Slot(str)
    def _on_searched(self, text: str) -> None:
        wanted = text.casefold().split()
        for k in range(self.tree.topLevelItemCount()):
            head = self.tree.topLevelItem(k)
            if head is None:
                continue
            there = 0
            for item in filter(None, map(head.child, range(head.childCount()))):
                said = f"{item.text(0)} {item.data(0, NAME)}".casefold()
                item.setHidden(not all(word in said for word in wanted))
                there += not item.isHidden()
            head.setHidden(not there)

    @Slot(QTreeWidgetItem, int)
    def _on_item_changed(self, item: QTreeWidgetItem, _column: int) -> None:
        if self._filling:
            return
        name, ticked = str(item.data(0, NAME)), item.checkState(0) is Qt.CheckState.Checked
        self._chosen = [n for n in self._chosen if n != name] + ([name] if ticked else [])
        self.columns_chosen.emit(tuple(self._chosen))

    @Slot()
    def _on_usual(self) -> None:
        self.columns_chosen.emit(None)
        self.hide()
