"""Products of a few rows with a few vectors of columns, all sums of which are in registers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from .jit import written
from .vectors import (
    BYTES,
    ROWS,
    SIZE,
    below,
    bent,
    calling,
    lanes_below,
    load,
    on,
    passed,
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
        slope: Any,
        gate: Any,
    ) -> Any:
        """Write c <- keep c + a b, at most ROWS x vectors of it, b being packed; strides in bytes.

        What is not above 0 is multiplied by `slope`; where `gate` is not 0, what is so many bytes behind c says what.
        """
        takes = [types.intp] * 9 + [types.float64, types.float64, types.intp]
        return types.void(of, *takes), calling(
            of, f"tile{vectors}", lambda scalar: _Tile(scalar, vectors).build
        )

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
        a, down, along, rows, b, depth, c, stride, columns, keep, slope, gate = arguments
        vectors, last = self._vectors, builder.sub(rows, SIZE(1))
        # rows that are not there are computed as the last one, and not written
        numbers = [builder.select(below(builder, r, last), SIZE(r), last) for r in range(ROWS)]
        starts = [builder.add(a, builder.mul(number, down)) for number in numbers]
        lines = [builder.add(c, builder.mul(number, stride)) for number in numbers]
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
        mask = lanes_below(builder, columns, self._lanes, (vectors - 1) * self._lanes)
        whole = builder.icmp_signed(">=", columns, SIZE(vectors * self._lanes))
        with builder.if_else(whole) as (wide, narrow):
            for begin, part in ((wide, None), (narrow, mask)):
                with begin:
                    self._finish(builder, sums, lines, keep, slope, gate, part)
                    self._write(builder, sums, lines, rows, part)

    def _finish(
        self, builder: Any, sums: Any, lines: Any, keep: Any, slope: Any, gate: Any, mask: Any
    ) -> None:
        """Add what is kept, then bend."""
        with builder.if_then(builder.fcmp_unordered("!=", keep, self._scalar(0.0))):
            kept = splat(builder, keep, self._lanes)
            for at, total, part in self._each(builder, sums, lines, mask):
                old = load(builder, at, self._vector, part)
                builder.store(plus(builder, builder.load(total), kept, old), total)
        bends = builder.fcmp_unordered("!=", slope, self._scalar(1.0))
        gated = builder.icmp_signed("!=", gate, SIZE(0))
        with builder.if_then(builder.and_(bends, builder.not_(gated))):
            for _, total, _ in self._each(builder, sums, lines, mask):
                builder.store(bent(builder, builder.load(total), slope), total)
        with builder.if_then(builder.and_(bends, gated)):
            for at, total, part in self._each(builder, sums, lines, mask):
                decides = load(builder, builder.add(at, gate), self._vector, part)
                builder.store(passed(builder, builder.load(total), decides, slope), total)

    def _write(self, builder: Any, sums: Any, lines: Any, rows: Any, mask: Any) -> None:
        for r, row in enumerate(sums):
            with builder.if_then(below(builder, r, rows)):
                for at, total, part in self._each(builder, [row], [lines[r]], mask):
                    store(builder, builder.load(total), at, part)

    def _each(self, builder: Any, sums: Any, lines: Any, mask: Any) -> Iterator[tuple[Any, Any, Any]]:
        """Yield where every vector lies, its sum, and the mask of the last one of a row."""
        for row, line in zip(sums, lines, strict=True):
            for v, total in enumerate(row):
                yield on(builder, line, v * BYTES), total, mask if v == self._vectors - 1 else None
