"""Sums of products, many lanes at once and always in the same order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from .jit import written
from .vectors import (
    BYTES,
    DOUBLE,
    ROWS,
    SHORT,
    SIZE,
    across,
    calling,
    lanes_below,
    load,
    on,
    once,
    passed,
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
def turn(context: Any, of: Any, source: Any, over: Any, to: Any, count: Any) -> Any:
    """Write a run of numbers over a number; return the sum of the squares of how far that is from what was there."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        scalar = context.get_value_type(of.dtype)
        function = once(builder, "turn", scalar, [SIZE, DOUBLE, SIZE, SIZE], _turn(scalar), DOUBLE)
        return builder.call(function, arguments[1:])

    return types.float64(of, types.intp, types.float64, types.intp, types.intp), build


@written
def dots(
    context: Any, of: Any, a: Any, stride: Any, b: Any, to: Any, rows: Any, columns: Any, keep: Any
) -> Any:
    """Write to <- keep to + the sums of products of rows, a stride in bytes apart, with one run of numbers."""
    return types.void(of, *[types.intp] * 6, types.float64), calling(of, "dots", _dots)


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
    return types.void(of, *[types.intp] * 7, types.float64), calling(of, "blend", _blend)


@written
def spread(
    context: Any,
    of: Any,
    by: Any,
    apart: Any,
    row: Any,
    to: Any,
    gate: Any,
    rows: Any,
    columns: Any,
    slope: Any,
) -> Any:
    """Write rows, one right behind the other: one run of numbers, each time times a number; those lie `apart`.

    Where what lies `gate` bytes behind is not above 0, it is multiplied by a slope.
    """
    return types.void(of, *[types.intp] * 7, types.float64), calling(of, "spread", _spread)


