"""The size of all text, apart from the system's: everything that is made of text follows, plots too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import shiboken6
from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget

from gui.painting import FreeTurns, still

SIZES = (80, 90, 100, 110, 125, 150, 175, 200)
"""Per cent of the system's size."""
USUAL = 100
KEY = "text size"
"""In the settings."""
MANY = 40
"""Widgets on screen: about as many as are laid out and painted anew in 20 ms."""
PLOT = 25
"""As many widgets are laid out and painted in the time of a plot."""
HIDDEN = 6
"""So many that are not seen take up a size, in the time in which one that is seen is laid out and painted."""
WIDE = 0.45
"""Of the window's width: all else in it moves with the height of something as wide as that."""
SAYS_FONT = Qt.WidgetAttribute.WA_SetFont
SIZE_IS_ITS_OWN = 0x2
"""The bit of a font's mask that says that its size is not its parent's (`QFont::SizeResolved`)."""


class TextSize(QObject):
    """How large text is; tells when it is another, after all widgets have it."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.percent = USUAL
        self._wanted = USUAL
        """Another than `percent` where a change has been asked for and not begun."""
        self._ratio = 1.0
        """Of the change under way, of sizes."""
        self._begun = False
        self._told = True
        self._system: QFont | None = None
        self._parts: list[list[QWidget]] = []
        """In windows on screen, those that have not taken up the size yet, turn by turn."""
        self._frames: set[QWidget] = set()
        """What these are in: without a word of their own, they look as before."""
        self._own: dict[QWidget, QFont] = {}
        """Fonts of a size of their own before the change, of those that have not taken up the size yet."""
        self._free = FreeTurns()
        self._turns = QTimer(self)
        self._turns.timeout.connect(self._on_turn)

    @property
    def settled(self) -> bool:
        """Whether everything has the size that was asked for."""
        return not self._turns.isActive()

    def restore(self) -> None:
        """Take up the size that was chosen last."""
        stored = str(QSettings().value(KEY, USUAL))
        self.set(int(stored) if stored.isdecimal() else USUAL, keep=False)

    @Slot()
    def enlarge(self) -> None:
        self.ask(next((size for size in SIZES if size > self._wanted), SIZES[-1]))

    @Slot()
    def reduce(self) -> None:
        self.ask(next((size for size in reversed(SIZES) if size < self._wanted), SIZES[0]))

    @Slot()
    def reset(self) -> None:
        self.ask(USUAL)

    def settle(self) -> None:
        """Take up at once what was asked for."""
        while not self.settled:
            self._go_on()

    def set(self, percent: int, *, keep: bool = True) -> None:
        """Write everything in so many per cent of the system's size, now and, where it is kept, from now on."""
        self.settle()
        self._wanted = min(max(percent, SIZES[0]), SIZES[-1])
        if keep:
            QSettings().setValue(KEY, self._wanted)
        if self._wanted != self.percent and QApplication.instance() is not None:
            self._begin()
            self._finish()
            self.changed.emit()

    def ask(self, percent: int) -> None:
        """Write everything in so many per cent from now on; what is on screen takes it up part by part."""
        self._wanted = min(max(percent, SIZES[0]), SIZES[-1])
        QSettings().setValue(KEY, self._wanted)
        self._turns.start(0)

    @Slot()
    def _on_turn(self) -> None:
        if self._free.come():
            self._go_on()

    def _go_on(self) -> None:
        if self._parts:
            part = [widget for widget in self._parts.pop(0) if shiboken6.isValid(widget)]
            self._frames |= {frame for widget in part for frame in around(widget)}
            for widget in part:
                self._write(widget)
        elif self._begun:
            self._finish()
            self._told = False
        elif not self._told:  # widgets hear of the application's font in a turn of their own
            self._told = True
            self.changed.emit()
        elif self._wanted != self.percent:
            self._begin()
            self._parts = parts_on_screen()
        else:
            self._turns.stop()

    def _begin(self) -> None:
        app = application()
        if self._system is None:
            self._system = app.font()
        self._begun = True
        self._ratio, self.percent = self._wanted / self.percent, self._wanted
        self._own = {widget: QFont(widget.font()) for widget in app.allWidgets() if has_own_size(widget)}

    def _write(self, part: QWidget) -> None:
        """Give a part the size, which from now on is its own; what is in it follows, but for sizes of their own."""
        inside = [widget for widget in part.findChildren(QWidget) if widget in self._own]
        own = [(widget, self._own.pop(widget)) for widget in inside]
        self._own.pop(part, None)
        usual = same_size(part.font(), application().font())
        size = self._everywhere if usual else resized(part.font(), self._ratio)
        part.setFont(of_size(size, part.font() if part.testAttribute(SAYS_FONT) else QFont()))
        for widget, font in own:
            widget.setFont(resized(font, self._ratio))

    def _finish(self) -> None:
        """Give everything that has not taken it up the size."""
        self._begun = False
        own, self._own = self._own, {}
        frames, self._frames = self._frames, set()
        with still(filter(shiboken6.isValid, frames)):
            application().setFont(self._everywhere)
        for widget, font in own.items():
            if shiboken6.isValid(widget):
                widget.setFont(resized(font, self._ratio))

    @property
    def _everywhere(self) -> QFont:
        assert self._system is not None
        return resized(self._system, self.percent / USUAL)


