"""The grid of disc clusters of Chizat & Bach 2020."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.labels import SIGNS
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table
from engine.experiment.data import ClustersSpec


def clusters_shape(data: ClustersSpec, _: Path) -> DataShape:
    """Say how many points there will be."""
    return DataShape(data.n, 2 + data.extra, 2)


def clusters(data: ClustersSpec, _: Path) -> Table:
    """Put every point into a random disc of a k x k grid; a random half of the discs, rounded down, is -1.

    With D = 1/(3k - 1) the centres have coordinates D (1 + 3i) - 1/2, i = 0..k-1; a point's distance from its
    centre is uniform in [0, D], its angle uniform; `extra` inputs are uniform in [-1/2, 1/2]
    (Chizat & Bach 2020, the published code). Where all points would share a label, the last one
    moves to a disc of the other.
    """
    width = 1 / (3 * data.k - 1)
    negative = np.zeros(data.k**2, dtype=np.bool_)
    negative[generator(data.seed, Stream.TARGET).permutation(data.k**2)[: data.k**2 // 2]] = True
    random = generator(data.seed, Stream.POINTS)
    chosen = random.integers(0, data.k**2, size=data.n)
    radii, angles = width * random.random(data.n), random.uniform(0, 2 * np.pi, data.n)
    further = random.uniform(-0.5, 0.5, (data.n, data.extra))
    if len(set(negative[chosen])) == 1:
        chosen[-1] = np.flatnonzero(negative != negative[chosen[-1]])[0]
    centres = width * (1 + 3 * np.stack([chosen // data.k, chosen % data.k], axis=1)) - 0.5
    points = centres + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    labels = (~negative[chosen]).astype(np.int64)
    return Table(np.concatenate([points, further], axis=1), labels, SIGNS, relevant=(0, 1))
