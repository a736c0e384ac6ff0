"""The real handwritten digits that come with scikit-learn."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from engine.data.dataset import Array, Labels
from engine.data.table import Shape, Table
from engine.experiment.data import Digits
from engine.experiment.refusals import Refusal

COUNTS = (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)
"""Samples of each digit; known here so that sizes need no scikit-learn."""
SIDE = 8
BRIGHTEST = 16.0


def digits_shape(data: Digits) -> Shape:
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
    if data.test_fraction > 0:
        raise Refusal(
            "data.test_fraction",
            data.test_fraction,
            "does not go with digits, where what is not trained on tests; leave it at 0 and set data.train",
        )
    return Shape(total, SIDE * SIDE, len(chosen), field="data.train", held_out=total - data.train)


def digits(data: Digits, _: Path) -> Table:
    """Return the 8 x 8 pictures of the chosen digits, pixels in [0, 1], classes in ascending order."""
    shape, chosen = digits_shape(data), _chosen(data)
    pixels, labels = _all_digits()
    rows = np.isin(labels, chosen)
    return Table(
        pixels[rows] / BRIGHTEST,
        np.searchsorted(chosen, labels[rows]).astype(np.int64),
        tuple(str(c) for c in chosen),
        image_shape=(SIDE, SIDE),
        held_out=shape.held_out,
    )


def _chosen(data: Digits) -> tuple[int, ...]:
    """Return the chosen digits in ascending order."""
    if data.classes == "all":
        return tuple(range(10))
    for i, digit in enumerate(data.classes):
        if not 0 <= digit <= 9:
            raise Refusal(
                "data.classes", list(data.classes), f"has {digit}, which is no digit; allowed: 0 to 9"
            )
        if digit in data.classes[:i]:
            raise Refusal("data.classes", list(data.classes), f"names {digit} twice")
    if len(data.classes) < 2:
        raise Refusal(
            "data.classes", list(data.classes), "is too short; name at least two digits, or say 'all'"
        )
    return tuple(sorted(data.classes))


@cache
def _all_digits() -> tuple[Array, Labels]:
    """Read the 1,797 pictures (1797, 64), 0 to 16, and what they show (1797,)."""
    # scikit-learn takes a second to import, which the window cannot wait for
    from sklearn.datasets import load_digits

    found = load_digits()
    return found.data.astype(np.float64), found.target.astype(np.int64)
