"""What is asked and answered about a network's outputs over a square of 2-D inputs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .pictures import Picture, Question
from .records import Snapshot

FIRST_PREDICTOR = ("ntk-max-margin", "NTK max-margin")
"""Name and title of the predictor beside the network that is shown until another is chosen."""


@dataclass(frozen=True)
class AskSurface(Question):
    """Compute what a network says over a square of 2-D inputs, beside another predictor."""

    resolution: int = 101
    predictor: str = FIRST_PREDICTOR[0]
    """Which predictor stands beside the network: a name of `Ready.predictors`."""
    latest: Snapshot | None = None
    """The run's last snapshot, for a predictor that asks for it; None: the state of the run under way."""
    every: int = 1
    """Above 1: of the points each so-manieth a side alone, for a first and coarse picture; it divides resolution - 1.
    """


@dataclass(frozen=True)
class SurfaceReady(Picture):
    """The answer to `AskSurface`: values (G, G), rows along the second input; the winning class where several."""

    axis: NDArray[np.float64]
    """Coordinates (G,) of both axes, in raw units."""
    network: NDArray[np.float64]
    """f (G, G), or the margin of the winning class over the next where there are several."""
    other: NDArray[np.float64] | None
    """The same of the predictor beside it."""
    predictor: str = FIRST_PREDICTOR[0]
    """Which predictor that is."""
    title: str = FIRST_PREDICTOR[1]
    """What it is called."""
    network_class: NDArray[np.int64] | None = None
    other_class: NDArray[np.int64] | None = None
    every: int = 1
    """Above 1 it is a first and coarse picture, of each so-manieth of the points asked for."""
    points: NDArray[np.float64] | None = None
    """Raw training points (N, 2)."""
    labels: NDArray[np.int64] | None = None
    support: NDArray[np.bool_] | None = None
    """Support vectors: samples with q < q_min + log 100, none where one is not fitted."""
    other_support: NDArray[np.bool_] | None = None
    """Samples that carry the other predictor, where few do: of a max-margin one those with a dual weight."""
    why_no_other: str = ""
    input_names: tuple[str, ...] = ()
    """What the data call their two inputs; none where they do not say."""
    class_names: tuple[str, ...] = ()
    """What the data call their classes, in the order of labels."""
