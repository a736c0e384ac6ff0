"""The real handwritten digits that come with scikit-learn."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from engine.data.dataset import Array, Labels
from engine.data.labels import chosen_classes
from engine.data.table import DataShape, Table
from engine.experiment.data import DigitsSpec
from engine.words.errors import Refusal

COUNTS = (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)
"""Samples of each digit; known here so that sizes need no scikit-learn."""
SIDE = 8
BRIGHTEST = 16.0


def digits_shape(data: DigitsSpec, _: Path) -> DataShape:
    """Say how many samples the chosen digits have, and how many of them are left for testing.

    Raises:
        Refusal: where the choice of digits or the number of training points cannot be met.
    """
    chosen = _chosen(data)
    total = sum(COUNTS[c] for c in chosen)
    if data.train > total:
        raise Refusal("data.train", data.train, f"is too large; the chosen digits have {total} samples")
    if data.train < len(chosen):
        raise Refusal(
            "data.train", data.train, f"is too small; each of the {len(chosen)} classes needs a sample"
        )
    spare = total - data.train
    return DataShape(total, SIDE**2, len(chosen), field="data.train", held_out=spare, image=(SIDE, SIDE))


def digits(data: DigitsSpec, folder: Path) -> Table:
    """Return the 8 x 8 pictures of the chosen digits, pixels in [0, 1], classes in ascending order."""
    shape, chosen = digits_shape(data, folder), _chosen(data)
    pixels, labels = _all_digits()
    rows = np.isin(labels, chosen)
    return Table(
        pixels[rows] / BRIGHTEST,
        np.searchsorted(chosen, labels[rows]).astype(np.int64),
        tuple(str(c) for c in chosen),
        image_shape=(SIDE, SIDE),
        held_out=shape.held_out,
    )


def _chosen(data: DigitsSpec) -> tuple[int, ...]:
    return chosen_classes(data.classes, range(len(COUNTS)), "digit")


@cache
def _all_digits() -> tuple[Array, Labels]:
    """Read the 1,797 pictures (1797, 64), 0 to 16, and what they show (1797,)."""
    # scikit-learn takes a second to import, which the window cannot wait for
    from sklearn.datasets import load_digits

    digits = load_digits()
    return digits.data.astype(np.float64), digits.target.astype(np.int64)
