"""Data sets, one kind a file or small family: what each kind computes. NumPy alone.

A new kind is its fields in `engine.experiment.data` and one line of `MAKERS` that leads to its file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.data import csv_files, digits, npz_files, points, toys
from engine.data.dataset import Dataset, Scaling
from engine.data.memory import memory_limit, physical_memory, refuse_beyond_memory
from engine.data.prepare import held_out, prepare
from engine.data.table import Maker
from engine.experiment.data import Data

__all__ = ["MAKERS", "Dataset", "Maker", "Scaling", "make_data", "memory_limit", "physical_memory", "sizes"]

MAKERS: dict[str, Maker] = {
    "circle": Maker(toys.circle, toys.circle_shape),
    "rings": Maker(toys.rings, toys.rings_shape),
    "blobs": Maker(toys.blobs, toys.blobs_shape),
    "hyperplane": Maker(toys.hyperplane, toys.hyperplane_shape),
    "points": Maker(points.points),
    "csv": Maker(csv_files.csv_table),
    "npz": Maker(npz_files.npz_table),
    "digits": Maker(digits.digits, digits.digits_shape),
}
"""What computes each kind of data."""


def make_data(data: Data, folder: Path | None = None) -> Dataset:
    """Make the data set; the same fields give the same arrays, bit for bit.

    Args:
        data: what the user said.
        folder: where relative paths start, the experiment file's; None is the current folder.

    Raises:
        Refusal: with the field, its value and what to do.
    """
    maker = MAKERS[data.kind]
    if maker.shape is not None:
        refuse_beyond_memory(maker.shape(data))
    with np.errstate(over="ignore", invalid="ignore"):  # prepare refuses what overflows
        table = maker.table(data, folder or Path())
    return prepare(table, data)


def sizes(data: Data, folder: Path | None = None) -> tuple[int, int, int]:
    """Return (training points, inputs, classes) of `make_data`; makes no arrays, and reads only files.

    Raises:
        Refusal: where the numbers alone, or a file, show that there is no such data set.
    """
    maker = MAKERS[data.kind]
    shape = maker.shape(data) if maker.shape is not None else maker.table(data, folder or Path()).shape
    refuse_beyond_memory(shape)
    return (
        shape.points - held_out(shape, data.test_fraction),
        shape.inputs + data.append_constant,
        shape.classes,
    )
