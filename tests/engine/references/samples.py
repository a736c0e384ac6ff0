"""Samples that linear predictors separate, and the presets' own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Numbers = NDArray[np.int64]
DATA = Path(__file__).parents[3] / "presets" / "data"


def separable(seed: int, count: int, dimension: int) -> Array:
    """Return signed points that some direction separates with a margin of at least 0.05."""
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(count, dimension))
    direction = generator.normal(size=dimension)
    direction /= np.linalg.norm(direction)
    heights = points @ direction
    signs = np.where(heights >= 0.0, 1.0, -1.0)
    return (points + 0.05 * signs[:, None] * direction) * signs[:, None]


def around_centres(
    seed: int, count: int = 18, width: int = 4, classes: int = 3, spread: float = 0.4
) -> tuple[Array, Numbers]:
    """Return samples around orthogonal centres, and their class numbers."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % classes
    return 2.0 * np.eye(classes, width)[labels] + spread * generator.normal(size=(count, width)), labels


def preset(name: str) -> tuple[Array, Array]:
    """Return the inputs and labels of a preset's points."""
    table = np.loadtxt(DATA / f"{name}.csv", delimiter=",", skiprows=1)
    return table[:, :-1], table[:, -1]


def preset_points(name: str) -> Array:
    """Return a binary preset's signed points."""
    x, labels = preset(name)
    return x * labels[:, None]
