"""What is asked and answered about the tangent kernel of one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .pictures import Picture, Question

KernelChoice = Literal["start", "step", "difference"]
"""Which kernel a picture shows: the initial one, that of the step looked at, or the second less the first."""


@dataclass(frozen=True)
class AskKernel(Question):
    """Compute the tangent kernel of one replica over the training samples, and its spectrum."""

    layer: str = ""
    """One layer's share; '' for all layers together."""
    choice: KernelChoice = "step"
    normalised: bool = False
    """Divide either kernel by its Frobenius norm first: homogeneous networks' kernels grow with their parameters."""


@dataclass(frozen=True)
class Spectrum:
    """The eigenvalues of a kernel, and what they say in two numbers."""

    eigenvalues: NDArray[np.float64]
    """(n,), the largest first; 0 where they are rounding."""
    effective_rank: float
    trace: float


@dataclass(frozen=True)
class KernelReady(Picture):
    """The answer to `AskKernel`: a kernel over n training samples, ordered by class."""

    layer: str
    choice: KernelChoice
    normalised: bool
    values: NDArray[np.float32]
    """(n, n), traced over the outputs."""
    samples: NDArray[np.int64]
    """Which training sample each row is of, (n,)."""
    labels: NDArray[np.int64]
    """Their classes (n,), in order."""
    start: Spectrum
    now: Spectrum
    alignment: float
    """<K_t, K_0>_F / (||K_t||_F ||K_0||_F)."""
    shares: Mapping[str, tuple[float, float]]
    """By layer its share of the trace, at the start and at the step looked at."""
    note: str = ""
    """On which samples, and over which outputs."""
    class_names: tuple[str, ...] = ()
    """What the data call their classes."""
