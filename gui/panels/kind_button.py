"""The button of one kind of data: its picture and name."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from engine.experiment.data import DataSpec
from gui.forms.tones import blend, hairline, tone
from gui.plain_text import as_html

ICON = QSize(58, 42)


class KindButton(QToolButton):
    """One kind of data: its picture and name."""

    kind_chosen = Signal(str)

    def __init__(self, kind: str, model: type[DataSpec], parent: QWidget) -> None:
        super().__init__(parent)
        self.kind = kind
        self.model = model
        self.setObjectName(f"thumbnail:{kind}")
        self.setText(model.title)
        self.setToolTip(
            f"<p><b>{as_html(model.title)}</b><br>{as_html(model.help)}</p>"
            + (f"<p><small>{as_html(model.source)}</small></p>" if model.source else "")
        )
        self.setCheckable(True)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(ICON)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        self.setFont(font)
        self.drawn = False
        self.clicked.connect(self._on_clicked)

    def sizeHint(self) -> QSize:
        return QSize(ICON.width() + 8, ICON.height() + self.fontMetrics().height() + 10)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        frame = self.rect().toRectF().adjusted(1, 1, -1, -1)
        accent = palette.highlight().color()
        if self.isChecked():
            painter.setPen(QPen(accent, 1.5))
            painter.setBrush(blend(accent, palette.window().color(), 0.14))
        elif self.hasFocus() or self.underMouse():
            painter.setPen(QPen(accent if self.hasFocus() else hairline(palette), 1))
            painter.setBrush(blend(palette.windowText().color(), palette.window().color(), 0.06))
        else:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(frame, 4, 4)
        place = QRect(0, 4, self.width(), ICON.height())
        self.icon().paint(painter, place, Qt.AlignmentFlag.AlignCenter)
        painter.setPen(palette.windowText().color() if self.isChecked() else tone(palette, "faint"))
        painter.setFont(self.font())
        words = QRect(0, ICON.height() + 5, self.width(), self.height() - ICON.height() - 7)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.text())
        painter.end()

    @Slot()
    def _on_clicked(self) -> None:
        self.kind_chosen.emit(self.kind)
