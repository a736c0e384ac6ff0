"""The result of an exactly solved problem, and the reasons why there may be none."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Kind = Literal[
    "l2-svm",
    "multiclass-svm",
    "l1-margin",
    "linf-margin",
    "lp-margin",
    "spectral-margin",
    "conditioned-svm",
    "kernel-svm",
    "f1",
    "f1-fixed-directions",
    "attention-frobenius",
    "attention-nuclear",
]


class ReferenceName(StrEnum):
    """What a run can be compared with, as remarks and sessions call it where there is none."""

    MARGIN = "margin reference"
    ASYMPTOTE = "asymptote"
    KERNEL = "kernel reference"
    TWIN = "linearised twin's margin"
    TOKENS = "token selection"


class ReferenceUnavailable(ValueError):
    """Say, in words for the user, why there is no reference for this problem."""


class NotSeparable(ReferenceUnavailable):
    """Say that no predictor of the family gives every sample a positive margin."""


class NotApplicable(ReferenceUnavailable):
    """Say that the reference is not defined, or not computable, for this problem."""


class NotSolved(ReferenceUnavailable):
    """Say that the solver reached no answer that it could certify."""


REMEDY = 'Center or scale the inputs (normalize = "center" or "standardize"), or remove samples that nearly coincide.'
"""What helps where a margin is too small to certify."""


def support_of(dual: Array) -> Indices:
    """Return the indices of the samples that have weight, ascending."""
    return np.flatnonzero(dual > 0.0).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Reference:
    """Hold a maximum margin, what attains it, and the bounds that certify it.

    The true maximum margin lies in [lower, upper] up to floating-point rounding: `lower` is the
    margin that the stored predictor achieves, `upper` the value of the stored dual weights
    (weak duality, theory.md 0.2). `value` lies between the two.

    Attributes:
        kind: which problem was solved.
        title: its name for people.
        norm: the norm of the predictor that is bounded by 1.
        value: the maximum margin, in the units of the data (of its square root for a kernel).
        lower: certified lower bound.
        upper: certified upper bound.
        solution: see the function that made it; (D,) float64, or None.
        dual: dual weights p on the simplex, (N,) float64: p >= 0, sum p = 1.
        support: indices n with p_n > 0, ascending, int64.
        notes: what was left out of the problem, worth saying beside the value.
        seconds: wall time of the solution.
        directions: unit directions u_k, (K, d) float64, where the solution weighs directions.
    """

    kind: Kind
    title: str
    norm: str
    value: float
    lower: float
    upper: float
    solution: Array | None
    dual: Array
    support: Indices
    notes: tuple[str, ...] = ()
    seconds: float = field(default=0.0)
    directions: Array | None = None

    @property
    def gap(self) -> float:
        """Return the relative width of the certificate, (upper - lower) / upper."""
        return (self.upper - self.lower) / self.upper
