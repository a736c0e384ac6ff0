"""A choice among the kinds of data, each by a small picture of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont, QIcon, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QToolButton, QWidget

from engine.data import make_data
from engine.data.dataset import Dataset
from engine.experiment.data import DATA_KINDS, Data, DataKind
from engine.experiment.refusals import Refusal
from gui.forms.flow import FlowLayout
from gui.forms.tones import blend, hairline, tone

from .data_drawing import class_indices, draw_points, picture, plane
from .data_maker import Make, is_quick, reads_files

ICON = QSize(58, 42)


class KindButton(QToolButton):
    """One kind of data: its picture and name."""

    kind_chosen = Signal(str)

    def __init__(self, kind: str, model: type[DataKind], parent: QWidget) -> None:
        super().__init__(parent)
        self.kind = kind
        self.model = model
        self.setObjectName(f"thumbnail:{kind}")
        self.setText(model.title)
        self.setToolTip(
            f"<p><b>{model.title}</b><br>{model.help}</p>"
            + (f"<p><small>{model.source}</small></p>" if model.source else "")
        )
        self.setCheckable(True)
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(ICON)
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
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
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


class Thumbnails(QWidget):
    """A grid of the kinds of data; pictures are drawn one at a time once the grid shows."""

    kind_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None, make: Make = make_data) -> None:
        super().__init__(parent)
        self._make = make
        self._data: Data | None = None
        self._folder: Path | None = None
        self._pictures: dict[str, Dataset] = {}
        self._checked = ""
        flow = FlowLayout(self, spacing=2, even=True)
        self._buttons = {kind: KindButton(kind, model, self) for kind, model in DATA_KINDS.items()}
        for button in self._buttons.values():
            flow.addWidget(button)
            button.kind_chosen.connect(self._on_kind_chosen)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_turn)

    def button(self, kind: str) -> KindButton:
        """Return the button of a kind."""
        return self._buttons[kind]

    def show_data(self, data: Data, folder: Path | None) -> None:
        """Mark the kind of the data at hand, and draw it with its own fields."""
        self.check(data.kind)
        if data != self._data:
            before, self._data, self._folder = self._data, data, folder
            for kind in {data.kind, before.kind if before is not None else data.kind}:
                self._buttons[kind].drawn = False
            self._draw_soon()

    def check(self, kind: str) -> None:
        """Mark one kind."""
        self._checked = kind
        for button in self._buttons.values():
            button.setChecked(button.kind == kind)

    def show_pictures(self, data: Dataset) -> None:
        """Draw pictures that have been loaded, in place of the sign for them."""
        if self._data is not None:
            self._pictures[self._data.kind] = data
            self._buttons[self._data.kind].drawn = False
            self._draw_soon()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._draw_soon()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for button in self._buttons.values():
                button.drawn = False
            self._draw_soon()

    def _draw_soon(self) -> None:
        if (
            self.isVisible()
            and not self._timer.isActive()
            and any(not b.drawn for b in self._buttons.values())
        ):
            self._timer.start()

    @Slot()
    def _on_turn(self) -> None:
        waiting = [b for b in self._buttons.values() if not b.drawn]
        if waiting and self.isVisible():
            waiting[0].drawn = True
            waiting[0].setIcon(QIcon(self._drawing(waiting[0])))
            self._draw_soon()

    def _drawing(self, button: KindButton) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(ICON * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(0, 0, ICON.width(), ICON.height())
        palette = self.palette()
        painter.setPen(QPen(hairline(palette), 1))
        painter.setBrush(palette.base())
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        self._draw_kind(painter, area, button)
        painter.end()
        return pixmap

    def _draw_kind(self, painter: QPainter, area: QRectF, button: KindButton) -> None:
        chosen = self._data is not None and self._data.kind == button.kind
        loaded = self._pictures.get(button.kind)
        if loaded is not None and loaded.image_shape is not None:
            shape = loaded.image_shape
            self._draw_pictures(painter, area, [picture(p, shape, self.palette()) for p in loaded.raw[:6]])
        elif reads_files(button.model):
            self._draw_file(painter, area, button.kind)
        else:
            data = self._sample(button, chosen)
            if data is None:
                self._draw_pictures(painter, area, [self._numeral(c) for c in "385016"])
            else:
                points, _, half, _ = plane(data)
                marks = class_indices(data.labels, data.classes)
                size = 4.5 if len(points) <= 60 else 3.0
                draw_points(
                    painter,
                    area.adjusted(2, 2, -2, -2),
                    points[:400],
                    marks[:400],
                    half,
                    self.palette(),
                    size,
                )

    def _sample(self, button: KindButton, chosen: bool) -> Dataset | None:
        """Return points of a kind, with the fields at hand or its defaults; None where that takes long."""
        data = (
            self._data
            if chosen and self._data is not None
            else button.model.model_validate({"kind": button.kind})
        )
        try:
            return self._make(data, self._folder) if is_quick(data, self._folder) else None  # type: ignore[arg-type]
        except Refusal:
            return None

    def _draw_pictures(self, painter: QPainter, area: QRectF, pictures: list[QImage]) -> None:
        side = 17.0
        left = area.center().x() - 1.5 * side - 1
        top = area.center().y() - side - 0.5
        for i, image in enumerate(pictures):
            painter.drawImage(
                QRectF(left + (i % 3) * (side + 1), top + (i // 3) * (side + 1), side, side), image
            )

    def _numeral(self, character: str) -> QImage:
        """Return a printed numeral of 8 x 8 pixels: a sign for pictures that are not loaded yet."""
        image = QImage(8, 8, QImage.Format.Format_RGB32)
        image.fill(self.palette().base().color())
        painter = QPainter(image)
        font = QFont(self.font())
        font.setPixelSize(9)
        painter.setFont(font)
        painter.setPen(self.palette().text().color())
        painter.drawText(QRect(0, 0, 8, 8), Qt.AlignmentFlag.AlignCenter, character)
        painter.end()
        return image

    def _draw_file(self, painter: QPainter, area: QRectF, ending: str) -> None:
        """Draw a sheet with rows of numbers and the ending of the file's name."""
        palette = self.palette()
        sheet = QRectF(area.center().x() - 12, area.top() + 6, 24, area.height() - 12)
        painter.setPen(QPen(tone(palette, "faint"), 1.2))
        painter.drawRoundedRect(sheet, 2, 2)
        painter.setPen(QPen(hairline(palette), 1.2))
        for i in range(2):
            y = sheet.top() + 5 + 5 * i
            painter.drawLine(int(sheet.left()) + 4, int(y), int(sheet.right()) - 4, int(y))
        font = QFont(self.font())
        font.setPixelSize(9)
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(tone(palette, "faint"))
        painter.drawText(sheet.adjusted(0, 10, 0, 0), Qt.AlignmentFlag.AlignCenter, ending)

    @Slot(str)
    def _on_kind_chosen(self, kind: str) -> None:
        self.check(self._checked)  # until the experiment has it
        self.kind_chosen.emit(kind)
