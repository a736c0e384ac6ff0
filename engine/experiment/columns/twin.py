"""Columns about the linearised twin, recorded where `measure.twin` is on."""

from __future__ import annotations

from .column import THINNED, Column

COB = "Chizat, Oyallon & Bach 2019"

TWIN: tuple[Column, ...] = (
    Column(
        "twin_log_loss",
        "kernel",
        "twin: ln loss",
        r"\log\mathcal{L}(f_\mathrm{lin})",
        "Natural log of the linearised twin's loss, summed over the training set.",
        COB,
    ),
    Column(
        "twin_norm",
        "kernel",
        "twin: distance from the start (l2)",
        r"\|\theta_\mathrm{lin}-\theta_0\|_2",
        "How far the twin's parameters moved: the norm of its predictor.",
        COB,
    ),
    Column(
        "twin_normalized_margin",
        "kernel",
        "twin: normalized margin (l2)",
        r"\min_n q_n(f_\mathrm{lin})/\|\theta_\mathrm{lin}-\theta_0\|_2",
        "The twin's smallest margin over the norm of its predictor: it is linear, of degree 1.",
        "Soudry et al. 2018",
    ),
    Column(
        "twin_margin_ratio",
        "kernel",
        "twin: normalized margin / its best",
        r"\bar\gamma_\mathrm{lin}/\gamma_{K_0}",
        "The twin's normalized margin over the maximum margin of the full initial kernel, solved exactly: 1 in the "
        "limit, as of every linear model. Several classes: over every pair of a sample and another class.",
        "Soudry et al. 2018",
    ),
    Column(
        "twin_margin_at_equal_loss",
        "kernel",
        "twin: normalized margin (l2) at the network's loss",
        r"\bar\gamma_\mathrm{lin}\,|_{\mathcal{L}(f_\mathrm{lin})=\mathcal{L}(f_t)}",
        "The twin's normalized margin when its loss was what the network's is now, between records by interpolation; "
        "where the twin comes there later, filled in when the run ends.",
        COB,
        of_earlier=True,
    ),
    Column(
        "twin_prediction_cosine",
        "kernel",
        "prediction cosine with the twin",
        r"\cos(f_t,f_\mathrm{lin})",
        "Uncentred cosine of the network's predictions with the linearised twin's at the same step.",
        COB,
        cost=THINNED,
    ),
    Column(
        "twin_agreement",
        "kernel",
        "sign agreement with the twin",
        r"\#\{\mathrm{sign}\,f_t=\mathrm{sign}\,f_\mathrm{lin}\}/G",
        "Share of points on which network and twin say the same class.",
        COB,
        cost=THINNED,
    ),
    Column(
        "twin_distance_train",
        "kernel",
        "distance from the twin, training set",
        r"\|f_t-f_\mathrm{lin}\|/\|f_\mathrm{lin}\|",
        "Root of the summed squares of f - f_lin over that of f_lin, over the training set, at the same step. What the "
        "network says at its start counts: the twin leaves it out.",
        COB,
        scale="log",
    ),
    Column(
        "twin_distance_test",
        "kernel",
        "distance from the twin, test set",
        r"\|f_t-f_\mathrm{lin}\|/\|f_\mathrm{lin}\|",
        "The same over the test set.",
        COB,
        scale="log",
        cost=THINNED,
    ),
    Column(
        "twin_distance_grid",
        "kernel",
        "distance from the twin, grid",
        r"\|f_t-f_\mathrm{lin}\|/\|f_\mathrm{lin}\|",
        "The same over the grid on which 2-D predictions are compared.",
        COB,
        scale="log",
        cost=THINNED,
    ),
)
