"""Square pictures, as large as their place allows, with one colour bar beneath or beside them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from .colour_bar import ColourBar
from .surface_picture import SurfacePicture

GAP = 4
BAR_BESIDE = 130
"""Pixels of a colour bar at the end of a row."""
LEAST_SIDE = 100
"""Pixels of a square, at least; with less room a view scrolls."""
LARGER, LEAST = 1.25, 0.7
"""How much larger the first picture is to be, where the others become that little smaller for it."""


class PictureRow(QWidget):
    """Keeps the pictures of one range, and of one size but for a first one that may be larger: a zoom is one in all."""

    def __init__(self, pictures: Sequence[SurfacePicture], bar: ColourBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._pictures, self._bar = tuple(pictures), bar
        for widget in (*self._pictures, bar):
            widget.setParent(self)
        for picture in self._pictures:
            picture.moved.connect(self._on_moved)
            picture.fitted.connect(self._on_fitted)

    def sizeHint(self) -> QSize:
        return QSize(640, self.minimumSizeHint().height())  # what scrolls is as high as its hint, at least

    def minimumSizeHint(self) -> QSize:
        above, bar = max(picture.above for picture in self._shown), self._bar.sizeHint().height()
        return QSize(280, LEAST_SIDE + above + bar + 2 * GAP)

    @property
    def _shown(self) -> tuple[SurfacePicture, ...]:
        """Return the pictures that have something to show: the first one always has."""
        return tuple(picture for picture in self._pictures if not picture.isHidden()) or self._pictures[:1]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()

    def arrange(self) -> None:
        """Give every picture its place: in one row or two, or two beside or below a large one, whichever is larger."""
        above = max(picture.above for picture in self._shown)
        in_one, in_two, in_low = self._side_in_one(above), self._side_in_two(above), self._side_in_low(above)
        equal = max(in_one, in_two, in_low)
        beside, over = self._sides_beside(above), self._sides_over(above)
        for (large, small), place in sorted(
            ((beside, self._place_beside), (over, self._place_over)), key=lambda each: each[0], reverse=True
        ):
            if large >= LARGER * equal and small >= LEAST * equal:
                place(large, small, above)
                return
        if in_low > max(in_one, in_two):
            row = QRect(0, 0, self.width() - BAR_BESIDE, self.height())
            self._place(self._shown, row, in_low, above)
            free = self._bar.sizeHint().height()
            self._bar.setGeometry(row.width(), (in_low + above - free) // 2, BAR_BESIDE, free)
            return
        whole = self.rect()
        if in_two > in_one:
            self._place(self._shown[:2], whole, in_two, above)
            left = self._place(self._shown[2:], whole.translated(0, in_two + above), in_two, above, 2)
            free = self._bar.sizeHint().height()
            top = in_two + above + (in_two + above - free) // 2
            self._bar.setGeometry(left, top, self.width() - left, free)
            return
        self._place(self._shown, whole, in_one, above)
        self._bar.setGeometry(0, in_one + above + GAP, self.width(), self._bar.sizeHint().height())

    def _side_in_one(self, above: int) -> int:
        """Return the side of the squares in one row above the colour bar."""
        across = (self.width() - sum(picture.beside for picture in self._shown)) / len(self._shown)
        down = self.height() - above - self._bar.sizeHint().height() - 2 * GAP
        return max(int(min(across, down)), 20)

    def _side_in_low(self, above: int) -> int:
        """Return the side of the squares in one row that the colour bar ends."""
        across = self.width() - BAR_BESIDE - sum(picture.beside for picture in self._shown)
        return int(min(across / len(self._shown), self.height() - above))

    def _side_in_two(self, above: int) -> int:
        """Return the side of the squares in two rows, the colour bar in the place that is left; 0: it has none."""
        if len(self._shown) != 3:
            return 0
        across = (self.width() - sum(picture.beside for picture in self._shown[:2])) / 2
        side = int(min(across, self.height() / 2 - above))
        return side if side >= self._bar.sizeHint().height() else 0

    def _sides_beside(self, above: int) -> tuple[int, int]:
        """Return the sides of a large square and of two in a column at its right; 0 where there are not three."""
        if len(self._shown) != 3:
            return 0, 0
        small = int(self.height() / 2 - above)
        across = self.width() - small - sum(self._beside()) - GAP
        down = self.height() - above - self._bar.sizeHint().height() - 2 * GAP
        return int(min(across, down)), small

    def _sides_over(self, above: int) -> tuple[int, int]:
        """Return the sides of a large square and of two in a row below it; 0 where there are not three."""
        if len(self._shown) != 3:
            return 0, 0
        small = int((self.width() - sum(self._beside()) - GAP) / 2)
        down = self.height() - small - 2 * above - self._bar.sizeHint().height() - 2 * GAP
        return int(min(self.width() - self._beside()[0], down)), small

    def _beside(self) -> tuple[int, int]:
        """Return the room at the left of the first picture, and of those in a column beside it."""
        first, *others = (picture.beside for picture in self._shown)
        return first, max(others)

    def _place_beside(self, large: int, small: int, above: int) -> None:
        """Place the first picture at the left, above the colour bar, and the others one below the other."""
        first, *others = self._shown
        room, indent = self._beside()
        left = (self.width() - large - small - room - indent - GAP) // 2
        first.setGeometry(left, 0, large + room, large + above)
        self._bar.setGeometry(left, large + above + GAP, large + room, self._bar.sizeHint().height())
        left += large + room + GAP
        for place, picture in enumerate(others):
            top = place * (small + above)
            picture.setGeometry(left + indent - picture.beside, top, small + picture.beside, small + above)

    def _place_over(self, large: int, small: int, above: int) -> None:
        """Place the first picture above the two others, and the colour bar beneath all."""
        first, *others = self._shown
        room, indent = self._beside()
        first.setGeometry((self.width() - large - room) // 2, 0, large + room, large + above)
        top = large + above
        left = (self.width() - 2 * small - room - indent - GAP) // 2 + room
        for picture in others:
            picture.setGeometry(left - picture.beside, top, small + picture.beside, small + above)
            left += small + GAP + indent
        self._bar.setGeometry(0, top + small + above + GAP, self.width(), self._bar.sizeHint().height())

    def _place(
        self, pictures: Sequence[SurfacePicture], room: QRect, side: int, above: int, columns: int = 0
    ) -> int:
        """Place pictures of a side at the top of a room, in the middle of `columns`; return where the row ends."""
        row = self._shown[: columns or len(pictures)]
        left = (room.width() - sum(picture.beside for picture in row) - side * len(row)) // 2
        for picture in pictures:
            # every column begins with room for the first one's axis, so that squares stand below one another
            extra = picture.beside if not columns else row[0].beside
            indent = extra - picture.beside
            picture.setGeometry(left + indent, room.top(), side + picture.beside, side + above)
            left += side + extra
        return left

    @Slot(object)
    def _on_moved(self, ranges: tuple[tuple[float, float], tuple[float, float]]) -> None:
        for picture in self._pictures:
            if picture is not self.sender():
                picture.show_range(*ranges)

    @Slot()
    def _on_fitted(self) -> None:
        for picture in self._pictures:
            picture.fit()
