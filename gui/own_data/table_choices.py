"""What people choose of a table: what separates, how numbers are written, the label, the columns that are left out."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt, Slot
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from engine.data.csv_recognition import ColumnAbout, TableHead
from engine.data.recognition import DataLook
from engine.experiment.data import CsvSpec, DataSpec
from gui.choice_box import MOST_NOTES, Option
from gui.forms.tones import blend
from gui.plain_text import tooltip

from .choices import DataChoices

SEPARATORS = {
    "comma": "commas",
    "semicolon": "semicolons",
    "tab": "tabs",
    "bar": "bars |",
    "blanks": "blanks",
}
AUTO = "As the table itself shows."
DECIMALS = {"point": "points, 0.5", "comma": "commas, 0,5"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "latin-1": "Latin-1",
    "windows-1252": "Windows (Western)",
}
VIEW_ITEM = QStyleOptionViewItem.ViewItemFeature
MOST_LISTED = 1000
"""Columns that are listed; of wider tables the fields of the experiment say the rest."""
KINDS = {"numbers": "numbers", "words": "text", "nothing": "empty"}


class FramedChecks(QStyledItemDelegate):
    """Draws the frames of check boxes so that they can be seen on dark windows too."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        self.initStyleOption(option, index)
        view = self.parent()
        if not isinstance(view, QWidget) or not option.features & VIEW_ITEM.HasCheckIndicator:
            return
        check = QStyle.SubElement.SE_ItemViewItemCheckIndicator
        frame = view.style().subElementRect(check, option, view)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(blend(view.palette().text().color(), view.palette().base().color(), 0.5))
        painter.drawRoundedRect(QRectF(frame).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
        painter.restore()


class CsvChoices(DataChoices):
    """Every choice with what was recognised beside it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.label = self.box("label", "Label", "The column of the classes: numbers, or words, sorted.")
        self.list = QListWidget(self)
        self.list.setObjectName("own_data_columns")
        self.list.setAccessibleName("Columns that are inputs")
        self.list.setAcceptDrops(False)
        self.list.setUniformItemSizes(True)
        self.list.setSpacing(1)
        self.list.setItemDelegate(FramedChecks(self.list))
        self.list.setMinimumHeight(72)
        self.add("Inputs", self.list)
        self.header = self.box("header", "First line", "Whether the first line names the columns.")
        self.separator = self.box("separator", "Separated by", "What stands between columns.")
        self.decimal = self.box("decimal", "Decimals", "Which sign decimals have, in the whole table.")
        self.encoding = self.box("encoding", "Letters", "How letters are written in the file.")
        self._data: CsvSpec | None = None
        self._head: TableHead | None = None
        self._showing = False
        self._listed: tuple[TableHead, int, frozenset[int]] | None = None
        """What the list of columns shows."""
        self.list.itemChanged.connect(self._on_item_changed)

    def show_look(self, data: DataSpec, look: DataLook) -> None:
        head = look.head
        if head is None or not isinstance(data, CsvSpec):
            return
        self._data, self._head = data, head
        names = {"True": "names columns", "False": "is a point"}
        said = [
            ("auto", f"auto: {names[str(head.header)]}", AUTO),
            (True, names["True"], ""),
            (False, names["False"], ""),
        ]
        self.header.offer(said if head.sure else said[1:], data.header)
        self.separator.offer(_options(SEPARATORS, head.separator), data.separator)
        self.decimal.offer(_options(DECIMALS, head.decimal), data.decimal)
        self.encoding.offer(_options(ENCODINGS, head.encoding), data.encoding)
        label = self._label()
        offered = [
            c for c in head.columns if c.number == label or c.number <= MOST_LISTED or c is head.columns[-1]
        ]
        self.label.offer([(c.number, _words(c), _why(c)) for c in offered], label)
        self._show_columns(head, label)

    def _show_columns(self, head: TableHead, label: int) -> None:
        _, left_out = self.columns()
        shown = (head, label, left_out)
        if shown == self._listed:
            return
        self._listed = shown
        self._showing = True
        self.list.clear()
        for column in head.columns[:MOST_LISTED]:
            plain = column.kind == "numbers" and not column.names_rows
            item = QListWidgetItem(column.title if plain else _words(column))
            item.setData(Qt.ItemDataRole.UserRole, column.number)
            if column.number <= MOST_NOTES:
                item.setToolTip(tooltip(_why(column)))
            if column.number == label:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                item.setText(f"{column.title}: the label")
            else:
                out = column.number - 1 in left_out
                item.setCheckState(Qt.CheckState.Unchecked if out else Qt.CheckState.Checked)
            self.list.addItem(item)
        if len(head.columns) > MOST_LISTED:
            more = QListWidgetItem(f"and {len(head.columns) - MOST_LISTED:,} more")
            more.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(more)
        self._showing = False

    def _label(self) -> int:
        """Return the number of the label's column, from 1."""
        data, head = self._data, self._head
        assert data is not None and head is not None
        ignored = _meant(head, data.ignore)
        kept = [c.number for c in head.columns if c.number not in ignored]
        if data.label in ("first", "last"):
            return (kept or [0])[0 if data.label == "first" else -1]
        return next((c.number for c in head.columns if data.label in (c.number, c.name)), 0)

    def columns(self) -> tuple[int, frozenset[int]]:
        if self._data is None or self._head is None:
            return -1, frozenset()
        ignored = _meant(self._head, self._data.ignore)
        return self._label() - 1, frozenset(number - 1 for number in ignored)

    @staticmethod
    def is_about_columns(field: str) -> bool:
        return field in ("header", "separator", "encoding")

    @Slot(str, object)
    def _on_picked(self, field: str, value: object) -> None:
        head, data = self._head, self._data
        if field != "label" or head is None or data is None:
            super()._on_picked(field, value)
            return
        column = head.columns[int(str(value)) - 1]
        before = self._label()
        out = _meant(head, data.ignore)
        ignored = [c for c in head.columns if c.number in out and c is not column]
        ignored += [c for c in head.columns if c.number == before and c.kind != "numbers" and c is not column]
        self.chosen.emit({"label": column.said, "ignore": tuple(c.said for c in ignored)}, False)

    @Slot(QListWidgetItem)
    def _on_item_changed(self, _item: QListWidgetItem) -> None:
        """Leave out the columns that have no mark; the label stays what it is, by name."""
        head = self._head
        if self._showing or head is None:
            return
        marks = {
            item.data(Qt.ItemDataRole.UserRole): item.checkState()
            for item in (self.list.item(i) for i in range(self.list.count()))
        }
        label = self._label()
        before = _meant(head, self._data.ignore) if self._data is not None else frozenset()
        unmarked = {number for number, mark in marks.items() if mark is Qt.CheckState.Unchecked}
        unmarked |= {number for number in before if number > MOST_LISTED}
        out = [c for c in head.columns if c.number != label and c.number in unmarked]
        said = {c.number: c.said for c in head.columns}
        self.chosen.emit({"ignore": tuple(c.said for c in out), "label": said.get(label, "last")}, False)


def _options(words: dict[str, str], found: str) -> list[Option]:
    return [
        ("auto", f"auto: {words.get(found, found)}", AUTO),
        *((value, text, "") for value, text in words.items()),
    ]


def _meant(head: TableHead, said: tuple[str | int, ...]) -> frozenset[int]:
    """Return the numbers, from 1, of the columns that are said."""
    if not said:
        return frozenset()
    meant = set(said)
    return frozenset(c.number for c in head.columns if c.number in meant or c.name in meant)


def _words(column: ColumnAbout) -> str:
    what = "counts the rows" if column.kind == "numbers" else "names the rows"
    return f"{column.title}: {what if column.names_rows else KINDS[column.kind]}"


def _why(column: ColumnAbout) -> str:
    different = f"{column.distinct:,} different" if column.kind != "nothing" else "nothing in it"
    missing = f"; line {column.first_missing} has none" if column.first_missing else ""
    return f"Column {column.number}: {different}{missing}."
