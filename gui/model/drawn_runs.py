"""Which of many visible runs plots draw: as many as can be drawn and redrawn without holding the window up."""

from __future__ import annotations

from collections.abc import Sequence

from .run import Run

MOST_DRAWN = 60
"""Runs in one plot."""


def drawn(runs: Sequence[Run], selected: Run | None) -> list[Run]:
    """Return the visible runs that are drawn, in the order of the list: the one looked at, and the latest."""
    visible = [run for run in runs if run.visible]
    if len(visible) <= MOST_DRAWN:
        return visible
    latest = visible[-MOST_DRAWN:]
    if selected is not None and selected.visible and selected not in latest:
        return [selected, *latest[1:]]
    return latest


def left_out(visible: int) -> str:
    """Say what is not drawn of so many visible runs; '' where all are."""
    if visible <= MOST_DRAWN:
        return ""
    which = f"{MOST_DRAWN} of {visible:,} visible runs, the one looked at and the latest"
    return f"Drawn: {which}. Hide runs to see others."


def why_nothing_to_export(runs: Sequence[Run]) -> str:
    """Say why the plots hold nothing that could be exported; '' where they do."""
    if any(run.visible and run.has_records for run in runs):
        return ""
    if any(run.has_records for run in runs):
        return "There is nothing to export: every run is hidden; the eye beside a run shows it."
    return "There is nothing to export yet: run an experiment or a map first."
