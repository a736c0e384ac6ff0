"""Formulas in letters: of every page, measurement and help card, none of TeX is left."""

from __future__ import annotations

import re

import pytest

from engine.experiment.columns import COLUMNS
from gui.cards.help_text import REFERENCES
from gui.formula_letters import in_letters
from gui.handbook.pages import INLINE, MATHEMATICS, sections
from gui.handbook.search import search


@pytest.mark.parametrize(
    ("formula", "letters"),
    [
        (r"q_{\min}/\|\theta\|_2^L", "q_min/‖θ‖₂ᴸ"),
        (r"\bar\gamma\le\gamma^*", "γ̄ ≤ γ*"),
        (r"\frac12\|\theta\|^2", "(1/2)‖θ‖²"),
        (r"\sqrt{2(1-\beta)}", "√(2(1−β))"),
        (r"W_{k+1}^\top W_{k+1}", "Wₖ₊₁ᵀWₖ₊₁"),
        (r"e^{2/L-2}\log\log t", "e^(2/L−2)log log t"),
        (r"\text{cross-entropy}", "cross-entropy"),
        (r"\hat g\to\infty", "ĝ → ∞"),
    ],
)
def test_a_formula_is_written_as_people_read_it(formula: str, letters: str) -> None:
    assert in_letters(formula) == letters


def test_no_formula_of_a_card_has_signs_of_tex_left() -> None:
    formulas = [column.formula for column in COLUMNS] + [formula for formula, _ in REFERENCES.values()]
    left = {formula: in_letters(formula) for formula in formulas}
    assert {formula: text for formula, text in left.items() if re.search(r"[\\$]", text)} == {}


def test_no_page_has_signs_of_tex_left() -> None:
    assert sum(len(INLINE.findall(s.text)) + len(MATHEMATICS.findall(s.text)) for s in sections()) > 400
    for section in sections():
        assert not re.search(r"\$|\\(?!n)", re.sub(r"```(?!math).*?```", "", section.readable)), section.place
    assert all("\\" not in hit.snippet and "$" not in hit.snippet for hit in search("margin"))
