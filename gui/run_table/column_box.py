"""A box of columns: its list stands under headings, and is searched by typing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QHideEvent
from PySide6.QtWidgets import QComboBox, QFrame, QListWidget, QListWidgetItem, QWidget

from gui.choice_box import ChoiceBox
from gui.layouts import in_column
from gui.model.run_table.column import TableColumn
from gui.plain_text import tooltip
from gui.screen_fit import come_up_below
from gui.search_line import SearchLine

PLACE = int(Qt.ItemDataRole.UserRole)
"""Of an item: which choice it is; of a heading None."""
LEAST_WIDTH, MOST_HEIGHT = 260, 420
Headed = Sequence[tuple[str, Sequence[TableColumn]]]


class ColumnPicker(QFrame):
    """Comes up below its box; goes with a choice, Escape, or a click elsewhere."""

    picked = Signal(int)
    """The place of a choice."""
    gone = Signal()

    def __init__(self, called: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("column_picker")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.search = SearchLine("picker_search", "Search", self, f"search: {called}")
        self.list = QListWidget(self)
        self.list.setObjectName("picker_list")
        self.list.setAccessibleName(called)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.search.lead_to(self.list)
        in_column((self.search, self.list), self, margins=(6, 6, 6, 6), spacing=4)
        self.search.textChanged.connect(self._on_searched)
        self.search.returnPressed.connect(self._on_return)
        self.list.installEventFilter(self)
        self.list.clicked.connect(self._on_picked)

    def show_choices(self, first: str, headed: Headed, current: int) -> None:
        """List the choices, one of them current: the first, where it has words, and columns under headings."""
        self.search.clear()
        self.list.clear()
        place = 0
        if first:
            self._add(first, place)
            place += 1
        for title, columns in headed:
            heading = QListWidgetItem(title, self.list)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            for column in columns:
                self._add(f"   {column.title}", place).setToolTip(tooltip(column.help))
                place += 1
        rows = [row for row in range(self.list.count()) if self._place(row) == current]
        self.list.setCurrentRow(rows[0] if rows else -1)

    def _add(self, words: str, place: int) -> QListWidgetItem:
        item = QListWidgetItem(words, self.list)
        item.setData(PLACE, place)
        return item

    def _place(self, row: int) -> int | None:
        place = self.list.item(row).data(PLACE) if 0 <= row < self.list.count() else None
        return place if isinstance(place, int) else None

    def come_up(self, box: QComboBox) -> None:
        """Come up below a box, as wide as its words need."""
        metrics = QFontMetrics(self.list.font())
        widest = max((metrics.horizontalAdvance(box.itemText(k)) for k in range(box.count())), default=0)
        width = max(LEAST_WIDTH, box.width(), min(widest, 2 * LEAST_WIDTH) + 70)
        rows = self.list.count() * (self.list.sizeHintForRow(0) if self.list.count() else 0)
        height = min(rows + self.search.sizeHint().height() + 24, MOST_HEIGHT)
        come_up_below(self, box, width, height)
        self.search.setFocus()
        self.list.scrollToItem(self.list.currentItem(), QListWidget.ScrollHint.PositionAtCenter)

    @Slot(str)
    def _on_searched(self, text: str) -> None:
        """Hide what does not have all words, and headings under which nothing is left; the first found is current."""
        wanted, heading, found = text.casefold().split(), -1, -1
        for row in range(self.list.count()):
            item = self.list.item(row)
            if self._place(row) is None:
                heading = row
                item.setHidden(True)
                continue
            there = all(word in item.text().casefold() for word in wanted)
            item.setHidden(not there)
            if there and heading >= 0:
                self.list.item(heading).setHidden(False)
            if there and found < 0:
                found = row
        if wanted:
            self.list.setCurrentRow(found)

    @Slot()
    def _on_return(self) -> None:
        self._on_picked(self.list.currentIndex())

    @Slot(QModelIndex)
    def _on_picked(self, index: QModelIndex) -> None:
        place = self._place(index.row())
        if place is not None and not self.list.isRowHidden(index.row()):
            self.hide()
            self.picked.emit(place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Enter choose in the list too, and letters that are typed there search."""
        if event.type() == QEvent.Type.KeyPress and watched is self.list:
            key, text = event.key(), event.text()  # type: ignore[attr-defined]
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._on_return()
                return True
            if text.isprintable() and text.strip():
                self.search.setFocus()
                self.search.insert(text)
                return True
        return super().eventFilter(watched, event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.gone.emit()


class ColumnBox(ChoiceBox):
    """Offers columns, and nothing of them where that has words."""

    def __init__(self, name: str, called: str, parent: QWidget, letters: int) -> None:
        """Make one, as wide as so many letters.

        Args:
            name: its object name.
            called: what a reader of screens calls it.
            parent: the owner.
            letters: how many of a chosen column's title can be read at least.
        """
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(called)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)
        self._first, self._headed = "", tuple[tuple[str, Sequence[TableColumn]], ...]()
        self.picker: ColumnPicker | None = None

    def offer_columns(
        self, headed: Iterable[tuple[str, Sequence[TableColumn]]], value: str, first: str = ""
    ) -> None:
        """Offer columns under headings, one of them chosen by its name.

        Args:
            headed: headings and their columns.
            value: the name of the one chosen; '' for none.
            first: what is said for none, before all others; '' where that cannot be chosen.
        """
        self._first, self._headed = first, tuple(headed)
        none = [("", first)] if first else []
        columns = [(c.name, c.title, c.help) for _, columns in self._headed for c in columns]
        self.offer([*none, *columns], value, otherwise=0 if first else -1)

    def showPopup(self) -> None:
        if not self.count():
            return
        self._closed.stop()
        if self.picker is None:
            self.picker = ColumnPicker(self.accessibleName(), self)
            self.picker.picked.connect(self._on_picked)
            self.picker.gone.connect(self._closed.start)
        self.picker.show_choices(self._first, self._headed, self.currentIndex())
        self.picker.come_up(self)
        self._is_open = True

    def hidePopup(self) -> None:
        if self.picker is not None:
            self.picker.hide()
        super().hidePopup()

    @Slot(int)
    def _on_picked(self, place: int) -> None:
        self.setCurrentIndex(place)
        self.activated.emit(place)
