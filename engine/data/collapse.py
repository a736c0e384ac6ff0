"""Groups around unit directions of equal correlation: the neural-collapse setting."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.dataset import Array
from engine.data.labels import numbered
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table
from engine.experiment.data import CollapseSpec
from engine.words.errors import Refusal

NEARLY = 1e-5
"""How far a written correlation may be from a simplex's to be taken for it: -0.33333 for -1/3."""


def collapse_shape(data: CollapseSpec, _: Path) -> DataShape:
    """Say how many points there will be.

    Raises:
        Refusal: where groups, points or inputs are too few, or no directions have this correlation.
    """
    groups = _groups(data)
    if groups < data.classes:
        raise Refusal(
            "data.groups",
            groups,
            f"is too small; each of the {data.classes} classes needs a group: 0 gives each one",
        )
    if data.n < groups:
        raise Refusal("data.n", data.n, f"is too small; each of the {groups} groups needs a point")
    if data.correlation < -1 / (groups - 1) - NEARLY:
        raise Refusal(
            "data.correlation",
            data.correlation,
            f"is too small; between {groups} directions it is at least {-1 / (groups - 1):.6g}, a simplex's",
        )
    needed = groups - _is_simplex(data)
    if data.d < needed:
        raise Refusal(
            "data.d", data.d, f"is too small; {groups} directions of this correlation need {needed} inputs"
        )
    return DataShape(data.n, data.d, data.classes)


def directions(data: CollapseSpec) -> Array:
    """Return unit vectors beta (groups, d) with beta_g . beta_h = correlation for g != h, randomly turned.

    The symmetric root of their Gram matrix, s I + (t - s)/G 1 1^T with s^2 = 1 - correlation and
    t^2 = 1 + (G - 1) correlation, times G orthonormal rows; a simplex has t = 0 and needs one input less.
    """
    random = generator(data.seed, Stream.TARGET)
    count = _groups(data)
    if _is_simplex(data):
        # an orthonormal basis of what is orthogonal to (1, ..., 1)
        centred, _ = np.linalg.qr(np.column_stack([np.ones(count), np.eye(count)[:, 1:]]))
        corners: Array = np.sqrt(count / (count - 1)) * centred[:, 1:]
        return corners @ _orthonormal(count - 1, data.d, random)
    rows = _orthonormal(count, data.d, random)
    s, t = np.sqrt(1 - data.correlation), np.sqrt(1 + (count - 1) * data.correlation)
    beta: Array = s * rows + (t - s) / count * rows.sum(axis=0)
    return beta


def collapse(data: CollapseSpec, _: Path) -> Table:
    """Put points uniformly into balls around the directions; point i is of group i mod G, of class g mod C.

    So x . beta is within `spread` of 1 for a point's own direction and within `spread` of `correlation` for
    every other one: the groups of Telgarsky 2022 (2208.02789), and for a simplex the configuration that
    features collapse to (Papyan, Han & Donoho 2020).
    """
    beta = directions(data)
    groups = np.arange(data.n, dtype=np.int64) % len(beta)
    random = generator(data.seed, Stream.POINTS)
    off = random.standard_normal((data.n, data.d))
    radii = data.spread * random.random(data.n) ** (1 / data.d)
    off *= (radii / np.linalg.norm(off, axis=1))[:, None]
    return Table(beta[groups] + off, groups % data.classes, numbered(data.classes))


def _groups(data: CollapseSpec) -> int:
    return data.groups or data.classes


def _is_simplex(data: CollapseSpec) -> bool:
    return data.correlation < -1 / (_groups(data) - 1) + NEARLY


def _orthonormal(count: int, dimension: int, random: np.random.Generator) -> Array:
    """Return randomly turned orthonormal rows (count, dimension)."""
    columns, _ = np.linalg.qr(random.standard_normal((dimension, count)))
    return columns.T
