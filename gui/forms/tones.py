"""Colours derived from the palette at hand, so that words stay readable in every theme."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from gui.plain_text import PlainLabel
from gui.theme import theme

Tone = Literal["plain", "faint", "error", "notice", "good"]
# vermilion, amber, bluish green; a sign always stands beside them, for eyes that tell them less apart
_HUES: dict[str, float] = {"error": 0.05, "notice": 0.115, "good": 0.45}
READABLE = 4.5
"""Least contrast of words (WCAG 2.1, level AA)."""


def contrast(first: QColor, second: QColor) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tone(palette: QPalette, name: Tone) -> QColor:
    """Return the colour of words that mean something, readable on the palette's window."""
    return QColor(_tone(palette.window().color().rgb(), palette.windowText().color().rgb(), name))


def blend(first: QColor, second: QColor, share: float) -> QColor:
    """Return the mixture with `share` of the first colour."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return QColor.fromRgbF(*(share * a + (1 - share) * b for a, b in pairs))


def hairline(palette: QPalette) -> QColor:
    """Return the colour of thin lines that only separate."""
    return blend(palette.windowText().color(), palette.window().color(), 0.18)


def readable(colour: QColor, background: QColor, least: float) -> QColor:
    """Return the colour, lighter or darker until it stands out from the background."""
    hue, saturation, lightness = colour.hslHueF(), colour.hslSaturationF(), colour.lightnessF()
    towards = -0.02 if _luminance(background) > 0.2 else 0.02
    while contrast(colour, background) < least and 0 < lightness < 1:
        lightness = min(max(lightness + towards, 0.0), 1.0)
        colour = QColor.fromHslF(max(hue, 0.0), saturation, lightness)
    return colour


@lru_cache(maxsize=64)
def _tone(window: int, text: int, name: Tone) -> int:
    background, foreground = QColor(window), QColor(text)
    if name == "plain":
        return text
    if name == "faint":
        share = 0.6
        while contrast(blend(foreground, background, share), background) < READABLE and share < 1:
            share += 0.05
        return blend(foreground, background, share).rgb()
    return readable(QColor.fromHslF(_HUES[name], 0.85, 0.5), background, READABLE).rgb()


def _channels(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()


def _luminance(colour: QColor) -> float:
    channels = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)]
    return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]


class ToneLabel(PlainLabel):
    """Words in a tone of the palette; follows a change of theme."""

    def __init__(
        self,
        text: str = "",
        tone: Tone = "faint",
        *,
        small: bool = True,
        wrap: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._tone: Tone = tone
        self.setWordWrap(wrap)
        if small:
            font = self.font()
            font.setPointSizeF(font.pointSizeF() * 0.9)
            self.setFont(font)
        self._recolour()
        theme().theme_changed.connect(self._recolour)

    def set_tone(self, tone: Tone) -> None:
        if tone != self._tone:
            self._tone = tone
            self._recolour()

    @Slot()
    def _recolour(self) -> None:
        # of the application: the label's own words have been coloured before
        colour = tone(QApplication.palette(), self._tone)
        if self.palette().windowText().color() != colour:
            palette = self.palette()
            palette.setColor(QPalette.ColorRole.WindowText, colour)
            self.setPalette(palette)
