"""Which definition of a column a run's records have: where a lab came to mean another quantity by a name."""

from __future__ import annotations

from collections.abc import Mapping

from ..experiment.columns import COLUMNS, column

Definitions = Mapping[str, tuple[int, int]]
"""By column that was defined anew since the first lab: its definition, and the first step that has it."""
OUTDATED = "recorded by an earlier lab, which meant another quantity by this name; not shown"


def defined_anew() -> dict[str, int]:
    """Return the columns that do not mean what the first lab meant by them, with the number of their definition."""
    return {known.name: known.definition for known in COLUMNS if known.definition > 1}


def taken_up(known: Definitions, told: Mapping[str, int], step: int) -> dict[str, tuple[int, int]]:
    """Return the definitions of a run that begins, or goes on, at a step with these."""
    first = step + 1 if step else 0  # where it goes on, the record of its step is there already
    return {
        name: known[name] if name in known and known[name][0] == number else (number, first)
        for name, number in told.items()
    }


def first_valid(name: str, definitions: Definitions) -> float:
    """Return the first step of a run whose records of a column mean what this lab means by it; infinite for none."""
    meant = column(name)
    if meant is None or meant.definition == 1:
        return 0
    number, first = definitions.get(meant.name, (1, 0))
    return first if number == meant.definition else float("inf")
