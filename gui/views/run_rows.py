"""The rows of the run list: what each says, and how it is painted and clicked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QMouseEvent, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from engine.protocol.messages import RunStatus
from gui.icons import pixmap
from gui.plain_text import tooltip
from gui.text_size import scaled, text_size
from gui.theme import on_screen, theme

from .selected_row import paint_selected
from .status_words import STATUS_TONES, STATUS_WORDS

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
LINE, HEIGHT, HEADING = 18, 44, 22
"""Pixels, with text of the usual size."""
EYE = QRect(6, 4, 18, 18)
SWATCH = QRect(28, 6, 14, 14)
TEXT_AT, GAP, BESIDE = 48, 8, 24
"""Pixels: where words begin, between two of them, and of the sign of a status beside a name."""
SHORT_NAME = "Run 100"
"""A name that is told before the word for the status is."""


class RunRow(NamedTuple):
    """What one row says; a tuple, since thousands are made at once."""

    id: str
    name: str
    colour: str
    """As sessions keep it, #rrggbb."""
    visible: bool
    status: RunStatus
    differs: str
    final: str
    """The last margin, or its share of the reference's."""
    final_short: str = ""
    """The same in few letters, where there is no room for all."""
    sentence: str = ""
    heading: str = ""
    """The title of the experiment whose runs begin here; '' for the others, and where all are of one."""
    edits: str = ""
    """What was changed while it ran, and when."""
    edits_short: str = ""
    """When something was changed."""
    code: str = ""
    """What takes its steps."""


