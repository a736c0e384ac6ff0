"""Products of matrices, the right one in panels that are read one number after the other."""

from __future__ import annotations

from .jit import compiled
from .panels import copy, transpose
from .plan import Array
from .sums import blend, dot, dots, spread
from .tiles import WIDTH, tile1, tile2, tile3
from .vectors import BYTES, ROWS, address


def panels_of(depth: int, columns: int, size: int) -> int:
    """Return how many numbers of so many bytes a packed matrix (depth, columns) takes."""
    lanes = BYTES // size
    return depth * -(-columns // lanes) * lanes


@compiled
def pack(b: Array, panels: Array) -> None:
    """Write b (K, N) as panels of at most WIDTH vectors, one row of each right behind the other."""
    packed(panels, address(b), b.strides[0], b.strides[1], b.shape[0], b.shape[1])


@compiled
def packed(panels: Array, source: int, down: int, along: int, depth: int, columns: int) -> None:
    """Write a matrix whose rows and columns lie so many bytes apart as panels."""
    size = panels.itemsize
    lanes = BYTES // size
    to, j = address(panels), 0
    while j < columns:
        left = columns - j
        vectors = min(WIDTH, (left + lanes - 1) // lanes)
        if along == size:
            copy(panels, source + j * along, down, to, depth, vectors, left)
        else:
            transpose(panels, source + j * along, along, to, depth, vectors, left)
        to += depth * vectors * BYTES
        j += vectors * lanes


@compiled
def times(a: Array, panels: Array, out: Array, keep: float) -> None:
    """Write keep out + a b (M, N), b (K, N) being packed; keep = 0 forgets what `out` held."""
    multiplied(a, panels, out, keep, 1.0, 0)


@compiled
def times_bent(a: Array, panels: Array, out: Array, keep: float, slope: float) -> None:
    """Write what `times` writes, times a slope where it is not above 0."""
    multiplied(a, panels, out, keep, slope, 0)


@compiled
def times_gated(a: Array, panels: Array, out: Array, gate: Array, slope: float) -> None:
    """Write a b, times a slope where a matrix (M, N) that lies as `out` does is not above 0."""
    multiplied(a, panels, out, 0.0, slope, address(gate) - address(out))


@compiled
def multiplied(a: Array, panels: Array, out: Array, keep: float, slope: float, gate: int) -> None:
    """Write what the three above write; gate: how many bytes behind `out` that matrix lies, 0: there is none."""
    rows, depth = a.shape
    columns, down, along, stride = out.shape[1], a.strides[0], a.strides[1], out.strides[0]
    lanes = BYTES // panels.itemsize
    right, j = address(panels), 0
    while j < columns:
        left = columns - j
        vectors = min(WIDTH, (left + lanes - 1) // lanes)
        start, to = address(a), address(out) + j * panels.itemsize
        for i in range(0, rows, ROWS):
            there = min(ROWS, rows - i)
            if vectors == 3:
                tile3(panels, start, down, along, there, right, depth, to, stride, left, keep, slope, gate)
            elif vectors == 2:
                tile2(panels, start, down, along, there, right, depth, to, stride, left, keep, slope, gate)
            else:
                tile1(panels, start, down, along, there, right, depth, to, stride, left, keep, slope, gate)
            start += ROWS * down
            to += ROWS * stride
        right += depth * vectors * BYTES
        j += vectors * lanes


@compiled
def inner(a: Array, b: Array) -> float:
    """Return the sum of products of two vectors, in double precision."""
    total: float = dot(a, address(a), address(b), a.size)
    return total


@compiled
def times_vector(a: Array, b: Array, out: Array, keep: float) -> None:
    """Write keep out + the products of the rows of a (M, K) with b (K,), out (M, 1) being one run of numbers."""
    dots(a, address(a), a.strides[0], address(b), address(out), a.shape[0], a.shape[1], keep)


@compiled
def blended(by: Array, a: Array, out: Array, keep: float) -> None:
    """Write keep out + the sum of the rows of a (M, K), each times its number in the column by (M, 1)."""
    first, source, to = address(by), address(a), address(out)
    blend(a, first, by.strides[0], source, a.strides[0], to, a.shape[0], a.shape[1], keep)


@compiled
def blended_each(by: Array, a: Array, out: Array, room: Array, keep: float) -> None:
    """Write keep out + a^T by (K, J), of few columns of by (M, J), with a (M, K); room (K,)."""
    columns, of, to = by.shape[1], by.itemsize, address(room)
    for j in range(columns):
        first = address(by) + j * of
        blend(a, first, by.strides[0], address(a), a.strides[0], to, a.shape[0], a.shape[1], 0.0)
        for k in range(a.shape[1]):
            out[k, j] = room[k] if keep == 0 else keep * out[k, j] + room[k]


@compiled
def outer(by: Array, row: Array, gate: Array, out: Array, slope: float) -> None:
    """Write by row^T (M, N) of by (M, 1) and row (N,), times a slope where a gate that lies as `out` is not above 0."""
    at = address(out)
    spread(
        out, address(by), by.strides[0], address(row), at, address(gate) - at, by.shape[0], row.size, slope
    )


@compiled
def multiply(a: Array, b: Array, out: Array, panels: Array) -> None:
    """Write the product of two matrices; panels: room for the second one, packed."""
    pack(b, panels)
    times(a, panels, out, 0.0)


@compiled
def onto(values: Array, i: int, keep: float, value: float) -> None:
    """Write keep values[i] + value; keep = 0 forgets what was there."""
    values[i] = value if keep == 0 else keep * values[i] + value
