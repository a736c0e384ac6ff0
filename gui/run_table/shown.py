"""What the table's view is given to show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engine.figures.replicas import ReplicaScale
from gui.model.run_table.arrangement import Arrangement
from gui.model.run_table.column import ColumnBook, TableColumn
from gui.model.run_table.rows import TableRow


@dataclass(frozen=True)
class TableShown:
    """Rows and columns as they are arranged, and all that may be chosen."""

    columns: Sequence[TableColumn] = ()
    rows: Sequence[TableRow] = ()
    arrangement: Arrangement = field(default_factory=Arrangement)
    book: ColumnBook = field(default_factory=ColumnBook)
    groupings: Sequence[TableColumn] = ()
    """The columns whose values may make groups or give colours."""
    differing: Sequence[str] = ()
    """The columns that differ among runs or their replicas."""
    colours: Mapping[str, str] = field(default_factory=dict)
    """By run, as "#rrggbb"."""
    scale: ReplicaScale | None = None
    """What colours mean, where they are by value."""
    selected: str = ""
    """The run looked at."""
    count: int = 0
    """How many rows there are without the filter."""
    unread: int = 0
    """How many runs have still to be read."""
