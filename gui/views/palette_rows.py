"""How the palette's rows are painted: what it is, its name with the letters looked for, what stands beside, its key."""

from __future__ import annotations

from itertools import groupby

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.model.finding import Finding, Match
from gui.theme import theme

from .selected_row import paint_selected

Index = QModelIndex | QPersistentModelIndex
NAMES = {"action": "Action", "field": "Field", "run": "Run", "preset": "Preset"}
GAP = 10
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class PaletteDelegate(QStyledItemDelegate):
    """Paints one line for each entry."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, option.fontMetrics.height() + 10)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        match: Match = index.data(Qt.ItemDataRole.UserRole)
        entry, colours = match.entry, theme().colours
        state: QStyle.StateFlag = option.state
        box: QRect = option.rect
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            paint_selected(painter, box)
        metrics = QFontMetrics(option.font)
        painter.setFont(option.font)
        room = box.adjusted(GAP, 0, -GAP, 0)
        kinds = max(metrics.horizontalAdvance(name) for name in NAMES.values()) + 2 * GAP
        painter.setPen(QColor(colours.faint))
        painter.drawText(room, LEFT, NAMES[entry.kind])
        if entry.keys:
            painter.drawText(room, RIGHT, entry.keys)
            room.adjust(0, 0, -metrics.horizontalAdvance(entry.keys) - GAP, 0)
        room.adjust(kinds, 0, 0, 0)
        painter.setPen(QColor(colours.faint if entry.why_not else colours.text))
        taken = self._paint_title(painter, room, match, option.font)
        beside = room.adjusted(taken + GAP, 0, 0, 0)
        words = entry.why_not or entry.detail
        if words and beside.width() > 3 * GAP:
            painter.setFont(option.font)
            painter.setPen(QColor(colours.caution if entry.why_not else colours.faint))
            painter.drawText(
                beside, LEFT, metrics.elidedText(words, Qt.TextElideMode.ElideRight, beside.width())
            )
        painter.restore()

    def _paint_title(self, painter: QPainter, room: QRect, match: Match, font: QFont) -> int:
        """Paint an entry's name, bold where it was found; return how wide it is."""
        bold = QFont(font)
        bold.setWeight(QFont.Weight.Bold)
        title, x = match.entry.title, 0
        for was_found, letters in groupby(range(len(title)), lambda place: place in match.places):
            part = "".join(title[place] for place in letters)
            used = bold if was_found else font
            left = room.width() - x
            metrics = QFontMetrics(used)
            text = metrics.elidedText(part, Qt.TextElideMode.ElideRight, left)
            painter.setFont(used)
            painter.drawText(room.adjusted(x, 0, 0, 0), LEFT, text)
            x += metrics.horizontalAdvance(text)
            if text != part:
                break
        return x


def words_of(entry: Finding) -> str:
    """Return an entry as a screen reader says it."""
    beside = f"not possible: {entry.why_not}" if entry.why_not else entry.detail
    return ", ".join(part for part in (NAMES[entry.kind], entry.title, beside, entry.keys) if part)
