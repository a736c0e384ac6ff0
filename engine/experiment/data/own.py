"""Kinds of data that people bring along: written into the experiment, or in a file."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Strict

from ..fields import Numbers, field
from .common import DataSpec, Family


class PointsSpec(DataSpec):
    """Points written into the experiment itself."""

    title: ClassVar[str] = "Points"
    help: ClassVar[str] = "Your own points, written into the experiment."
    family: ClassVar[Family] = "others"
    kind: Literal["points"]
    x: Annotated[tuple[Numbers, ...], Strict(False)] = field(
        ((0.5, 1.5), (-0.5, -1.5)), "x", "The points, one row each."
    )
    y: Numbers = field((1.0, -1.0), "y", "Their labels.")


class CsvSpec(DataSpec):
    """A table in a CSV file: numbers, the label in the last column."""

    title: ClassVar[str] = "CSV file"
    help: ClassVar[str] = (
        "A table of numbers separated by commas, semicolons or tabs; header and # comments optional; "
        "the last column is the label."
    )
    family: ClassVar[Family] = "others"
    reads: ClassVar[str] = "path"
    small_file: ClassVar[bool] = True
    kind: Literal["csv"]
    path: str = field(..., "file", "Relative to the experiment file.", min_length=1)


class NpzSpec(DataSpec):
    """Two arrays of a NumPy archive."""

    title: ClassVar[str] = "NPZ file"
    help: ClassVar[str] = "A NumPy archive with an array of points and an array of labels."
    family: ClassVar[Family] = "others"
    reads: ClassVar[str] = "path"
    kind: Literal["npz"]
    path: str = field(..., "file", "Relative to the experiment file.", min_length=1)
    x: str = field("x", "points", "Name of the array of points (n, ...).", min_length=1)
    y: str = field("y", "labels", "Name of the array of labels (n,).", min_length=1)
