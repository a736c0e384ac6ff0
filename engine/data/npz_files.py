"""Points and labels from a NumPy archive; nothing in it is ever executed."""

from __future__ import annotations

import io
import lzma
import math
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from engine.data.dataset import Array, Labels
from engine.data.files import readable, reason, refuse, refuse_bomb, refuse_large
from engine.data.labels import file_classes, named_classes
from engine.data.memory import COPIES
from engine.data.source import Source, source_of
from engine.data.table import Table
from engine.experiment.data import NpzSpec
from engine.words.errors import Refusal, nearest

Picture = tuple[int, int] | None
LONGEST_HEADER = 10_100
"""Bytes of what an array says of itself, as NumPy takes them."""
USUAL = {
    "x": ("X", "features", "data", "images", "inputs", "x_train", "X_train", "train_images"),
    "y": ("Y", "target", "targets", "labels", "label", "y_train", "Y_train", "train_labels"),
}
"""What else points and labels are called."""
DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,
    MemoryError,
    SyntaxError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


@dataclass(frozen=True, eq=False)
class _Arrays:
    """Points (n, d), read-only, labels (n,), numbers or words, and how many of the last test."""

    points: Array
    picture: Picture
    labels: NDArray[Any]
    names: tuple[str, str]
    """Of the arrays that were taken."""
    testing: int = 0


def npz_table(data: NpzSpec, folder: Path) -> Table:
    """Read an array of points (n, ...) and one of labels (n,) or (n, C); points of more dimensions are flattened.

    Raises:
        Refusal: with the file, the array and what it should be.
    """
    with readable(data.path):
        return table_from(data, source_of(data, folder))


def table_from(data: NpzSpec, source: Source) -> Table:
    """Read both arrays from where their bytes are, as `npz_table` does."""
    read = _read(data, source)
    labels, names = _classes(read.labels, read.names[1])
    count = len(labels)
    return Table(
        read.points,
        labels,
        names,
        field="data.path",
        image_shape=read.picture,
        held_out=read.testing or None,
        testing=np.arange(count) >= count - read.testing if read.testing else None,
    )


def labels_of(
    archive: zipfile.ZipFile, data: NpzSpec, name: str, whole: int
) -> tuple[Labels, tuple[str, ...]]:
    """Return the number of every label's class (n,), and the classes' names, of an array of labels.

    `whole`: bytes of the file.

    Raises:
        Refusal: with the array and what it should be.
    """
    return _classes(_one_a_point(_array(archive, data.path, "data.y", name, whole), name), name)


def _classes(labels: NDArray[Any], name: str) -> tuple[Labels, tuple[str, ...]]:
    def place(i: int) -> str:
        return f"at [{i}]"

    if labels.dtype.kind == "U":
        words, codes = np.unique(labels, return_inverse=True)
        return named_classes(codes.reshape(-1), words.tolist(), "data.y", name)
    return file_classes(labels, "data.y", name, place)


@lru_cache(maxsize=2)  # every replica, thumbnail and size asks for the same file
def _read_arrays(source: Source, x_name: str, y_name: str, *, with_tests: bool) -> _Arrays:
    """Read points and labels and, where that is asked for and they are found by their usual names, those to test."""
    file, size = source.name, source.stamp[-1]
    with source.opened() as content, zipfile.ZipFile(content) as archive:
        there = _names(archive, file)
        names = _named("data.x", x_name, there, file), _named("data.y", y_name, there, file)
        tests = tuple(name.replace("train", "test") for name in names)
        with_tests = with_tests and names != (x_name, y_name) != tests != names and set(tests) <= set(there)
        read = _pair(archive, file, names, size)
        if not with_tests:
            return _Arrays(*read, names)
        more = _pair(archive, file, tests, size)
    for field, name, first, other in zip(
        ("data.x", "data.y"), tests, (read[0], read[2]), (more[0], more[2]), strict=True
    ):
        if first.shape[1:] != other.shape[1:] or first.dtype.kind != other.dtype.kind:
            raise Refusal(
                field, name, f"does not fit {names[0 if field == 'data.x' else 1]}; take one of them out"
            )
    unknown = ~np.isin(more[2], read[2])
    if unknown.any():
        raise Refusal(
            "data.y", tests[1], f"has a label at [{int(np.argmax(unknown))}] that none to train on has"
        )
    points = np.concatenate([read[0], more[0]])
    points.setflags(write=False)
    return _Arrays(points, read[1], np.concatenate([read[2], more[2]]), names, len(more[2]))


def _pair(
    archive: zipfile.ZipFile, file: str, names: Sequence[str], whole: int
) -> tuple[Array, Picture, NDArray[Any]]:
    """Read points (n, d), read-only, the shape of a picture and labels (n,)."""
    x_name, y_name = names
    x = _array(archive, file, "data.x", x_name, whole)
    y = _array(archive, file, "data.y", y_name, whole)
    if x.ndim < 2:
        raise Refusal("data.x", x_name, f"has the shape {x.shape}; points are (n, d) or (n, height, width)")
    y = _one_a_point(y, y_name)
    if len(x) != len(y):
        raise Refusal("data.y", y_name, f"has {len(y)} labels where '{x_name}' has {len(x)} points")
    if x.size == 0:
        raise Refusal("data.x", x_name, f"is empty, of shape {x.shape}; give it points")
    points = np.ascontiguousarray(x.reshape(len(x), -1), dtype=np.float64)
    for field, name, values in (("data.x", x_name, points), ("data.y", y_name, y)):
        if values.dtype.kind != "U" and not np.isfinite(values).all():
            row = int(np.argwhere(~np.isfinite(values))[0, 0])
            raise Refusal(field, name, f"has NaN or infinity at [{row}]; fill it in or remove the point")
    points.setflags(write=False)
    return points, picture_of(x.shape[1:]), y


