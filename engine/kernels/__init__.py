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
from .plan import KernelTooLarge, Plan, memory_budget, plan_kernel
from .samples import kernel_inputs, kernel_subset

__all__ = [
    "KernelTooLarge",
    "Plan",
    "Solutions",
    "kernel_coefficients",
    "kernel_inputs",
    "kernel_prediction",
    "kernel_solutions",
    "kernel_subset",
    "layer_kernels",
    "memory_budget",
    "plan_kernel",
    "solve_kernel_references",
    "tangent_kernel",
]
