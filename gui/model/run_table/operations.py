"""What the signs and functions of a filter do with values; what is not defined is nothing, and nothing is raised."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from .values import Value, as_number, in_cell


def is_so(value: Value) -> bool:
    """Say whether a value by itself is a condition that holds: yes, a number other than 0, any words."""
    return bool(value)


def same(left: Value, right: Value) -> bool:
    """Say whether two values are the same; words without regard to capitals."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    if left is None or right is None:
        return (left is None or left == "") and (right is None or right == "")
    if isinstance(left, str) or isinstance(right, str):
        return in_cell(left).casefold() == in_cell(right).casefold()
    return float(left) == float(right)


def contains(whole: Value, part: Value) -> bool:
    """Say whether words contain others, without regard to capitals; a number is taken as it is written."""
    return in_cell(part).casefold() in in_cell(whole).casefold()


def _ordered(left: Value, right: Value) -> tuple[float, float] | tuple[str, str] | None:
    """Return two values that can be ordered; None where they cannot."""
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold(), right.casefold()
    first, second = as_number(left), as_number(right)
    return None if math.isnan(first) or math.isnan(second) else (first, second)


def _less(left: Value, right: Value) -> bool:
    pair = _ordered(left, right)
    return pair is not None and pair[0] < pair[1]  # type: ignore[operator]


def _greater(left: Value, right: Value) -> bool:
    return _less(right, left)


def _at_most(left: Value, right: Value) -> bool:
    pair = _ordered(left, right)
    return pair is not None and pair[0] <= pair[1]  # type: ignore[operator]


def _at_least(left: Value, right: Value) -> bool:
    return _at_most(right, left)


def _differ(left: Value, right: Value) -> bool:
    return not same(left, right)


COMPARISONS: Mapping[str, Callable[[Value, Value], bool]] = {
    "<=": _at_most,
    ">=": _at_least,
    "!=": _differ,
    "<": _less,
    ">": _greater,
    "=": same,
}


def _calculated(function: Callable[..., float]) -> Callable[..., Value]:
    def of(*values: Value) -> Value:
        numbers = [as_number(value) for value in values]
        try:
            result = function(*numbers)
        except (ArithmeticError, ValueError):
            return None
        return None if isinstance(result, complex) or math.isnan(result) else result

    return of


def _sum(left: float, right: float) -> float:
    return left + right


def _difference(left: float, right: float) -> float:
    return left - right


def _product(left: float, right: float) -> float:
    return left * right


def _quotient(left: float, right: float) -> float:
    return left / right


def _power(left: float, right: float) -> float:
    return math.pow(left, right)


OPERATIONS: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": _calculated(_sum),
    "-": _calculated(_difference),
    "*": _calculated(_product),
    "/": _calculated(_quotient),
    "**": _calculated(_power),
}
FUNCTIONS: Mapping[str, Callable[[Value], Value]] = {
    "abs": _calculated(math.fabs),
    "log": _calculated(math.log),
    "log10": _calculated(math.log10),
    "exp": _calculated(math.exp),
    "sqrt": _calculated(math.sqrt),
}
