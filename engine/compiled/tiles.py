"""Products of a few rows with a few vectors of columns, all sums of which are in registers."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from .jit import written
from .vectors import (
    BYTES,
    ROWS,
    SIZE,
    below,
    called,
    lanes_below,
    load,
    on,
    plus,
    size_of,
    splat,
    store,
)

WIDTH = 3
"""Vectors of a row in the widest tile."""


def _tile(vectors: int) -> Any:
    @written
    def tile(
        context: Any,
        of: Any,
        a: Any,
        down: Any,
        along: Any,
        rows: Any,
        b: Any,
        depth: Any,
        c: Any,
        stride: Any,
        columns: Any,
        keep: Any,
    ) -> Any:
        """Write c <- keep c + a b, at most ROWS x vectors of it, b being packed; strides in bytes."""

        def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
            def body(scalar: Any) -> Any:
                return _Tile(scalar, vectors).build

            return called(context, builder, of, f"tile{vectors}", body, arguments)

        return types.void(of, *[types.intp] * 9, types.float64), build

    return tile


tile1, tile2, tile3 = _tile(1), _tile(2), _tile(3)


class _Tile:
    """A product of a few rows with a panel as wide as some vectors."""

    def __init__(self, scalar: Any, vectors: int) -> None:
        self._scalar, self._vectors = scalar, vectors
        self._lanes = BYTES // size_of(scalar)
        self._vector = ir.VectorType(scalar, self._lanes)

    def build(self, builder: ir.IRBuilder, arguments: Any) -> None:
        """Add up along the depth, then write the rows that are there."""
        a, down, along, rows, b, depth, c, stride, columns, keep = arguments
        vectors, last = self._vectors, builder.sub(rows, SIZE(1))
        # rows that are not there are computed as the last one, and not written
        starts = [
            builder.add(a, builder.mul(builder.select(below(builder, r, last), SIZE(r), last), down))
            for r in range(ROWS)
        ]
        zero = ir.Constant(self._vector, None)
        sums = [[cgutils.alloca_once_value(builder, zero) for _ in range(vectors)] for _ in range(ROWS)]
        with cgutils.for_range(builder, depth) as loop:
            panel = builder.add(b, builder.mul(loop.index, SIZE(vectors * BYTES)))
            right = [load(builder, on(builder, panel, v * BYTES), self._vector) for v in range(vectors)]
            offset = builder.mul(loop.index, along)
            for r in range(ROWS):
                left = splat(
                    builder, load(builder, builder.add(starts[r], offset), self._scalar), self._lanes
                )
                for v in range(vectors):
                    builder.store(plus(builder, builder.load(sums[r][v]), left, right[v]), sums[r][v])
        values = [[builder.load(at) for at in row] for row in sums]
        mask = lanes_below(builder, columns, self._lanes, (vectors - 1) * self._lanes)
        whole = builder.icmp_signed(">=", columns, SIZE(vectors * self._lanes))
        with builder.if_else(whole) as (wide, narrow):
            with wide:
                self._write(builder, values, c, stride, rows, keep, None)
            with narrow:
                self._write(builder, values, c, stride, rows, keep, mask)

    def _write(self, builder: Any, values: Any, c: Any, stride: Any, rows: Any, keep: Any, mask: Any) -> None:
        fresh, kept = builder.fcmp_ordered("==", keep, self._scalar(0.0)), splat(builder, keep, self._lanes)
        with builder.if_else(fresh) as (over, onto):
            for begin, adds in ((over, False), (onto, True)):
                with begin:
                    for r, row in enumerate(values):
                        line = builder.add(c, builder.mul(SIZE(r), stride))
                        with builder.if_then(below(builder, r, rows)):
                            for v, value in enumerate(row):
                                at, part = on(builder, line, v * BYTES), mask if v == len(row) - 1 else None
                                if adds:
                                    value = plus(builder, value, kept, load(builder, at, self._vector, part))
                                store(builder, value, at, part)
