"""Independent random numbers for each thing that `data.seed` decides."""

from __future__ import annotations

from enum import IntEnum, unique

import numpy as np


@unique
class Stream(IntEnum):
    """One use of random numbers; a change to one never moves what another draws.

    There is no stream 0: NumPy draws the same for [seed, 0] as for the seed alone.
    """

    POINTS = 1
    SPLIT = 2
    LABEL_NOISE = 3
    RANDOM_LABELS = 4
    TARGET = 5
    """What labels the points: a teacher, a direction, which clusters are negative."""


def generator(seed: int, stream: Stream) -> np.random.Generator:
    """Return the generator of one stream of `data.seed`."""
    return np.random.default_rng([seed, int(stream)])
