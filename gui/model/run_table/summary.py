"""What the table knows of one run: its fields, last values, events and verdicts; its records are not kept."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.claims import judge_all
from engine.experiment.differences import fields_of
from engine.experiment.document import Document
from engine.experiment.experiment import Experiment
from engine.figures.spread import median
from engine.protocol.records import Array
from engine.protocol.run_history import Events, RunHistory

from .values import Value, as_value

LEFT_OUT = ("version", "title", "vary")
"""Fields that are told otherwise, or mean nothing to people."""


@dataclass(frozen=True)
class ClaimVerdict:
    """How a claim ended for a run."""

    status: str
    sentence: str
    as_expected: bool


@dataclass(frozen=True)
class RunSummary:
    """One run in numbers."""

    experiment: Experiment
    fields: Mapping[str, Any]
    """By dotted path; lists of values that replicas take stand apart."""
    vary: Mapping[str, Sequence[Any]]
    """By dotted path: one value a replica."""
    replicas: int
    step: int
    seconds: float
    finals: Mapping[str, Array]
    """By measurement its last defined value in every replica, (R,)."""
    events: Events
    edits: str
    """What was changed while it ran, in words."""
    verdicts: Mapping[str, ClaimVerdict] = field(default_factory=dict)
    """By the text of the claim."""
    as_of: tuple[int, str] = (0, "")
    """Changes of the records, and the status, when it was made."""
    _medians: dict[str, Value] = field(default_factory=dict)
    """Over the replicas, as far as they were asked for."""

    def is_of(self, history: RunHistory) -> bool:
        """Say whether a run has told nothing more since."""
        return self.as_of == _state_of(history)

    def field(self, path: str, replica: int | None) -> Value:
        """Return a field of the run, or of one replica; of several values in words, where they differ."""
        if path in self.vary:
            values = self.vary[path]
            return as_value(values[replica]) if replica is not None else _ends(values)
        value = self.fields.get(path)
        if path == "seed" and replica is not None:
            value = int(value or 0) + replica
        return as_value(value)

    def final(self, column: str, replica: int | None) -> Value:
        """Return the last value of a measurement: of a replica, or the median over all."""
        if replica is None:
            if column not in self._medians:
                values = self.finals.get(column)
                self._medians[column] = None if values is None else as_value(median(values))
            return self._medians[column]
        return as_value(self.finals[column][replica]) if column in self.finals else None

    def event(self, name: str, replica: int | None) -> Value:
        """Return the step of an event: of a replica, or the median over those that met it; None where none did."""
        steps = self.events.get(name, [])
        if replica is not None:
            return steps[replica] if replica < len(steps) else None
        if len(steps) == 1:
            return steps[0]
        if name not in self._medians:
            met = [step for step in steps if step is not None]
            self._medians[name] = statistics.median(met) if met else None
        return self._medians[name]


def summary_of(
    experiment: Experiment, history: RunHistory, verdicts: Mapping[str, ClaimVerdict]
) -> RunSummary:
    """Return what the table keeps of a run that is at hand, or was read for it."""
    records = history.records
    fields = fields_of(experiment)
    return RunSummary(
        experiment,
        {path: value for path, value in fields.items() if path not in LEFT_OUT},
        experiment.vary,
        experiment.replicas,
        history.step,
        history.seconds,
        {name: records.final(name) for name in records.names},
        {name: list(steps) for name, steps in history.events.items()},
        ", ".join(edit.words for edit in history.edits),
        verdicts,
        _state_of(history),
    )


def _state_of(history: RunHistory) -> tuple[int, str]:
    return history.records.changes, history.status.value


def judged_names(document: Document) -> set[str]:
    """Return the experiments of a document that its claims are about."""
    first = document.variations[0].name if document.variations else ""
    return {name for claim in document.claims for name in (claim.run or first, *(claim.compare or ()))}


def verdicts_of(document: Document, histories: Mapping[str, RunHistory]) -> dict[str, ClaimVerdict]:
    """Judge the claims of a document over runs of one press of Run, by the name of their experiment."""
    if not document.claims:
        return {}
    judged = judge_all(document, histories)
    return {
        claim.text: ClaimVerdict(verdict.status, verdict.sentence, verdict.as_expected)
        for claim, verdict in zip(document.claims, judged, strict=True)
    }


def _ends(values: Sequence[Any]) -> Value:
    """Return the values of replicas as one: the one that all have, or the first and the last."""
    told = list(dict.fromkeys(map(str, values)))
    if len(told) == 1:
        return as_value(values[0])
    return f"{told[0]} … {told[-1]}" if len(told) > 2 else ", ".join(told)
