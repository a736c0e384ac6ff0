"""Whether a run can go on where it was left, and with what."""

from __future__ import annotations

import contextlib
from typing import Any

from engine.errors import Refusal
from engine.experiment.differences import differences, needs_restart
from engine.experiment.document import Document
from engine.experiment.experiment import with_values
from engine.protocol.messages import RunStatus

from .run import Run


def why_not(run: Run | None, edited: Document) -> str:
    """Say why a run cannot go on, given the document being edited; '' where it can."""
    if run is None:
        return "There is no run to continue."
    if run.status is RunStatus.FAILED and not len(run.history.records):
        return "This run never began; press Run for a new one."
    if not run.status.ended:
        return "This run is under way."
    if run.status is RunStatus.DIVERGED:
        return "This run diverged; run it again with a smaller step."
    if len(run.history.records) and run.history.resumable_step is None:
        return "No state of this run was kept to go on from; press Run for a new one."
    last = with_values(run.current, changes_of(run, edited)).run.steps
    if run.status is RunStatus.DONE and run.step >= last:
        return "This run took all its steps; raise steps to go on."
    return ""


def changes_of(run: Run, edited: Document) -> dict[str, Any]:
    """Return the edits of its length and other live fields with which a run goes on, where they are about it."""
    if not is_same_but_live(run, edited):
        return {}
    wanted, name = edited.experiments()[run.experiment_name], run.experiment_name
    with contextlib.suppress(Refusal):
        # what the document itself says of edits, the run has taken or will take at their steps
        for edit in edited.edits_of(name):
            wanted = with_values(wanted, edit.set) if edit.step <= run.step else wanted
        changes = differences(run.current, wanted).items()
        return {path: after for path, (_, after) in changes if path != "title"}
    return {}


def is_same_but_live(run: Run, edited: Document) -> bool:
    """Say whether the document being edited differs from a run's only in what a run can take on its way."""
    wanted = edited.experiments().get(run.experiment_name)
    return wanted is not None and not needs_restart(run.experiment, wanted)
