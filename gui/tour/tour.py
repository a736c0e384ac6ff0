"""The tour's card beside the part that it is about, and the frame around that part; nothing is blocked."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Slot
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.plain_text import PlainLabel
from gui.tab_order import after, in_reading_order, lead_to
from gui.theme import mixed, set_sheet, theme

from .steps import STEPS, TourParts

WIDTH, GAP, EDGE, AROUND = 320, 12, 3, 6


class TourFrame(QWidget):
    """A line around a part of the window; clicks go through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tour_frame")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(theme().colours.accent), EDGE))
            inset = EDGE // 2 + 1
            painter.drawRoundedRect(self.rect().adjusted(inset, inset, -inset, -inset), 6, 6)


class Tour(QFrame):
    """Five steps; Escape leaves, Left and Right go back and on."""

    def __init__(self, parts: TourParts, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("tour")
        self._parts, self._window = parts, window
        self.place = 0
        self.frame = TourFrame(window)
        self.title = PlainLabel("", self)
        font = self.title.font()
        font.setWeight(font.Weight.DemiBold)
        font.setPointSizeF(font.pointSizeF() * 1.1)
        self.title.setFont(font)
        self.text = PlainLabel("", self)
        self.text.setWordWrap(True)
        self.leave = self._button("tour_leave", "Leave")
        self.leave.setToolTip("Leave the tour [Esc]; Help > Tour begins it again.")
        self.back = self._button("tour_back", "Back")
        self.next = self._button("tour_next", "Next")
        buttons = QHBoxLayout()
        buttons.addWidget(self.leave)
        buttons.addStretch(1)
        buttons.addWidget(self.back)
        buttons.addWidget(self.next)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(buttons)
        self.leave.clicked.connect(self.end)
        self.back.clicked.connect(self.go_back)
        self.next.clicked.connect(self.go_on)
        window.installEventFilter(self)
        self._dress()
        self.go_to(0)

    def _button(self, name: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAutoDefault(True)
        return button

    @Slot()
    def go_on(self) -> None:
        if self.place + 1 < len(STEPS):
            self.go_to(self.place + 1)
        else:
            self.end()

    @Slot()
    def go_back(self) -> None:
        self.go_to(max(self.place - 1, 0))

    def go_to(self, place: int) -> None:
        """Show a step, and take the focus."""
        self.place = place
        step = STEPS[place]
        self.title.setText(step.title)
        self.text.setText(step.text)
        self.setAccessibleName(f"Tour: {step.title}. {step.text}")
        self.back.setEnabled(place > 0)
        self.next.setText("Next" if place + 1 < len(STEPS) else "Done")
        self._lay_out()
        self.show()
        self.raise_()
        self.next.setFocus()

    @Slot()
    def end(self) -> None:
        """Leave the tour; the window is as it was."""
        self._window.removeEventFilter(self)
        focused: QWidget | None = self._window.focusWidget()
        held = focused is not None and self.isAncestorOf(focused)
        self.hide()
        self.frame.hide()
        if held:
            self._window.setFocus()
        self.frame.deleteLater()
        self.deleteLater()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Lead from button to button: the window's own order does not know the card."""
        following = after(in_reading_order((self,)), self._window.focusWidget(), forward)
        if following is not None:
            lead_to(following, forward)
        return following is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Escape:
                self.end()
            case Qt.Key.Key_Right:
                self.go_on()
            case Qt.Key.Key_Left:
                self.go_back()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.go_on()
            case _:
                super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._lay_out()
        return False

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        colours = theme().colours
        sheet = (
            f"Tour {{ background: {mixed(colours.base, colours.accent, 0.08)}; border: 1px solid {colours.accent};"
            " border-radius: 6px; }"
        )
        set_sheet(self, sheet)

    def _lay_out(self) -> None:
        """Put the frame around the part, and the card beside it, within the window."""
        part = self._parts[STEPS[self.place].part]()
        there = part is not None and part.isVisible()
        around = (
            QRect(part.mapTo(self._window, QPoint(0, 0)), part.size())
            if part is not None and there
            else QRect()
        )
        self.frame.setVisible(there)
        if there:
            self.frame.setGeometry(around.adjusted(-AROUND, -AROUND, AROUND, AROUND) & self._window.rect())
            self.frame.raise_()
        width = min(WIDTH, self._window.width() - 2 * GAP)
        self.setFixedWidth(width)
        height = max(self.heightForWidth(width), self.sizeHint().height())
        self.resize(width, height)
        self.move(self._beside(around, width, height) if there else self._centred(width, height))
        self.raise_()

    def _beside(self, part: QRect, width: int, height: int) -> QPoint:
        """Return the place at the right of a part, else at its left, above or below it; else over its middle."""
        room = self._window.rect().adjusted(GAP, GAP, -GAP, -GAP)
        middle = QPoint(part.center().x() - width // 2, part.center().y() - height // 2)
        for left, top in (
            (part.right() + GAP, min(part.top() + GAP, room.bottom() - height)),
            (part.left() - GAP - width, min(part.top() + GAP, room.bottom() - height)),
            (middle.x(), part.top() - GAP - height),
            (middle.x(), part.bottom() + GAP),
        ):
            left = (
                left
                if left in (part.right() + GAP, part.left() - GAP - width)
                else clamped(left, room, width)
            )
            if room.contains(QRect(left, max(top, room.top()), width, height)):
                return QPoint(left, max(top, room.top()))
        return QPoint(
            clamped(middle.x(), room, width), max(room.top(), min(middle.y(), room.bottom() - height))
        )

    def _centred(self, width: int, height: int) -> QPoint:
        room = self._window.rect()
        return QPoint((room.width() - width) // 2, (room.height() - height) // 2)


def clamped(left: int, room: QRect, width: int) -> int:
    """Return where something of a width begins, moved into a room."""
    return max(room.left(), min(left, room.right() - width))
