"""Parts of a form that fold away: sections with a heading, and the quiet 'more…'."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QEnterEvent, QFocusEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from gui.plain_text import tooltip

from .tones import blend, hairline, tone

LEAST_HEADING = 120
"""Pixels of a section's heading, at least."""


def paint_chevron(painter: QPainter, centre: QPointF, down: bool) -> None:
    """Draw the mark of something that opens: to the right when closed, down when open."""
    corners = [(-3.5, -2.0), (0.0, 2.0), (3.5, -2.0)] if down else [(-2.0, -3.5), (2.0, 0.0), (-2.0, 3.5)]
    painter.drawPolyline(QPolygonF([centre + QPointF(x, y) for x, y in corners]))


class FoldButton(QAbstractButton):
    """A button that folds and unfolds; shows a frame where the keyboard has led to it."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._by_key = False
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._by_key = False
        super().focusOutEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()


class SectionHeader(FoldButton):
    """A heading with a chevron; while folded, a faint summary at its right."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.summary = ""
        font = self.font()
        font.setBold(True)
        self.setFont(font)

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self.text()) + 30, self.fontMetrics().height() + 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_HEADING, self.sizeHint().height())  # a long one is cut off in large text

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        palette = self.palette()
        text, window = palette.windowText().color(), palette.window().color()
        if self.underMouse():
            painter.fillRect(self.rect(), blend(text, window, 0.06))
        painter.fillRect(0, 0, self.width(), 1, hairline(palette))
        if self._by_key:
            painter.setPen(palette.color(QPalette.ColorRole.Highlight))
            painter.drawRect(self.rect().adjusted(0, 1, -1, -1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(text, 1.5))
        paint_chevron(painter, QPointF(14, self.height() / 2 + 0.5), self.isChecked())
        place = QRect(26, 1, self.width() - 36, self.height() - 1)
        title = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, title)
        if self.summary and not self.isChecked():
            taken = self.fontMetrics().horizontalAdvance(self.text()) + 12
            font = painter.font()
            font.setBold(False)
            font.setPointSizeF(font.pointSizeF() * 0.9)
            painter.setFont(font)
            painter.setPen(tone(palette, "faint"))
            room = place.adjusted(taken, 0, 0, 0)
            words = painter.fontMetrics().elidedText(self.summary, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)
        painter.end()


class Section(QWidget):
    """A heading that folds its contents away."""

    toggled = Signal(bool)

    def __init__(self, title: str, name: str, parent: QWidget | None = None, *, opened: bool = True) -> None:
        super().__init__(parent)
        self.name = name
        self.setObjectName(f"section:{name}")
        self.header = SectionHeader(title, self)
        self.header.setObjectName(f"heading:{name}")
        self._body = QWidget(self)
        self.contents = QVBoxLayout(self._body)
        self.contents.setContentsMargins(0, 2, 10, 12)
        self.contents.setSpacing(6)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._body)
        self.header.setChecked(opened)
        self._body.setVisible(opened)
        self.header.toggled.connect(self._on_toggled)

    @property
    def opened(self) -> bool:
        """Whether the contents show."""
        return self.header.isChecked()

    def open(self, opened: bool = True) -> None:
        """Show or fold away the contents."""
        self.header.setChecked(opened)

    @Slot(str)
    def set_summary(self, words: str) -> None:
        """Say in a few words what the section holds."""
        if words != self.header.summary:
            self.header.summary = words
            self.header.setToolTip(tooltip(words))
            self.header.update()

    @Slot(bool)
    def _on_toggled(self, opened: bool) -> None:
        self._body.setVisible(opened)
        self.toggled.emit(opened)


class QuietFold(FoldButton):
    """A quiet line with a chevron that shows what is hidden at first."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.setFont(font)

    def words(self) -> str:
        """Return what it says now."""
        return self.text()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 28, metrics.height() + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self.palette().windowText().color() if self.underMouse() else tone(self.palette(), "faint")
        painter.setPen(QPen(colour, 1.2))
        paint_chevron(painter, QPointF(14, self.height() / 2), self.isChecked())
        place = self.rect().adjusted(24, 0, 0, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self.words())
        if self._by_key:
            painter.setPen(self.palette().color(QPalette.ColorRole.Highlight))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()


class MoreButton(QuietFold):
    """The quiet line that shows what a form hides at first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("more…", parent)
        self.setToolTip("Show fields that are seldom needed")

    def words(self) -> str:
        return self.text().replace("more…", "less") if self.isChecked() else self.text()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance("more… (10 changed)") + 24, metrics.height() + 4)
