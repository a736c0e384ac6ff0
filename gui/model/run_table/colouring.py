"""The colours of runs by the values of one column, and the legend of these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace

from engine.figures.replicas import NO_VALUE, ReplicaScale, value_scale

from .column import TableColumn
from .rows import OF_RUN, RunRowOf
from .values import Value, are_numbers, in_cell, in_order

REASONS = ("none", "not read yet", "cannot be read")
"""Why runs have no value."""


@dataclass(frozen=True)
class Colouring:
    """Which run has which colour, and what these mean."""

    colours: Mapping[str, str] = field(default_factory=dict)
    """By run, as "#rrggbb"; empty where every run has its own."""
    scale: ReplicaScale | None = None
    """The values in order, for a legend."""

    @classmethod
    def of(
        cls, column: TableColumn | None, rows: Sequence[RunRowOf], unreadable: AbstractSet[str] = frozenset()
    ) -> Colouring:
        """Return the colours of runs by a column: numbers by their logarithm, words in their order.

        Args:
            column: None: every run has its own colour.
            rows: one a run.
            unreadable: runs that nothing can be read of.
        """
        if column is None:
            return cls()
        values = {row.run.id: row.value(column.name) for row in rows}
        there: list[Value] = sorted(
            {value for value in values.values() if in_order(value)[0] < 2}, key=in_order
        )
        if not there:
            return cls()
        told = there if are_numbers(there) else [in_cell(value) for value in there]
        scale = value_scale(column.title, list(told))
        by_value = dict(zip(there, scale.colours, strict=True))
        without = [row for row in rows if values[row.run.id] not in by_value]
        found = {_why_nothing(row, column, unreadable) for row in without}
        scale = replace(scale, rest=" or ".join(word for word in REASONS if word in found) or REASONS[0])
        return cls({run: by_value.get(value, NO_VALUE) for run, value in values.items()}, scale)


def _why_nothing(row: RunRowOf, column: TableColumn, unreadable: AbstractSet[str]) -> str:
    if row.summary is not None or column.name in OF_RUN:
        return REASONS[0]
    return REASONS[2 if row.run.id in unreadable else 1]
