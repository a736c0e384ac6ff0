"""What every kind of data hands over: labelled points, before split, label noise and scaling."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Array, Labels
from engine.experiment.structure import Ends
from engine.words.errors import Refusal


@dataclass(frozen=True)
class DataShape:
    """How much data there is, known without making it.

    Attributes:
        points: number of points, those of the test set included.
        inputs: d0, the numbers a raw point has.
        classes: number of classes.
        field: the field to make smaller where there is too much.
        held_out: how many points test, where the kind decides it; None leaves it to `test_fraction`.
        image: (height, width) where a raw point is a picture.
    """

    points: int
    inputs: int
    classes: int
    field: str = "data.n"
    held_out: int | None = None
    image: tuple[int, int] | None = None


def shape_of_classes(points: int, inputs: int, classes: int) -> DataShape:
    """Return the shape of n points that go to the classes in turn.

    Raises:
        Refusal: where there are more classes than points.
    """
    if points < classes:
        raise Refusal("data.n", points, f"is too small; each of the {classes} classes needs a point")
    return DataShape(points, inputs, classes)


@dataclass(frozen=True, eq=False)
class Table:
    """Labelled points of one kind of data.

    Attributes:
        points: (n, d0) float64, finite.
        labels: (n,) int64, the number of the class in 0..C-1; every class is there.
        class_names: C names, in the order of the numbers.
        field: the field that the points come from.
        image_shape: (height, width) where a point is a picture.
        held_out: as in `DataShape`.
        testing: (n,) which points test, where the source itself says so; None draws `held_out` of them.
        relevant: the coordinates that the labels depend on by construction; None: unknown, or all.
        input_names: what the source calls the d0 coordinates, one line each; none where it does not say.
    """

    points: Array
    labels: Labels
    class_names: tuple[str, ...]
    field: str = "data"
    image_shape: tuple[int, int] | None = None
    held_out: int | None = None
    testing: NDArray[np.bool_] | None = None
    relevant: tuple[int, ...] | None = None
    input_names: tuple[str, ...] = ()

    @property
    def shape(self) -> DataShape:
        """How much data the table holds."""
        count, inputs = self.points.shape
        return DataShape(count, inputs, len(self.class_names), self.field, self.held_out, self.image_shape)


@dataclass(frozen=True)
class Sizes:
    """How large the data set is that a network meets.

    Attributes:
        points: N, training points.
        inputs: d, the numbers a network takes for one point, an appended constant included.
        classes: C, number of classes.
        image: (height, width) where the inputs are exactly a picture's pixels, row by row; else None.
        field: the field to make smaller where there is too much.
    """

    points: int
    inputs: int
    classes: int
    image: tuple[int, int] | None = None
    field: str = field(default="data.n", compare=False)

    @property
    def ends(self) -> Ends:
        """What a network stands between: one output where there are two classes, else C."""
        outputs = 1 if self.classes == 2 else self.classes
        return Ends(self.inputs, outputs, self.image, self.points)


@dataclass(frozen=True)
class Maker:
    """What computes a kind of data.

    Attributes:
        table: makes the points from the kind's fields and the folder that relative paths start from.
        shape: says from the same how many there will be, without making them; None where only reading tells.
        files: finds the files that the points are read from; None where they are read from none.
    """

    table: Callable[[Any, Path], Table]
    shape: Callable[[Any, Path], DataShape] | None = None
    files: Callable[[Any, Path], tuple[Path, ...]] | None = None
