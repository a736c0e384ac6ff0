"""Columns about the loss: these are always recorded."""

from __future__ import annotations

from .column import LL, Column

LOSS: tuple[Column, ...] = (
    Column(
        "log_loss",
        "loss",
        "ln loss (sum)",
        r"\log \mathrm{Loss},\ \mathrm{Loss}=\sum_n \ell(q_n)",
        "Natural log of the loss summed over the training set, whatever the reduction.",
    ),
    Column(
        "accuracy",
        "loss",
        "train accuracy",
        r"\#\{q_n>0\}/N",
        "Share of training samples with a positive margin.",
        scale="fraction",
    ),
    Column(
        "test_accuracy",
        "loss",
        "test accuracy",
        r"\#\{q_n>0\}/N_{\mathrm{test}}",
        "The same on the test set.",
        scale="fraction",
    ),
    Column(
        "separated",
        "loss",
        "separated",
        r"\mathrm{Loss}<\ell(0)",
        "1 once the summed loss is below that of one sample at margin 0: the theorems' t0.",
        LL,
        scale="fraction",
    ),
    Column(
        "fitted",
        "loss",
        "fitted",
        r"q_{\min}>0",
        "1 once every training sample is on its right side.",
        scale="fraction",
    ),
)
