"""The tools of the drawing board and the class that they draw."""

from __future__ import annotations

from typing import get_args

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QIcon, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QToolButton, QWidget

from engine.words.formats import with_minus
from gui.choices_row import ChoicesRow
from gui.icons import icon
from gui.layouts import in_column
from gui.panels.data_drawing import class_colour, marker
from gui.plain_text import PlainLabel, tooltip
from gui.theme import theme

from .canvas import Tool

TOOLS: dict[Tool, tuple[str, str, str]] = {
    "point": ("Points", "P", "Click: a new point. Drag: move it. Right-click: flip; with Shift, erase."),
    "brush": ("Brush", "B", "Paint a cluster with a stroke; the circle holds nearly all of its points."),
    "select": (
        "Select",
        "S",
        "Drag a band around points, then drag, flip or erase them together. Ctrl: one more.",
    ),
    "flip": ("Flip", "L", "Click or stroke: the next class."),
    "erase": ("Erase", "E", "Click or stroke: away with them."),
}
"""Title, key, and what mouse and keys do with each."""
SIGN = 14


class ToolRow(QWidget):
    """Which tool is in the hand, and which class it draws."""

    tool_chosen = Signal(str)
    class_chosen = Signal(int)
    """The number of a class; of a new one, the number of classes that there are."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("board tools")
        row, self._row = ChoicesRow((0, 0, 0, 0)), ChoicesRow((0, 0, 0, 0))
        in_column((row, self._row), self, spacing=3)
        self._group = QActionGroup(self)
        self.buttons: dict[str, QToolButton] = {}
        for tool in get_args(Tool):
            title, key, help = TOOLS[tool]
            action = QAction(title, self)
            action.setData(tool)
            action.setCheckable(True)
            action.setShortcut(key)
            action.setToolTip(tooltip(f"{help} [{key}]"))
            self._group.addAction(action)
            button = _button(self, f"board tool:{tool}")
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            self.buttons[tool] = button
            row.add(button)
        draws = PlainLabel("Class", self)
        draws.setProperty("role", "faint")
        self._row.add(draws)
        self._signs: list[QToolButton] = []
        self._names: tuple[str, ...] = ()
        self._number, self._can_begin = 0, False
        self.show_tool("point")
        self._group.triggered.connect(self._on_tool)
        theme().theme_changed.connect(self._dress)
        self._dress()

    @property
    def signs(self) -> list[QToolButton]:
        """The buttons of the classes that are shown, the last of them for a new one."""
        return [sign for sign in self._signs if not sign.isHidden()]

    def show_tools(self, shown: bool) -> None:
        """Show the tools, which tiles have no use for."""
        for button in self.buttons.values():
            button.setVisible(shown)
            button.defaultAction().setEnabled(shown)

    def show_tool(self, tool: str) -> None:
        """Show which tool is in the hand."""
        for action in self._group.actions():
            action.setChecked(action.data() == tool)

    def show_classes(self, names: tuple[str, ...], number: int, *, can_begin: bool) -> None:
        """Show the classes, which of them is drawn, and whether there may be another."""
        if (names, number, can_begin) == (self._names, self._number, self._can_begin):
            return
        self._names, self._number, self._can_begin = names, number, can_begin
        while len(self._signs) < len(names) + 1:
            self._signs.append(self._sign(len(self._signs)))
        self._dress()

    def _sign(self, number: int) -> QToolButton:
        sign = _button(self, f"board class:{number}")
        sign.setCheckable(True)
        sign.setProperty("class_number", number)
        sign.clicked.connect(self._on_class)
        self._row.add(sign)
        return sign

    @Slot()
    def _dress(self) -> None:
        for action in self._group.actions():
            action.setIcon(icon(str(action.data())))
        for number, sign in enumerate(self._signs):
            is_new = number == len(self._names)
            sign.setVisible(number < len(self._names) or (is_new and self._can_begin))
            sign.setChecked(number == self._number)
            if not is_new and number < len(self._names):
                name = with_minus(self._names[number])
                sign.setText(name)
                sign.setAccessibleName(f"class {name}")
                sign.setToolTip(tooltip(f"Draw points of class {name}. [{number + 1}]"))
            else:
                sign.setText("new")
                sign.setAccessibleName("new class")
                sign.setToolTip(tooltip(f"Draw points of a new class. [{number + 1}]"))
            sign.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            sign.setIcon(self._picture(number))

    def _picture(self, number: int) -> QIcon:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(QSize(SIGN, SIGN) * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(class_colour(number, self.palette()))
            shape = QTransform.fromScale(SIGN - 4, SIGN - 4).map(marker(number))
            painter.drawPath(shape.translated(SIGN / 2, SIGN / 2))
        return QIcon(picture)

    @Slot(QAction)
    def _on_tool(self, action: QAction) -> None:
        self.tool_chosen.emit(str(action.data()))

    @Slot()
    def _on_class(self) -> None:
        sender = self.sender()
        if isinstance(sender, QToolButton):
            self.class_chosen.emit(int(sender.property("class_number")))


def _button(parent: QWidget, name: str) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setAutoRaise(True)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
