"""Values that people type in a line, on the command line or in the window, as a file would say them."""

from __future__ import annotations

import datetime
import tomllib
from typing import Any

from .numerals import loose_number

_CLOSING = {"[": "]", "{": "}", "(": ")"}


def value_of(text: str) -> Any:
    """Return what a word on the command line means: a TOML value, a number as people write it, or the word itself."""
    try:
        tables = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return _loose(text)
    # a line break could begin another key, and no field is a date
    dated = isinstance(tables.get("value"), datetime.date | datetime.time)
    return text if dated or set(tables) != {"value"} else tables["value"]


def _loose(text: str) -> Any:
    """Return the number or truth that a word means to Python and to people, though not to TOML."""
    if text in ("True", "False"):
        return text == "True"
    number = loose_number(text)
    return text if number is None else number


def split(text: str) -> list[str]:
    """Split at commas that stand outside brackets, braces and quotes."""
    parts, open_ones, quote = [""], list[str](), ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in _CLOSING:
            open_ones.append(_CLOSING[letter])
        elif open_ones and letter == open_ones[-1]:
            open_ones.pop()
        elif letter == "," and not open_ones:
            parts.append("")
            continue
        parts[-1] += letter
    return [part.strip() for part in parts]
