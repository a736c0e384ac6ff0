"""What labs before kept elsewhere: edits of runs stood among the views of the window, without what was before."""

from __future__ import annotations

from typing import Any

from engine.experiment.edits import LiveEdit, taken_up


def edits_among_views(views: Any, run: str) -> tuple[LiveEdit, ...]:
    """Return what a window of before noted of a run's edits; what is not as it should be is left out.

    The text of such a run says what its experiment had become, and of a field's first edit nothing says what was
    before it.
    """
    table: Any = views
    for key in ("runs", run, "edits"):
        table = table.get(key) if isinstance(table, dict) else None
    edits: list[LiveEdit] = []
    known: dict[str, Any] = {}
    for stored in table if isinstance(table, list) else []:
        match stored:
            case [int(step), dict(changes)]:
                new = [LiveEdit(step, path, known.get(path), value) for path, value in changes.items()]
                edits = taken_up(edits, new)
                known |= changes
            case _:
                pass
    return tuple(edits)
