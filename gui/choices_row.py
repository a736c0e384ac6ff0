"""A row of choices above a view: side by side where there is room, else on several lines."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QHBoxLayout, QLayoutItem, QWidget

from gui.plain_text import PlainLabel
from gui.wrapping import WrappingLayout

MARGINS = (8, 4, 8, 2)
"""Of a row that another one stands under."""
SPACING = 8


@dataclass
class _Piece:
    item: QLayoutItem
    stretch: int = 0
    after_gap: bool = False
    """Whether it stands at the right, where its line has room."""

    @property
    def need(self) -> int:
        """Return the width without which it goes to the next line."""
        return (self.item.minimumSize() if self.stretch else self.item.sizeHint()).width()


class ChoicesRow(WrappingLayout):
    """Puts widgets in a line and goes on in the next where one ends: no row makes its window wider."""

    def __init__(self, margins: tuple[int, int, int, int] = MARGINS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stretches: dict[QWidget, int] = {}
        self._after_gap: set[QWidget] = set()
        self._gap = False
        self.setSpacing(SPACING)
        self.setContentsMargins(*margins)

    def add(self, *widgets: QWidget, stretch: int = 0) -> None:
        """Add widgets; with `stretch` they share what is left of their line."""
        for widget in widgets:
            self.addWidget(widget)
            self._stretches[widget] = stretch
            if self._gap:
                self._after_gap.add(widget)

    def add_gap(self) -> None:
        """Put what is added from now on at the right end of its line."""
        self._gap = True

    def sizeHint(self) -> QSize:
        shown = self._shown()
        width = sum(item.sizeHint().width() for item in shown) + SPACING * max(len(shown) - 1, 0)
        height = max((item.sizeHint().height() for item in shown), default=0)
        return QSize(width, height).grownBy(self.contentsMargins())

    def _pieces(self) -> list[_Piece]:
        """Return what is shown, with how it stands."""
        return [
            _Piece(item, self._stretches[widget], widget in self._after_gap)
            for item in self._shown()
            if (widget := item.widget()) is not None
        ]

    def _lines(self, width: int) -> list[list[_Piece]]:
        """Return what stands side by side."""
        lines: list[list[_Piece]] = []
        taken = 0
        for piece in self._pieces():
            if lines and taken + SPACING + piece.need <= width:
                lines[-1].append(piece)
                taken += SPACING + piece.need
            else:
                lines.append([piece])
                taken = piece.need
        return lines

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        margins = self.contentsMargins()
        left, width = rect.left() + margins.left(), rect.width() - margins.left() - margins.right()
        top = rect.top() + margins.top()
        for number, line in enumerate(self._lines(width)):
            top += SPACING // 2 if number else 0
            height = max(piece.item.sizeHint().height() for piece in line)
            if move:
                _place(line, QRect(left, top, width, height))
            top += height
        return top - rect.top() + margins.bottom()


def _place(line: list[_Piece], room: QRect) -> None:
    """Put pieces side by side; what is left goes to those that stretch, and a third of it to the gap."""
    free = room.width() - sum(piece.need for piece in line) - SPACING * (len(line) - 1)
    shares = sum(piece.stretch for piece in line)
    parted = next((k for k, piece in enumerate(line) if piece.after_gap), 0)
    gap = max(free, 0) if not shares else max(free, 0) // 3
    gap = gap if parted else 0
    x = room.left()
    for place, piece in enumerate(line):
        x += gap if parted and place == parted else 0
        extra = max(free - gap, 0) * piece.stretch // shares if piece.stretch else 0
        width = min(piece.need + extra, room.width())
        height = min(piece.item.sizeHint().height(), room.height())
        piece.item.setGeometry(
            QRect(QPoint(x, room.top() + (room.height() - height) // 2), QSize(width, height))
        )
        x += width + SPACING


def named(text: str, box: QWidget, parent: QWidget) -> QWidget:
    """Return a box with its name before it: they stay together where the line goes on below."""
    pair = QWidget(parent)
    row = QHBoxLayout(pair)
    row.setContentsMargins(0, 0, 0, 0)
    label = PlainLabel(text, pair)
    label.setBuddy(box)
    row.addWidget(label)
    row.addWidget(box)
    return pair
