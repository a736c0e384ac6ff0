"""Points and labels from a NumPy archive; nothing in it is ever executed."""

from __future__ import annotations

import io
import lzma
import math
import struct
import zipfile
import zlib
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from engine.data.dataset import Array
from engine.data.files import (
    FIELD,
    Stamp,
    file_name,
    find_file,
    reason,
    refuse,
    refuse_bomb,
    refuse_large,
    stamp_of,
)
from engine.data.labels import class_numbers
from engine.data.memory import COPIES
from engine.data.table import Table
from engine.errors import Refusal, nearest
from engine.experiment.data import NpzSpec
from engine.experiment.plain_files import opened

Picture = tuple[int, int] | None
LONGEST_HEADER = 10_100
"""Bytes of what an array says of itself, as NumPy takes them."""
_DAMAGE = (
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


def npz_table(data: NpzSpec, folder: Path) -> Table:
    """Read an array of points (n, ...) and one of labels (n,); points of more dimensions are flattened.

    Raises:
        Refusal: with the file, the array and what it should be.
    """
    path = find_file(data.path, folder)
    x, image_shape, y = _read(data, path, stamp_of(path))

    def place(i: int) -> str:
        return f"at [{i}]"

    labels, names = class_numbers(y, "data.y", data.y, place)
    return Table(x, labels, names, field="data.path", image_shape=image_shape)


@lru_cache(maxsize=2)  # every replica, thumbnail and size asks for the same file
def _read_arrays(
    file: str, x_name: str, y_name: str, path: Path, stamp: Stamp
) -> tuple[Array, Picture, Array]:
    """Return points (n, d), read-only, the shape of a picture and labels (n,)."""
    with opened(path, file_name(file), FIELD) as (content, _), zipfile.ZipFile(content) as archive:
        x = _array(archive, file, "data.x", x_name, stamp[-1])
        y = _array(archive, file, "data.y", y_name, stamp[-1])
    if x.ndim < 2:
        raise Refusal("data.x", x_name, f"has the shape {x.shape}; points are (n, d) or (n, height, width)")
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise Refusal("data.y", y_name, f"has the shape {y.shape}; labels are one number a point: (n,)")
    if len(x) != len(y):
        raise Refusal("data.y", y_name, f"has {len(y)} labels where '{x_name}' has {len(x)} points")
    if x.size == 0:
        raise Refusal("data.x", x_name, f"is empty, of shape {x.shape}; give it points")
    points = np.ascontiguousarray(x.reshape(len(x), -1), dtype=np.float64)
    for field, name, values in (("data.x", x_name, points), ("data.y", y_name, y)):
        if not np.isfinite(values).all():
            row = int(np.argwhere(~np.isfinite(values))[0, 0])
            raise Refusal(field, name, f"has NaN or infinity at [{row}]; fill it in or remove the point")
    points.setflags(write=False)
    return points, _picture(x.shape[1:]), y.astype(np.float64)


def _read(data: NpzSpec, path: Path, stamp: Stamp) -> tuple[Array, Picture, Array]:
    """Read both arrays, or refuse a file that is no archive or a damaged one."""
    try:
        with opened(path, file_name(data.path), FIELD) as (content, _):
            if not zipfile.is_zipfile(content):
                raise refuse(data.path, "is not an .npz archive; write it with numpy.savez(path, x=x, y=y)")
        return _read_arrays(data.path, data.x, data.y, path, stamp)
    except Refusal:
        raise
    except _DAMAGE as error:
        raise refuse(
            data.path, f"cannot be read ({_damage(error)}); write it again with numpy.savez"
        ) from None


def _array(archive: zipfile.ZipFile, file: str, field: str, name: str, whole: int) -> NDArray[Any]:
    """Read one array of real numbers after its header said that it is one and fits into memory.

    `whole`: bytes of the file, for an archive may say of its parts what it likes.
    """
    names = [member.removesuffix(".npy") for member in archive.namelist() if member.endswith(".npy")]
    if not names:
        raise refuse(file, "has no arrays; write it with numpy.savez(path, x=x, y=y)")
    if name not in names:
        raise Refusal(field, name, f"is not in {file}; {nearest(name, names)}")
    about = archive.getinfo(f"{name}.npy")
    refuse_bomb(name, min(about.compress_size, whole), about.file_size, field)
    with archive.open(about) as member:
        shape, dtype = _header(member)
    if dtype.kind not in "biuf":
        raise Refusal(field, name, f"holds {dtype}, not real numbers; save numbers, such as float64")
    size: int = math.prod(shape)
    refuse_large(file, (COPIES * 8 + dtype.itemsize) * size)
    if size * dtype.itemsize > about.file_size:
        raise ValueError("an array is cut off")
    with archive.open(about) as member:
        return np.asarray(npy.read_array(member, allow_pickle=False))


def _header(member: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return the shape and dtype that an array says it has."""
    start = member.read(LONGEST_HEADER)  # no more, whatever length it says
    header = io.BytesIO(start)
    version = npy.read_magic(header)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, _, dtype = read(header)
    if any(side < 0 for side in shape):
        raise ValueError("an array has a side below 0")
    return shape, dtype


def _damage(error: BaseException) -> str:
    """Say what is wrong with an archive, in words that repeat nothing of what is in it."""
    if isinstance(error, zipfile.BadZipFile) or getattr(error, "strerror", None):
        return reason(error)
    return "it needs too much memory" if isinstance(error, MemoryError) else "its contents are damaged"


def _picture(shape: tuple[int, ...]) -> Picture:
    """Return (height, width) where every point is a picture of one channel."""
    sides = shape if len(shape) == 2 else tuple(side for side in shape if side != 1)
    return (sides[0], sides[1]) if len(sides) == 2 else None
