"""Edits of a run under way: what was changed, and when; how a file says it, so that another run takes them again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ..words.errors import Refusal
from .differences import differences, last_words, needs_restart, shown
from .experiment import Experiment, value_at, with_values
from .fields import Fields, field

HARMLESS = ("run.", "measure.")
"""Fields of these tables decide how long a run is and what is recorded of it, not where its steps lead."""


@dataclass(frozen=True)
class LiveEdit:
    """One field that was changed while a run went on: for the step after `step` steps it is already another."""

    step: int
    field: str
    """Its dotted path."""
    old: Any
    """None: the field was not set, or the session was written by a lab that did not keep it."""
    new: Any

    @property
    def moves(self) -> bool:
        """Say whether it changes where steps lead."""
        return not self.field.startswith(HARMLESS)

    @property
    def words(self) -> str:
        """Say in a few words what it changed and when, as in 'c 0.5 to 1.9 at 800'."""
        before = "" if self.old is None else f"{shown(self.old)} "
        after = "none" if self.new is None else shown(self.new)
        return f"{last_words(self.field)} {before}to {after} at {self.step:,}"


class EditSpec(Fields):
    """What a run sets at a step, while it goes on."""

    step: int = field(..., "step", "After how many steps.", ge=0)
    set: dict[str, Any] = field(..., "set", "Dotted paths and their values.", min_length=1)
    run: str = field("", "experiment", "Which experiment of the file, where it holds several.")


def with_edit(experiment: Experiment, changes: Mapping[str, Any]) -> Experiment:
    """Return the experiment that goes on with dotted paths set.

    Raises:
        Refusal: where a value is not allowed, or a field cannot change while a run goes on.
    """
    _check_varied(experiment, changes, changes)
    edited = with_values(experiment, changes)
    different = {path: after for path, (_, after) in differences(experiment, edited).items()}
    _check_varied(experiment, different, different)
    for path in needs_restart(experiment, edited):
        raise Refusal(
            path, different[path], "cannot change while a run goes on; it takes effect with a new run"
        )
    if "title" in different:
        raise Refusal("title", different["title"], "is no setting that a run takes on its way")
    return edited


def _check_varied(experiment: Experiment, paths: Iterable[str], values: Mapping[str, Any]) -> None:
    for path in paths:
        if path in experiment.vary:
            raise Refusal(path, values[path], "differs between replicas here; edit vary, for a new run")


def edits_between(step: int, before: Experiment, after: Experiment) -> tuple[LiveEdit, ...]:
    """Return what makes one experiment of another at a step."""
    return tuple(LiveEdit(step, path, old, new) for path, (old, new) in differences(before, after).items())


def taken_up(known: Iterable[LiveEdit], new: Iterable[LiveEdit]) -> list[LiveEdit]:
    """Return edits in the order of their steps; of one field at one step the last one counts, once.

    What was set and set back before another step was taken is no edit. Telling an edit again changes nothing.
    """
    edits = {(edit.step, edit.field): edit for edit in known}
    for edit in new:
        earlier = edits.pop((edit.step, edit.field), edit)
        if earlier.old != edit.new:
            edits[edit.step, edit.field] = LiveEdit(edit.step, edit.field, earlier.old, edit.new)
    return sorted(edits.values(), key=lambda edit: edit.step)


def with_edits(start: Experiment, edits: Iterable[LiveEdit]) -> Experiment:
    """Return what an experiment has become by the edits of its run."""
    return with_values(start, {edit.field: edit.new for edit in edits})


def specs_of(start: Experiment, edits: Sequence[LiveEdit], run: str = "") -> tuple[EditSpec, ...]:
    """Return the edits of a run as its experiment file says them."""
    specs, before = [], start
    for step, together in groupby(edits, key=lambda edit: edit.step):
        changes = {edit.field: edit.new for edit in together}
        before = with_values(before, changes)
        specs.append(EditSpec(step=step, set=_in_toml(before, changes), run=run))
    return tuple(specs)


def _in_toml(after: Experiment, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return changes with whole tables for fields that are no longer set: TOML has no word for 'none'."""
    tables = {path.rpartition(".")[0] for path, value in changes.items() if value is None}
    whole = {table: value_at(after, table).model_dump(exclude_none=True) for table in tables}
    return {path: v for path, v in changes.items() if path.rpartition(".")[0] not in tables} | whole


def without_fields(
    start: Experiment, edits: Sequence[EditSpec], fields: Collection[str], run: str = ""
) -> tuple[tuple[EditSpec, ...], list[LiveEdit]]:
    """Return what a run that starts so takes of edits without those of some fields, and what is left out.

    Of an edit of a whole table only what lies in these fields is left out.

    Raises:
        Refusal: where a run could not take them all.
    """
    live: list[LiveEdit] = []
    before = start
    for edit in sorted(edits, key=lambda edit: edit.step):
        after = with_values(before, edit.set)
        live += edits_between(edit.step, before, after)
        before = after
    live = taken_up([], live)
    left_out = [edit for edit in live if any(f"{edit.field}.".startswith(f"{path}.") for path in fields)]
    if not left_out:
        return tuple(edits), []
    return specs_of(start, [edit for edit in live if edit not in left_out], run), left_out


def check_edits(start: Experiment, edits: Sequence[tuple[str, EditSpec]]) -> None:
    """Refuse edits that a run of an experiment could not take; each comes with how its file calls it.

    Raises:
        Refusal: for the first of them.
    """
    experiment = start
    for called, edit in sorted(edits, key=lambda named: named[1].step):
        try:
            experiment = with_edit(experiment, edit.set)
        except Refusal as refusal:
            raise Refusal(f"{called}.set.{refusal.field}", refusal.value, refusal.remedy) from None
