"""Read TOML that may come from anywhere: what its parser would take gigabytes for is refused before."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..words.errors import Refusal
from .encodings import encoding_of, undecodable_line
from .numerals import as_meant
from .plain_files import opened, read_whole

LARGEST_FILE = 8 << 20
"""Bytes of an experiment file; points written into it take about 20 each."""
MOST_PARTS = 8
"""Parts of a dotted key: the parser keeps every beginning of one, so that 40,000 parts took 6 GB."""
MOST_KEYS = 30_000
"""Keys and tables: the parser keeps sets and tables for each."""
MOST_VALUES = 1_000_000
"""Values in lists: more points than that belong in a file of their own."""

SESSION = b"SQLite format 3\0"
"""How a session begins."""
ARCHIVE = b"PK\x03\x04"
"""How an NPZ archive begins."""
TABLES = (".csv", ".tsv", ".npz")

_PLACE = re.compile(r"\(at line (\d+), column \d+\)$")
_BACKSLASH = re.compile(r'"[^"]*\\')
_ASSIGNED = re.compile(r"""\s*[\w.'"-]+\s*=\s*([^#\s](?:[^#]*[^#\s])?)\s*(?:#.*)?""")
_STRINGS_AND_COMMENTS = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*+"""|'
    r"'''(?:[^']|'(?!''))*+'''|"
    r'"(?:[^"\\\n]|\\.)*+"|'
    r"'[^'\n]*+'|"
    r"#[^\n]*+",
    re.DOTALL,
)
_ENDLESS_NUMBER = re.compile(r"(?<![\w.])(?:0[xob][0-9a-fA-F_]{300}|[0-9][0-9_]{300,}+(?![\w.]))")
"""What no field takes, and Python refuses to write out in a sentence."""
_LONG_KEY = re.compile(rf"(?:^|[=,\[\]{{}}\n])[^=,\[\]{{}}\n.]*+(?:\.[^=,\[\]{{}}\n.]*+){{{MOST_PARTS}}}")
_KEY_OR_TABLE = re.compile(r"=|^[ \t]*\[[^,=\n]*\][ \t]*$", re.MULTILINE)

ZEROS = 5
"""At the end of a round number that is written as a power of ten, at least."""


def read_text(path: Path, name: str) -> str:
    """Read the text of an experiment file; its lines may end as on any system.

    Raises:
        Refusal: where it is no plain file, too large, or no text: with what it is instead, where that is known.
        OSError: where it cannot be read.
    """
    with opened(path, name) as (file, _):
        start = file.read(len(SESSION))
    if start == SESSION:
        raise Refusal(
            "",
            name,
            "is a session, not an experiment; open it in the lab (marginlab FILE), where File > Export preset "
            "writes its experiment to a file that can be run",
        )
    if start.startswith(ARCHIVE) or path.suffix.lower() in TABLES:
        raise Refusal(
            "", name, "is no experiment but data; name it in an experiment file, as the path in [data]"
        )
    content = read_whole(path, LARGEST_FILE, "an experiment file", name)
    try:
        text = content.decode(encoding_of(content))
    except UnicodeError:
        line = undecodable_line(content.splitlines())
        raise Refusal(
            "", name, f"cannot be read as text in UTF-8 (line {line}); save it as UTF-8, or name another file"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def tables_from(text: str) -> dict[str, Any]:
    """Return the tables that a text in TOML says.

    Raises:
        Refusal: where it is none, or none that an experiment file is like.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST_FILE:
        raise Refusal("", None, f"this is no experiment file: it has more than {LARGEST_FILE:,} characters")
    bare = _STRINGS_AND_COMMENTS.sub("s", text)
    if _LONG_KEY.search(bare):
        raise Refusal("", None, f"this is no experiment file: a key has more than {MOST_PARTS} parts")
    if sum(1 for _ in _KEY_OR_TABLE.finditer(bare)) > MOST_KEYS:
        raise Refusal("", None, f"this is no experiment file: it has more than {MOST_KEYS:,} keys")
    if _ENDLESS_NUMBER.search(bare):
        raise Refusal("", None, "this is no experiment file: it has a whole number of hundreds of digits")
    if bare.count(",") > MOST_VALUES:
        remedy = (
            f"this has more than {MOST_VALUES:,} values; keep the points in a CSV or NPZ file and name that"
        )
        raise Refusal("", None, remedy)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        words = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise Refusal(
            "", None, f"this is not a TOML file: {words[:1].lower()}{words[1:]}{_hint(text, words)}"
        ) from None


def _hint(text: str, words: str) -> str:
    """Return what to write instead, where the place that the parser names shows what was meant."""
    place = _PLACE.search(words)
    lines = text.split("\n")
    if place is None or int(place[1]) > len(lines):
        return ""
    line = lines[int(place[1]) - 1]
    if _BACKSLASH.search(line):
        return """; in "..." a backslash begins a letter of its own: write a path in '...', or with /"""
    assigned = _ASSIGNED.fullmatch(line)
    if assigned is None:
        return ""
    value = assigned[1]
    if value.startswith(("'", '"', "[", "{")):
        return ""
    meant = as_meant(value)
    return f"; write {meant}" if meant else "; text stands in quotes" if value[0].isalpha() else ""


def float_text(value: float) -> str:
    """Return a number as a file writes it, and as it reads back to itself: `0.1`, `1e6`."""
    text = repr(value)
    whole = text.removesuffix(".0").lstrip("-")
    digits = whole.rstrip("0")
    if not digits or not text.endswith(".0") or len(whole) - len(digits) < ZEROS:
        return text
    rest = f".{digits[1:]}" if digits[1:] else ""
    return f"{'-' if value < 0 else ''}{digits[0]}{rest}e{len(whole) - 1}"


class Written(float):
    """A number that TOML's writer writes as people do: 1e6, not 1000000.0, and it reads back to itself."""

    def __str__(self) -> str:
        return float_text(float(self))


def value_text(value: Any) -> str:
    """Return one value as a file writes it, in one line: `0.1`, `"adam"`, `[12]`, `{"eta" = 0.1}`."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return (
            "{" + ", ".join(f"{json.dumps(key)} = {value_text(inner)}" for key, inner in value.items()) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(value_text, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return float_text(value) if isinstance(value, float) else repr(value)
