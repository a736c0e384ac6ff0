"""How the window looks: light, dark or as the system says; the colours of plots and runs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from engine.figures.plots import PALETTE

Mode = Literal["light", "dark", "system"]
MODES: tuple[Mode, ...] = ("light", "dark", "system")

RUN_CONTRAST = 4.5
"""Of a run's colour to a dark background. On a light one runs keep the palette, as in exported figures."""
TEXT_CONTRAST = 4.5
SELECTED = 0.12
"""How much of the accent there is in the ground of a selected row."""


@dataclass(frozen=True)
class Colours:
    """The colours of one theme, as #rrggbb."""

    background: str
    """Of plots."""
    foreground: str
    """Axes' numbers, titles and decision lines of plots."""
    grid: str
    faint: str
    """Secondary text: legible, but quiet."""
    window: str
    base: str
    """Of fields, lists and menus."""
    button: str
    text: str
    line: str
    """Borders and separators."""
    accent: str
    good: str
    bad: str
    caution: str


LIGHT = Colours(
    background="#ffffff",
    foreground="#2b3138",
    grid="#e8ebee",
    faint="#5d666f",
    window="#f3f4f6",
    base="#ffffff",
    button="#fbfbfc",
    text="#1d2329",
    line="#cfd4d9",
    accent="#0072b2",
    good="#00734f",
    bad="#ad4a00",
    caution="#8a5f00",
)
DARK = Colours(
    background="#16191c",
    foreground="#d3d8dd",
    grid="#2a2f34",
    faint="#8f99a3",
    window="#1f2327",
    base="#16191c",
    button="#2a2f34",
    text="#e2e6ea",
    line="#3a4147",
    accent="#4aa8dd",
    good="#33b98f",
    bad="#ee7f2d",
    caution="#e5a823",
)

STYLE = """
QToolTip {{ color: {text}; background: {base}; border: 1px solid {line}; padding: 4px 6px; }}
QLabel[role="section"] {{ font-weight: 600; padding-top: 6px; padding-bottom: 2px; }}
QLabel[role="faint"] {{ color: {faint}; }}
QLabel[role="good"] {{ color: {good}; }}
QLabel[role="bad"] {{ color: {bad}; }}
QLabel[role="caution"] {{ color: {caution}; }}
QMenu {{ padding: 4px 0; border: 1px solid {line}; background: {base}; }}
QMenu::item:selected {{ background: {accent}; color: {base}; }}
QMenu::item:disabled {{ color: {faint}; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 4px 8px; }}
QToolButton[menu="quiet"]::menu-indicator {{ image: none; width: 0; }}
QStatusBar::item {{ border: none; }}
QSplitter::handle:horizontal {{ width: 5px; border-left: 1px solid {line}; }}
QSplitter::handle:vertical {{ height: 5px; border-top: 1px solid {line}; }}
QSplitter::handle:hover {{ background: {accent}; }}
QCheckBox::indicator:unchecked, QAbstractItemView::indicator:unchecked {{
    border: 1px solid {faint}; border-radius: 2px; background: {base}; width: 11px; height: 11px; }}
"""
"""A label says what it is with the property `role`: section, faint, good, bad or caution;
a button with `menu` set to quiet has no arrow of Qt's own."""


class Theme(QObject):
    """The theme in use; tells when colours change, whoever changed them."""

    theme_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.mode: Mode = "light"
        self.dark = False
        self._watching = False

    @property
    def colours(self) -> Colours:
        """Return the colours in use."""
        return DARK if self.dark else LIGHT

    def apply(self, app: QApplication, mode: Mode) -> None:
        """Dress the application, and follow the system from now on where the mode says so."""
        self.mode = mode
        hints = app.styleHints()
        if not self._watching:
            self._watching = True
            hints.colorSchemeChanged.connect(self._on_color_scheme_changed)
            # or a font of the application would reach no widget that a style sheet speaks of
            QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_UseStyleSheetPropagationInWidgetStyles)
            app.setStyle("Fusion")
        schemes = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}
        # Title bars and native dialogs follow this where the platform can; our own palette does the rest.
        with suppress(AttributeError, RuntimeError):
            hints.setColorScheme(schemes.get(mode, Qt.ColorScheme.Unknown))
        self._dress(app, mode == "dark" or (mode == "system" and system_is_dark(app)))

    def _dress(self, app: QApplication, dark: bool) -> None:
        self.dark = dark
        app.setPalette(palette(self.colours))
        app.setStyleSheet(STYLE.format_map(vars(self.colours)))
        self.theme_changed.emit()

    @Slot()
    def _on_color_scheme_changed(self) -> None:
        app = QApplication.instance()
        if self.mode != "system" or not isinstance(app, QApplication):
            return
        if system_is_dark(app) != self.dark:
            self._dress(app, system_is_dark(app))


