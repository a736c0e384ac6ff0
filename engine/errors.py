"""What a user said that cannot be done, as one sentence: the field, the value, the remedy."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class Refusal(ValueError):
    """Something a user said that cannot be done, with the field, the value and the remedy."""

    def __init__(self, field: str, value: Any, remedy: str) -> None:
        self.field = field
        self.value = value
        self.remedy = remedy
        quoted = "" if value is None else f"{shown(value)} "
        super().__init__(f"{field}: {quoted}{remedy}" if field else f"{quoted}{remedy}")

    def __reduce__(self) -> tuple[type[Refusal], tuple[str, Any, str]]:
        """Keep the three parts when it crosses between processes."""
        return Refusal, (self.field, self.value, self.remedy)


def is_out_of_memory(error: Exception) -> bool:
    """Say whether an error is one of memory, Python's own or of a device."""
    sentence = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in sentence or "allocate memory" in sentence


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return "did you mean 'x'?" for the nearest valid word, or the list of valid words."""
    words = [str(v) for v in valid]
    if not words:
        return "there is none to name here: leave it out"
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.5)
    if close:
        return f"did you mean '{close[0]}'?"
    return "allowed: " + ", ".join(words)


LONGEST_NUMBER = 12
"""Digits of a whole number that a sentence still writes out."""


def shown(value: Any) -> str:
    """Return a value as a sentence shows it: long numbers and texts shortened."""
    if isinstance(value, int) and abs(value) >= 10**LONGEST_NUMBER:
        digits = str(abs(value))
        mantissa = f"{digits[0]}.{digits[1:5]}".rstrip("0").rstrip(".")
        return f"{'-' if value < 0 else ''}{mantissa}e{len(digits) - 1}"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 90 else f"{text[:30]}...{text[-55:]}"  # a path's end names the file
