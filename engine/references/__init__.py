"""Exactly solved answers to compare a run with, each with a certificate."""

from __future__ import annotations

from engine.references.f1 import f1_margin, fixed_directions_margin
from engine.references.kernel_svm import kernel_max_margin, kernel_one_versus_rest
from engine.references.reference import (
    NotApplicable,
    NotSeparable,
    NotSolved,
    Reference,
    ReferenceUnavailable,
)
from engine.references.svm import hard_margin_svm, multiclass_points, multiclass_svm

__all__ = [
    "NotApplicable",
    "NotSeparable",
    "NotSolved",
    "Reference",
    "ReferenceUnavailable",
    "f1_margin",
    "fixed_directions_margin",
    "hard_margin_svm",
    "kernel_max_margin",
    "kernel_one_versus_rest",
    "multiclass_points",
    "multiclass_svm",
]
