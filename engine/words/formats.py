"""How numbers, durations, sizes and counts are written for people."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Sequence
from itertools import count

# --- numbers ----------------------------------------------------------------------------------------------


MOST_DIGITS = 13
"""Of a value that is nearly a whole number: further ones are rounding."""


def number(value: float, digits: int = 4) -> str:
    """Write a value with so many significant digits; more where it would look like a whole number and is none."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if abs(value) < 10 and not float(value).is_integer():
        written = (f"{value:.{more}g}" for more in range(digits, MOST_DIGITS + 1))
        return next((text for text in written if not float(text).is_integer()), f"{value:.{digits}g}")
    return f"{value + 0.0:.{digits}g}"


def rounded(value: float, digits: int = 4) -> float:
    """Return the value with so many significant digits, as people read it."""
    return float(f"{value:.{digits}g}")


def apart(value: float, limit: float) -> tuple[str, str]:
    """Write two numbers with 4 significant digits, or as many more as tell them apart."""
    for digits in range(4, 17):
        first, second = f"{value:.{digits}g}", f"{limit:.{digits}g}"
        if first != second or value == limit:
            break
    return first, second


def ends_in_words(low: float, high: float) -> tuple[str, str]:
    """Write the ends of a range with 3 significant digits, or up to 6 where they lie close together."""
    size, wide = max(abs(low), abs(high)), high - low
    close = 0.0 < wide < size < math.inf
    digits = min(max(3, 1 + math.ceil(math.log10(size / wide))), 6) if close else 3
    return f"{low + 0.0:.{digits}g}", f"{high + 0.0:.{digits}g}"


READ_OUT = len("-1.834e-5")
"""Characters of a value that changes in place, at most."""


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def read_out(value: float) -> str:
    """Write a value that changes in place, never wider than −1.834e−5: 0.01834, 1.83e−12; a dash for none."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if value == 0 or 1e-3 <= size < 99999.5:
        text = f"{value + 0.0:#.4g}".rstrip(".")
    else:
        texts = (_scientific(value, digits) for digits in (3, 2, 1, 0))
        text = next(text for text in texts if len(text) <= READ_OUT)
    return text.replace("-", "−")


_MINUS = re.compile(r"(?<![\w.])-(?=\.?\d|∞)|(?<=\de)-(?=\d)")


def with_minus(text: str) -> str:
    """Return words in which negative numbers have the minus sign of print, as on a screen; a terminal may lack it."""
    return _MINUS.sub("−", text)


def percentage(share: float) -> str:
    """Write a share of 1."""
    return f"{100 * share:.3g} %"


def percentage_in_place(share: float) -> str:
    """Write a share of 1 that changes in place, always with two decimals."""
    return f"{100 * share:.2f} %"


def cosine(value: float) -> str:
    """Write a cosine; four decimals tell an angle of a degree from none."""
    return f"{value:.4f}"


def power_of_ten(log: float) -> str:
    """Write the number of a natural logarithm as a power of ten, which floats may no longer hold."""
    return f"10^{log / math.log(10):.1f}"


MOST_IN_FULL = 1e9
"""Logarithms below this are written with two decimals, those of diverging runs in few digits."""


def log10_loss(log_loss: float, log10: str = "log10") -> str:
    """Write where a loss stands, from its natural logarithm; a terminal may lack the letters of print."""
    log = log_loss / math.log(10)
    return f"{log10} loss {f'{log:.2f}' if abs(log) < MOST_IN_FULL else number(log)}"


# --- numbers that are typed and edited --------------------------------------------------------------------


def editable_number(value: float) -> str:
    """Write a number as briefly as a person would type it: 0.13, 1e-5, 1.1487."""
    text = repr(float(value))
    if len(text.lstrip("-")) > 9:
        text = f"{value:.6g}"
    mantissa, mark, exponent = text.partition("e")
    mantissa = mantissa.removesuffix(".0")
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def exact_number(value: float) -> str:
    """Write a number briefly, yet so that it reads back to itself: for lists, which are read again as a whole."""
    brief = editable_number(value)
    if float(brief) == value:
        return brief
    mantissa, mark, exponent = repr(float(value)).partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def editable_integer(value: int) -> str:
    """Write a whole number, its thousands apart from 10,000 on."""
    return f"{value:,}" if abs(value) >= 10_000 else str(value)


# --- counts -----------------------------------------------------------------------------------------------


def counted(count: float, one: str, many: str = "") -> str:
    """Write a count and its noun: '1 step', '14,305 steps'; `many` where an s does not make the plural."""
    return f"{count:,.0f} {one if count == 1 else many or one + 's'}"


def short_count(count: int) -> str:
    """Write a count for a tick: 1, 10, 100, 1k, 10k, 1M."""
    for limit, letter in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= limit:
            return f"{count / limit:g}{letter}"
    return str(count)


# --- durations and sizes ----------------------------------------------------------------------------------


def duration(seconds: float) -> str:
    """Write how long something took: 0.123 s, 61 s, 3 min 12 s, 2 h 2 min."""
    if seconds < 100:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def estimated_duration(seconds: float) -> str:
    """Write how long something will take, as roughly as that is known: 0.3 s, 42 s, 5 min, 1.2 h, 3 days."""
    if not math.isfinite(seconds):
        return "–"
    if seconds < 60:
        return f"{seconds:.1g} s" if seconds < 9.5 else f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 48 * 3600 else f"{seconds / 86400:.0f} days"


def byte_size(size: float) -> str:
    """Write a number of bytes: 512 B, 40.0 MiB."""
    if size < 1024:
        return f"{size:.0f} B"
    power = min(4, int(math.log(size, 1024)))
    return f"{size / 1024**power:.1f} {['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}"


def untaken(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken: this one, or else with a number."""
    numbered = (f"{name} ({k})" for k in count(2))
    return name if name not in taken else next(other for other in numbered if other not in taken)


def told_apart(names: Sequence[str]) -> list[str]:
    """Return names of which no two are the same: a number follows one that an earlier one has."""
    taken, seen, told = set(names), set[str](), []
    for name in names:
        if name in seen:
            name = untaken(name, taken)
        seen.add(name)
        taken.add(name)
        told.append(name)
    return told
