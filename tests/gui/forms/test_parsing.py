"""What people read and type, without a window."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QPalette

from gui.forms.field_spec import Limits
from gui.forms.number_editors import next_in_decade, stepped, stepped_integer
from gui.forms.parsing import label_text, notes_in, parse_words
from gui.forms.tones import READABLE, Tone, contrast, tone
from gui.formula_letters import in_letters


def test_symbols_are_plain_characters() -> None:
    symbols = {"\\alpha": "α", "\\beta_1": "β₁", "\\eta": "η", "\\kappa": "κ", "\\lambda": "λ", "c": "c"}
    assert {mathtext: in_letters(mathtext) for mathtext in symbols} == symbols


def test_a_label_does_not_spell_its_symbol_twice() -> None:
    assert label_text("learning rate", "\\eta") == "learning rate η"
    assert label_text("beta 1", "\\beta_1") == "β₁"
    assert label_text("c", "c") == "c"
    assert label_text("points", "") == "points"


def test_lists_of_names_are_read_as_people_write_them() -> None:
    for text in ("W1, W2", "W1,W2", "['W1' \"W2\"]", "(W1;W2)"):
        assert parse_words(text) == ("W1", "W2")
    assert parse_words(" ") == parse_words("[]") == ()


def test_help_explains_each_option() -> None:
    help = "max-norm: divide all by the largest norm; unit-norm: every point by its own."
    assert notes_in(help, ("none", "max-norm", "unit-norm")) == {
        "max-norm": "divide all by the largest norm",
        "unit-norm": "every point by its own",
    }


def test_steps_go_by_decades() -> None:
    found = [0.1]
    for _ in range(4):
        found.append(next_in_decade(found[-1], up=True))
    assert found == [0.1, 0.2, 0.5, 1.0, 2.0]
    assert next_in_decade(0.13, up=False) == 0.1


@given(
    st.sampled_from(
        [
            Limits(),
            Limits(0),
            Limits(0, open_least=True),
            Limits(1, open_least=True),
            Limits(0, 1, open_most=True),
        ]
    ),
    st.floats(min_value=-1e6, max_value=1e6).map(lambda v: float(f"{v:.3g}")),
    st.booleans(),
)
def test_a_step_goes_its_way(limits: Limits, value: float, up: bool) -> None:
    if limits.allow(value):
        moved = stepped(value, up, limits)
        assert (moved > value) if up else (moved < value)


def test_steps_stay_below_an_open_end() -> None:
    share = Limits(0, 1, open_most=True)
    assert share.allow(stepped(0.95, True, share))
    assert not share.allow(stepped(0.0, False, share))


def test_small_counts_step_by_one_and_large_by_decades() -> None:
    assert stepped_integer(24, 1, Limits(1), coarse=False) == 25
    assert stepped_integer(10_000, 1, Limits(1), coarse=True) == 20_000
    assert stepped_integer(10_000, -1, Limits(1), coarse=True) == 5_000


def test_words_are_readable_on_any_window() -> None:
    for window in ("#ffffff", "#efefef", "#808080", "#1f2327", "#000000"):
        background = QColor(window)
        text = QColor("#000000" if background.lightnessF() > 0.45 else "#ffffff")
        palette = QPalette()
        palette.setColor(QPalette.ColorRole.Window, background)
        palette.setColor(QPalette.ColorRole.WindowText, text)
        for name in get_args(Tone):
            least = min(READABLE, contrast(text, background)) - 0.05
            assert contrast(tone(palette, name), background) >= least, (window, name)
