"""How cells are painted: a star, an eye and a swatch before the name; they can be clicked."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPalette, QPolygonF
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from gui.icons import pixmap
from gui.model.run_table.arranged import GroupRow
from gui.model.run_table.column import TableColumn
from gui.model.run_table.rows import CLAIM, TableRow
from gui.theme import on_screen, theme
from gui.views.status_words import VERDICT_WORDS

from .grid_model import COLUMN, ROW, GridModel, Index

EYE, SWATCH, TEXT_AT = QRect(6, 4, 16, 16), QRect(26, 6, 12, 12), 44
POINTS = QPolygonF(
    [
        QPointF(8, 1.5), QPointF(9.9, 5.9), QPointF(14.7, 6.3), QPointF(11.1, 9.4), QPointF(12.2, 14.1),
        QPointF(8, 11.6), QPointF(3.8, 14.1), QPointF(4.9, 9.4), QPointF(1.3, 6.3), QPointF(6.1, 5.9),
    ]
)  # fmt: skip
"""A star in a square of 16 pixels."""
STYLED = QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver
"""Cells that are more than words on their row's ground."""


class CellDelegate(QStyledItemDelegate):
    """Paints what is more than words."""

    eye_clicked = Signal(str)
    star_clicked = Signal(str)

    def __init__(self, grid: GridModel, parent: QObject) -> None:
        super().__init__(parent)
        self._grid = grid

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        shown, place, across = self._grid.shown, index.row(), index.column()
        row, column = shown.rows[place], shown.columns[across]
        if column.name == "star":
            self._ground(painter, option, index)
            self._paint_star(painter, option.rect, bool(row.value("star")))
        elif column.name == "name" and not isinstance(row, GroupRow):
            self._ground(painter, option, index)
            self._paint_name(painter, option, row, self._grid.text(place, across))
        elif isinstance(row, GroupRow) and column.name == row.by:
            self._ground(painter, option, index)
            self._paint_group(painter, option, row, self._grid.text(place, across))
        elif column.name.startswith(CLAIM) and row.value(column.name) in VERDICT_WORDS:
            self._ground(painter, option, index)
            self._paint_verdict(painter, option, str(row.value(column.name)))
        elif option.state & STYLED:
            super().paint(painter, option, index)
        else:
            self._paint_words(painter, option, index)

    def _paint_words(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint words alone, in a fifth of the time that a style takes for a cell: a page has hundreds of them."""
        text, side = self._grid.written(index.row(), index.column())
        if text:
            style: QStyle = option.widget.style()
            margin = 1 + style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin, option, option.widget)
            room: QRect = option.rect.adjusted(margin, 0, -margin, 0)
            painter.setPen(option.palette.color(QPalette.ColorRole.Text))
            painter.setFont(option.font)
            words = option.fontMetrics.elidedText(text, option.textElideMode, room.width())
            painter.drawText(room, side | Qt.TextFlag.TextSingleLine, words)

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint what a cell without words has: the selection, and the focus."""
        empty = QStyleOptionViewItem(option)
        self.initStyleOption(empty, index)
        empty.text = ""
        widget = option.widget
        widget.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, empty, painter, widget)

    def _ink(self, option: QStyleOptionViewItem) -> str:
        colours = theme().colours
        state: QStyle.StateFlag = option.state
        return colours.background if state & QStyle.StateFlag.State_Selected else colours.text

    def _paint_star(self, painter: QPainter, box: QRect, starred: bool) -> None:
        colours = theme().colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(box.center().x() - 7.5, box.center().y() - 7.5)
        painter.setPen(QColor(colours.caution if starred else colours.line))
        painter.setBrush(QColor(colours.caution) if starred else Qt.BrushStyle.NoBrush)
        painter.drawPolygon(POINTS)
        painter.restore()

    def _paint_name(self, painter: QPainter, option: QStyleOptionViewItem, row: TableRow, name: str) -> None:
        box: QRect = option.rect
        visible, ink = bool(row.value("shown")), self._ink(option)
        painter.save()
        painter.drawPixmap(EYE.translated(box.topLeft()), pixmap("eye" if visible else "eye-off", 16, ink))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        colour = QColor(on_screen(self._grid.shown.colours.get(row.key[0], theme().colours.faint)))
        colour.setAlphaF(1.0 if visible else 0.35)
        painter.setBrush(colour)
        painter.drawRoundedRect(SWATCH.translated(box.topLeft()), 3, 3)
        painter.setPen(QColor(ink))
        room = box.adjusted(TEXT_AT, 0, -4, 0)
        words = option.fontMetrics.elidedText(name, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()

    def _paint_group(
        self, painter: QPainter, option: QStyleOptionViewItem, row: GroupRow, value: str
    ) -> None:
        box: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(on_screen(self._grid.shown.colours.get(row.key[0], theme().colours.faint))))
        painter.drawRoundedRect(SWATCH.translated(box.left() - 20, box.top()), 3, 3)
        painter.setPen(QColor(self._ink(option)))
        painter.drawText(box.adjusted(24, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, value or "none")
        painter.restore()

    def _paint_verdict(self, painter: QPainter, option: QStyleOptionViewItem, status: str) -> None:
        glyph, word, tone = VERDICT_WORDS[status]
        box: QRect = option.rect
        ink = self._ink(option)
        state: QStyle.StateFlag = option.state
        mark = ink if state & QStyle.StateFlag.State_Selected else getattr(theme().colours, tone)
        painter.save()
        painter.drawPixmap(QRect(box.left() + 6, box.center().y() - 6, 14, 14), pixmap(glyph, 14, mark))
        painter.setPen(QColor(ink))
        painter.drawText(box.adjusted(24, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, word)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setObjectName("cell_editor")
        editor.setAcceptDrops(False)  # a file goes to the window, which opens it
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        # once: what is being typed must not be overwritten by the numbers of a run under way
        if not editor.property("filled"):
            editor.setProperty("filled", True)
            super().setEditorData(editor, index)

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        if event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            row: TableRow = index.data(ROW)
            column: TableColumn = index.data(COLUMN)
            place = event.position().toPoint() - option.rect.topLeft()
            if column.name == "star":
                self.star_clicked.emit(row.key[0])
                return True
            if column.name == "name" and place.x() < SWATCH.left() - 2:
                self.eye_clicked.emit(row.key[0])
                return True
        return super().editorEvent(event, model, option, index)


def marks_of(column: TableColumn, by: str) -> int:
    """Return the pixels that are painted before the words of a column."""
    if column.name == "name":
        return TEXT_AT
    return 26 if column.name == by or column.name.startswith(CLAIM) else 0
