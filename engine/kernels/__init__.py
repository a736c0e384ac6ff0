"""Tangent kernels: empirical and of infinite width, the samples they are taken on, predictors, the linearised twin."""

from __future__ import annotations

from .cost import Outputs, Way
from .empirical import layer_kernels, tangent_kernel
from .infinite import infinite_kernel, infinite_layer_kernels, width_errors
from .machine import memory_budget
from .max_margin import (
    KernelFunction,
    Solutions,
    exact_initial_kernel,
    exact_kernel,
    initial_kernel,
    kernel_coefficients,
    kernel_prediction,
    kernel_signs,
    kernel_solutions,
    limit_kernel,
    solve_kernel_references,
)
from .pairs import (
    LARGEST_PAIRS,
    initial_pair_kernels,
    pair_kernel,
    pair_max_margin,
    solve_twin_references,
)
from .plan import KernelTooLarge, Plan, plan_kernel
from .regression import (
    Regression,
    kernel_regression,
    regression_prediction,
    regression_targets,
)
from .samples import kernel_inputs, kernel_labels, kernel_subset
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
    "exact_initial_kernel",
    "exact_kernel",
    "infinite_kernel",
    "infinite_layer_kernels",
    "initial_kernel",
    "initial_pair_kernels",
    "kernel_coefficients",
    "kernel_inputs",
    "kernel_labels",
    "kernel_prediction",
    "kernel_regression",
    "kernel_signs",
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
