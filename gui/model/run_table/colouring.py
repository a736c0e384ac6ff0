"""The colours of runs by the values of one column, and the legend of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.figures.replicas import ReplicaScale, value_scale

from .column import TableColumn
from .rows import RunRowOf
from .values import Value, are_numbers, in_cell, in_order

NOTHING = "#8a8f94"
"""Of runs that have no value."""


@dataclass(frozen=True)
class Colouring:
    """Which run has which colour, and what these mean."""

    colours: Mapping[str, str] = field(default_factory=dict)
    """By run, as "#rrggbb"; empty where every run has its own."""
    scale: ReplicaScale | None = None
    """The values in order, for a legend."""

    @classmethod
    def of(cls, column: TableColumn | None, rows: Sequence[RunRowOf]) -> Colouring:
        """Return the colours of runs by a column: numbers by their logarithm, words in their order."""
        if column is None:
            return cls()
        values = {row.run.id: row.value(column.name) for row in rows}
        there: list[Value] = sorted(
            {value for value in values.values() if in_order(value)[0] < 2}, key=in_order
        )
        if not there:
            return cls()
        told = there if are_numbers(there) else [in_cell(value) for value in there]
        unread = {row.run.id for row in rows if row.summary is None}
        without = [id for id, value in values.items() if value not in there]
        words = [
            word
            for word, is_read in (("none", True), ("not read yet", False))
            if any((id not in unread) == is_read for id in without)
        ]
        scale = replace(value_scale(column.title, list(told)), rest=" or ".join(words) or "none")
        by_value = dict(zip(there, scale.colours, strict=True))
        return cls({run: by_value.get(value, NOTHING) for run, value in values.items()}, scale)
