"""Rows of a table without runs, for tests of what the table does with any rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gui.model.run_table.values import Value


@dataclass(frozen=True)
class PlainRow:
    """A row of a dictionary."""

    name: str
    values: Mapping[str, Value]

    @property
    def key(self) -> tuple[str, int | None]:
        return self.name, None

    @property
    def state(self) -> object:
        return self.values

    def value(self, column: str) -> Value:
        return self.values.get(column)
