"""What a network is trained and tested on, and how further points become inputs in the same way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.experiment.structure import Ends

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
Normalize = Literal["none", "max-norm", "unit-norm", "center", "standardize"]


@dataclass(frozen=True)
class Scaling:
    """The map from raw points to inputs: center, standardize and append a 1, or append it and divide by a norm.

    Attributes:
        append_constant: whether an input that is always 1 is appended.
        normalize: "none", "max-norm" (divide by `largest`), "unit-norm" (every point by its own norm), "center"
            (subtract `mean`) or "standardize" (then divide by `spread`).
        largest: the largest Euclidean norm among the training points with their constant; 1 unless max-norm.
        mean: of every column of the training points, without their constant; () where nothing is subtracted.
        spread: the standard deviation of every such column, 1 for one that has none; () unless standardize.
    """

    append_constant: bool = False
    normalize: Normalize = "none"
    largest: float = 1.0
    mean: tuple[float, ...] = ()
    spread: tuple[float, ...] = ()

    def apply(self, raw: Array) -> Array:
        """Return a new float64 (M, d) array of inputs; with unit-norm the origin stays where it is."""
        points = np.array(raw, dtype=np.float64, order="C")
        if self.normalize in ("center", "standardize"):
            points = (points - self.mean) / (self.spread or 1.0)
        if self.append_constant:
            points = with_constant(points)
        if self.normalize == "max-norm":
            points /= self.largest
        elif self.normalize == "unit-norm":
            lengths = norms(points)
            points /= np.where(lengths > 0, lengths, 1.0)[:, None]
        return points


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training and test samples, ready for a network.

    Attributes:
        x: (N, d) float64, the training inputs after `append_constant` and `normalize`.
        labels: (N,) int64, -1 and +1 where there are two classes, else 0..C-1; every class is there.
        x_test: (M, d) float64; M may be 0.
        labels_test: (M,) int64.
        classes: C, the number of classes; 2 is binary.
        class_names: what each class is called in its source, in the order of the labels.
        raw: (N, d0) float64, the training points before `append_constant` and `normalize`.
        raw_test: (M, d0) float64.
        image_shape: (height, width) where a raw point is a picture, row by row.
        view: half the side of the square, centred at the origin, that shows two-dimensional raw points.
        scaling: the map from raw points to inputs, its scale taken from the training points alone.
        relevant: the raw coordinates that the labels depend on by construction; None where that is unknown, or
            all of them.
        input_names: what the source calls the raw coordinates; none where it does not say.
    """

    x: Array
    labels: Labels
    x_test: Array
    labels_test: Labels
    classes: int
    class_names: tuple[str, ...]
    raw: Array
    raw_test: Array
    image_shape: tuple[int, int] | None
    view: float
    scaling: Scaling
    relevant: tuple[int, ...] | None = None
    input_names: tuple[str, ...] = ()

    @property
    def ends(self) -> Ends:
        """What a network stands between: one output where there are two classes, else C."""
        outputs = 1 if self.classes == 2 else self.classes
        pixels = self.image_shape
        picture = pixels if pixels and pixels[0] * pixels[1] == self.x.shape[1] else None
        return Ends(self.x.shape[1], outputs, picture, len(self.x))

    def inputs(self, raw: Array) -> Array:
        """Map raw points (M, d0) to inputs (M, d) exactly as the training points were mapped."""
        return self.scaling.apply(raw)


def with_constant(points: Array) -> Array:
    """Return the points (M, d) with a last column of ones, (M, d + 1)."""
    return np.concatenate([points, np.ones((len(points), 1))], axis=1)


def norms(points: Array) -> Array:
    """Return the Euclidean norm of every row (M, d) -> (M,), without overflow or underflow of the squares."""
    largest = np.abs(points).max(axis=1, initial=0.0)
    scale = np.where(largest > 0, largest, 1.0)
    lengths: Array = scale * np.linalg.norm(points / scale[:, None], axis=1)
    return lengths
