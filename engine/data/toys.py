"""Data that a formula or a few random numbers make: circle, rings, hyperplane, blobs."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.dataset import Array
from engine.data.labels import SIGNS, numbered
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table, shape_of_classes
from engine.experiment.data import BlobsSpec, CircleSpec, HyperplaneSpec, RingsSpec
from engine.words.errors import Refusal

ON_AXIS = 1e-12


def circle_shape(data: CircleSpec, _: Path) -> DataShape:
    """Say how many points there will be."""
    return DataShape(data.n, 2, 2)


def circle(data: CircleSpec, _: Path) -> Table:
    """Put n points at angles 2 pi i/n + phase, i = 0..n-1, with y = sign(x1 x2).

    A point on an axis, to rounding, has y = +1: sign(0) is no label.

    Raises:
        Refusal: where every point has the same label.
    """
    angles = 2 * np.pi * np.arange(data.n) / data.n + data.phase
    cosines, sines = np.cos(angles), np.sin(angles)
    # cos(pi/2) is 6e-17, not 0: without a tolerance rounding would choose the label
    labels = (cosines * sines >= -ON_AXIS).astype(np.int64)
    if labels.min() == labels.max():
        remedy = "puts every point into quadrants of the same label; take another number or another phase"
        raise Refusal("data.n", data.n, remedy)
    return Table(data.radius * np.stack([cosines, sines], axis=1), labels, SIGNS)


def rings_shape(data: RingsSpec, _: Path) -> DataShape:
    """Say how many points there will be."""
    more = "data.inner" if data.inner > data.outer else "data.outer"
    return DataShape(data.inner + data.outer, 2, 2, field=more)


def rings(data: RingsSpec, _: Path) -> Table:
    """Put N(0, inner_std^2) points (label +1) into a ring (label -1) of uniform angle and uniform radius.

    Raises:
        Refusal: where `outer_radius` is no range of positive numbers.
    """
    low, high = data.outer_radius
    if low <= 0:
        raise Refusal("data.outer_radius", [low, high], "must be above 0")
    if low > high:
        raise Refusal("data.outer_radius", [low, high], "must name the smaller radius first")
    random = generator(data.seed, Stream.POINTS)
    inner = data.inner_std * random.standard_normal((data.inner, 2))
    angles = random.uniform(0.0, 2 * np.pi, data.outer)
    radii = low + (high - low) * random.random(data.outer)
    outer = radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    labels = np.repeat(np.array([1, 0], dtype=np.int64), [data.inner, data.outer])
    return Table(np.concatenate([inner, outer]), labels, SIGNS)


def hyperplane_shape(data: HyperplaneSpec, _: Path) -> DataShape:
    """Say how many points there will be.

    Raises:
        Refusal: where the labels would depend on more inputs than there are.
    """
    if data.sparse > data.d:
        raise Refusal("data.sparse", data.sparse, f"is too large; there are {data.d} inputs to depend on")
    return DataShape(data.n, data.d, 2)


def hyperplane(data: HyperplaneSpec, _: Path) -> Table:
    """Label N(0, I) points by s = sign(u.x), u a random unit vector, and push each along u: x + margin s u.

    So every point is at least `margin` from the plane through the origin. Where all would lie on one side,
    the last one is mirrored at the origin. A sparse u has entries of one size, with random signs, and then zeros.
    """
    random = generator(data.seed, Stream.POINTS)
    drawn = random.standard_normal(data.d)
    normal = _unit(np.sign(drawn) * (np.arange(data.d) < data.sparse) if data.sparse else drawn)
    points = random.standard_normal((data.n, data.d))
    positive = points @ normal >= 0
    if positive.all() or not positive.any():
        points[-1] *= -1
        positive[-1] = not positive[-1]
    points += data.margin * np.where(positive, 1.0, -1.0)[:, None] * normal
    relevant = tuple(range(data.sparse)) if data.sparse else None
    return Table(points, positive.astype(np.int64), SIGNS, relevant=relevant)


def blobs_shape(data: BlobsSpec, _: Path) -> DataShape:
    """Say how many points there will be.

    Raises:
        Refusal: where there are more classes than points.
    """
    return shape_of_classes(data.n, data.d, data.classes)


def blobs(data: BlobsSpec, _: Path) -> Table:
    """Put N(separation * direction_c, std^2 I) points around one centre a class; point i is of class i mod C.

    Directions are random unit vectors; in two dimensions they are evenly spaced from a random angle on. On a
    line the centres are evenly spaced between -separation and separation. So no two classes share a place.
    """
    random = generator(data.seed, Stream.POINTS)
    centres = data.separation * _directions(data.classes, data.d, random)
    labels = np.arange(data.n, dtype=np.int64) % data.classes
    points = centres[labels] + data.std * random.standard_normal((data.n, data.d))
    return Table(points, labels, numbered(data.classes))


def _directions(classes: int, dimension: int, random: np.random.Generator) -> Array:
    """Return (classes, dimension) centres at separation 1."""
    if dimension == 1:
        return np.linspace(-1.0, 1.0, classes)[:, None]
    if dimension == 2:
        angles = random.uniform(0.0, 2 * np.pi) + 2 * np.pi * np.arange(classes) / classes
        return np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.stack([_unit(row) for row in random.standard_normal((classes, dimension))])


def _unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)