def _dot(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    sums = _Sums(scalar)

    def build(builder: ir.IRBuilder, arguments: Any) -> Any:
        a, b, count = arguments

        def add(index: Any, total: Any, mask: Any) -> None:
            sums.add(builder, [a], b, index, [total], mask)

        return sums.of_run(builder, count, add)

    return build


def _turn(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    sums = _Sums(scalar)

    def build(builder: ir.IRBuilder, arguments: Any) -> Any:
        source, over, to, count = arguments
        factor = splat(builder, builder.fdiv(DOUBLE(1.0), over), sums.lanes)

        def add(index: Any, total: Any, mask: Any) -> None:
            part = builder.fmul(sums.at(builder, source, index, mask), factor)
            apart = builder.fsub(part, sums.at(builder, to, index, mask))
            sums.write(builder, part, to, index, mask)
            builder.store(plus(builder, builder.load(total), apart, apart), total)

        return sums.of_run(builder, count, add)

    return build


def _dots(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    sums = _Sums(scalar)
    together = sums.lanes

    def build(builder: ir.IRBuilder, arguments: Any) -> None:
        """Add up as many rows at once as a vector has lanes, and write a vector."""
        a, stride, b, to, rows, columns, keep = arguments
        last = builder.sub(rows, SIZE(1))
        groups = builder.udiv(builder.add(last, SIZE(together)), SIZE(together))
        totals = [cgutils.alloca_once(builder, sums.zero.type) for _ in range(together)]
        with cgutils.for_range(builder, groups) as group:
            first = builder.mul(group.index, SIZE(together))
            starts = []
            for r in range(together):
                number = on(builder, first, r)
                there = builder.icmp_signed("<=", number, last)
                starts.append(builder.add(a, builder.mul(builder.select(there, number, last), stride)))
            for total in totals:
                builder.store(sums.zero, total)
            sums.rows(builder, starts, b, columns, totals)
            value = sums.down(builder, [builder.load(total) for total in totals])
            if scalar != DOUBLE:
                value = builder.fptrunc(value, ir.VectorType(scalar, together))
            at = builder.add(to, builder.mul(first, SIZE(size_of(scalar))))
            mask = lanes_below(builder, builder.sub(rows, first), together)
            place = cgutils.alloca_once_value(builder, value)
            with builder.if_then(builder.fcmp_unordered("!=", keep, scalar(0.0))):
                old = load(builder, at, value.type, mask)
                builder.store(plus(builder, value, splat(builder, keep, together), old), place)
            store(builder, builder.load(place), at, mask)

    return build


class _Sums:
    """Sums of products in double precision, as many at once as the lanes of a vector."""

    AT_ONCE = 4

    def __init__(self, scalar: Any) -> None:
        self.lanes, self._scalar = BYTES // 8, scalar
        self._narrow, self._wide = ir.VectorType(scalar, self.lanes), ir.VectorType(DOUBLE, self.lanes)
        self.zero = ir.Constant(self._wide, None)

    def at(self, builder: ir.IRBuilder, start: Any, index: Any, mask: Any = None) -> Any:
        """Return a vector of a run of numbers, from an index on, in double precision."""
        value = load(builder, self._place(builder, start, index), self._narrow, mask)
        return value if self._scalar == DOUBLE else builder.fpext(value, self._wide)

    def write(self, builder: ir.IRBuilder, value: Any, start: Any, index: Any, mask: Any = None) -> None:
        """Write a vector into a run of numbers, from an index on."""
        if self._scalar != DOUBLE:
            value = builder.fptrunc(value, self._narrow)
        store(builder, value, self._place(builder, start, index), mask)

    def _place(self, builder: ir.IRBuilder, start: Any, index: Any) -> Any:
        return builder.add(start, builder.mul(index, SIZE(size_of(self._scalar))))

    def add(
        self, builder: ir.IRBuilder, starts: Any, b: Any, index: Any, totals: Any, mask: Any = None
    ) -> None:
        """Add a vector's products, from an index on, to every total."""
        right = self.at(builder, b, index, mask)
        for start, total in zip(starts, totals, strict=True):
            left = self.at(builder, start, index, mask)
            builder.store(plus(builder, builder.load(total), left, right), total)

    def of_run(self, builder: ir.IRBuilder, count: Any, add: Callable[[Any, Any, Any], None]) -> Any:
        """Return the sum over a run of numbers; add(index, total, mask) adds a vector of it to a total."""
        totals = [cgutils.alloca_once_value(builder, self.zero) for _ in range(self.AT_ONCE)]
        step = SIZE(self.lanes * self.AT_ONCE)
        many = builder.udiv(count, step)
        with cgutils.for_range(builder, many) as loop:
            for v, total in enumerate(totals):
                add(on(builder, builder.mul(loop.index, step), v * self.lanes), total, None)
        self._rest(builder, builder.mul(many, step), count, lambda index, mask: add(index, totals[0], mask))
        first, second, third, fourth = (builder.load(total) for total in totals)
        total = builder.fadd(builder.fadd(first, second), builder.fadd(third, fourth))
        return across(builder, total, builder.fadd)

    def rows(self, builder: ir.IRBuilder, starts: Any, b: Any, count: Any, totals: Any) -> None:
        """Add the products of several runs of numbers with one, a vector at a time."""

        def add(index: Any, mask: Any) -> None:
            self.add(builder, starts, b, index, totals, mask)

        self._rest(builder, SIZE(0), count, add)

    def _rest(self, builder: ir.IRBuilder, begin: Any, end: Any, add: Callable[[Any, Any], None]) -> None:
        """Add what lies from an index on, a vector at a time, lanes behind the end being zero."""
        vectors = builder.udiv(builder.sub(end, begin), SIZE(self.lanes))
        with cgutils.for_range(builder, vectors) as loop:
            add(builder.add(begin, builder.mul(loop.index, SIZE(self.lanes))), None)
        behind = builder.add(begin, builder.mul(vectors, SIZE(self.lanes)))
        with builder.if_then(builder.icmp_signed("<", behind, end)):
            add(behind, lanes_below(builder, builder.sub(end, behind), self.lanes))

    def down(self, builder: ir.IRBuilder, vectors: Any) -> Any:
        """Return a vector of the sums of the lanes of as many vectors, in their order."""
        apart = 1
        while len(vectors) > 1:
            # lanes that belong to one vector lie `apart` apart; half of them are added to the other half
            low = [lane for lane in range(self.lanes) if not lane & apart]
            vectors = [
                builder.fadd(
                    self._mixed(builder, one, other, apart, low, 0),
                    self._mixed(builder, one, other, apart, low, apart),
                )
                for one, other in zip(vectors[::2], vectors[1::2], strict=True)
            ]
            apart *= 2
        return vectors[0]

    def _mixed(self, builder: ir.IRBuilder, one: Any, other: Any, apart: int, low: Any, shift: int) -> Any:
        """Return a vector that has some lanes of one, and between them the same lanes of another."""
        places = [0] * self.lanes
        for lane in low:
            places[lane], places[lane + apart] = lane + shift, self.lanes + lane + shift
        return builder.shuffle_vector(one, other, ir.Constant(ir.VectorType(SHORT, self.lanes), places))


def _blend(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    lanes, together = BYTES // size_of(scalar), ROWS
    vector = ir.VectorType(scalar, lanes)

    def build(builder: ir.IRBuilder, arguments: Any) -> None:
        by, apart, source, stride, to, rows, columns, keep = arguments

        def columns_at(first: Any, masks: Sequence[Any]) -> None:
            """Write a vector of columns for every mask, the sums held in registers."""
            shift = builder.mul(first, SIZE(size_of(scalar)))
            totals = [cgutils.alloca_once(builder, vector) for _ in masks]
            for total in totals:
                builder.store(ir.Constant(vector, None), total)
            with cgutils.for_range(builder, rows) as loop:
                share = load(builder, builder.add(by, builder.mul(loop.index, apart)), scalar)
                line = builder.add(builder.add(source, shift), builder.mul(loop.index, stride))
                for v, (total, mask) in enumerate(zip(totals, masks, strict=True)):
                    value = load(builder, on(builder, line, v * BYTES), vector, mask)
                    builder.store(
                        plus(builder, builder.load(total), splat(builder, share, lanes), value), total
                    )
            for v, (total, mask) in enumerate(zip(totals, masks, strict=True)):
                at = on(builder, builder.add(to, shift), v * BYTES)
                with builder.if_then(builder.fcmp_unordered("!=", keep, scalar(0.0))):
                    old = load(builder, at, vector, mask)
                    builder.store(plus(builder, builder.load(total), splat(builder, keep, lanes), old), total)
                store(builder, builder.load(total), at, mask)

        many = builder.udiv(columns, SIZE(lanes * together))
        with cgutils.for_range(builder, many) as loop:
            columns_at(builder.mul(loop.index, SIZE(lanes * together)), [None] * together)
        done = builder.mul(many, SIZE(lanes * together))
        left = builder.sub(columns, done)
        # what is left is added up half as many vectors at a time, so that few columns take few
        half = max(1, together // 2)
        more = builder.udiv(builder.add(left, SIZE(lanes * half - 1)), SIZE(lanes * half))
        with cgutils.for_range(builder, more) as loop:
            first = builder.mul(loop.index, SIZE(lanes * half))
            here = builder.sub(left, first)
            columns_at(
                builder.add(done, first), [lanes_below(builder, here, lanes, v * lanes) for v in range(half)]
            )

    return build


def _spread(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    lanes = BYTES // size_of(scalar)
    vector = ir.VectorType(scalar, lanes)

    def build(builder: ir.IRBuilder, arguments: Any) -> None:
        by, apart, row, to, gate, rows, columns, slope = arguments
        whole = builder.udiv(columns, SIZE(lanes))
        left = builder.sub(columns, builder.mul(whole, SIZE(lanes)))
        stride = builder.mul(columns, SIZE(size_of(scalar)))

        def vector_at(line: Any, factor: Any, number: Any, mask: Any) -> None:
            shift = builder.mul(number, SIZE(BYTES))
            at = builder.add(line, shift)
            value = builder.fmul(load(builder, builder.add(row, shift), vector, mask), factor)
            decides = load(builder, builder.add(at, gate), vector, mask)
            store(builder, passed(builder, value, decides, slope), at, mask)

        with cgutils.for_range(builder, rows) as loop:
            share = load(builder, builder.add(by, builder.mul(loop.index, apart)), scalar)
            line, factor = builder.add(to, builder.mul(loop.index, stride)), splat(builder, share, lanes)

            with cgutils.for_range(builder, whole) as part:
                vector_at(line, factor, part.index, None)
            with builder.if_then(builder.icmp_signed(">", left, SIZE(0))):
                vector_at(line, factor, whole, lanes_below(builder, left, lanes))

    return build
