from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel

from engine.figures.plots import PALETTE
from gui.theme import (
    DARK,
    LIGHT,
    SELECTED,
    apply_theme,
    contrast,
    legible,
    mixed,
    on_screen,
    run_colour,
    text_colour,
    theme,
)


@pytest.fixture(autouse=True)
def light_again(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, "light")


def test_choosing_a_theme_dresses_the_window_in_fusion(qapp: QApplication, qtbot) -> None:
    for mode, colours in (("dark", DARK), ("light", LIGHT)):
        with qtbot.waitSignal(theme().theme_changed):
            apply_theme(qapp, mode)
        label = QLabel("text")
        qtbot.addWidget(label)
        assert label.palette().window().color() == QColor(colours.window)
        assert theme().colours is colours
    qapp.setStyleSheet("")  # Qt names a style only where no style sheet lies over it
    assert qapp.style().name() == "fusion"


def test_an_unknown_theme_counts_as_the_system_s(qapp: QApplication) -> None:
    assert apply_theme(qapp, "sepia").mode == "system"


def test_the_system_s_change_is_followed_only_where_it_was_asked_for(qapp: QApplication, monkeypatch) -> None:
    import gui.theme as module

    scheme = {"now": Qt.ColorScheme.Light}
    monkeypatch.setattr(module, "system_is_dark", lambda app: scheme["now"] is Qt.ColorScheme.Dark)
    apply_theme(qapp, "system")
    assert not theme().dark
    scheme["now"] = Qt.ColorScheme.Dark
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert theme().dark
    apply_theme(qapp, "light")
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert not theme().dark


def test_runs_keep_the_palette_on_light_and_stand_out_on_dark(qapp: QApplication) -> None:
    apply_theme(qapp, "light")
    assert [on_screen(run_colour(k)) for k in range(len(PALETTE))] == list(PALETTE)
    assert run_colour(len(PALETTE)) == PALETTE[0]
    apply_theme(qapp, "dark")
    lightened = [on_screen(c) for c in PALETTE]
    assert min(contrast(c, DARK.background) for c in lightened) >= 3
    for one, other in combinations(map(QColor, lightened), 2):
        apart = (
            abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue())
        )
        assert apart > 60


def test_words_and_read_outs_can_be_read(qapp: QApplication) -> None:
    for mode in ("light", "dark"):
        apply_theme(qapp, mode)
        colours = theme().colours
        selected = mixed(colours.base, colours.accent, SELECTED)
        for name in ("text", "foreground", "faint", "good", "bad", "caution", "accent"):
            for ground in (colours.window, colours.base, colours.button, selected):
                if (name, ground) != ("accent", selected):
                    assert contrast(getattr(colours, name), ground) >= 4.5, (name, ground)
        assert min(contrast(text_colour(c), colours.window) for c in PALETTE) >= 4.5


def test_a_colour_that_cannot_be_told_apart_becomes_black_or_white() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert legible("#ffffff", "#ffffff", 21) == "#000000"
    assert legible("#101010", "#000000", 20) == legible("#000000", "#000000", 20)
    assert legible("#0072B2", "#ffffff", 3) == "#0072b2"
