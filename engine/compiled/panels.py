"""Rows of matrices, written one right behind the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from .jit import written
from .vectors import BYTES, SIZE, calling, lanes_below, load, size_of, store


@written
def copy(
    context: Any, of: Any, source: Any, stride: Any, to: Any, rows: Any, vectors: Any, columns: Any
) -> Any:
    """Write rows, a stride in bytes apart, one right behind the other, zeros behind the last column."""
    return types.void(of, *[types.intp] * 6), calling(of, "copy", _copy)


@written
def transpose(
    context: Any, of: Any, source: Any, stride: Any, to: Any, rows: Any, vectors: Any, columns: Any
) -> Any:
    """Write what `copy` writes, of rows whose numbers are a stride in bytes apart."""
    return types.void(of, *[types.intp] * 6), calling(of, "transpose", _transpose)


def _copy(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    lanes = BYTES // size_of(scalar)
    vector = ir.VectorType(scalar, lanes)

    def build(builder: ir.IRBuilder, arguments: Any) -> None:
        source, stride, to, rows, vectors, columns = arguments
        whole = builder.udiv(columns, SIZE(lanes))
        whole = builder.select(builder.icmp_signed("<", whole, vectors), whole, vectors)
        left = builder.sub(columns, builder.mul(whole, SIZE(lanes)))
        mask = lanes_below(builder, left, lanes)
        with cgutils.for_range(builder, rows) as row:
            line = builder.add(source, builder.mul(row.index, stride))
            below = builder.add(to, builder.mul(row.index, builder.mul(vectors, SIZE(BYTES))))
            with cgutils.for_range(builder, whole) as part:
                shift = builder.mul(part.index, SIZE(BYTES))
                store(builder, load(builder, builder.add(line, shift), vector), builder.add(below, shift))
            with builder.if_then(builder.icmp_signed("<", whole, vectors)):
                shift = builder.mul(whole, SIZE(BYTES))
                store(
                    builder, load(builder, builder.add(line, shift), vector, mask), builder.add(below, shift)
                )

    return build


def _transpose(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    size, lanes = size_of(scalar), BYTES // size_of(scalar)

    def build(builder: ir.IRBuilder, arguments: Any) -> None:
        source, stride, to, rows, vectors, columns = arguments
        width = builder.mul(vectors, SIZE(lanes))
        there = builder.select(builder.icmp_signed("<", columns, width), columns, width)
        with cgutils.for_range(builder, rows) as row:
            first = builder.add(source, builder.mul(row.index, SIZE(size)))
            below = builder.add(to, builder.mul(row.index, builder.mul(width, SIZE(size))))
            with cgutils.for_range(builder, there) as column:
                at = builder.add(first, builder.mul(column.index, stride))
                onto = builder.add(below, builder.mul(column.index, SIZE(size)))
                store(builder, load(builder, at, scalar), onto)
            with cgutils.for_range(builder, width, start=there) as column:
                store(builder, scalar(0.0), builder.add(below, builder.mul(column.index, SIZE(size))))

    return build
