"""The size of all text, apart from the system's: everything that is made of text follows, plots too."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QObject, QSettings, Qt, Signal, Slot
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QWidget

SIZES = (80, 90, 100, 110, 125, 150, 175, 200)
"""Per cent of the system's size."""
USUAL = 100
KEY = "text size"
"""In the settings."""
SIZE_IS_ITS_OWN = 0x2
"""The bit of a font's mask that says that its size is not its parent's (`QFont::SizeResolved`)."""


class TextSize(QObject):
    """How large text is; tells when it is another, after all widgets have it."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.percent = USUAL
        self._system: QFont | None = None

    def restore(self) -> None:
        """Take up the size that was chosen last."""
        stored = str(QSettings().value(KEY, USUAL))
        self.set(int(stored) if stored.isdecimal() else USUAL, keep=False)

    @Slot()
    def enlarge(self) -> None:
        self.set(next((size for size in SIZES if size > self.percent), SIZES[-1]))

    @Slot()
    def reduce(self) -> None:
        self.set(next((size for size in reversed(SIZES) if size < self.percent), SIZES[0]))

    @Slot()
    def reset(self) -> None:
        self.set(USUAL)

    def set(self, percent: int, *, keep: bool = True) -> None:
        """Write everything in so many per cent of the system's size, now and, where it is kept, from now on."""
        percent = min(max(percent, SIZES[0]), SIZES[-1])
        if keep:
            QSettings().setValue(KEY, percent)
        app = QApplication.instance()
        if percent == self.percent or not isinstance(app, QApplication):
            return
        if self._system is None:
            self._system = app.font()
        ratio, self.percent = percent / self.percent, percent
        own = [(widget, QFont(widget.font())) for widget in app.allWidgets() if has_own_size(widget)]
        app.setFont(resized(self._system, percent / USUAL))
        for widget, font in own:
            widget.setFont(resized(font, ratio))
        self.changed.emit()


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
    return bool(
        widget.testAttribute(Qt.WidgetAttribute.WA_SetFont) and widget.font().resolveMask() & SIZE_IS_ITS_OWN
    )
