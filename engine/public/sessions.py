"""Read what a session has recorded."""

from __future__ import annotations

from pathlib import Path

from ..session import Session
from .results import RunResult


def open_session(path: str | Path, *, snapshots: bool = False) -> list[RunResult]:
    """Return every run of a session file, in the order of its list; the file is not changed.

    Args:
        path: a .mlab file; it may be open in the lab.
        snapshots: read the parameters at the steps that were kept, too.

    Raises:
        Refusal: where it is missing, is no session, is damaged, or was written by a newer lab.
    """
    runs = []
    with Session.read(Path(path)) as session:
        for entry in session.runs:
            title, history = entry.title or entry.experiment, session.load_run(entry.id).history
            run = RunResult(entry.experiment, title, entry.described(), history, entry.id)
            for step in session.snapshot_steps(entry.id) if snapshots else []:
                snapshot = session.snapshot(entry.id, step)
                if snapshot is not None:
                    run.snapshots[step] = snapshot
            runs.append(run)
    return runs
