"""The question for the singular values of every layer, and its answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .pictures import Picture, Question
from .records import Array
from .stored_steps import NO_STEPS, StoredSteps

MOST_RANKS = 100
"""Singular values of a layer that are drawn over steps; of more those at log-spaced places in their order."""


@dataclass(frozen=True)
class AskLayers(Question):
    """Decompose every layer."""

    stored: StoredSteps = NO_STEPS
    """Further steps to do so at."""


@dataclass(frozen=True)
class SpectraSeen:
    """Singular values at one step, those of each layer (m,) at the layer's `ranks`."""

    step: int
    values: tuple[Array, ...]


@dataclass(frozen=True)
class LayerSpectrum:
    """One layer's singular values, the largest first."""

    name: str
    caption: str
    """What the layer is, where it is no dense one."""
    rows: int
    columns: int
    by_element: bool
    """Whether it multiplies number by number: as a diagonal matrix its singular values are the absolute values."""
    trained: bool
    now: Array
    """(k,), at the step looked at."""
    start: Array
    """(k,), at the start."""
    ranks: NDArray[np.int64]
    """The places in that order, from 0, that are looked at over steps (m,)."""


@dataclass(frozen=True)
class LayersReady(Picture):
    """The singular values of all layers that are not too large, at the step looked at and at further steps."""

    layers: tuple[LayerSpectrum, ...]
    stored: tuple[SpectraSeen, ...] = ()
    left_out: str = ""
    """Which layers are too large to be decomposed, in a sentence."""

    @property
    def seen(self) -> SpectraSeen:
        """Return those of the step looked at as those of the further steps are told."""
        return SpectraSeen(self.step, tuple(layer.now[layer.ranks] for layer in self.layers))
