"""Colours of runs by the values of one column, a field or the last value of a measurement, as in the window."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..experiment.columns import title_of
from ..experiment.differences import fields_of, shown
from ..experiment.experiment import Experiment
from ..experiment.titles import full_title, head, title
from ..figures.replicas import NO_VALUE, ReplicaScale, value_scale
from ..figures.spread import median
from ..protocol.records import Records
from ..words.errors import Refusal, nearest

Told = tuple[Experiment | None, Records]
"""What a run trains, where that can be read, and its records."""


def colours_by(column: str, runs: Mapping[str, Told]) -> tuple[Mapping[str, str], ReplicaScale | None]:
    """Return the colour of every run by its id, and what the colours mean: None where no run has a value.

    Args:
        column: a field's path or its end, or a measurement.
        runs: by id, all that can be told apart.

    Raises:
        Refusal: where no run has such a column.
    """
    fields = {id: {} if run is None else fields_of(run) for id, (run, _) in runs.items()}
    paths = list(dict.fromkeys(path for known in fields.values() for path in known))
    measured = list(dict.fromkeys(name for _, records in runs.values() for name in records.names))
    path = _meant(column, paths, measured)
    values: dict[str, float | str | None]
    if path in measured:
        called = title_of(path)
        values = {id: _number(median(records.final(path))) for id, (_, records) in runs.items()}
    else:
        experiment = next(run for run, _ in runs.values() if run is not None and path in fields_of(run))
        own = title(experiment, path)
        alone = Counter(title(experiment, other) for other in paths)[own] == 1
        called = head(own, full_title(experiment, path), alone=alone)
        values = {id: _value(runs[id][0], path, known.get(path)) for id, known in fields.items()}
    there = sorted({value for value in values.values() if value is not None}, key=_order)
    if not there:
        return {}, None
    scale = replace(value_scale(called, there), rest="none")
    by_value = dict(zip(there, scale.colours, strict=True))
    return {id: NO_VALUE if value is None else by_value[value] for id, value in values.items()}, scale


def _meant(column: str, paths: Sequence[str], measured: Sequence[str]) -> str:
    if column in paths or column in measured:
        return column
    ends = [path for path in paths if path.endswith(f".{column}")]
    if len(ends) > 1:
        raise Refusal("--colour", column, f"is the end of several names; write {' or '.join(ends)}")
    if ends:
        return ends[0]
    near = nearest(column, [*(path.rpartition(".")[2] for path in paths), *paths, *measured])
    raise Refusal("--colour", column, f"is no field and no measurement of these runs; {near}")


def _value(run: Experiment | None, path: str, value: Any) -> float | str | None:
    if run is not None and path in run.vary:
        told = list(dict.fromkeys(map(str, run.vary[path])))
        return _value(None, path, run.vary[path][0]) if len(told) == 1 else ", ".join(told)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return _value(None, path, value[0] if len(value) == 1 else shown(value))
    return _number(value) if isinstance(value, int | float) else None if value is None else str(value) or None


def _number(value: Any) -> float | None:
    return None if math.isnan(value) else int(value) if isinstance(value, int) else float(value)


def _order(value: float | str) -> tuple[int, float, str]:
    return (1, 0.0, value.casefold()) if isinstance(value, str) else (0, float(value), "")
