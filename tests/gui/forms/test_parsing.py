"""What people read and type, without a window."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColor, QPalette

from engine.formats import editable_integer, editable_number
from gui.forms.field_spec import Limits
from gui.forms.number_editors import next_in_decade, stepped, stepped_integer
from gui.forms.parsing import (
    UnreadableError,
    label_text,
    notes_in,
    parse_integer,
    parse_list,
    parse_number,
    symbol_text,
)
from gui.forms.tones import READABLE, Tone, contrast, tone


def test_symbols_are_plain_characters() -> None:
    symbols = {"\\alpha": "α", "\\beta_1": "β₁", "\\eta": "η", "\\kappa": "κ", "\\lambda": "λ", "c": "c"}
    assert {mathtext: symbol_text(mathtext) for mathtext in symbols} == symbols


def test_a_label_does_not_spell_its_symbol_twice() -> None:
    assert label_text("learning rate", "\\eta") == "learning rate η"
    assert label_text("beta 1", "\\beta_1") == "β₁"
    assert label_text("c", "c") == "c"
    assert label_text("points", "") == "points"


def test_numbers_are_brief() -> None:
    texts = {0.13: "0.13", 1.0: "1", 1e-5: "1e-5", 2 ** (1 / 5): "1.1487", -100.0: "-100"}
    assert {value: editable_number(value) for value in texts} == texts


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_shown_reads_back_to_six_digits(value: float) -> None:
    assert math.isclose(parse_number(editable_number(value)), value, rel_tol=1e-5, abs_tol=0)


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_a_whole_number_shown_reads_back_exactly(value: int) -> None:
    assert parse_integer(editable_integer(value)) == value


def test_whole_numbers_in_any_notation() -> None:
    numbers = {"1e6": 10**6, "10,000": 10_000, "10 000": 10_000, " 7 ": 7, "−3": -3}
    assert {text: parse_integer(text) for text in numbers} == numbers


def test_what_is_no_number_says_why() -> None:
    reasons = {"0,5": "write 0.5", "half": "not a number", "nan": "finite", "1e999": "finite", "": "number"}
    for text, says in reasons.items():
        with pytest.raises(UnreadableError, match=says):
            parse_number(text)


def test_lists_are_read_as_people_write_them() -> None:
    for text in ("20, 20", "20 20", "[20, 20]", "(20;20)", "20 × 20"):
        assert parse_list(text, parse_integer) == (20, 20)


def test_no_text_is_the_empty_list() -> None:
    assert parse_list(" ", parse_integer) == parse_list("[]", parse_integer) == ()


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
