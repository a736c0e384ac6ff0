"""Formulas are set once, and look in every style as matplotlib itself would set them."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.mathtext import MathTextParser

from engine.figures import kept_formulas
from engine.figures.style import Family, Style, dressed, style

FORMULA = r"loss $\|\theta\|_2^L \geq 10^{-3}$"


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the formulas that matplotlib sets from now on."""
    own, found = MathTextParser._parse_cached, []

    def parse(parser: MathTextParser, text: str, *how: object) -> object:
        found.append(text)
        return own(parser, text, *how)

    monkeypatch.setattr(MathTextParser, "_parse_cached", parse)
    monkeypatch.setattr(kept_formulas, "_kept", {})
    return found


def picture(look: Style) -> np.ndarray:
    """Return a figure's dots (H, W, 4)."""
    with dressed(look):
        figure = Figure((3, 0.5))
        figure.text(0, 0.3, FORMULA)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        return np.asarray(canvas.buffer_rgba()).copy()


def test_a_formula_is_set_once_for_all_figures(parsed: list[str]) -> None:
    first = picture(style("paper", 85))
    assert parsed
    parsed.clear()
    assert (picture(style("paper", 85)) == first).all()
    assert parsed == []


def test_a_formula_kept_is_the_one_of_its_style(parsed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    looks = [
        replace(style("paper", 85), family=family, font=size)
        for family in get_args(Family)
        for size in (7, 14)
    ]
    kept = [picture(look) for _ in range(2) for look in looks][len(looks) :]
    for place, look in enumerate(looks):
        monkeypatch.setattr(kept_formulas, "_kept", {})
        assert (picture(look) == kept[place]).all()
    assert len({dots.tobytes() for dots in kept}) == len(looks)


def test_no_more_formulas_are_kept_than_memory_is_taken_for(
    parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_formulas, "MOST", 1)
    for size in (7, 14, 21):
        picture(replace(style("paper", 85), font=size))
    assert len(kept_formulas._kept) == 1


def test_matplotlib_is_as_it_was_afterwards() -> None:
    own = MathTextParser.parse
    with dressed(style("paper", 85)):
        assert MathTextParser.parse is not own
    assert MathTextParser.parse is own
