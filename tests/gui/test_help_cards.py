"""Fields, plots, claims and references explain themselves, by mouse and by keyboard, in the same card."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from engine.experiment.claims import Check
from engine.figures.plots import PLOTS
from engine.references.conditioned_svm import conditioned_svm
from engine.references.linear_margin import linear_reference
from engine.references.reference import Kind
from gui.cards.help_card import WIDTH, HelpCard, show_card
from gui.cards.help_text import CHECKS, REFERENCES, plot_text, reference_text
from gui.plots.formulas import formulas, render

from .lab import Lab


def card() -> HelpCard:
    shown = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, HelpCard)]
    return next(widget for widget in shown if widget.isVisible())


def explain(lab: Lab, widget: QWidget) -> HelpCard:
    lab.until(
        lambda: lab.window.isActiveWindow() or lab.window.activateWindow()
    )  # a card that closes gives it back
    widget.setFocus()
    lab.until(lambda: lab.window.focusWidget() in (widget, widget.focusProxy()))
    lab.window.commands["explain"].trigger()
    return card()


def test_explain_a_field_by_keyboard_and_read_more_in_the_handbook(quick: Lab) -> None:
    quick.row("optimizer.step.c").editor.focus()
    quick.window.commands["explain"].trigger()
    shown = card()
    assert "Fraction of the curvature bound" in shown.label.text() and "default: 0.5" in shown.label.text()
    quick.until(shown.more.hasFocus)
    shown.more.click()
    dialog = quick.dialog("handbook")
    assert dialog.page.section.page == "experiment-file"
    dialog.close()


def test_explain_a_plot_a_claim_and_a_reference(quick: Lab) -> None:
    lab = quick
    lab.run_through("Explained", steps=100)
    lab.until(lambda: len(lab.window.parts.side.references.lines()) > 1)
    for widget, words in (
        (lab.window.parts.plots.plots["margins"].canvas, "smoothed margin"),
        (lab.window.parts.side.claims.rows[0], "Judged: its last value"),
        (lab.window.parts.side.references._labels[0], "certificate"),
    ):
        shown = explain(lab, widget)
        assert words in shown.label.text()
        shown.close()
    lab.window.parts.plots.plots["norms"]._on_action_chosen("explain")
    assert "Parameter norm" in card().accessibleName()
    card().close()


def test_escape_closes_a_card_and_its_formula_comes_when_it_is_rendered(quick: Lab) -> None:
    shown = explain(quick, quick.window.parts.plots.plots["margins"].canvas)
    quick.until(lambda: "<img" in shown.label.text())
    quick.key(Qt.Key.Key_Escape)
    assert not any(isinstance(w, HelpCard) and w.isVisible() for w in QApplication.topLevelWidgets())


def test_what_has_no_card_says_what_has(quick: Lab) -> None:
    quick.window.setFocus()
    quick.window.centralWidget().setFocus()
    quick.window.commands["explain"].trigger()
    assert "Ctrl+F1" in quick.sentences[0]


@pytest.mark.parametrize("spec", PLOTS, ids=lambda spec: spec.id)
def test_every_plot_explains_its_columns(spec: object) -> None:
    text = plot_text(spec, ())
    assert text.parts and all(part.text for part in text.parts)


def test_every_check_has_words() -> None:
    assert set(CHECKS) == set(Check.__args__)


def test_every_kind_of_reference_has_a_formula_of_its_own() -> None:
    assert {kind for kind, _ in REFERENCES} == set(get_args(Kind))
    assert len({formula for formula, _ in REFERENCES.values()}) == len(REFERENCES)
    for (kind, of), (formula, source) in REFERENCES.items():
        text = reference_text(kind, f"{of} margin", "exact")
        assert (text.parts[0].formula, text.parts[0].source) == (formula, source)
        assert render(formula).size


def test_a_card_shows_the_problem_that_was_solved() -> None:
    rings = np.array([[1.0, 0.2], [0.1, 1.0], [-1.0, -0.8]])
    two, three = np.array([1, 1, -1]), np.array([0, 1, 2])
    for solved, words in (
        (linear_reference(rings, two, 1, "linf"), r"\|w\|_\infty"),
        (linear_reference(rings, three, 3, "l1"), r"\|W\|_1"),
        (linear_reference(rings, three, 3, "l2"), r"\|W\|_F"),
        (conditioned_svm(rings * two[:, None], np.array([1.0, 2.0])), r"\geq 1"),
    ):
        assert words in reference_text(solved.kind, solved.title, "").parts[0].formula


def test_a_card_is_as_wide_as_its_widest_formula(quick: Lab) -> None:
    spec = next(spec for spec in PLOTS if spec.id == "path_left")
    shown = show_card(plot_text(spec, ()), quick.window.parts.plots)
    wanted = [part.formula for part in shown._text.parts if part.formula]
    quick.until(lambda: all(map(formulas().known, wanted)))
    quick.until(lambda: shown.label.width() <= shown.label.parentWidget().width())
    assert shown.width() > WIDTH
    shown.close()
