"""What is in a NumPy archive, told by what its arrays say of themselves, and the first of its points."""

from __future__ import annotations

import io
import math
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from engine.data.files import reason, refuse
from engine.data.npz_files import DAMAGE, USUAL, about_array, check_array, labels_of, picture_of
from engine.data.source import Source
from engine.data.table import Table
from engine.experiment.data import NpzSpec
from engine.words.errors import Refusal

MOST_ARRAYS = 1000
"""Arrays that are looked at."""
NUMBERS = ("bool", "int", "uint", "float")
"""How the names of real numbers begin."""


@dataclass(frozen=True)
class ArrayAbout:
    """What an array of an archive says of itself."""

    name: str
    shape: tuple[int, ...]
    kind: str
    """Of its numbers, as NumPy calls it, such as float64; words are text."""

    @property
    def is_points(self) -> bool:
        """Say whether it may hold points."""
        return len(self.shape) > 1 and self.kind.startswith(NUMBERS)

    def is_labels(self, points: ArrayAbout | None) -> bool:
        """Say whether it may hold the labels of points."""
        fits = points is None or (self.name != points.name and self.shape[:1] == points.shape[:1])
        return fits and len(self.shape) in (1, 2) and self.kind.startswith((*NUMBERS, "text"))

    @property
    def title(self) -> str:
        """Its name, its shape and what it holds, for people."""
        return f"{self.name} ({' × '.join(map(str, self.shape)) or 'one number'}, {self.kind})"


def arrays_in(path: str, source: Source) -> tuple[ArrayAbout, ...]:
    """Return the arrays of an archive; only their headers are read.

    Raises:
        Refusal: where it is no archive, or a damaged one.
    """
    arrays = []
    try:
        with source.opened() as content, zipfile.ZipFile(content) as archive:
            for member in [name for name in archive.namelist() if name.endswith(".npy")][:MOST_ARRAYS]:
                with archive.open(member) as file:
                    shape, _, dtype = about_array(file)
                kind = {"U": "text", "S": "text", "O": "object"}.get(dtype.kind, dtype.name)
                arrays.append(ArrayAbout(member.removesuffix(".npy"), shape, kind))
    except DAMAGE as error:
        raise refuse(path, f"cannot be read as an .npz archive ({reason(error)})") from None
    return tuple(arrays)


def recognised_archive(path: str, source: Source) -> NpzSpec:
    """Return which arrays of an archive seem to be points and labels: those of usual names, else those that fit.

    Raises:
        Refusal: where it is no archive, or has no two arrays that go together.
    """
    arrays = arrays_in(path, source)
    points = [a for a in arrays if a.is_points]
    x = _usual("x", points) or max(points, key=lambda a: math.prod(a.shape), default=None)
    labels = [a for a in arrays if a.is_labels(x)]
    y = _usual("y", labels) or min(
        labels, key=lambda a: (len(a.shape), a.kind.startswith("float")), default=None
    )
    if x is None or y is None:
        there = ", ".join(a.title for a in arrays[:6]) or "none"
        raise refuse(path, f"has no array of points (n, ...) with one of n labels; its arrays: {there}")
    said = {
        name: a.name for name, a in (("x", x), ("y", y)) if a.name != name and _usual(name, list(arrays)) != a
    }
    return NpzSpec.model_validate({"kind": "npz", "path": path, **said})


def chosen_arrays(data: NpzSpec, arrays: tuple[ArrayAbout, ...]) -> tuple[str, str]:
    """Return the names of the arrays that are read: those that are said, or else of usual names."""
    x, y = (
        said if any(a.name == said for a in arrays) else getattr(_usual(said, list(arrays)), "name", said)
        for said in (data.x, data.y)
    )
    return x, y


def first_points(data: NpzSpec, source: Source, most: int) -> Table:
    """Return the first points of an archive, with its classes; no more is read of the points than that.

    Raises:
        Refusal: where they cannot be read.
    """
    arrays = {a.name: a for a in arrays_in(data.path, source)}
    x_name, y_name = chosen_arrays(data, tuple(arrays.values()))
    for field, name in (("data.x", x_name), ("data.y", y_name)):
        if name not in arrays:
            raise Refusal(field, name, f"is not in {data.path}; it has {', '.join(arrays)[:200]}")
    x, y = arrays[x_name], arrays[y_name]
    if not x.is_points:
        raise Refusal("data.x", x_name, f"has the shape {x.shape} of {x.kind}; points are numbers (n, d)")
    if not y.is_labels(x):
        raise Refusal(
            "data.y", y_name, f"has the shape {y.shape}, which does not go with {x.title}; choose others"
        )
    try:
        with source.opened() as content, zipfile.ZipFile(content) as archive:
            labels, names = labels_of(archive, data, y_name, source.stamp[-1])
            rows = _first_rows(archive, data, x_name, source.stamp[-1], most)
    except Refusal:
        raise
    except DAMAGE as error:
        raise refuse(
            data.path, f"cannot be read ({reason(error)}); write it again with numpy.savez"
        ) from None
    points = np.ascontiguousarray(rows.reshape(len(rows), -1), dtype=np.float64)
    if not np.isfinite(points).all():
        row = int(np.argwhere(~np.isfinite(points))[0, 0])
        raise Refusal("data.x", x_name, f"has NaN or infinity at [{row}]; fill it in or remove the point")
    there, codes = np.unique(labels[: len(points)], return_inverse=True)
    seen = tuple(names[i] for i in there)
    seen = seen if len(seen) > 1 else (*seen, "…")
    return Table(points, codes, seen, field="data.path", image_shape=picture_of(x.shape[1:]))


def _usual(what: str, arrays: list[ArrayAbout]) -> ArrayAbout | None:
    """Return the array of a usual name; None where there is none, or more than one."""
    for names in ((what,), USUAL.get(what, ())):
        usual = [a for a in arrays if a.name in names]
        if len(usual) == 1:
            return usual[0]
    return None


def _first_rows(archive: zipfile.ZipFile, data: NpzSpec, name: str, whole: int, most: int) -> NDArray[Any]:
    """Return the first rows of an array of points; `whole`: bytes of the file."""
    shape, by_columns, dtype = check_array(archive, data.path, "data.x", name, whole)
    count = min(most, shape[0])
    with archive.open(f"{name}.npy") as member:
        if by_columns:
            return np.asarray(npy.read_array(member, allow_pickle=False))[:count]
        version = npy.read_magic(member)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        read(member)
        wanted = count * math.prod(shape[1:]) * dtype.itemsize
        content = member.read(wanted)
    if len(content) < wanted:
        raise ValueError("an array is cut off")
    return np.frombuffer(io.BytesIO(content).getbuffer(), dtype=dtype).reshape(count, *shape[1:])
