"""Exponentials of many numbers at once, to full accuracy, and their sum in a fixed order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types

from .jit import compiled, written
from .plan import Array
from .vectors import (
    BYTES,
    DOUBLE,
    SIZE,
    across,
    address,
    lanes_below,
    load,
    once,
    plus,
    size_of,
    splat,
    store,
)

LANES = BYTES // 8
VECTOR, WHOLE = ir.VectorType(DOUBLE, LANES), ir.VectorType(SIZE, LANES)
LEAST = -708.0
"""Below, e^x is 0 here: it would be a number just above 0, or 0 itself."""
LN2_HIGH, LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10
"""ln 2 = both together; the first has so few digits that its product with a small whole number is exact."""
SHIFTER = 1.5 * 2.0**52
"""Added and taken away again it rounds to a whole number, which is then in the last bits."""
TERMS = 13
"""Of the series of e^r, |r| <= ln(2)/2: the next one is below a sixteenth of the last bit."""


@compiled
def exponentials(logs: Array, count: int, faint: float) -> tuple[float, float]:
    """Write e^(log - shift) over the first logs, 0 below `faint`; return the shift, the largest log, and the sum."""
    top = largest_of(logs, count)
    shift = top if math.isfinite(top) else 0.0
    return shift, raise_all(logs, address(logs), count, shift, faint)


@compiled
def raised(powers: Array) -> None:
    """Write e^x over every x of an array without gaps; none is above 0, or what comes of them is no number anyway."""
    raise_all(powers, address(powers), powers.size, 0.0, 0.0)


@compiled
def largest_of(values: Array, count: int) -> float:
    """Return the largest of the first values (N,), in double precision; NaN where one is none, -inf of none."""
    top: float = largest(address(values), count)
    return top


@written
def largest(context: Any, at: Any, count: Any) -> Any:
    """Return the largest of a run of numbers, NaN where one is none, -inf of none."""

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        return builder.call(once(builder, "largest", DOUBLE, [SIZE, SIZE], _largest, DOUBLE), arguments)

    return types.float64(types.intp, types.intp), build


@written
def raise_all(context: Any, of: Any, at: Any, count: Any, shift: Any, faint: Any) -> Any:
    """Write e^(x - shift) over every x of a run, 0 below `faint`, and return the sum.

    x - shift is 0 at most, or else one of them is infinite or no number, and so is the sum.
    """

    def build(context: Any, builder: ir.IRBuilder, signature: Any, arguments: Any) -> Any:
        scalar, takes = context.get_value_type(of.dtype), [SIZE, SIZE, DOUBLE, DOUBLE]
        function = once(builder, "raise_all", scalar, takes, _raise_all(scalar), DOUBLE)
        return builder.call(function, arguments[1:])

    return types.float64(of, types.intp, types.intp, types.float64, types.float64), build


def _largest(builder: ir.IRBuilder, arguments: Any) -> Any:
    at, count = arguments
    nothing = splat(builder, DOUBLE(-math.inf), LANES)
    most = cgutils.alloca_once_value(builder, nothing)
    with _each(builder, at, count, 8) as (place, mask):
        value = builder.select(mask, load(builder, place, VECTOR, mask), nothing)
        builder.store(_larger(builder, builder.load(most), value), most)
    return across(builder, builder.load(most), lambda one, other: _larger(builder, one, other))


def _larger(builder: ir.IRBuilder, one: Any, other: Any) -> Any:
    """Return the larger of two numbers or vectors, NaN where one is none."""
    stays = builder.or_(builder.fcmp_ordered(">=", one, other), builder.fcmp_unordered("uno", one, one))
    return builder.select(stays, one, other)


def _raise_all(scalar: Any) -> Callable[[ir.IRBuilder, Any], Any]:
    narrow = ir.VectorType(scalar, LANES)

    def build(builder: ir.IRBuilder, arguments: Any) -> Any:
        at, count, shift, faint = arguments
        shifts, least = splat(builder, shift, LANES), splat(builder, faint, LANES)
        nothing = ir.Constant(VECTOR, None)
        total = cgutils.alloca_once_value(builder, nothing)
        with _each(builder, at, count, size_of(scalar)) as (place, mask):
            power = load(builder, place, narrow, mask)
            power = power if scalar == DOUBLE else builder.fpext(power, VECTOR)
            power = _exponential(builder, builder.fsub(power, shifts))
            power = builder.select(builder.fcmp_ordered("<", power, least), nothing, power)
            kept = builder.select(mask, power, nothing)
            builder.store(builder.fadd(builder.load(total), kept), total)
            store(builder, power if scalar == DOUBLE else builder.fptrunc(power, narrow), place, mask)
        return across(builder, builder.load(total), builder.fadd)

    return build


def _exponential(builder: ir.IRBuilder, x: Any) -> Any:
    """Return e^x of a vector of numbers below 709: 2^n times the series of e^(x - n ln 2)."""

    def every(number: float) -> Any:
        return splat(builder, DOUBLE(number), LANES)

    # its last bits are n, which takes 2^n to make
    rounded = plus(builder, every(SHIFTER), x, every(1 / math.log(2)))
    n = builder.fsub(rounded, every(SHIFTER))
    rest = plus(builder, plus(builder, x, n, every(-LN2_HIGH)), n, every(-LN2_LOW))
    series = every(1 / math.factorial(TERMS))
    for k in range(TERMS - 1, -1, -1):
        series = plus(builder, every(1 / math.factorial(k)), series, rest)
    exponent = builder.add(builder.bitcast(rounded, WHOLE), splat(builder, SIZE(1023), LANES))
    scale = builder.bitcast(builder.shl(exponent, splat(builder, SIZE(52), LANES)), VECTOR)
    power = builder.fmul(series, scale)
    # what is infinite or no number passes through
    power = builder.select(builder.fcmp_ordered("<", x, every(709.0)), power, x)
    return builder.select(builder.fcmp_ordered("<", x, every(LEAST)), ir.Constant(VECTOR, None), power)


@contextmanager
def _each(builder: ir.IRBuilder, at: Any, count: Any, size: int) -> Iterator[tuple[Any, Any]]:
    """Do something for every vector of a run: where it lies, and which of its lanes belong to the run."""
    vectors = builder.udiv(builder.add(count, SIZE(LANES - 1)), SIZE(LANES))
    with cgutils.for_range(builder, vectors) as loop:
        place = builder.add(at, builder.mul(loop.index, SIZE(LANES * size)))
        yield place, lanes_below(builder, builder.sub(count, builder.mul(loop.index, SIZE(LANES))), LANES)
