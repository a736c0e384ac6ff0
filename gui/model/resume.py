"""Whether a run can go on where it was left, and with what; what one under way can take."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from engine.experiment.differences import differences, needs_restart
from engine.experiment.document import Document
from engine.experiment.experiment import Experiment, with_values
from engine.protocol.messages import STEPS, RunStatus
from engine.words.errors import Refusal

from .run import Run, document_with
from .run_queue import States, WaitingRun


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


def to_go_on(run: Run, states: States, changes: Mapping[str, Any] | None) -> WaitingRun | None:
    """Return a run ready to go on from its last complete state; None where that cannot be read.

    Changes are edits that it takes there; one that has recorded nothing begins with them.
    """
    step = run.history.resumable_step
    state = states.state(run.id, step) if step is not None else None
    state = state if state is not None and state.resumable else None
    if state is None and len(run.history.records):
        return None
    known = run.known_data(states.folder)
    if not run.has_records:
        if changes:
            run.take_document(document_with(run.document, run.experiment_name, changes))
        return WaitingRun(run, known)
    run.take_document(run.with_its_edits(changes))
    return WaitingRun(run, known, dict(changes or {}), state)


def in_the_place_of(run: Run, new: Run, states: States, hides: str, paused: bool) -> WaitingRun:
    """Return a run ready to begin in the place of another one, on the data that this one had."""
    same = new.experiment.data == run.experiment.data and new.document.folder == run.document.folder
    known = run.known_data(states.folder) if same else None
    steps = ""
    if run.history.started is not None and not needs_restart(run.experiment, new.experiment):
        steps = run.history.started.environment.get(STEPS, "")
    return WaitingRun(new, known, steps=steps, hides=hides, paused=paused)


def divided(run: Run, experiment: Experiment) -> tuple[dict[str, Any], list[str]]:
    """Divide what an edited experiment says anew into what a run under way can take, and paths that need a new run."""
    late = needs_restart(run.experiment, experiment)
    other_kinds = tuple(path.removesuffix("kind") for path in late if path.endswith(".kind"))
    changes = {
        path: after
        for path, (_, after) in differences(run.asked, experiment).items()
        if path not in late and path != "title" and not path.startswith(other_kinds)
    }
    try:
        with_values(run.asked, changes)
    except Refusal:
        return {}, late
    return changes, late
