"""Points that are written into the experiment itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.labels import class_numbers
from engine.data.table import Table
from engine.errors import Refusal
from engine.experiment.data import PointsSpec


def points(data: PointsSpec, _: Path) -> Table:
    """Return the points and labels as they are written.

    Raises:
        Refusal: where rows differ in length, or points and labels in number.
    """
    if not data.x:
        raise Refusal("data.x", None, "is empty; give at least one point for each of two classes")
    inputs = len(data.x[0])
    if inputs == 0:
        raise Refusal("data.x", None, "has a first row without numbers; a point needs at least 1")
    for i, row in enumerate(data.x):
        if len(row) != inputs:
            raise Refusal("data.x", row, f"(row {i + 1}) has {len(row)} numbers where row 1 has {inputs}")
    if len(data.y) != len(data.x):
        raise Refusal("data.y", data.y, f"has {len(data.y)} labels where data.x has {len(data.x)} points")
    labels, names = class_numbers(np.array(data.y), "data.y", data.y, _place)
    return Table(np.array(data.x, dtype=np.float64), labels, names, field="data.x")


def _place(i: int) -> str:
    return f"(number {i + 1})"
