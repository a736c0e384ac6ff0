"""The window's log: what went wrong, in a bounded file of the user's, without the names that people give."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path

NAME = "margin-lab"
LOG_BYTES = 1_000_000
"""Size of the log, and of the one before it."""
ENTRY = 20_000
"""Characters of one entry."""
HIDDEN = "…"
"""What stands for a word that is nobody else's business."""
log = logging.getLogger(NAME)


class BoundedLog(RotatingFileHandler):
    """Keeps the log small, whatever a single entry says, and says nothing where the disk takes no more."""

    def format(self, record: logging.LogRecord) -> str:
        """Return an entry's text: of a long one its beginning and its end."""
        text = super().format(record)
        return text if len(text) <= ENTRY else f"{text[: ENTRY // 2]}\n[...]\n{text[-ENTRY // 2 :]}"

    def handleError(self, record: logging.LogRecord) -> None:
        """Let it go: the log is for reports, and where it cannot be written the window says so itself."""


def log_path() -> Path:
    """Return where the log lies."""
    from platformdirs import user_state_path

    return user_state_path(NAME, appauthor=False) / "window.log"


def log_to_file() -> None:
    """Write what goes wrong to the user's state folder."""
    try:
        path = log_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = BoundedLog(path, maxBytes=LOG_BYTES, backupCount=1, encoding="utf-8", errors="replace")
    except OSError:
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)


def without_names(text: str, names: Iterable[str]) -> str:
    """Return a text with names left out, wherever they stand as words of their own."""
    longest_first = sorted({name for name in names if name.strip()}, key=len, reverse=True)
    if not longest_first:
        return text
    return re.sub(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)", HIDDEN, text)
