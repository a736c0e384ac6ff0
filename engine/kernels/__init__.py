"""Tangent kernels: the empirical one of every network, the samples it is taken on, and its predictors."""

from __future__ import annotations

from .empirical import layer_kernels, tangent_kernel
from .max_margin import (
    Solutions,
    kernel_coefficients,
    kernel_prediction,
    kernel_solutions,
    solve_kernel_references,
)
from .samples import kernel_inputs, kernel_subset

__all__ = [
    "Solutions",
    "kernel_coefficients",
    "kernel_inputs",
    "kernel_prediction",
    "kernel_solutions",
    "kernel_subset",
    "layer_kernels",
    "solve_kernel_references",
    "tangent_kernel",
]
