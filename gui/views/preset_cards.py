"""The cards of the gallery: a picture of the data, the title, the sentence that is made visible, badges."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette, QPen, QPixmap, QTextLayout
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from engine.catalog import PresetEntry, load_preset
from engine.experiment.document import Document
from engine.words.errors import Refusal
from engine.words.formats import duration
from gui.panels.data_maker import is_quick
from gui.panels.kind_drawing import draw_data
from gui.theme import theme

from .preset_badges import paint_badges
from .selected_row import paint_selected

ENTRY = Qt.ItemDataRole.UserRole
HEADING = Qt.ItemDataRole.UserRole + 1
"""A heading's text; such a row is no preset."""
CONTENTS = Qt.ItemDataRole.UserRole + 2
"""How much of a paper is here, of a heading that is a paper and can be selected."""
PICTURE = QSize(84, 64)
CARD = 106
"""A card's height: a title of two lines, two of the theorem, and the badges."""
Index = QModelIndex | QPersistentModelIndex


def data_picture(document: Document | None, size: QSize, palette: QPalette) -> QPixmap:
    """Return a picture of a document's data; of data that take long to make, a sign."""
    result = QPixmap(size * 2)
    result.setDevicePixelRatio(2)
    result.fill(Qt.GlobalColor.transparent)
    with QPainter(result) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(0.5, 0.5, size.width() - 1, size.height() - 1)
        painter.setPen(QPen(QColor(theme().colours.line), 1))
        painter.setBrush(palette.base())
        painter.drawRoundedRect(area, 4, 4)
        if document is None or not _has_drawn(painter, area.adjusted(3, 3, -3, -3), document, palette):
            painter.setPen(QColor(theme().colours.bad))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, "?")
    return result


def _has_drawn(painter: QPainter, area: QRectF, document: Document, palette: QPalette) -> bool:
    """Draw a document's data, and say whether there are any."""
    from engine.data import make_data

    data, where = document.base.data, document.folder
    try:
        if data.small_file or is_quick(data, where):
            draw_data(painter, area, make_data(data, where), palette)
        else:
            _draw_numerals(painter, area)
    except Refusal:
        return False
    return True


