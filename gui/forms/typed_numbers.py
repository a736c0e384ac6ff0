"""Numbers and lists of them as people type them: read as they are meant, or refused; never another number."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from engine.experiment.numerals import as_written, digits_in, lost_to_zero, plain

from .parsing import UnreadableError, short

T = TypeVar("T", int, float)

_BETWEEN = re.compile(r"[ \t\r\n;×]+")
_SECOND_GROUP = re.compile(r"0\d\d")


def parse_number(text: str) -> float:
    """Read one number, its decimals after a point; thousands may be apart where nothing else can be meant.

    Raises:
        UnreadableError: where it is none, or might be two different ones.
    """
    typed = plain(text)
    digits, other = digits_in(typed, "point"), digits_in(typed, "comma")
    if digits is None:
        raise UnreadableError(_why_not(typed, other))
    value = float(digits)
    if other is not None and digits != typed and float(other) != value:
        raise UnreadableError(
            f"{short(typed)} may be {as_written(other)} or {as_written(digits)}; write one of them"
        )
    if not math.isfinite(value):
        raise UnreadableError(f"{short(typed)} is not a finite number")
    if lost_to_zero(digits, value):
        raise UnreadableError(f"{short(typed)} is too small a number; float64 ends at 5e-324")
    return value


def parse_integer(text: str) -> int:
    """Read one whole number; 1e6 is one too, and a comma can only set thousands apart.

    Raises:
        UnreadableError: where it is none, or might be two different ones.
    """
    typed = plain(text)
    digits, other = digits_in(typed, "point"), digits_in(typed, "comma")
    if digits is None or not math.isfinite(float(digits)):
        words = f"; write {as_written(other)}" if other is not None and "." not in other else ""
        raise UnreadableError(f"{short(typed)} is not a whole number{words}")
    value = Decimal(digits)  # exact, however long
    if value != int(value):
        raise UnreadableError(f"{short(typed)} is not a whole number")
    if other is not None and "." in typed and Decimal(other) != value:
        raise UnreadableError(f"{short(typed)} may be {int(value)} or {as_written(other)}; write one of them")
    return int(value)


def parse_numbers(text: str, item: Callable[[str], T]) -> tuple[T, ...]:
    """Read a list such as `20, 20` or `[20 20]`; nothing is the empty list.

    Args:
        text: what was typed.
        item: reads one of them, `parse_number` or `parse_integer`.

    Raises:
        UnreadableError: where one is none, or a comma or a blank might be within a number or between two.
    """
    parts = [part.strip(",") for part in _BETWEEN.split(text.strip().strip("[]()").strip())]
    numbers: list[T] = []
    before = ""
    for part in parts:
        if _SECOND_GROUP.fullmatch(part) and before.lstrip("+-").isdigit():
            _refuse_unclear(f"{before} {part}", f"{before}{part}", f"{before}, {part}")
        numbers += _several(part, item)
        before = part
    return tuple(numbers)


def _several(part: str, item: Callable[[str], T]) -> list[T]:
    """Read the numbers of a part without blanks."""
    pieces = [piece for piece in part.split(",") if piece]
    if len(pieces) > 1 and all(digits_in(plain(piece), "point") is not None for piece in pieces):
        whole = item is parse_integer
        one = digits_in(plain(part), "point") or (None if whole else digits_in(plain(part), "comma"))
        if one is not None:
            _refuse_unclear(part, as_written(one), ", ".join(pieces))
        return [item(piece) for piece in pieces]
    return [item(part)] if part else []


def _refuse_unclear(typed: str, one: str, several: str) -> None:
    raise UnreadableError(
        f"{short(typed)} may be one number or several; write {one}, or {several} with a blank after each comma"
    )


def _why_not(typed: str, other: str | None) -> str:
    """Say why a text is no number, and what to write where that is known."""
    if other is not None:
        return f"{short(typed)} is not a number; write {as_written(other)}"
    if typed.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        return f"{short(typed)} is not a finite number"
    share = digits_in(typed.removesuffix("%").rstrip(), "point")
    if typed.endswith("%") and share is not None and math.isfinite(float(share)):
        return f"{short(typed)} is not a number; write {float(share) / 100:g}"
    return f"{short(typed)} is not a number; write 0.5 or 1e-3"
