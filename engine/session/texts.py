"""Text as a session keeps it: UTF-8, also of folders whose names are none."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

_ADDRESS = "file://"


def plain(text: str) -> str:
    """Return text that can be stored: half characters, which UTF-8 has no bytes for, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def path_to_text(path: str | None) -> str | None:
    """Return a path as text; one that is not UTF-8 as its address, which has its bytes."""
    if path is None or plain(path) == path:
        return path
    return Path(path).absolute().as_uri()


def path_from_text(text: str | None) -> str | None:
    """Read what `path_to_text` gave."""
    if text is None or not text.startswith(_ADDRESS):
        return text
    return os.fsdecode(unquote_to_bytes(text.removeprefix(_ADDRESS)))


def from_json(text: str) -> Any:
    """Read JSON; None where it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
