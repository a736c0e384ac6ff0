"""Tangent kernels: the empirical one of every network, its limit of infinite width, samples, predictors."""

from __future__ import annotations

from .cost import Outputs, Way
from .empirical import layer_kernels, tangent_kernel
from .infinite import infinite_kernel, infinite_layer_kernels, width_errors
from .machine import memory_budget
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
from .plan import KernelTooLarge, Plan, plan_kernel
from .samples import kernel_inputs, kernel_subset

__all__ = [
    "KernelFunction",
    "KernelTooLarge",
    "Outputs",
    "Plan",
    "Solutions",
    "Way",
    "infinite_kernel",
    "infinite_layer_kernels",
    "initial_kernel",
    "kernel_coefficients",
    "kernel_inputs",
    "kernel_prediction",
    "kernel_solutions",
    "kernel_subset",
    "layer_kernels",
    "limit_kernel",
    "memory_budget",
    "plan_kernel",
    "solve_kernel_references",
    "tangent_kernel",
    "width_errors",
]
