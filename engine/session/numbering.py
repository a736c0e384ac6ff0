"""Numbers in the names of runs that nobody named."""

from __future__ import annotations

import re
from collections.abc import Sequence

NUMBER = re.compile(r"[0-9]{1,9}")
NUMBERED = re.compile(rf"Run ({NUMBER.pattern})\b")
"""How a run is called that nobody named."""


def next_number(titles: Sequence[str], stored: str) -> int:
    """Return a number that no run of these titles has, nor any up to the one that was given last."""
    known = [int(number[1]) for number in map(NUMBERED.match, titles) if number]
    last = int(stored) if NUMBER.fullmatch(stored) else 0
    return max([last, len(titles), *known]) + 1
