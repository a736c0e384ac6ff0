"""Tangent kernels: the empirical one of every network, its samples, its predictors, the linearised twin."""

from __future__ import annotations

from .empirical import layer_kernels, tangent_kernel
from .max_margin import (
    Solutions,
    kernel_coefficients,
    kernel_prediction,
    kernel_solutions,
    solve_kernel_references,
)
from .pairs import LARGEST_PAIRS, pair_kernel, pair_max_margin, solve_twin_references
from .regression import (
    Regression,
    initial_regression,
    kernel_regression,
    regression_prediction,
    regression_targets,
)
from .samples import kernel_inputs, kernel_subset
from .twin import Twin

__all__ = [
    "LARGEST_PAIRS",
    "Regression",
    "Solutions",
    "Twin",
    "initial_regression",
    "kernel_coefficients",
    "kernel_inputs",
    "kernel_prediction",
    "kernel_regression",
    "kernel_solutions",
    "kernel_subset",
    "layer_kernels",
    "pair_kernel",
    "pair_max_margin",
    "regression_prediction",
    "regression_targets",
    "solve_kernel_references",
    "solve_twin_references",
    "tangent_kernel",
]
