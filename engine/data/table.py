"""What every kind of data hands over: labelled points, before split, label noise and scaling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.data.dataset import Array, Labels


@dataclass(frozen=True)
class Shape:
    """How much data there is, known without making it.

    Attributes:
        points: number of points, those of the test set included.
        inputs: d0, the numbers a raw point has.
        classes: number of classes.
        field: the field to make smaller where there is too much.
        held_out: how many points test, where the kind decides it; None leaves it to `test_fraction`.
    """

    points: int
    inputs: int
    classes: int
    field: str = "data.n"
    held_out: int | None = None


@dataclass(frozen=True, eq=False)
class Table:
    """Labelled points of one kind of data.

    Attributes:
        points: (n, d0) float64, finite.
        labels: (n,) int64, the number of the class in 0..C-1; every class is there.
        class_names: C names, in the order of the numbers.
        field: the field that the points come from.
        image_shape: (height, width) where a point is a picture.
        held_out: as in `Shape`.
    """

    points: Array
    labels: Labels
    class_names: tuple[str, ...]
    field: str = "data"
    image_shape: tuple[int, int] | None = None
    held_out: int | None = None

    @property
    def shape(self) -> Shape:
        """How much data the table holds."""
        count, inputs = self.points.shape
        return Shape(count, inputs, len(self.class_names), self.field, self.held_out)


@dataclass(frozen=True)
class Maker:
    """What computes a kind of data.

    Attributes:
        table: makes the points from the kind's fields and the folder that relative paths start from.
        shape: says how many there will be without making them; None where only reading tells.
    """

    table: Callable[[Any, Path], Table]
    shape: Callable[[Any], Shape] | None = None
