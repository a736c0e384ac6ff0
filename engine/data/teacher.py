"""Points labelled by a random network, for a student to learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Array
from engine.data.labels import SIGNS
from engine.data.streams import Stream, generator
from engine.data.table import DataShape, Table
from engine.experiment.data import TeacherSpec
from engine.words.errors import Refusal

BLOCK = 256
"""Points drawn at a time, at least."""
BLOCKS = 200
"""Blocks drawn before it is said that the points asked for are too rare."""


def teacher_shape(data: TeacherSpec, _: Path) -> DataShape:
    """Say how many points there will be.

    Raises:
        Refusal: where the teacher would look at more inputs than there are.
    """
    if data.sparse > data.d:
        raise Refusal("data.sparse", data.sparse, f"is too large; there are {data.d} inputs to look at")
    return DataShape(data.n, data.d, 2)


def teacher_outputs(data: TeacherSpec, points: Array) -> Array:
    """Return f(x) = width^(-1/2) sum_j (-1)^j relu(v_j . x), j = 0..width-1, for points (M, d) -> (M,).

    v_j are uniform unit vectors of the first `sparse` inputs (of all where that is 0).
    """
    seen = data.sparse or data.d
    directions = generator(data.seed, Stream.TARGET).standard_normal((data.width, seen))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    signs = np.where(np.arange(data.width) % 2 == 0, 1.0, -1.0)
    hidden = np.maximum(points[:, :seen] @ directions.T, 0)
    outputs: Array = hidden @ signs / np.sqrt(data.width)
    return outputs


def teacher(data: TeacherSpec, _: Path) -> Table:
    """Draw N(0, I) points in order, leave out those with |f(x)| <= margin, and label the others sign f(x).

    Where the first n of them have one label, the last gives way to the next one of the other.

    Raises:
        Refusal: where points that far from the boundary, or of the second label, are too rare to be found.
    """
    random = generator(data.seed, Stream.POINTS)
    kept: list[Array] = []
    count, labels = 0, np.empty(0, dtype=np.bool_)
    for _block in range(BLOCKS):
        drawn = random.standard_normal((max(data.n, BLOCK), data.d))
        outputs = teacher_outputs(data, drawn)
        far = np.abs(outputs) > data.margin
        more = outputs[far] > 0
        if count >= data.n:  # all that is still looked for is the other label
            far[np.flatnonzero(far)[more == labels[0]]] = False
            more = more[more != labels[0]]
        kept.append(drawn[far])
        labels = np.append(labels, more)
        count = len(labels)
        if count >= data.n and labels.min() != labels.max():
            return _table(data, np.concatenate(kept), labels)
    raise _too_rare(data, both=bool(outputs.min() < 0 < outputs.max()))


def _table(data: TeacherSpec, points: Array, positive: NDArray[np.bool_]) -> Table:
    """Return the first n points, or n - 1 and the first of the label that these lack."""
    rows = np.arange(data.n)
    if positive[rows].min() == positive[rows].max():
        rows[-1] = np.flatnonzero(positive != positive[0])[0]
    relevant = tuple(range(data.sparse)) if data.sparse else None
    return Table(points[rows], positive[rows].astype(np.int64), SIGNS, relevant=relevant)


def _too_rare(data: TeacherSpec, *, both: bool) -> Refusal:
    """Refuse a margin that leaves too few points, or a teacher whose output has not `both` signs."""
    if both and data.margin > 0:
        return Refusal(
            "data.margin",
            data.margin,
            f"is too large; of {BLOCKS * max(data.n, BLOCK)} points too few of both labels lie that far from the "
            "teacher's boundary: make it smaller",
        )
    return Refusal(
        "data.seed",
        data.seed,
        "draws a teacher that does not tell two classes apart; take another seed or a larger data.width",
    )