@lru_cache(maxsize=1)
def text_size() -> TextSize:
    """Return the size of text in use."""
    return TextSize()


def scaled(pixels: float) -> int:
    """Return how many pixels something takes that takes so many with text of the usual size."""
    return round(pixels * text_size().percent / USUAL)


def resized(font: QFont, factor: float) -> QFont:
    """Return a font so many times as large."""
    result = QFont(font)
    if font.pointSizeF() > 0:
        result.setPointSizeF(font.pointSizeF() * factor)
    else:
        result.setPixelSize(max(round(font.pixelSize() * factor), 1))
    return result


def has_own_size(widget: QWidget) -> bool:
    """Say whether a widget's text has a size of its own, which does not follow that of what it is in."""
    return bool(widget.testAttribute(SAYS_FONT) and widget.font().resolveMask() & SIZE_IS_ITS_OWN)


def of_size(other: QFont, font: QFont) -> QFont:
    """Return a font that is as large as another, and says of itself what it says, and its size."""
    result = QFont(font)
    if other.pointSizeF() > 0:
        result.setPointSizeF(other.pointSizeF())
    else:
        result.setPixelSize(other.pixelSize())
    return result


def same_size(font: QFont, other: QFont) -> bool:
    return font.pointSizeF() == other.pointSizeF() and font.pixelSize() == other.pixelSize()


def application() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app


def around(widget: QWidget) -> Iterator[QWidget]:
    """Give all that a widget is in, its window at last."""
    outer = widget.parentWidget()
    while outer is not None:
        yield outer
        outer = None if outer.isWindow() else outer.parentWidget()


def parts_on_screen() -> list[list[QWidget]]:
    """Return what windows on screen hold in parts, as many in a turn as can be laid out and painted without a pause."""
    turns: list[list[QWidget]] = []
    for window in application().topLevelWidgets():
        if not window.isVisible():
            continue
        many = MANY
        for part, size in parts_of(window):
            wide = part.isVisible() and part.width() > WIDE * window.width()
            if many + size > MANY or wide:
                turns.append([])
                many = 0
            turns[-1].append(part)
            many = MANY if wide else many + size
    return turns


def parts_of(whole: QWidget) -> list[tuple[QWidget, int]]:
    """Return the largest parts of a widget that soon have another size, and how many widgets on screen that takes."""
    parts: list[tuple[QWidget, int]] = []
    for child in whole.children():
        if not isinstance(child, QWidget) or child.isWindow():
            continue
        if not child.isVisible():
            parts += hidden_parts_of(child)
            continue
        inner = parts_of(child)
        many = sum(size for _, size in inner) + (PLOT if isinstance(child, QGraphicsView) else 1)
        parts += [(child, many)] if many <= MANY or not inner else inner
    return parts


def hidden_parts_of(whole: QWidget) -> list[tuple[QWidget, int]]:
    """Return the same of a widget that is not seen, without what has a size of its own, and what is in that."""
    usual = application().font()

    def differs(widget: QWidget) -> bool:
        return has_own_size(widget) and not same_size(widget.font(), usual)

    if differs(whole):
        return []
    inside = whole.findChildren(QWidget)
    if not any(map(differs, inside)):
        return [(whole, len(inside) // HIDDEN + 1)]
    children = [child for child in whole.children() if isinstance(child, QWidget) and not child.isWindow()]
    return [part for child in children for part in hidden_parts_of(child)]
