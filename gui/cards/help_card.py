"""The help card: one small window beside what it explains, closed by Escape or a click elsewhere."""

from __future__ import annotations

import html

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui.formula_letters import in_letters
from gui.handbook.opened import open_handbook
from gui.plain_text import RichLabel, as_html
from gui.plots.formulas import SHARPNESS, formulas, image_tag
from gui.theme import theme

from .help_text import HelpPart, HelpText

WIDTH, TALLEST = 380, 460
AROUND = 48
"""Pixels of a card beside its widest formula: margins, and a scroll bar."""


class HelpCard(QFrame):
    """Shows one text; formulas come as soon as they are rendered."""

    def __init__(self, text: HelpText, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("help_card")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(f"Help: {text.title}")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._text, self._home = text, parent
        self.label = RichLabel("", self)
        self.label.setWordWrap(True)
        self.label.setMargin(10)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll = QScrollArea(self)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self.label)
        self.more = QPushButton("More in the handbook", self)
        self.more.setObjectName("help_card_more")
        self.more.clicked.connect(self._on_more)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 6)
        column.addWidget(scroll, 1)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignRight)
        column.setContentsMargins(2, 2, 8, 8)
        self._scroll = scroll
        formulas().rendered.connect(self._on_rendered)
        self._say()

    def show_beside(self, widget: QWidget | None) -> None:
        """Show the card below a widget, or where the mouse is; within the screen."""
        self._fit()
        place = QCursor.pos() if widget is None else widget.mapToGlobal(QPoint(0, widget.height() + 2))
        room = (widget or self._home).screen().availableGeometry()
        left = max(room.left(), min(place.x(), room.right() - self.width()))
        above = (
            (widget.mapToGlobal(QPoint(0, 0)).y() if widget is not None else place.y()) - self.height() - 2
        )
        top = place.y() if place.y() + self.height() <= room.bottom() else max(room.top(), above)
        self.move(left, top)
        self.show()
        self.more.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def _fit(self) -> None:
        """Take the room that the text asks for, and no formula less than its width."""
        images = [formulas().image(part.formula, "black") for part in self._text.parts if part.formula]
        widest = max((image.width() // SHARPNESS for image in images if image is not None), default=0)
        room = self._home.screen().availableGeometry()
        width = min(max(WIDTH, widest + AROUND), room.width())
        height = self.label.heightForWidth(width - 24)
        self.setFixedSize(width, min(height + 60, TALLEST))
        if self.isVisible():
            self.move(min(self.x(), max(room.left(), room.right() - width)), self.y())

    def _say(self) -> None:
        parts = "<hr>".join(_written(part) for part in self._text.parts)
        self.label.setText(f"<div>{parts}</div>")

    @Slot(str)
    def _on_rendered(self, formula: str) -> None:
        if any(part.formula == formula for part in self._text.parts):
            self._say()
            self._fit()

    @Slot()
    def _on_more(self) -> None:
        window, place = self._home.window(), self._text.more
        self.close()
        open_handbook(window, place)


def _written(part: HelpPart) -> str:
    """Return one part as rich text."""
    faint = theme().colours.faint
    lines = [f"<b>{html.escape(part.title)}</b>"]
    if part.formula:
        image = formulas().image(part.formula, theme().colours.text)
        lines.append(image_tag(image) if image is not None else html.escape(in_letters(part.formula)))
    if part.text:
        lines.append(as_html(part.text))
    if part.source:
        lines.append(f'<span style="color:{faint}">{html.escape(part.source)}</span>')
    return "".join(f"<p style='margin:3px 0'>{line}</p>" for line in lines)


def show_card(text: HelpText, beside: QWidget, at_mouse: bool = False) -> HelpCard:
    """Show a card beside what it explains."""
    card = HelpCard(text, beside.window())
    card.show_beside(None if at_mouse else beside)
    return card


def explained(widget: QWidget | None) -> tuple[QWidget, HelpText] | None:
    """Return the nearest around a widget that has a help card, and what that says."""
    while widget is not None:
        card = getattr(widget, "help_text", None)
        if callable(card) and isinstance(text := card(), HelpText):
            return widget, text
        widget = widget.parentWidget()
    return None
