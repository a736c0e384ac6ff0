"""What a plot's head tells of runs: values under the crosshair, at the step looked at, or the last ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.figures.curves import Shown, readings
from engine.figures.spread import median
from engine.protocol.records import Array

from .choices import Choices
from .header import HeaderReading
from .traces import ReadingPlace, TraceData


def readings_at(
    place: ReadingPlace | None, visible: Sequence[TraceData], choices: Choices
) -> dict[str, list[HeaderReading]]:
    """Return what is told of every column drawn, the run looked at first; None for the last values."""
    ordered = sorted(visible, key=lambda data: not data.trace.selected)
    told: dict[str, list[HeaderReading]] = {}
    for name in choices.columns():
        shown = choices.shown_as(name)
        told[name] = [
            HeaderReading(d.trace.label, d.trace.line_colour, reading(d, values_at(d, name, place), shown))
            for d in ordered
            if name in d.records and len(d.records)
        ]
    return told


def reading(data: TraceData, values: Array, shown: Shown) -> float:
    """Return the median over the replicas (R,), or what the replica looked at has."""
    told = readings(values, shown)
    return median(told) if data.replica is None else float(told[data.replica])


def values_at(data: TraceData, name: str, place: ReadingPlace | None) -> Array:
    """Return the values (R,) at a place, or the last ones (None)."""
    if place is None:
        return data.final(name)
    record = place.records.get(data.trace.run)
    if record is None or record >= len(data.records):
        return np.full(data.records.replicas, np.nan)
    return data.at(name, record)


def marked_place(visible: Sequence[TraceData], step: int) -> tuple[float | None, ReadingPlace | None]:
    """Return where a step lies, and what is read there: the step looked at is one of the run looked at."""
    ordered = sorted(visible, key=lambda data: not data.trace.selected)
    place = next((p for data in ordered if (p := data.position(step)) == p), None)
    records = {data.trace.run: r for data in ordered if (r := data.record_of(step)) is not None}
    told = next((data for data in ordered if data.trace.run in records), None)
    return place, None if told is None else ReadingPlace(told.step(records[told.trace.run]), records)
