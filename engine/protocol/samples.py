"""The question for every training sample's margin, and its answer: margins, dual weights, support vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .pictures import Picture, Question
from .records import Array
from .stored_steps import NO_STEPS, StoredSteps

MOST_SAMPLES = 2000
"""Samples whose margins are looked at over steps; of more half are the nearest to the decision, half are the others'
quantiles."""
SUPPORT_RANGE = float(np.log(100))
"""How far above the smallest margin those of support vectors lie: these carry more than a hundredth of its weight."""


@dataclass(frozen=True)
class AskSamples(Question):
    """Look at every training sample's margin."""

    samples: tuple[int, ...] | None = None
    """Which samples to look at over steps, where there are more than are looked at; None: chosen by their margins."""
    stored: StoredSteps = NO_STEPS
    """Further steps to look at these samples at."""
    raw_of: int | None = None
    """A sample whose raw point is wanted too."""


@dataclass(frozen=True)
class MarginsSeen:
    """The margins of the samples that are looked at over steps, at one step."""

    step: int
    margins: Array
    """q_n (n,)."""
    scale: float
    """||theta||^L, by which margins become normalized ones; NaN where the network has no degree."""


@dataclass(frozen=True)
class SamplesReady(Picture):
    """Every training sample at the step looked at, and some of them at further steps."""

    labels: NDArray[np.int64]
    """(N,)."""
    margins: Array
    """q_n (N,): y_n f(x_n), or the true output less the largest other."""
    weights: Array
    """The loss's dual weights p_n (N,), of sum 1: p_n is -l'(q_n) over the same of all samples."""
    multipliers: Array | None
    """Multipliers lambda_n (N,) of the margin problem, as the record `kkt_delta` has them; None where it has none."""
    samples: NDArray[np.int64]
    """Which samples are looked at over steps (n,)."""
    now: MarginsSeen
    stored: tuple[MarginsSeen, ...] = ()
    exponent: float | None = None
    """L of the network, or M of a near-homogeneous one."""
    why_no_multipliers: str = ""
    raw: Array | None = None
    """The raw point (d0,) of the sample asked for."""
    raw_of: int | None = None
    image_shape: tuple[int, int] | None = None
    """(height, width) where a raw point is a picture."""
    class_names: tuple[str, ...] = ()

    @property
    def is_fitted(self) -> bool:
        """Say whether every sample is on its own side."""
        return are_fitted(self.margins)

    @property
    def support(self) -> NDArray[np.bool_]:
        """Return which samples are support vectors (N,)."""
        return support_of(self.margins)


def are_fitted(margins: Array) -> bool:
    """Say whether all samples of these margins (N,) are on their own side; one without a margin is not."""
    return bool(margins.size and margins.min() > 0)


def support_of(margins: Array) -> NDArray[np.bool_]:
    """Return which of all samples, by their margins (N,), have q < q_min + log 100; none where one is not fitted."""
    if not are_fitted(margins):
        return np.zeros(len(margins), bool)
    near: NDArray[np.bool_] = margins < margins.min() + SUPPORT_RANGE
    return near
