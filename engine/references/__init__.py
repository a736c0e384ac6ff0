"""Exactly solved answers to compare a run with, each with a certificate."""

from __future__ import annotations

from engine.references.answers import Ask, NotKept, answered, asked_anew, forget_answers, recalled
from engine.references.asymptotes import Asymptote, asymptote
from engine.references.attention import token_selection
from engine.references.conditioned_svm import conditioned_svm
from engine.references.each import solve_each
from engine.references.f1 import f1_margin, fixed_directions_margin
from engine.references.gram import CERTIFIED
from engine.references.induced_norm import (
    GammaNorm,
    InducedNorm,
    ParameterNorm,
    diagonal_network_norm,
    linear_network_norm,
    relu_network_norm,
)
from engine.references.kernel_svm import (
    certified_machine,
    gram_max_margin,
    kernel_max_margin,
    kernel_one_versus_rest,
)
from engine.references.linear_margin import ENTRYWISE_NORMS, linear_margin, linear_reference, power_margin
from engine.references.reference import (
    NotApplicable,
    NotSeparable,
    NotSolved,
    Reference,
    ReferenceName,
    ReferenceUnavailable,
)
from engine.references.spectral import spectral_margin
from engine.references.svm import hard_margin_svm, multiclass_points, multiclass_svm

__all__ = [
    "CERTIFIED",
    "ENTRYWISE_NORMS",
    "Ask",
    "Asymptote",
    "GammaNorm",
    "InducedNorm",
    "NotApplicable",
    "NotKept",
    "NotSeparable",
    "NotSolved",
    "ParameterNorm",
    "Reference",
    "ReferenceName",
    "ReferenceUnavailable",
    "answered",
    "asked_anew",
    "asymptote",
    "certified_machine",
    "conditioned_svm",
    "diagonal_network_norm",
    "f1_margin",
    "fixed_directions_margin",
    "forget_answers",
    "gram_max_margin",
    "hard_margin_svm",
    "kernel_max_margin",
    "kernel_one_versus_rest",
    "linear_margin",
    "linear_network_norm",
    "linear_reference",
    "multiclass_points",
    "multiclass_svm",
    "power_margin",
    "recalled",
    "relu_network_norm",
    "solve_each",
    "spectral_margin",
    "token_selection",
]
