"""Columns about robustness: how far inputs are from being classified otherwise."""

from __future__ import annotations

from .column import LL, THINNED, Column

ROBUSTNESS: tuple[Column, ...] = (
    Column(
        "input_margin",
        "robustness",
        "input margin (l2; upper bound unless linear)",
        r"\min_n\min_{j\neq y_n}(f_{y_n}-f_j)/\|w_{y_n}-w_j\|_2",
        "The smallest l2 distance of a training input to where it is classified otherwise; negative while one is "
        "wrong, and then minus the largest distance to being right. Exact for linear predictors (two classes: "
        "q_min/‖w‖₂); elsewhere that of the nearest points that projected gradient finds, an upper bound. An "
        "appended constant stays fixed.",
        f"{LL}, section 5.2; theory 11",
        cost=f"linear predictors: every record; else {THINNED}",
    ),
    Column(
        "robust_accuracy",
        "robustness",
        "robust accuracy (l2; upper bound unless linear)",
        r"\#\{n:\ f\ \mathrm{right\ at\ all}\ x,\ \|x-x_n\|_2\leq r\}/N",
        "Share of the test samples (without a test set: of the training samples) that no perturbation up to the "
        "radius measure.radius makes wrong. Exact for linear predictors, elsewhere an upper bound: projected gradient "
        "may miss a point.",
        f"{LL}, section 5.2; theory 11",
        scale="fraction",
        cost=f"linear predictors: every record; else {THINNED}",
    ),
)
