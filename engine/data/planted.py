"""Linear data with a maximum margin, a direction and support vectors that are known by construction."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.dataset import Array
from engine.data.labels import SIGNS
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table
from engine.experiment.data import PlantedSpec
from engine.words.errors import Refusal


def planted_shape(data: PlantedSpec, _: Path) -> DataShape:
    """Say how many points there will be.

    Raises:
        Refusal: where there would be more support vectors than points.
    """
    if data.support > data.n:
        raise Refusal("data.support", data.support, f"is too large; there are {data.n} points")
    return DataShape(data.n, data.d, 2)


def planted_direction(data: PlantedSpec) -> Array:
    """Return the unit vector u (d,) that separates with the largest margin."""
    return _unit(generator(data.seed, Stream.TARGET).standard_normal(data.d))


def planted(data: PlantedSpec, _: Path) -> Table:
    """Put signed points z_n = y_n x_n so that the hard-margin SVM is u with the margin gamma, exactly.

    The first s are gamma u + v_n with v_n orthogonal to u and sum v_n = 0: with the dual weights p_n = 1/s,
    sum p_n z_n = gamma u, of norm gamma = min z_n . u, and weak duality, max_w min z_n . w <= ||sum p_n z_n||,
    makes both optimal (theory: Soudry et al. 2018). The others are at least gamma + gap along u. The labels
    alternate. A held-out support vector, or random labels, makes the margin another.
    """
    u = planted_direction(data)
    random = generator(data.seed, Stream.POINTS)
    aside = random.standard_normal((data.n, data.d))
    further = data.gap + np.abs(random.standard_normal(data.n))
    further[: data.support] = 0
    aside[: data.support] -= aside[: data.support].mean(axis=0)
    for _again in range(2):  # the second time takes away what rounding left
        aside -= np.outer(aside @ u, u)
    positive = np.arange(data.n) % 2 == 0
    signed = np.outer(data.margin + further, u) + aside
    return Table(np.where(positive, 1.0, -1.0)[:, None] * signed, positive.astype(np.int64), SIGNS)


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)
