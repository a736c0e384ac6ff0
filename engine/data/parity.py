"""Sparse parity on the cube."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.labels import SIGNS
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table
from engine.experiment.data import ParitySpec
from engine.words.errors import Refusal

BEYOND_MEMORY = 100
"""Inputs whose cube no machine holds; further ones need not be counted."""


def parity_shape(data: ParitySpec, _: Path) -> DataShape:
    """Say how many points there will be: n, or the 2^d of the whole cube.

    Raises:
        Refusal: where the label would depend on more inputs than there are, or there is a single point.
    """
    if data.k > data.d:
        raise Refusal("data.k", data.k, f"is too large; there are {data.d} inputs to depend on")
    if data.n == 1:
        raise Refusal("data.n", 1, "is too small; take 2 points or more, or 0 for the whole cube")
    if data.n:
        return DataShape(data.n, data.d, 2)
    return DataShape(2 ** min(data.d, BEYOND_MEMORY), data.d, 2, field="data.d")


def parity(data: ParitySpec, _: Path) -> Table:
    """Label points x of {-1, +1}^d/sqrt(d) by y = sign(x1 ... xk) (Telgarsky 2022, 2208.02789, for k = 2).

    The whole cube comes in the order of binary numbers, the first input changing least often, all +1 first; a
    sample is uniform and independent. Where a sample would have one label, the last point's first sign turns.
    """
    if data.n:
        signs = 1 - 2 * generator(data.seed, Stream.POINTS).integers(0, 2, size=(data.n, data.d))
    else:
        signs = 1 - 2 * ((np.arange(2**data.d)[:, None] >> np.arange(data.d)[::-1]) & 1)
    products = signs[:, : data.k].prod(axis=1)
    if abs(int(products.sum())) == len(products):
        signs[-1, 0] *= -1
        products[-1] *= -1
    labels = (products > 0).astype(np.int64)
    return Table(signs / np.sqrt(data.d), labels, SIGNS, relevant=tuple(range(data.k)))
