"""Lines that stay as they are, painted once: of many runs mostly one goes on, and mouse and timeline move above all."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, QTimer, Slot
from PySide6.QtGui import QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from .curves import Curve, Series

FEW = 12
"""Lines that are painted one by one: fewer than these are quick."""
MANY = 60
"""Lines that are painted without smoothing while the view moves."""
REST = 120
"""Milliseconds without a move, after which they are smooth again."""


class StillLines(pg.GraphicsObject):
    """Paints the items of series in their place, and keeps what was painted until one of them or the view changes."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(19)
        self._series: tuple[Series, ...] = ()
        self._painted: tuple[object, ...] = ()
        self._pixmap = QPixmap()
        self._moving = QTimer(self)
        self._moving.setSingleShot(True)
        self._moving.setInterval(REST)
        self._moving.timeout.connect(self._on_rest)

    @Slot()
    def _on_rest(self) -> None:
        self.update()

    def set_series(self, series: Sequence[Series]) -> None:
        """Take over the painting of these, and leave that of others to themselves."""
        kept = tuple(series) if len(series) > FEW else ()
        if kept != self._series:
            for gone in set(self._series).difference(kept):
                _paint_themselves(gone, True)
            for come in set(kept).difference(self._series):
                _paint_themselves(come, False)
            self._series = kept
        for each in kept:
            for line in each.coloured:
                line.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, True)
        if self._wanted() != self._painted[3:]:
            self.update()

    def _wanted(self) -> tuple[object, ...]:
        return tuple((series, series.version) for series in self._series)

    def viewRangeChanged(self) -> None:
        if len(self._series) > MANY:
            self._moving.start()
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self.viewRect())

    def paint(self, p: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        if not self._series:
            return
        to_device, scale = p.transform(), p.device().devicePixelRatioF()
        frame = to_device.mapRect(self.viewRect()).toAlignedRect()
        smooth = not self._moving.isActive()
        key = (to_device, scale, smooth, *self._wanted())
        if key != self._painted:
            self._pixmap = QPixmap(frame.size() * scale)
            self._pixmap.setDevicePixelRatio(scale)
            self._pixmap.fill(Qt.GlobalColor.transparent)
            with QPainter(self._pixmap) as painter:
                painter.setTransform(to_device * QTransform.fromTranslate(-frame.x(), -frame.y()))
                items = [item for series in self._series for item in series.items() if item.isVisible()]
                for item in sorted(items, key=lambda item: float(item.zValue())):
                    painter.save()
                    if isinstance(item, Curve):
                        item.paint_on(painter, option, smooth)
                    else:
                        item.paint(painter, option, widget)
                    painter.restore()
            self._painted = key
        p.save()
        p.resetTransform()
        p.drawPixmap(frame.topLeft(), self._pixmap)
        p.restore()


def _paint_themselves(series: Series, themselves: bool) -> None:
    for item in series.items():
        item.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents, not themselves)
