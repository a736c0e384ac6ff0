"""What the table knows of one run: its fields, last values, events and verdicts; its records are not kept."""

from __future__ import annotations

import json
import statistics
import zlib
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
from engine.session import Digest

from .values import Value, as_value

DIGESTED = ("fields", "vary", "replicas", "step", "seconds", "events", "edits", "judged")
"""What a session keeps of a summary besides last values and verdicts."""
LONGEST = 20
"""Values of a list in a cell."""
LONGEST_TEXT = 200
"""Characters of a text in a cell: data that an experiment carries in itself are many more."""
MOST = 2**63
"""Whole numbers below which a file's are: larger ones are no step and no field."""
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

    fields: Mapping[str, Any]
    """By dotted path; lists of values that replicas take stand apart, and of long ones it is only said which."""
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
    judged: Mapping[str, str] = field(default_factory=dict)
    """By experiment what was known of the other runs when claims compared this one with them."""
    as_of: tuple[int, str] = (0, "")
    """Changes of the records, and the status, when it was made."""
    memo: dict[str | tuple[str, int], Value] = field(default_factory=dict)
    """What rows said by column, and replica: asked again for every sorting."""

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
        values = self.finals.get(column)
        if values is None:
            return None
        return as_value(median(values) if replica is None else values[replica])

    def event(self, name: str, replica: int | None) -> Value:
        """Return the step of an event: of a replica, or the median over those that met it; None where none did."""
        steps = self.events.get(name, [])
        if replica is not None:
            return steps[replica] if replica < len(steps) else None
        met = [step for step in steps if step is not None]
        return statistics.median(met) if met else None


def summary_of(
    experiment: Experiment,
    history: RunHistory,
    verdicts: Mapping[str, ClaimVerdict],
    judged: Mapping[str, str],
) -> RunSummary:
    """Return what the table keeps of a run that is at hand, or was read for it."""
    records = history.records
    fields = fields_of(experiment)
    return RunSummary(
        {path: _short(value) for path, value in fields.items() if path not in LEFT_OUT},
        experiment.vary,
        experiment.replicas,
        history.step,
        history.seconds,
        {name: records.final(name) for name in records.names},
        {name: list(steps) for name, steps in history.events.items()},
        ", ".join(edit.words for edit in history.edits),
        verdicts,
        judged,
        _state_of(history),
    )


def digest_of(summary: RunSummary) -> Digest:
    """Return a summary as a session keeps it, so that the run need not be read to be shown in a table."""
    told = {name: getattr(summary, name) for name in DIGESTED}
    told["verdicts"] = {text: [v.status, v.sentence, v.as_expected] for text, v in summary.verdicts.items()}
    return Digest(json.dumps(told), summary.finals)


def summary_from(digest: Digest) -> RunSummary | None:
    """Return a summary that a session kept; None where it is not as it should be."""
    try:
        told = json.loads(digest.text)
        verdicts = {text: ClaimVerdict(*parts) for text, parts in told.pop("verdicts").items()}
        told["fields"] = {path: _tuples(value) for path, value in told["fields"].items()}
        kept = {name: told[name] for name in DIGESTED}
        summary = RunSummary(**kept, finals=digest.finals, verdicts=verdicts)
        return summary if _is_sound(summary) else None
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None


def _is_sound(summary: Any) -> bool:
    """Say whether a file's summary has what a table computes with: types, and one value a replica."""
    counts, lists = (summary.replicas, summary.step), [*summary.vary.values()]
    if not all(type(count) is int and 0 <= count < MOST for count in counts):
        return False
    return (
        type(summary.seconds) in (int, float)
        and isinstance(summary.edits, str)
        and all(isinstance(values, list) and len(values) == summary.replicas for values in lists)
        and all(_is_cell(value) for values in lists for value in values)
        and all(values.shape == (summary.replicas,) for values in summary.finals.values())
        and all(values.dtype.kind in "biuf" for values in summary.finals.values())
        and all(step is None or type(step) is int for steps in summary.events.values() for step in steps)
        and all(map(_is_cell, summary.fields.values()))
        and type(summary.fields.get("seed", 0)) is int
        and all(isinstance(told, str) for told in summary.judged.values())
        and all(isinstance(v.status, str) for v in summary.verdicts.values())
        and all(type(v.as_expected) is bool for v in summary.verdicts.values())
    )


def _is_cell(value: Any) -> bool:
    """Say whether a cell can hold a value that a file gives."""
    if isinstance(value, tuple | list):
        return all(map(_is_cell, value))
    return value is None or isinstance(value, str | float) or (isinstance(value, int) and abs(value) < MOST)


def _short(value: Any) -> Any:
    """Return a field's value, of a long list or table only which one it is."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{len(value):,} characters, {zlib.crc32(value.encode()):08x}"
    if not isinstance(value, tuple | list | dict) or len(value) <= LONGEST:
        return str(value) if isinstance(value, dict) else value
    return f"{len(value):,} values, {zlib.crc32(repr(value).encode()):08x}"


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


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
