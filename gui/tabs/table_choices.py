"""What a person chooses of a table of rows, taken up by what arranges them: runs, or the points of a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Slot

from gui.model.run_table.arrangement import Arrangement
from gui.model.run_table.column import TableColumn
from gui.model.run_table.filter_read import FilterRead
from gui.model.run_table.rows import TableRow
from gui.model.run_table.values import Value
from gui.model.session_model import SessionModel

from .table_files import export_table

if TYPE_CHECKING:
    from gui.maps.point_table_view import PointTableView
    from gui.run_table.run_table_view import RunTableView


class ArrangesRows(Protocol):
    """What arranges the rows of a table as a person wants."""

    arrangement: Arrangement
    filter_read: FilterRead

    @property
    def columns(self) -> list[TableColumn]:
        """The columns shown, in order."""

    @property
    def rows(self) -> Sequence[TableRow]:
        """The rows shown, in order."""

    def arrange(self, **changes: Any) -> None:
        """Arrange them otherwise: fields of `Arrangement` and their values."""

    def open_group(self, column: str, value: Value) -> None:
        """Show the rows of a group in place of all groups."""


class ChosenOfTable(QObject):
    """Joins a table's choices, its columns and its filter to what arranges its rows; exports it."""

    def __init__(
        self,
        model: SessionModel,
        arranges: ArrangesRows,
        view: RunTableView | PointTableView,
        name: str,
        parent: QObject,
    ) -> None:
        """name: of the table's files, as they are offered."""
        super().__init__(parent)
        self._model, self._arranges, self._view, self._name = model, arranges, view, name
        view.refusal.say(arranges.filter_read.refusal)
        arranges.filter_read.refused.connect(view.refusal.say)
        choices, grid = view.choices, view.grid
        choices.filter.filter_typed.connect(self._on_filter_typed)
        choices.columns_chosen.connect(self._on_columns_chosen)
        choices.group_chosen.connect(self._on_group_chosen)
        choices.middle_chosen.connect(self._on_middle_chosen)
        choices.export_requested.connect(self._on_export_requested)
        grid.sort_chosen.connect(self._on_sort_chosen)
        grid.columns_moved.connect(self._on_columns_chosen)
        grid.group_opened.connect(arranges.open_group)

    @Slot(str)
    def _on_filter_typed(self, text: str) -> None:
        self._arranges.arrange(filter=text.strip())

    @Slot(object)
    def _on_columns_chosen(self, names: object) -> None:
        chosen = tuple(map(str, names)) if isinstance(names, list | tuple) else None
        self._arranges.arrange(columns=chosen)

    @Slot(str)
    def _on_group_chosen(self, column: str) -> None:
        self._arranges.arrange(group=column)

    @Slot(str)
    def _on_middle_chosen(self, middle: str) -> None:
        self._arranges.arrange(middle=middle)

    @Slot(str, bool)
    def _on_sort_chosen(self, column: str, descending: bool) -> None:
        self._arranges.arrange(sort=column, descending=descending)

    @Slot(str)
    def _on_export_requested(self, kind: str) -> None:
        """Write the table to a file, or put it on the clipboard."""
        shown = self._arranges
        middle = shown.arrangement.middle
        export_table(self._model, self._view, kind, self._name, shown.columns, shown.rows, middle)
