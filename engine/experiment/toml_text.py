"""Read TOML that may come from anywhere: what its parser would take gigabytes for is refused before."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from ..errors import Refusal
from .plain_files import read_whole

LARGEST_FILE = 8 << 20
"""Bytes of an experiment file; points written into it take about 20 each."""
MOST_PARTS = 8
"""Parts of a dotted key: the parser keeps every beginning of one, so that 40,000 parts took 6 GB."""
MOST_KEYS = 30_000
"""Keys and tables: the parser keeps sets and tables for each."""
MOST_VALUES = 1_000_000
"""Values in lists: more points than that belong in a file of their own."""

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


def read_text(path: Path, name: str) -> str:
    """Read the text of an experiment file.

    Raises:
        Refusal: where it is no plain file, too large, or not text in UTF-8.
        OSError: where it cannot be read.
    """
    content = read_whole(path, LARGEST_FILE, "an experiment file", name)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(
            "", name, "cannot be read as text in UTF-8; save it as UTF-8, or name another file"
        ) from None


def tables_from(text: str) -> dict[str, Any]:
    """Return the tables that a text in TOML says.

    Raises:
        Refusal: where it is none, or none that an experiment file is like.
    """
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
        raise Refusal("", None, f"this is not a TOML file: {words[:1].lower()}{words[1:]}") from None
