"""What a user said that cannot be done, as one sentence: the field, the value, the remedy."""

from __future__ import annotations

import contextlib
import difflib
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LONGEST = 320
"""Letters of a sentence: two lines of a wide terminal."""
LONGEST_FIELD, LONGEST_VALUE = 70, 90
"""Letters of a field's path, and of a value; what is left of a sentence is for the remedy."""


class Refusal(ValueError):
    """Something a user said that cannot be done, with the field, the value and the remedy."""

    def __init__(self, field: str, value: Any, remedy: str) -> None:
        self.field = field
        self.value = value
        quoted = "" if value is None else f"{shown(value)} "
        whose = f"{one_line(field, LONGEST_FIELD)}: {quoted}" if field else quoted
        self.remedy = one_line(remedy, LONGEST - len(whose))
        super().__init__(f"{whose}{self.remedy}")

    def __reduce__(self) -> tuple[type[Refusal], tuple[str, Any, str]]:
        """Keep the three parts when it crosses between processes."""
        return Refusal, (self.field, self.value, self.remedy)


def is_out_of_memory(error: Exception) -> bool:
    """Say whether an error is one of memory, Python's own or of a device."""
    sentence = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in sentence or "allocate memory" in sentence


def wants_memory(error: Exception) -> bool:
    """Say whether an error, or what it was raised from, is one of memory."""
    cause = error.__cause__
    return is_out_of_memory(error) or (isinstance(cause, Exception) and wants_memory(cause))


class TooLittleMemory(Exception):
    """What a run failed for, in a sentence for people: others may have had the memory, and it may be there later."""


MOST_COMPARED = 2000
"""Words that one is compared with."""


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the nearest valid word, or the list of valid words."""
    words = [str(v) for v in valid]
    if not words:
        return "there is none to name here: leave it out"
    if len(word) > LONGEST or len(words) > MOST_COMPARED:  # comparing takes the product of their letters
        return "allowed: " + ", ".join(words[:MOST_COMPARED])
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return "allowed: " + ", ".join(words)


LONGEST_NUMBER = 12
"""Digits of a whole number that a sentence still writes out."""
LONGEST_EXACT = 10_000
"""Bits of a whole number whose digits Python still writes."""


def shown(value: Any) -> str:
    """Return a value as a sentence shows it: long numbers and texts shortened."""
    if isinstance(value, int) and abs(value) >= 10**LONGEST_NUMBER:
        return _power_of_ten(value)
    if isinstance(value, str):
        return one_line(
            repr(value if len(value) <= LONGEST else value[:LONGEST] + value[-LONGEST:]), LONGEST_VALUE
        )
    try:
        return one_line(str(value), LONGEST_VALUE)
    except (ValueError, RecursionError):  # a number of thousands of digits within, or lists within lists
        return f"a {type(value).__name__}"


def path_in_words(path: Path) -> str:
    """Return a file's path as every sentence about it says it: as it was given, from the user's folder on with ~."""
    with contextlib.suppress(ValueError, RuntimeError):  # it lies elsewhere, or there is no such folder
        return str(Path("~") / path.relative_to(Path.home()))
    return str(path)


def one_line(text: str, most: int = LONGEST) -> str:
    """Return a text as one line without what would steer a terminal; of a long one the middle is left out.

    Both ends stay: the end of a path names the file, that of a sentence says what to do.
    """
    if len(text) > 4 * most:
        text = f"{text[: 2 * most]} {text[-2 * most :]}"
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) <= most:
        return line
    start = (most - 3) * 2 // 5
    return f"{line[:start]}...{line[start + 3 - most :]}"


def _power_of_ten(value: int) -> str:
    """Write a whole number that is too long to be read: 1.5e20; of thousands of digits the power alone."""
    sign = "-" if value < 0 else ""
    if abs(value).bit_length() > LONGEST_EXACT:
        return f"{sign}1e{int((abs(value).bit_length() - 1) * math.log10(2))}"
    digits = str(abs(value))
    mantissa = f"{digits[0]}.{digits[1:5]}".rstrip("0").rstrip(".")
    return f"{sign}{mantissa}e{len(digits) - 1}"
