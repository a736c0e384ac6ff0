"""Square pictures side by side, as large as their place allows, with one colour bar beneath them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from .colour_bar import ColourBar
from .surface_picture import SurfacePicture

GAP = 4


class PictureRow(QWidget):
    """Keeps the pictures of one size and of one range: a zoom or a move in one of them is one in all."""

    def __init__(self, pictures: Sequence[SurfacePicture], bar: ColourBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._pictures, self._bar = tuple(pictures), bar
        for widget in (*self._pictures, bar):
            widget.setParent(self)
        for picture in self._pictures:
            picture.moved.connect(self._on_moved)
            picture.fitted.connect(self._on_fitted)

    def sizeHint(self) -> QSize:
        return QSize(640, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(360, 200)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Give every picture its place."""
        beside = [picture.beside for picture in self._pictures]
        above = max(picture.above for picture in self._pictures)
        foot = self._bar.sizeHint().height()
        across = (self.width() - sum(beside)) / len(beside)
        side = max(int(min(across, self.height() - above - foot - 2 * GAP)), 20)
        left = (self.width() - sum(beside) - side * len(beside)) // 2
        for picture, extra in zip(self._pictures, beside, strict=True):
            picture.setGeometry(left, 0, side + extra, side + above)
            left += side + extra
        self._bar.setGeometry(0, side + above + GAP, self.width(), foot)

    @Slot(object)
    def _on_moved(self, ranges: tuple[tuple[float, float], tuple[float, float]]) -> None:
        for picture in self._pictures:
            if picture is not self.sender():
                picture.show_range(*ranges)

    @Slot()
    def _on_fitted(self) -> None:
        for picture in self._pictures:
            picture.fit()