@lru_cache(maxsize=1)
def theme() -> Theme:
    """Return the theme in use."""
    return Theme()


def apply_theme(app: QApplication, mode: str) -> Theme:
    """Dress the application in "light", "dark" or as the "system" says; anything else counts as "system"."""
    known: dict[str, Mode] = {m: m for m in MODES}
    theme().apply(app, known.get(mode, "system"))
    return theme()


def system_is_dark(app: QApplication) -> bool:
    """Say whether the system asks for a dark window; no where it does not say."""
    return app.styleHints().colorScheme() == Qt.ColorScheme.Dark


def palette(colours: Colours) -> QPalette:
    """Return Qt's palette for a theme."""
    role = QPalette.ColorRole
    result = QPalette(QColor(colours.button), QColor(colours.window))
    for which, colour in {
        role.Window: colours.window,
        role.Base: colours.base,
        role.AlternateBase: mixed(colours.base, colours.window, 0.5),
        role.ToolTipBase: colours.base,
        role.Button: colours.button,
        role.WindowText: colours.text,
        role.Text: colours.text,
        role.ButtonText: colours.text,
        role.ToolTipText: colours.text,
        role.BrightText: colours.bad,
        role.PlaceholderText: colours.faint,
        role.Highlight: colours.accent,
        role.HighlightedText: colours.background,
        role.Link: colours.accent,
        role.LinkVisited: colours.accent,
        role.Mid: colours.line,
        role.Accent: colours.accent,
    }.items():
        result.setColor(which, QColor(colour))
    weak = QColor(mixed(colours.text, colours.window, 0.45))
    for which in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, which, weak)
    result.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(colours.line))
    return result


# --- runs' colours ---


def run_colour(index: int) -> str:
    """Return the colour of a run by its place in the list, as sessions and figures keep it."""
    return PALETTE[index % len(PALETTE)]


def on_screen(colour: str) -> str:
    """Return a run's colour as plots draw it: lightened on a dark background until it stands out."""
    return legible(colour, DARK.background, RUN_CONTRAST) if theme().dark else colour


def text_colour(colour: str) -> str:
    """Return a run's colour as text on the window, dark or light enough to be read."""
    return legible(colour, theme().colours.window, TEXT_CONTRAST)


@lru_cache(maxsize=512)
def legible(colour: str, background: str, ratio: float) -> str:
    """Return the colour nearest to this one, toward white or black, with at least that contrast."""
    end = "#ffffff" if luminance(background) < 0.18 else "#000000"
    for share in range(101):
        candidate = mixed(colour, end, share / 100)
        if contrast(candidate, background) >= ratio:
            return candidate
    return end


def mixed(colour: str, other: str, share: float) -> str:
    """Return a colour with a share of another in it."""
    a, b = QColor(colour), QColor(other)
    parts = zip((a.red(), a.green(), a.blue()), (b.red(), b.green(), b.blue()), strict=True)
    return QColor(*(round((1 - share) * x + share * y) for x, y in parts)).name()


def set_sheet(widget: QWidget, sheet: str) -> None:
    """Give a widget its style sheet; the same one again would change its palette, and ask for a sheet again."""
    if widget.styleSheet() != sheet:
        widget.setStyleSheet(sheet)


def luminance(colour: str) -> float:
    """Return the relative luminance, 0 black to 1 white (WCAG 2)."""
    c = QColor(colour)
    channels = (c.redF(), c.greenF(), c.blueF())
    parts = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(colour: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2)."""
    low, high = sorted((luminance(colour), luminance(other)))
    return (high + 0.05) / (low + 0.05)
