"""Arrays as .npy bytes, and tables of named columns: nothing that could run, ever."""

from __future__ import annotations

import functools
import io
import json
import math
from collections.abc import Mapping
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from engine.words.errors import Refusal

_UNREADABLE = (ValueError, TypeError, SyntaxError, TokenError, OverflowError, MemoryError, RecursionError)
"""What NumPy raises on the header of a damaged array."""


def to_bytes(array: NDArray[Any]) -> memoryview:
    """Return an array as the bytes of a .npy file, as `np.save` writes it, in a tenth of its time."""
    array = np.asarray(array, order="C")
    if array.dtype.hasobject:
        raise TypeError("only plain numbers are stored")
    buffer = io.BytesIO(_header_of(array.dtype, array.shape))
    buffer.seek(0, io.SEEK_END)
    buffer.write(array.data)
    return buffer.getbuffer()


@functools.lru_cache(maxsize=512)
def _header_of(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """Return the header of a .npy file; most arrays of a run are like the one before."""
    buffer = io.BytesIO()
    npy.write_array_header_1_0(
        buffer, {"shape": shape, "fortran_order": False, "descr": npy.dtype_to_descr(dtype)}
    )
    return buffer.getvalue()


def from_bytes(data: bytes) -> NDArray[Any]:
    """Read the bytes of a .npy file into an array of its own.

    The header is checked against the bytes that are there before anything is allocated: `np.load` would
    first reserve whatever a damaged header asks for.

    Raises:
        Refusal: where the bytes are no plain array.
    """
    try:
        shape, fortran, dtype, begin = _header(bytes(data[: _header_length(data)]))
        if math.prod(shape) * dtype.itemsize != len(data) - begin:
            raise ValueError("the length is wrong")
        flat = np.frombuffer(data, dtype, offset=begin)
        return flat.reshape(shape, order="F" if fortran else "C").copy()
    except _UNREADABLE as error:
        why = str(error).partition("\n")[0][:80]
        raise Refusal("", None, f"the session is damaged: an array in it cannot be read ({why})") from None


def _header_length(data: bytes) -> int:
    """Return how many bytes come before the numbers, as far as the first ones say."""
    wide = data[6:7] != b"\x01"
    return (12 if wide else 10) + int.from_bytes(data[8 : 12 if wide else 10], "little")


@functools.lru_cache(maxsize=256)
def _header(head: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Return the shape, order and type that a header says, and where it ends; thousands of arrays share a few."""
    stream = io.BytesIO(head)
    version = npy.read_magic(stream)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    if dtype.hasobject:
        raise ValueError("objects are not read")
    return shape, fortran, dtype, stream.tell()


def table_to_bytes(columns: Mapping[str, NDArray[np.float64]]) -> tuple[str, memoryview]:
    """Return columns of one shape as their names (JSON) and one stacked array (C, ...)."""
    return json.dumps(list(columns)), to_bytes(np.array(list(columns.values()), dtype=np.float64))


def table_from_bytes(names: str, data: bytes) -> dict[str, NDArray[np.float64]]:
    """Read what `table_to_bytes` gave."""
    try:
        known = json.loads(names)
    except (ValueError, TypeError, RecursionError):
        known = None
    values = from_bytes(data)
    if not isinstance(known, list) or values.dtype != np.float64 or values.shape[:1] != (len(known),):
        raise Refusal("", None, "the session is damaged: a table in it does not fit its names")
    return {str(name): values[i] for i, name in enumerate(known)}
