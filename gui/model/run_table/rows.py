"""The rows of the table: one a run, or one a replica; whatever gives values by column name can be a row as well."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from engine.experiment.provenance import BASED_ON
from gui.model.run import Run

from .column import TableColumn
from .summary import RunSummary
from .values import Value

RowKey = tuple[str, int | None]
"""A run's id, and which of its replicas; None: all."""


class TableRow(Protocol):
    """Whatever the table can show."""

    @property
    def key(self) -> RowKey: ...

    @property
    def state(self) -> object:
        """What it was made of: the same object as long as its values are the same, those of its run apart."""
        ...

    def value(self, column: str) -> Value:
        """Return what stands in a column; None for nothing."""


@dataclass(frozen=True, slots=True)
class RunRowOf:
    """A run, or one of its replicas."""

    run: Run
    summary: RunSummary | None
    """None: it has not been read yet."""
    replica: int | None = None

    @property
    def key(self) -> RowKey:
        return self.run.id, self.replica

    @property
    def state(self) -> object:
        return self.summary

    def value(self, column: str) -> Value:
        """Return what stands in a column."""
        own = OF_RUN.get(column)
        if own is not None:
            return own(self.run, self.replica)
        summary = self.summary
        if summary is None:
            return None
        key = column if self.replica is None else (column, self.replica)
        if key not in summary.memo:
            summary.memo[key] = self._told(summary, column)
        return summary.memo[key]

    def _told(self, summary: RunSummary, column: str) -> Value:
        told = OF_SUMMARY.get(column)
        if told is not None:
            return told(summary, self.replica)
        if column in summary.finals:
            return summary.final(column, self.replica)
        if column in summary.events:
            return summary.event(column, self.replica)
        if column.startswith(CLAIM):
            verdict = summary.verdicts.get(column.removeprefix(CLAIM))
            return None if verdict is None else verdict.status
        return summary.field(column, self.replica)


CLAIM = "claim:"
"""Before the text of a claim in the name of its column."""


def _name(run: Run, _replica: int | None) -> Value:
    return run.name


def _title(run: Run, _replica: int | None) -> Value:
    return run.title.removeprefix(BASED_ON)


def _star(run: Run, _replica: int | None) -> Value:
    return run.starred


def _tags(run: Run, _replica: int | None) -> Value:
    return ", ".join(run.tags)


def _notes(run: Run, _replica: int | None) -> Value:
    return run.notes


def _status(run: Run, _replica: int | None) -> Value:
    return run.status.value


def _visible(run: Run, _replica: int | None) -> Value:
    return run.visible


def _replica_of(_run: Run, replica: int | None) -> Value:
    return replica


def _replicas(summary: RunSummary, _replica: int | None) -> Value:
    return summary.replicas


def _step(summary: RunSummary, replica: int | None) -> Value:
    lost = None if replica is None else summary.event("diverged_step", replica)
    return summary.step if lost is None else lost


def _seconds(summary: RunSummary, _replica: int | None) -> Value:
    return summary.seconds


def _edits(summary: RunSummary, _replica: int | None) -> Value:
    return summary.edits


def _claims_as_expected(summary: RunSummary, _replica: int | None) -> Value:
    verdicts = summary.verdicts.values()
    return sum(verdict.as_expected for verdict in verdicts) if verdicts else None


def _claims_otherwise(summary: RunSummary, _replica: int | None) -> Value:
    verdicts = summary.verdicts.values()
    return sum(v.status in ("holds", "fails") and not v.as_expected for v in verdicts) if verdicts else None


OF_RUN: Mapping[str, Callable[[Run, int | None], Value]] = {
    "star": _star,
    "name": _name,
    "experiment": _title,
    "replica": _replica_of,
    "status": _status,
    "tags": _tags,
    "notes": _notes,
    "shown": _visible,
}
"""What is known of every run, whether it has been read or not."""
OF_SUMMARY: Mapping[str, Callable[[RunSummary, int | None], Value]] = {
    "step": _step,
    "seconds": _seconds,
    "replicas": _replicas,
    "edits": _edits,
    "as_expected": _claims_as_expected,
    "not_as_expected": _claims_otherwise,
}
RUN_COLUMNS = (
    TableColumn("star", "★", "run", "Runs that were given a star; click to give one."),
    TableColumn("name", "run", "run", "What the run is called.", is_text=True),
    TableColumn(
        "experiment",
        "experiment",
        "run",
        "The title of its experiment, or of the one that it is based on.",
        is_text=True,
    ),
    TableColumn("replica", "replica", "run", "Which replica of the run, from 0."),
    TableColumn("status", "status", "run", "Where the run stands.", is_text=True),
    TableColumn("step", "step", "run", "The step it has come to; of a replica that diverged, where it did."),
    TableColumn("seconds", "seconds", "run", "Training with its measurements, in seconds."),
    TableColumn("replicas", "replicas", "run", "Trainings side by side in the run."),
    TableColumn("edits", "edited", "run", "What was changed while it ran.", is_text=True),
    TableColumn("tags", "tags", "run", "Words that runs were given to be found by.", is_text=True),
    TableColumn("notes", "notes", "run", "The run's notes.", is_text=True),
    TableColumn("shown", "shown", "run", "Whether the plots show it."),
    TableColumn(
        "as_expected", "claims as expected", "claim", "How many claims of the run ended as expected."
    ),
    TableColumn("not_as_expected", "claims that failed", "claim", "How many claims ended otherwise."),
)
