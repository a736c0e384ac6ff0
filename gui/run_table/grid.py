"""The table itself: rows that can be sorted by a click on a head, chosen, starred, hidden, renamed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from engine.figures.thinning import evenly
from gui.model.run_table.arranged import GroupRow
from gui.model.run_table.rows import RowKey, TableRow
from gui.text_size import scaled

from .cell_delegate import CellDelegate, marks_of
from .grid_model import ROW, GridModel
from .shown import TableShown

WIDEST, SAMPLED = 260, 40
"""Pixels of a column at first, and rows by which its width is judged."""
PAD = 18


class RunGrid(QTableView):
    """Shows rows; what people do to them leaves as signals with the runs' ids."""

    sort_chosen = Signal(str, bool)
    """A column ('' for the order of the list), and whether the largest is first."""
    run_selected = Signal(str)
    """The run looked at."""
    group_opened = Signal(str, object)
    """A column and a value: the rows of that group are wanted."""
    chosen_changed = Signal()
    columns_moved = Signal(list)
    """The names of the columns in their new order."""
    deleted = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("run_grid")
        self.setAccessibleName("runs")
        self.grid = GridModel(self)
        self.setModel(self.grid)
        self.delegate = CellDelegate(self.grid, self)
        self.setItemDelegate(self.delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.DoubleClicked | trigger.EditKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAcceptDrops(False)
        rows, head = self.verticalHeader(), self.horizontalHeader()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(24)
        rows.hide()
        head.setSectionsMovable(True)
        head.setHighlightSections(False)
        head.setSortIndicatorClearable(True)
        head.setSortIndicatorShown(True)
        head.setMinimumSectionSize(28)
        # it would ask every cell of a column whether it is chosen, whenever it is painted
        head.setSelectionModel(QItemSelectionModel(self.grid, self))
        head.sectionClicked.connect(self._on_head_clicked)
        head.sectionMoved.connect(self._on_section_moved)
        self.doubleClicked.connect(self._on_double_clicked)
        # its own methods for these, overridden, are called while it is taken apart, and end the process
        self.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.selectionModel().currentChanged.connect(self._on_current_changed)
        self._fitted: dict[tuple[str, bool, str, bool], int] = {}
        """By column, and how rows are told: the width of what was said when it was first shown."""
        self._widths: dict[str, int] = {}
        """By column: what the user chose."""
        head.sectionResized.connect(self._on_section_resized)
        self._showing = False
        self._later: TableShown | None = None
        """What is to be shown once nobody types in a cell any more."""
        self.delegate.closeEditor.connect(self._on_editor_closed)

    # --- what is shown --------------------------------------------------------------------------------------

    def show_table(self, shown: TableShown) -> None:
        """Show rows, once nobody types in a cell; those that are chosen stay chosen, wherever they now are."""
        self._later = shown if self.state() == QAbstractItemView.State.EditingState else None
        if self._later is not None:
            return
        self._showing = True
        chosen, before = set(self.chosen()), self.grid.shown
        current = self._current_key()
        across = self.horizontalScrollBar().value()
        head = self.horizontalHeader()
        others = self.grid.show_table(shown)
        if others:
            self._order_sections()
            self._fit_columns()
            self._choose(chosen, current)
            self.horizontalScrollBar().setValue(across)
        if shown.selected != before.selected or others:
            self._mark_looked_at(shown.selected)
        names = [column.name for column in shown.columns]
        choice = shown.arrangement
        place = names.index(choice.sort) if choice.sort in names else -1
        order = Qt.SortOrder.DescendingOrder if choice.descending else Qt.SortOrder.AscendingOrder
        head.setSortIndicator(place, order)
        self._showing = False

    @Slot()
    def _on_editor_closed(self) -> None:
        if self._later is not None:
            self.show_table(self._later)

    def _chosen_places(self) -> list[int]:
        """Return the rows that are selected; asked of ranges, since thousands may be."""
        selection, count = self.selectionModel().selection(), len(self.grid.keys)
        ranges = (selection.at(k) for k in range(selection.count()))
        places = {place for part in ranges for place in range(part.top(), min(part.bottom() + 1, count))}
        return sorted(places)

    def chosen(self) -> list[RowKey]:
        """Return the keys of the rows that are selected, in order."""
        return [self.grid.keys[place] for place in self._chosen_places()]

    def chosen_rows(self) -> list[TableRow]:
        """Return the rows that are selected, of groups those in them."""
        return inside([self.grid.shown.rows[place] for place in self._chosen_places()])

    def chosen_runs(self) -> list[str]:
        """Return the runs of the rows that are selected, those of groups too."""
        return list(dict.fromkeys(row.key[0] for row in self.chosen_rows()))

    def _current_key(self) -> RowKey | None:
        place = self.currentIndex().row()
        return self.grid.keys[place] if 0 <= place < len(self.grid.keys) else None

    def _choose(self, keys: set[RowKey], current: RowKey | None) -> None:
        """Select rows again after the model began anew."""
        selection, last = QItemSelection(), self.grid.columnCount() - 1
        start: int | None = None
        every = self.grid.keys
        for place in range(len(every) + 1):
            among = place < len(every) and every[place] in keys
            if among and start is None:
                start = place
            elif not among and start is not None:
                selection.select(self.grid.index(start, 0), self.grid.index(place - 1, last))
                start = None
        flag = QItemSelectionModel.SelectionFlag
        if current is not None and current in keys and current in every:
            self.selectionModel().setCurrentIndex(self.grid.index(every.index(current), 0), flag.NoUpdate)
        self.selectionModel().select(selection, flag.ClearAndSelect | flag.Rows)

    def _mark_looked_at(self, id: str) -> None:
        """Select the run looked at, where it has a row and no several rows are chosen."""
        chosen = self.chosen()
        if len(chosen) > 1 or any(run == id for run, _ in chosen):
            return
        place = next((k for k, (run, _) in enumerate(self.grid.keys) if run == id), None)
        if place is None:
            self.clearSelection()
        else:
            flag = QItemSelectionModel.SelectionFlag
            self.selectionModel().setCurrentIndex(self.grid.index(place, 0), flag.ClearAndSelect | flag.Rows)

    def widths(self) -> dict[str, int]:
        """Return the widths of columns that the user chose, by name."""
        return dict(self._widths)

    def set_widths(self, stored: object) -> None:
        """Take up widths that a session kept."""
        table = stored if isinstance(stored, dict) else {}
        self._widths = {str(n): w for n, w in table.items() if isinstance(w, int) and 20 <= w <= 2000}

    # --- columns --------------------------------------------------------------------------------------------

    def _order_sections(self) -> None:
        """Put the heads back in the order of the columns: what was moved is in that order already."""
        head = self.horizontalHeader()
        for place in range(head.count()):
            head.moveSection(head.visualIndex(place), place)

    def _fit_columns(self) -> None:
        """Give columns the width of what they say in some rows, unless the user chose another; judged once."""
        head, metrics, shown = self.horizontalHeader(), self.fontMetrics(), self.grid.shown
        for place, column in enumerate(shown.columns):
            told = not shown.unread and bool(self.grid.keys)
            key = column.name, bool(shown.arrangement.group), shown.arrangement.middle, told
            if column.name in self._widths:
                width = self._widths[column.name]
            elif key in self._fitted:
                width = self._fitted[key]
            else:
                some = evenly(len(self.grid.keys), SAMPLED).tolist()
                said = max((self.grid.text(row, place) for row in some), key=len, default="")
                width = metrics.horizontalAdvance(said) + PAD + marks_of(column, shown.arrangement.group)
                width = max(metrics.horizontalAdvance(column.title) + PAD + 14, min(width, WIDEST))
                width = self._fitted[key] = scaled(30) if column.name == "star" else width
            if head.sectionSize(place) != width:
                head.resizeSection(place, width)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        # what is out of sight takes another size of text later
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_showing"):
            self._on_text_size_changed()

    def _on_text_size_changed(self) -> None:
        """Judge the widths of columns anew."""
        before, self._showing = self._showing, True
        self._fitted.clear()
        self._fit_columns()
        self._showing = before

    @Slot(int, int, int)
    def _on_section_resized(self, place: int, _before: int, after: int) -> None:
        columns: Sequence[object] = self.grid.shown.columns
        if not self._showing and place < len(columns):
            self._widths[self.grid.shown.columns[place].name] = after

    @Slot(int, int, int)
    def _on_section_moved(self, _section: int, _before: int, _after: int) -> None:
        if not self._showing:
            head = self.horizontalHeader()
            columns = self.grid.shown.columns
            self.columns_moved.emit([columns[head.logicalIndex(k)].name for k in range(len(columns))])

    @Slot(int)
    def _on_head_clicked(self, section: int) -> None:
        """Sort by a column: upwards, then downwards, then as the list is."""
        choice, name = self.grid.shown.arrangement, self.grid.shown.columns[section].name
        if choice.sort != name:
            self.sort_chosen.emit(name, False)
        elif not choice.descending:
            self.sort_chosen.emit(name, True)
        else:
            self.sort_chosen.emit("", False)

    # --- rows -----------------------------------------------------------------------------------------------

    @Slot(QItemSelection, QItemSelection)
    def _on_selection_changed(self, _new: QItemSelection, _old: QItemSelection) -> None:
        if not self._showing:
            self.chosen_changed.emit()

    @Slot(QModelIndex, QModelIndex)
    def _on_current_changed(self, current: QModelIndex, before: QModelIndex) -> None:
        if not self._showing and current.isValid() and current.row() != before.row():
            row = current.data(ROW)
            if not isinstance(row, GroupRow):
                self.run_selected.emit(row.key[0])

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        row = index.data(ROW)
        if isinstance(row, GroupRow):
            self.group_opened.emit(row.by, row.common)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.chosen_runs():
            self.deleted.emit(self.chosen_runs())
        else:
            super().keyPressEvent(event)


def inside(rows: Iterable[TableRow]) -> list[TableRow]:
    """Return rows, in place of groups those in them."""
    return [one for row in rows for one in (row.rows if isinstance(row, GroupRow) else (row,))]
