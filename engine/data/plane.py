"""Data in the plane that linear predictors cannot tell apart: exclusive or, moons, spirals."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.labels import SIGNS, numbered
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table, shape_of_classes
from engine.experiment.data import MoonsSpec, SpiralsSpec, XorSpec

CORNERS = np.array([[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]])


def xor_shape(data: XorSpec, _: Path) -> DataShape:
    """Say how many points there will be."""
    return DataShape(data.n, 2 + data.extra, 2)


def xor(data: XorSpec, _: Path) -> Table:
    """Put N(c, noise^2 I) points around the corners c of the square, point i around corner i mod 4; y = c1 c2.

    Further inputs are N(0, noise^2) and independent; they change no point's first two.
    """
    random = generator(data.seed, Stream.POINTS)
    centres = CORNERS[np.arange(data.n) % 4]
    points = centres + data.noise * random.standard_normal((data.n, 2))
    further = data.noise * random.standard_normal((data.n, data.extra))
    labels = (centres[:, 0] * centres[:, 1] > 0).astype(np.int64)
    return Table(np.concatenate([points, further], axis=1), labels, SIGNS, relevant=(0, 1))


def moons_shape(data: MoonsSpec, _: Path) -> DataShape:
    """Say how many points there will be."""
    return DataShape(data.n, 2, 2)


def moons(data: MoonsSpec, _: Path) -> Table:
    """Put evenly spaced points on two half circles, and N(0, noise^2 I) on top.

    The first ceil(n/2) have y = +1 and lie at (cos t - 1/2, sin t - 1/4), t from 0 to pi; the others have
    y = -1 and lie at minus that.
    """
    first = (data.n + 1) // 2
    angles = np.concatenate([np.linspace(0, np.pi, count) for count in (first, data.n - first)])
    upper = np.arange(data.n) < first
    side = np.where(upper, 1.0, -1.0)
    points = side[:, None] * np.stack([np.cos(angles) - 0.5, np.sin(angles) - 0.25], axis=1)
    points += data.noise * generator(data.seed, Stream.POINTS).standard_normal((data.n, 2))
    return Table(points, upper.astype(np.int64), SIGNS)


def spirals_shape(data: SpiralsSpec, _: Path) -> DataShape:
    """Say how many points there will be.

    Raises:
        Refusal: where there are more arms than points.
    """
    return shape_of_classes(data.n, 2, data.classes)


def spirals(data: SpiralsSpec, _: Path) -> Table:
    """Put point i = j C + c on arm c, and N(0, noise^2 I) on top.

    Its radius is r = (j + 1)/m, m = ceil(n/C) the points of an arm, its angle 2 pi (turns r + c/C).
    """
    number = np.arange(data.n, dtype=np.int64)
    arms = number % data.classes
    radii = (number // data.classes + 1) / -(-data.n // data.classes)
    angles = 2 * np.pi * (data.turns * radii + arms / data.classes)
    points = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    points += data.noise * generator(data.seed, Stream.POINTS).standard_normal((data.n, 2))
    return Table(points, arms, numbered(data.classes))