class RunListModel(QAbstractListModel):
    """The rows, with names that can be edited in place."""

    renamed = Signal(str, str)
    rows_reset = Signal()
    """There are others than before."""
    rows_grown = Signal(list)
    """The places of those that say something else, or are new: they may be higher."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[RunRow] = []

    def show(self, rows: Sequence[RunRow]) -> None:
        """Take up rows: of what is there already only what changed is shown anew, and what comes after it is added."""
        before, common = self.rows, min(len(rows), len(self.rows))
        changed = [place for place in range(common) if rows[place] is not before[place]]
        if len(rows) < len(before) or any(rows[place].id != before[place].id for place in changed):
            self.beginResetModel()
            self.rows = list(rows)
            self.endResetModel()
            self.rows_reset.emit()
            return
        changed = [place for place in changed if rows[place] != before[place]]
        if len(rows) > common:
            self.beginInsertRows(QModelIndex(), common, len(rows) - 1)
        self.rows = list(rows)
        if len(rows) > common:
            self.endInsertRows()
        if changed or len(rows) > common:
            self.rows_grown.emit([*changed, *range(common, len(rows))])
        if changed:
            self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.name
        if role == Qt.ItemDataRole.ToolTipRole:
            state = row.sentence or STATUS_WORDS[row.status][1]
            lines = [row.name, row.heading, row.differs, row.edits, row.final, row.code, state]
            return tooltip("\n".join(line for line in lines if line))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = (row.name, STATUS_WORDS[row.status][1], row.differs, row.edits)
            return ", ".join(part for part in words if part)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role == Qt.ItemDataRole.EditRole:
            self.renamed.emit(self.rows[index.row()].id, str(value))
        return False  # the session model decides

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable


class RunDelegate(QStyledItemDelegate):
    """Paints a row in two lines; its eye and its swatch can be clicked."""

    eye_clicked = Signal(str)
    swatch_clicked = Signal(str)

    def __init__(self, model: RunListModel, parent: QObject) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = self._model.rows[index.row()]
        return row_size(bool(row.heading), bool(row.edits), text_size().percent)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: RunRow = index.data(ROW)
        colours = theme().colours
        box = run_box(option.rect, row)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.fillRect(option.rect, option.palette.base())  # a table fills what is selected
        if row.heading:
            self._paint_heading(painter, option.rect, row.heading, option.font)
        if state & QStyle.StateFlag.State_Selected:
            paint_selected(painter, box)
        eye = "eye" if row.visible else "eye-off"
        painter.drawPixmap(EYE.translated(box.topLeft()), pixmap(eye, 18, colours.faint))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        swatch = QColor(on_screen(row.colour))
        if not row.visible:
            swatch.setAlphaF(0.35)
        painter.setBrush(swatch)
        painter.drawRoundedRect(SWATCH.translated(box.topLeft()), 3, 3)
        self._paint_words(painter, box, row, option.font)
        painter.restore()

    def _paint_heading(self, painter: QPainter, box: QRect, text: str, font: QFont) -> None:
        small = QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.9)
        painter.setFont(small)
        painter.setPen(QColor(theme().colours.faint))
        place = QRect(box.left() + EYE.left() + 2, box.top(), box.width() - 16, scaled(HEADING))
        words = QFontMetrics(small).elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_words(self, painter: QPainter, box: QRect, row: RunRow, font: QFont) -> None:
        colours = theme().colours
        bold, small = QFont(font), QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        small.setPointSizeF(font.pointSizeF() * 0.9)
        right = box.right() - 8
        glyph, word = STATUS_WORDS[row.status]
        tone = getattr(colours, STATUS_TONES.get(row.status, "faint"))
        painter.setFont(small)
        metrics = QFontMetrics(small)
        whole = right - box.left() - TEXT_AT
        named = QFontMetrics(bold)
        least = min(named.horizontalAdvance(row.name), named.horizontalAdvance(SHORT_NAME))
        if whole - metrics.horizontalAdvance(word) - BESIDE < least:
            word = ""  # its sign says it too
        width = metrics.horizontalAdvance(word)
        line = scaled(LINE)
        upper = QRect(box.left(), box.top() + 4, box.width(), line)
        lower = upper.translated(0, line)
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(tone))
        painter.drawText(QRect(right - width, upper.top(), width, line), flags, word)
        painter.drawPixmap(QRect(right - width - 18, upper.top() + 2, 14, 14), pixmap(glyph, 14, tone))
        if row.edits:  # right below the name, where a low list shows it, too
            painter.setPen(QColor(colours.text))
            edits = edits_within(row, whole, metrics)
            painter.drawText(QRect(box.left() + TEXT_AT, lower.top(), whole, line), flags, edits)
            lower.translate(0, line)
        differs, final = side_by_side(row, whole, metrics)
        painter.setPen(QColor(colours.text))
        painter.drawText(
            lower.adjusted(0, 0, right - box.right(), 0), flags | Qt.AlignmentFlag.AlignRight, final
        )
        painter.setPen(QColor(colours.faint))
        painter.drawText(QRect(box.left() + TEXT_AT, lower.top(), whole, line), flags, differs)
        painter.setFont(bold)
        painter.setPen(QColor(colours.text if row.visible else colours.faint))
        room = whole - width - BESIDE
        name = named.elidedText(row.name, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRect(box.left() + TEXT_AT, upper.top(), room, line), flags, name)

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        if event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            row: RunRow = index.data(ROW)
            place = event.position().toPoint() - run_box(option.rect, row).topLeft()
            if EYE.adjusted(-4, -4, 2, 4).contains(place):
                self.eye_clicked.emit(row.id)
                return True
            if SWATCH.adjusted(-2, -4, 4, 4).contains(place):
                self.swatch_clicked.emit(row.id)
                return True
        return super().editorEvent(event, model, option, index)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setObjectName("run_name")
        editor.setFrame(False)
        editor.setAcceptDrops(False)  # a file goes to the window, which opens it
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        # once: what is being typed must not be overwritten by the numbers of a run under way
        if not editor.property("filled"):
            editor.setProperty("filled", True)
            super().setEditorData(editor, index)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        box = run_box(option.rect, index.data(ROW))
        editor.setGeometry(
            QRect(box.left() + TEXT_AT - 4, box.top() + 2, box.width() - TEXT_AT - 4, scaled(22))
        )


@lru_cache(maxsize=64)
def row_size(heading: bool, edited: bool, percent: int) -> QSize:
    """Return the size of a row with or without a heading and a line for edits, with text of so many per cent."""
    return QSize(120, (HEIGHT + HEADING * heading + LINE * edited) * percent // 100)


def side_by_side(row: RunRow, room: int, metrics: QFontMetrics) -> tuple[str, str]:
    """Return what a line of so many pixels says: what the run differs in, shortened, and how far it came."""
    left = room - metrics.horizontalAdvance(row.final) - GAP
    if not row.differs or metrics.horizontalAdvance(row.differs) <= left:
        return row.differs, metrics.elidedText(row.final, Qt.TextElideMode.ElideRight, room)
    left = room - metrics.horizontalAdvance(row.final_short) - GAP
    return metrics.elidedText(row.differs, Qt.TextElideMode.ElideRight, left), row.final_short


def edits_within(row: RunRow, room: int, metrics: QFontMetrics) -> str:
    """Return what a line of so many pixels says of a run's edits: all of them, or else when they were."""
    words = row.edits if metrics.horizontalAdvance(row.edits) <= room else row.edits_short
    return metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)


def run_box(box: QRect, row: RunRow) -> QRect:
    """Return where the run itself is in its row: below the heading, where there is one."""
    return box.adjusted(0, scaled(HEADING) if row.heading else 0, 0, 0)
