"""Sums of products, many lanes at once and always in the same order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from .jit import written
from .vectors import (
    BYTES,
    DOUBLE,
    SHORT,
    SIZE,
    called,
    lanes_below,
    load,
    on,
    once,
    plus,
    size_of,
    splat,
    store,
)


@written
def dot(context: Any, of: Any, a: Any, b: Any, count: Any) -> Any:
    """Return the sum of the products of two runs of numbers, in double precision and always in the same order."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        scalar = context.get_value_type(of.dtype)
        function = once(builder, "dot", scalar, [SIZE] * 3, _dot(scalar), DOUBLE)
        return builder.call(function, arguments[1:])

    return types.float64(of, *[types.intp] * 3), build


@written
def dots(
    context: Any, of: Any, a: Any, stride: Any, b: Any, to: Any, apart: Any, rows: Any, columns: Any
) -> Any:
    """Write the sums of products of rows, a stride apart, with one run of numbers; results lie so many bytes apart."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return called(context, builder, of, "dots", _dots, arguments)

    return types.void(of, *[types.intp] * 7), build


@written
def blend(
    context: Any,
    of: Any,
    by: Any,
    apart: Any,
    source: Any,
    stride: Any,
    to: Any,
    rows: Any,
    columns: Any,
    keep: Any,
) -> Any:
    """Write to <- keep to + the sum of rows, a stride in bytes apart, each times a number; those lie `apart`."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return called(context, builder, of, "blend", _blend, arguments)

    return types.void(of, *[types.intp] * 7, types.float64), build


