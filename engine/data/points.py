"""Points that are written into the experiment itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data.labels import class_numbers, text
from engine.data.table import DataShape, Table
from engine.experiment.data import PointsSpec
from engine.words.errors import Refusal


def points(data: PointsSpec, _: Path) -> Table:
    """Return the points and labels as they are written, those of the test set behind the others.

    Raises:
        Refusal: where rows differ in length, points and labels in number, or only a test point has some label.
    """
    if not data.x:
        raise Refusal("data.x", None, "is empty; give at least one point for each of two classes")
    inputs = len(data.x[0])
    if inputs == 0:
        raise Refusal("data.x", None, "has a first row without numbers; a point needs at least 1")
    for ending, rows, labels in (("", data.x, data.y), ("_test", data.x_test, data.y_test)):
        _refuse_unequal(ending, rows, labels, inputs)
    numbers, names = class_numbers(np.array(data.y), "data.y", data.y, _place)
    places = np.array([*data.x, *data.x_test], dtype=np.float64)
    if not data.x_test:
        return Table(places, numbers, names, field="data.x")
    if data.test_fraction > 0:
        raise Refusal(
            "data.test_fraction", data.test_fraction, "does not go with x_test, which tests; leave it at 0"
        )
    known, labels_test = np.unique(data.y), np.array(data.y_test)
    strange = ~np.isin(labels_test, known)
    if strange.any():
        i = int(np.argmax(strange))
        raise Refusal(
            "data.y_test",
            data.y_test,
            f"{_place(i)} has the label {text(labels_test[i])}, which no training point has",
        )
    numbers = np.concatenate([numbers, np.searchsorted(known, labels_test)])
    testing = np.arange(len(places)) >= len(data.x)
    return Table(places, numbers, names, field="data.x", held_out=len(data.x_test), testing=testing)


def points_shape(data: PointsSpec, folder: Path) -> DataShape:
    """Return how many points are written, without a look at every number.

    Raises:
        Refusal: as `points`, where something is missing or only one class is there.
    """
    classes, lengths = len(set(data.y)), {len(row) for row in (*data.x, *data.x_test)}
    equal = len(data.y) == len(data.x) and len(data.y_test) == len(data.x_test)
    is_plain = data.x and data.x[0] and len(lengths) == 1 and equal and classes == 2
    if not is_plain:
        return points(data, folder).shape
    count = len(data.x) + len(data.x_test)
    return DataShape(count, len(data.x[0]), classes, "data.x", len(data.x_test) or None)


def _refuse_unequal(
    ending: str, rows: tuple[tuple[float, ...], ...], labels: tuple[float, ...], inputs: int
) -> None:
    """Refuse rows of other lengths than the first, and labels of another number than points."""
    x, y = f"data.x{ending}", f"data.y{ending}"
    for i, row in enumerate(rows):
        if len(row) != inputs:
            raise Refusal(x, row, f"(row {i + 1}) has {len(row)} numbers where row 1 has {inputs}")
    if len(labels) != len(rows):
        raise Refusal(y, labels, f"has {len(labels)} labels where {x} has {len(rows)} points")


def _place(i: int) -> str:
    return f"(number {i + 1})"