def _one_a_point(y: NDArray[Any], name: str) -> NDArray[Any]:
    """Return labels (n,), float64 or words, from as many, from a column, or from one-hot rows (n, C)."""
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.dtype.kind in "US":
        if y.ndim != 1:
            raise Refusal("data.y", name, f"has the shape {y.shape}; labels in words are one a point: (n,)")
        return _words(y, name)
    if y.ndim == 2 and len(y):
        wrong = ~(((y == 0) | (y == 1)).all(axis=1) & ((y == 1).sum(axis=1) == 1))
        if not wrong.any():
            return np.asarray(y.argmax(axis=1), dtype=np.float64)
        row = int(np.argmax(wrong))
        one_hot = f"nor are they one-hot: row [{row}] is not one 1 among zeros"
        raise Refusal(
            "data.y", name, f"has the shape {y.shape}; labels are one number a point: (n,); {one_hot}"
        )
    if y.ndim != 1:
        raise Refusal("data.y", name, f"has the shape {y.shape}; labels are one number a point: (n,)")
    return np.asarray(y, dtype=np.float64)


def _words(y: NDArray[Any], name: str) -> NDArray[Any]:
    """Return labels in words, or as the numbers that all of them write."""
    words: NDArray[Any] = np.char.strip(np.char.decode(y, "utf-8") if y.dtype.kind == "S" else y)
    if (words == "").any():
        raise Refusal("data.y", name, f"has an empty label at [{int(np.argmax(words == ''))}]; fill it in")
    try:
        numbers = words.astype(np.float64)
    except ValueError:
        return words
    return numbers if np.isfinite(numbers).all() else words


def _read(data: NpzSpec, source: Source) -> _Arrays:
    """Read both arrays, or refuse a file that is no archive or a damaged one."""
    try:
        with source.opened() as content:
            if not zipfile.is_zipfile(content):
                raise refuse(data.path, "is not an .npz archive; write it with numpy.savez(path, x=x, y=y)")
        return _read_arrays(source, data.x, data.y, with_tests=data.test_fraction == 0)
    except Refusal:
        raise
    except DAMAGE as error:
        raise refuse(
            data.path, f"cannot be read ({_damage(error)}); write it again with numpy.savez"
        ) from None


def _names(archive: zipfile.ZipFile, file: str) -> list[str]:
    """Return the names of the arrays that are there."""
    names = [member.removesuffix(".npy") for member in archive.namelist() if member.endswith(".npy")]
    if not names:
        raise refuse(file, "has no arrays; write it with numpy.savez(path, x=x, y=y)")
    return names


def _named(field: str, name: str, there: list[str], file: str) -> str:
    """Return the array that is meant: the one of that name or, where nobody named one, of another usual name."""
    if name in there:
        return name
    usual = [other for other in USUAL.get(name, ()) if other in there]
    if len(usual) == 1:
        return usual[0]
    if usual:
        raise Refusal(field, name, f"is not in {file}, and {' and '.join(usual)} are; say which is meant")
    raise Refusal(field, name, f"is not in {file}; {nearest(name, there)}")


def _array(archive: zipfile.ZipFile, file: str, field: str, name: str, whole: int) -> NDArray[Any]:
    """Read one array of real numbers, or of labels in words."""
    check_array(archive, file, field, name, whole)
    with archive.open(f"{name}.npy") as member:
        return np.asarray(npy.read_array(member, allow_pickle=False))


def check_array(
    archive: zipfile.ZipFile, file: str, field: str, name: str, whole: int
) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return what an array says of itself, as `about_array`, which is of real numbers or words and fits into memory.

    `whole`: bytes of the file, for an archive may say of its parts what it likes.

    Raises:
        Refusal: where it is none of these, too large, or unpacks to much more than it is.
        ValueError: where it is cut off.
    """
    about = archive.getinfo(f"{name}.npy")
    refuse_bomb(name, min(about.compress_size, whole), about.file_size, field)
    with archive.open(about) as member:
        shape, by_columns, dtype = about_array(member)
    if dtype.kind == "O":
        raise Refusal(
            field,
            name,
            "holds object, not real numbers; objects are never read: save numbers, or words by astype(str)",
        )
    if dtype.kind not in ("biufUS" if field == "data.y" else "biuf"):
        raise Refusal(field, name, f"holds {dtype}, not real numbers; save numbers, such as float64")
    size: int = math.prod(shape)
    refuse_large(file, (COPIES * 8 + dtype.itemsize) * size)
    if size * dtype.itemsize > about.file_size:
        raise ValueError("an array is cut off")
    return shape, by_columns, dtype


def about_array(member: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return the shape, whether numbers lie by columns, and the dtype that an array says it has."""
    start = member.read(LONGEST_HEADER)  # no more, whatever length it says
    header = io.BytesIO(start)
    version = npy.read_magic(header)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, by_columns, dtype = read(header)
    if any(side < 0 for side in shape):
        raise ValueError("an array has a side below 0")
    return shape, by_columns, dtype


def _damage(error: BaseException) -> str:
    """Say what is wrong with an archive, in words that repeat nothing of what is in it."""
    if isinstance(error, zipfile.BadZipFile) or getattr(error, "strerror", None):
        return reason(error)
    return "it needs too much memory" if isinstance(error, MemoryError) else "its contents are damaged"


def picture_of(shape: tuple[int, ...]) -> Picture:
    """Return (height, width) where every point is a picture of one channel."""
    sides = shape if len(shape) == 2 else tuple(side for side in shape if side != 1)
    return (sides[0], sides[1]) if len(sides) == 2 else None
