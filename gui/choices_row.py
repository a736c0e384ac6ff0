"""A row of choices above a view: side by side where there is room, else on several lines."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

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


class ChoicesRow(QLayout):
    """Puts widgets in a line and goes on in the next where one ends: no row makes its window wider."""

    def __init__(self, margins: tuple[int, int, int, int] = MARGINS, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pieces: list[_Piece] = []
        self._gap = False
        self.setSpacing(SPACING)
        self.setContentsMargins(*margins)

    def add(self, *widgets: QWidget, stretch: int = 0) -> None:
        """Add widgets; with `stretch` they share what is left of their line."""
        for widget in widgets:
            self.addWidget(widget)
            self._pieces[-1].stretch = stretch

    def add_gap(self) -> None:
        """Put what is added from now on at the right end of its line."""
        self._gap = True

    def addItem(self, item: QLayoutItem) -> None:
        self._pieces.append(_Piece(item, after_gap=self._gap))

    def count(self) -> int:
        return len(self._pieces)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._pieces[index].item if 0 <= index < len(self._pieces) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._pieces.pop(index).item if 0 <= index < len(self._pieces) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        shown = self._shown()
        width = sum(piece.item.sizeHint().width() for piece in shown) + SPACING * max(len(shown) - 1, 0)
        height = max((piece.item.sizeHint().height() for piece in shown), default=0)
        return QSize(width, height).grownBy(self.contentsMargins())

    def minimumSize(self) -> QSize:
        size = QSize()
        for piece in self._shown():
            size = size.expandedTo(piece.item.minimumSize())
        return size.grownBy(self.contentsMargins())

    def _shown(self) -> list[_Piece]:
        return [piece for piece in self._pieces if not piece.item.isEmpty()]

    def _lines(self, width: int) -> list[list[_Piece]]:
        """Return what stands side by side."""
        lines: list[list[_Piece]] = []
        taken = 0
        for piece in self._shown():
            if lines and taken + SPACING + piece.need <= width:
                lines[-1].append(piece)
                taken += SPACING + piece.need
            else:
                lines.append([piece])
                taken = piece.need
        return lines

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        """Place everything in a rectangle, if it is to move; return the height that is needed."""
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