def _dot(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    sums = _Sums(scalar)

    def build(builder: ir.IRBuilder, arguments: Any) -> Any:
        a, b, count = arguments
        totals = [cgutils.alloca_once_value(builder, sums.zero) for _ in range(sums.AT_ONCE)]
        many = builder.udiv(count, SIZE(sums.lanes * sums.AT_ONCE))
        with cgutils.for_range(builder, many) as loop:
            for v, total in enumerate(totals):
                index = on(builder, builder.mul(loop.index, SIZE(sums.lanes * sums.AT_ONCE)), v * sums.lanes)
                sums.add(builder, [a], b, index, [total])
        sums.rest(builder, [a], b, builder.mul(many, SIZE(sums.lanes * sums.AT_ONCE)), count, totals[:1])
        first, second, third, fourth = (builder.load(total) for total in totals)
        return sums.across(builder, builder.fadd(builder.fadd(first, second), builder.fadd(third, fourth)))

    return build


def _dots(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    sums = _Sums(scalar)

    def build(builder: ir.IRBuilder, arguments: Any) -> None:
        a, stride, b, to, apart, rows, columns = arguments
        last = builder.sub(rows, SIZE(1))
        groups = builder.udiv(builder.add(last, SIZE(sums.AT_ONCE)), SIZE(sums.AT_ONCE))
        totals = [cgutils.alloca_once(builder, sums.zero.type) for _ in range(sums.AT_ONCE)]
        with cgutils.for_range(builder, groups) as group:
            numbers = [
                on(builder, builder.mul(group.index, SIZE(sums.AT_ONCE)), r) for r in range(sums.AT_ONCE)
            ]
            there = [builder.icmp_signed("<=", number, last) for number in numbers]
            starts = [
                builder.add(a, builder.mul(builder.select(is_there, number, last), stride))
                for number, is_there in zip(numbers, there, strict=True)
            ]
            for total in totals:
                builder.store(sums.zero, total)
            sums.rest(builder, starts, b, SIZE(0), columns, totals)
            for number, is_there, total in zip(numbers, there, totals, strict=True):
                with builder.if_then(is_there):
                    value = sums.across(builder, builder.load(total))
                    if scalar != DOUBLE:
                        value = builder.fptrunc(value, scalar)
                    store(builder, value, builder.add(to, builder.mul(number, apart)))

    return build


class _Sums:
    """Sums of products in double precision, as many at once as the lanes of a vector."""

    AT_ONCE = 4

    def __init__(self, scalar: Any) -> None:
        self.lanes, self._scalar = BYTES // 8, scalar
        self._narrow, self._wide = ir.VectorType(scalar, self.lanes), ir.VectorType(DOUBLE, self.lanes)
        self.zero = ir.Constant(self._wide, None)

    def add(
        self, builder: ir.IRBuilder, starts: Any, b: Any, index: Any, totals: Any, mask: Any = None
    ) -> None:
        """Add a vector's products, from an index on, to every total."""
        shift = builder.mul(index, SIZE(size_of(self._scalar)))
        right = self._widened(builder, load(builder, builder.add(b, shift), self._narrow, mask))
        for start, total in zip(starts, totals, strict=True):
            left = self._widened(builder, load(builder, builder.add(start, shift), self._narrow, mask))
            builder.store(plus(builder, builder.load(total), left, right), total)

    def rest(self, builder: ir.IRBuilder, starts: Any, b: Any, begin: Any, end: Any, totals: Any) -> None:
        """Add the products from an index on, a vector at a time, lanes behind the end being zero."""
        vectors = builder.udiv(builder.sub(end, begin), SIZE(self.lanes))
        with cgutils.for_range(builder, vectors) as loop:
            index = builder.add(begin, builder.mul(loop.index, SIZE(self.lanes)))
            self.add(builder, starts, b, index, totals)
        behind = builder.add(begin, builder.mul(vectors, SIZE(self.lanes)))
        with builder.if_then(builder.icmp_signed("<", behind, end)):
            self.add(
                builder, starts, b, behind, totals, lanes_below(builder, builder.sub(end, behind), self.lanes)
            )

    def across(self, builder: ir.IRBuilder, vector: Any) -> Any:
        """Return the sum of a vector's lanes."""
        parts = [builder.extract_element(vector, SHORT(lane)) for lane in range(self.lanes)]
        while len(parts) > 1:
            half = len(parts) // 2
            parts = [builder.fadd(x, y) for x, y in zip(parts[:half], parts[half:], strict=True)]
        return parts[0]

    def _widened(self, builder: ir.IRBuilder, value: Any) -> Any:
        return value if self._scalar == DOUBLE else builder.fpext(value, self._wide)


def _blend(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    lanes = BYTES // size_of(scalar)
    vector = ir.VectorType(scalar, lanes)

    def build(builder: ir.IRBuilder, arguments: Any) -> None:
        by, apart, source, stride, to, rows, columns, keep = arguments
        fresh = builder.fcmp_ordered("==", keep, scalar(0.0))

        def columns_at(first: Any, count: int, mask: Any) -> None:
            """Write so many vectors of columns, the sums held in registers."""
            shift = builder.mul(first, SIZE(size_of(scalar)))
            totals = [cgutils.alloca_once(builder, vector) for _ in range(count)]
            for total in totals:
                builder.store(ir.Constant(vector, None), total)
            with cgutils.for_range(builder, rows) as loop:
                share = load(builder, builder.add(by, builder.mul(loop.index, apart)), scalar)
                line = builder.add(builder.add(source, shift), builder.mul(loop.index, stride))
                for v, total in enumerate(totals):
                    value = load(builder, on(builder, line, v * BYTES), vector, mask)
                    builder.store(
                        plus(builder, builder.load(total), splat(builder, share, lanes), value), total
                    )
            for v, total in enumerate(totals):
                at = on(builder, builder.add(to, shift), v * BYTES)
                with builder.if_else(fresh) as (over, onto):
                    with over:
                        store(builder, builder.load(total), at, mask)
                    with onto:
                        old = load(builder, at, vector, mask)
                        added = plus(builder, builder.load(total), splat(builder, keep, lanes), old)
                        store(builder, added, at, mask)

        many = builder.udiv(columns, SIZE(lanes * _Sums.AT_ONCE))
        with cgutils.for_range(builder, many) as loop:
            columns_at(builder.mul(loop.index, SIZE(lanes * _Sums.AT_ONCE)), _Sums.AT_ONCE, None)
        done = builder.mul(many, SIZE(lanes * _Sums.AT_ONCE))
        left = builder.sub(columns, done)
        vectors = builder.udiv(builder.add(left, SIZE(lanes - 1)), SIZE(lanes))
        with cgutils.for_range(builder, vectors) as loop:
            first = builder.mul(loop.index, SIZE(lanes))
            columns_at(builder.add(done, first), 1, lanes_below(builder, builder.sub(left, first), lanes))

    return build
