"""What joins the table of a map's points to what is known of them, and to the map."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from gui.maps.point_table_view import PointTableView
from gui.model.maps.point_list import PointList
from gui.model.maps.shown_map import ShownMap
from gui.model.session_model import SessionModel
from gui.run_table.shown import TableShown

from .table_choices import ChosenOfTable


class MapPoints(QObject):
    """Shows points as they are arranged; a row that is chosen is the place chosen in the map."""

    place_chosen = Signal()

    def __init__(
        self, model: SessionModel, shown: ShownMap, points: PointList, view: PointTableView, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._shown, self._points, self.view = shown, points, view
        points.arranged.connect(self.show)
        self._chosen = ChosenOfTable(model, points, view, "points", self)
        view.point_chosen.connect(self._on_point_chosen)

    def state(self) -> dict[str, Any]:
        """Return how the table is arranged, and the widths of its columns."""
        return {"arrangement": self._points.arrangement.stored(), "widths": self.view.grid.widths()}

    def restore(self, stored: object) -> None:
        """Arrange it as a session kept it."""
        table: Mapping[str, Any] = stored if isinstance(stored, dict) else {}
        self.view.grid.set_widths(table.get("widths"))
        self._points.restore(table.get("arrangement"))

    def watch(self, wanted: bool) -> None:
        """Keep up with the points from now on, or no longer."""
        seen = self._shown.seen() if wanted else None
        self._points.watch(wanted and seen is not None, "" if seen is None else seen.name)

    def show_now(self) -> None:
        """Show the points, and keep up with them."""
        self.watch(True)
        self.show()

    @Slot()
    def show(self) -> None:
        """Show the points as they are arranged now."""
        points, chosen = self._points, self._shown.point
        self.view.show_points(
            TableShown(
                points.columns,
                points.rows,
                points.arrangement,
                points.book,
                points.groupings(),
                selected="" if chosen is None else str(chosen),
                count=points.count,
            ),
            points.kept,
        )

    # --- what the user chooses ---

    @Slot(int)
    def _on_point_chosen(self, number: int) -> None:
        self._shown.choose_point(number)
        self.place_chosen.emit()
