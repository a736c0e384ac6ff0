"""Tangent kernels: the empirical one of every network, its infinite-width limit, samples, predictors, the twin."""

from __future__ import annotations

from .cost import Outputs, Way
from .empirical import layer_kernels, tangent_kernel
from .infinite import infinite_kernel, infinite_layer_kernels, width_errors
from .max_margin import (
    KernelFunction,
    Solutions,
    initial_kernel,
    kernel_coefficients,
    kernel_prediction,
    kernel_solutions,
    limit_kernel,
    solve_kernel_references,
)
from .pairs import LARGEST_PAIRS, pair_kernel, pair_max_margin, solve_twin_references
from .plan import KernelTooLarge, Plan, memory_budget, plan_kernel
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
    "KernelFunction",
    "KernelTooLarge",
    "Outputs",
    "Plan",
    "Regression",
    "Solutions",
    "Twin",
    "Way",
    "infinite_kernel",
    "infinite_layer_kernels",
    "initial_kernel",
    "initial_regression",
    "kernel_coefficients",
    "kernel_inputs",
    "kernel_prediction",
    "kernel_regression",
    "kernel_solutions",
    "kernel_subset",
    "layer_kernels",
    "limit_kernel",
    "memory_budget",
    "pair_kernel",
    "pair_max_margin",
    "plan_kernel",
    "regression_prediction",
    "regression_targets",
    "solve_kernel_references",
    "solve_twin_references",
    "tangent_kernel",
    "width_errors",
]
