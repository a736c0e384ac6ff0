"""Text as a session keeps it: UTF-8, also of folders whose names are none."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote_to_bytes

_ADDRESS = "file://"


def plain(text: str) -> str:
    """Return text that can be stored: half characters, which UTF-8 has no bytes for, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")


def folder_to_text(folder: str | None) -> str | None:
    """Return a folder as text; one whose name is not UTF-8 as its address, which has its bytes."""
    if folder is None or plain(folder) == folder:
        return folder
    return Path(folder).absolute().as_uri()


def folder_from_text(text: str | None) -> str | None:
    """Read what `folder_to_text` gave."""
    if text is None or not text.startswith(_ADDRESS):
        return text
    return os.fsdecode(unquote_to_bytes(text.removeprefix(_ADDRESS)))
