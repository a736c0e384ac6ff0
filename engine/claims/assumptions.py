"""What has to be there before a claim can be judged: its own fields, its columns, its events."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..experiment.claims import Claim
from ..experiment.columns import Column, column, title_of
from ..experiment.columns.twin import TWIN
from ..experiment.edits import LiveEdit
from ..experiment.experiment import Experiment
from ..experiment.measure import GROUP_TITLES
from ..experiment.provenance import is_harmless
from ..words.formats import counted
from .checks import counted_since, counters_of
from .reading import Reading, bound_columns

_NEVER = {
    "separated": "never separated: the summed loss stayed above l(0)",
    "fitted": "never fitted: the smallest margin never was positive",
    "late_stage": "not in the late stage: the smallest margin did not stay positive",
    "strongly_separated": "never strongly separated: log 1/Loss stayed below p_a",
    "handover": "never handed over: some root of the second moment stayed above ε",
}
_WAITS = {
    "separated": "waits for the summed loss to fall below l(0)",
    "fitted": "waits for a positive margin on every sample",
    "late_stage": "waits for margins that stay positive",
    "strongly_separated": "waits for log 1/Loss above p_a",
    "handover": "waits for gradients below ε",
}


def changed_settings(readings: list[Reading]) -> str:
    """Say which setting of a run changed when, where its steps led elsewhere from there on; '' where none did.

    Every claim is about a run whose settings stay as they were: a theorem's steps, and values that were measured
    with the settings that the file says. A run that goes on for longer, and what is recorded of it, changes none.
    """
    for reading in readings:
        edits = [edit for edit in reading.history.edits if _matters(edit, reading)]
        if edits:
            whose = f"in '{reading.name}' " if reading.name else ""
            more = f", and {counted(len(edits) - 1, 'more edit')}" if len(edits) > 1 else ""
            return f"{whose}settings changed while it ran: {edits[0].words}{more}"
    return ""


def _matters(edit: LiveEdit, reading: Reading) -> bool:
    """Say whether a run is another by an edit: no step was taken after one at its end."""
    if edit.moves:
        return edit.step < reading.last_step
    return not is_harmless(edit.field, edit.old, edit.new)


def not_measured(claim: Claim, readings: list[Reading]) -> str:
    """Say which column a claim needs and a run does not record, '' where all are there."""
    wanted = [claim.of, *bound_columns(claim), *([claim.against] if claim.check == "slope" else [])]
    for reading in readings:
        for name in wanted:
            if reading.columns(name) or (name == claim.of and counters_of(reading, name)):
                continue
            known = column(name)
            assert known is not None, "claims name known columns"
            whose = f" in '{reading.name}'" if reading.name else ""
            return f"{title_of(name)} was not measured{whose}: {_remedy(known)}"
    return ""


def _remedy(missing: Column) -> str:
    """Say what has to be measured for a column to be recorded, in the words of the window and of the file."""
    if missing in TWIN:
        return "turn on the linearised twin (measure.twin)"
    title = GROUP_TITLES.get(missing.group)
    measure = f"take the measurements '{title}' ('{missing.group}' in measure.groups), or " if title else ""
    return f"{measure}it does not apply here"


def lost_replica(claim: Claim, replicas: Iterable[tuple[Reading, int]]) -> str:
    """Say which replica has no end to be judged, since it diverged; '' for none.

    A claim that asks for the divergence is about what comes before it.
    """
    if any(event.removesuffix("_step") == "diverged" for event in claim.requires):
        return ""
    for reading, r in replicas:
        lost = reading.lost(r)
        if lost is not None:
            whose = f"'{reading.name}'" if reading.name else "the run"
            which = f"replica {r}{f' of {whose}' if reading.name else ''}" if reading.replicas > 1 else whose
            return f"{which} diverged after step {lost - 1:,}, and nothing holds of it"
    return ""


def decaying(claim: Claim, experiment: Experiment | None) -> tuple[bool, ...]:
    """Say of every replica whether weights decay, where a claim is about a margin that should never fall."""
    known = column(claim.of)
    if experiment is None or claim.check != "non_decreasing" or known is None or known.group != "margins":
        return ()
    once = [experiment.optimizer.weight_decay] * experiment.replicas
    return tuple(decay > 0 for decay in experiment.vary.get("optimizer.weight_decay", once))


def held_back(claim: Claim, replicas: Iterable[tuple[Reading, int]]) -> str:
    """Say that weight decay leaves a claim about margins that should never fall without its theorem, '' elsewhere."""
    if claim.check != "non_decreasing":
        return ""
    for reading, r in replicas:
        counters = counters_of(reading, claim.of)
        uncounted = counters is not None and np.isnan(reading.history.counters[counters[0]][r])
        if uncounted or (r < len(reading.decays) and reading.decays[r]):
            whose = f" in '{reading.name}'" if reading.name else ""
            return f"weight decay keeps the norm bounded{whose}, and that this margin never falls is proved without it"
    return ""


def unmet(claim: Claim, replicas: Iterable[tuple[Reading, int]]) -> tuple[str, str] | None:
    """Return what has not happened to some replica, said of a run that is over and of one that goes on."""
    for reading, r in replicas:
        whose = f"'{reading.name}' " if reading.name else ""
        for event in _needed(claim, reading):
            if reading.event(event, r) is None:
                name = event.removesuffix("_step")
                never, waits = (
                    _NEVER.get(name, f"never came to '{name}'"),
                    _WAITS.get(name, f"waits for '{name}'"),
                )
                return whose + never, whose + waits
        if isinstance(claim.after, int) and reading.last_step < claim.after:
            ended = (
                f"ended at step {reading.last_step:,}, before step {claim.after:,} from which it is judged"
            )
            return whose + ended, f"{whose}waits for step {claim.after:,}"
    return None


def _needed(claim: Claim, reading: Reading) -> list[str]:
    """Return the events that a claim presupposes."""
    needed = [*claim.requires]
    if isinstance(claim.after, str) and claim.after != "start":
        needed.append(claim.after)
    if claim.check == "non_decreasing" and claim.after == "start" and counters_of(reading, claim.of):
        needed.append(counted_since(claim.of))  # steps are counted from there on
    return needed