def _draw_numerals(painter: QPainter, area: QRectF) -> None:
    font = QFont(painter.font())
    font.setPixelSize(round(area.height() * 0.42))
    painter.setFont(font)
    painter.setPen(QColor(theme().colours.foreground))
    for i, numeral in enumerate("385016"):
        width, height = area.width() / 3, area.height() / 2
        box = QRectF(area.left() + (i % 3) * width, area.top() + (i // 3) * height, width, height)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, numeral)


def draw_lines(painter: QPainter, box: QRect, text: str) -> int:
    """Draw text in as many whole lines as fit, the last one cut with an ellipsis; return how many there are."""
    metrics = painter.fontMetrics()
    layout = QTextLayout(text, painter.font())
    layout.beginLayout()
    fitting, drawn = max(1, box.height() // metrics.lineSpacing()), 0
    for place in range(fitting):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(box.width())
        rest = text[line.textStart() :]
        last = place == fitting - 1
        shown = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, box.width()) if last else ""
        words = shown or rest[: line.textLength()]
        top = box.top() + place * metrics.lineSpacing()
        painter.drawText(box.left(), top + metrics.ascent(), words.strip())
        drawn += 1
    layout.endLayout()
    return drawn


class PresetDelegate(QStyledItemDelegate):
    """Paints cards and headings; what a preset's file says is read when its card is first seen, one in a turn."""

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self._pictures: dict[tuple[str, bool, bool], QPixmap] = {}
        self._documents: dict[str, Document | None] = {}
        """By the ids of presets; None where one cannot be read."""
        self._wanted: dict[QPersistentModelIndex, None] = {}
        """The cards that were painted without their pictures."""
        self._turn = QTimer(self)
        self._turn.setSingleShot(True)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._on_turn)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(300, 30 if index.data(HEADING) else CARD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        box: QRect = option.rect
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if index.data(HEADING):
            if selected:
                paint_selected(painter, box)
            told = str(index.data(CONTENTS) or "")
            self._paint_heading(painter, box, option.font, str(index.data(HEADING)), told, selected)
        else:
            entry = index.data(ENTRY)
            if self._key(entry) not in self._pictures:
                self._wanted[QPersistentModelIndex(index)] = None
                self._turn.start()
            self._paint_card(painter, box, option.font, entry, selected)
        painter.restore()

    def _paint_heading(
        self, painter: QPainter, box: QRect, font: QFont, text: str, told: str, selected: bool
    ) -> None:
        """Draw a heading, and at its right, as far as there is room, how much of the paper is here."""
        bold = QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        bold.setPointSizeF(font.pointSizeF() * 0.92)
        painter.setFont(bold)
        painter.setPen(QColor(theme().colours.text if selected else theme().colours.faint))
        room = box.adjusted(8, 8, -10, 0)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
        room.setLeft(room.left() + QFontMetrics(bold).horizontalAdvance(text) + 12)
        bold.setWeight(QFont.Weight.Normal)
        painter.setFont(bold)
        words = QFontMetrics(bold).elidedText(f"{told} ›", Qt.TextElideMode.ElideLeft, room.width())
        if told:
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)

    def _paint_card(
        self, painter: QPainter, box: QRect, font: QFont, entry: PresetEntry, selected: bool
    ) -> None:
        colours = theme().colours
        if selected:
            paint_selected(painter, box)
        picture = self._pictures.get(self._key(entry))
        if picture is not None:
            painter.drawPixmap(box.left() + 10, box.top() + 8, picture)
        bold, small = QFont(font), QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        small.setPointSizeF(font.pointSizeF() * 0.92)
        words = box.adjusted(PICTURE.width() + 22, 7, -10, -8)
        painter.setFont(bold)
        painter.setPen(QColor(colours.text))
        line = QFontMetrics(bold).lineSpacing()
        lines = draw_lines(painter, QRect(words.left(), words.top(), words.width(), 2 * line), entry.title)
        foot = QRect(words.left(), words.bottom() - 16, words.width(), 17)
        painter.setFont(small)
        painter.setPen(QColor(colours.bad if entry.error else colours.faint))
        rest = QRect(words)
        rest.setTop(words.top() + lines * line + 1)
        rest.setBottom(foot.top() - 3)
        draw_lines(painter, rest, entry.error or entry.theorem or entry.look_for or "No description.")
        self._paint_foot(painter, foot, small, entry)

    def _paint_foot(self, painter: QPainter, box: QRect, font: QFont, entry: PresetEntry) -> None:
        """Draw the badges, and after them where exactly the paper says it."""
        document = self._documents.get(entry.id)
        left = box.left()
        if document is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            left = round(paint_badges(painter, QRectF(box), document, font))
        painter.setPen(QColor(theme().colours.faint))
        room = box.adjusted(left - box.left() + 4, 0, 0, 0)
        told = " · ".join(filter(None, (duration(entry.seconds) if entry.seconds else "", entry.paper)))
        words = QFontMetrics(font).elidedText(told, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)

    @staticmethod
    def _key(entry: PresetEntry) -> tuple[str, bool, bool]:
        return entry.id, entry.own, theme().dark

    @Slot()
    def _on_turn(self) -> None:
        """Make the picture of one card that lacks it."""
        while self._wanted:
            index = next(iter(self._wanted))
            del self._wanted[index]
            entry = index.data(ENTRY) if index.isValid() else None
            if entry is None or self._key(entry) in self._pictures:
                continue
            if entry.id not in self._documents:
                try:
                    self._documents[entry.id] = load_preset(entry.id)
                except Refusal:
                    self._documents[entry.id] = None
            picture = data_picture(self._documents[entry.id], PICTURE, QApplication.palette())
            self._pictures[self._key(entry)] = picture
            self._view.viewport().update(self._view.visualRect(self._view.model().index(index.row(), 0)))
            self._turn.start()
            return
