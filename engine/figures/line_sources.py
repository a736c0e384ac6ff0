"""Where a line that a plot draws beside what it shows comes from, in the words of the runs that have it."""

from __future__ import annotations

from collections.abc import Iterable

from engine.protocol.run_history import RunHistory

LINES = ("edge_line",)
"""Columns that say by a remark where they come from."""


def line_sources(histories: Iterable[RunHistory], columns: Iterable[str]) -> list[str]:
    """Return what runs say of the lines among some columns, each once."""
    drawn = [name for name in columns if name in LINES]
    told = [history.remarks.get(name, "") for history in histories for name in drawn]
    return list(dict.fromkeys(words for words in told if words))
