"""Runs coloured by a value: which have none, and why."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from gui.model.run_table.colouring import NOTHING, Colouring
from gui.model.run_table.column import TableColumn


class CountedNumber(float):
    """A number that counts how often it is compared."""

    compared: ClassVar[int] = 0

    def __eq__(self, other: object) -> bool:
        CountedNumber.compared += 1
        return float(self) == other

    __hash__ = float.__hash__


def row(id: str, value: object, is_read: bool = True) -> Any:
    return SimpleNamespace(
        run=SimpleNamespace(id=id), summary=object() if is_read else None, value=lambda _column: value
    )


@pytest.mark.parametrize(
    ("column", "rest"), [("seed", "none or not read yet or cannot be read"), ("tags", "none")]
)
def test_the_legend_says_why_runs_have_no_value(column: str, rest: str) -> None:
    rows = [row("a", 1), row("b", None), row("c", None, False), row("d", None, False)]
    found = Colouring.of(TableColumn(column, column, "run"), rows, {"d"})
    assert found.scale is not None and found.scale.rest == rest
    assert [found.colours[run] == NOTHING for run in "abcd"] == [False, True, True, True]


def test_many_runs_of_different_values_are_not_compared_with_one_another() -> None:
    rows = [row(str(k), CountedNumber(k)) for k in range(300)]
    found = Colouring.of(TableColumn("loss", "loss", "measurement"), rows)
    assert found.scale is not None and len(found.scale.places) == 300
    assert CountedNumber.compared < 3000
