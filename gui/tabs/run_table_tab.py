"""The tab of the table of runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QWidget

from engine.protocol.pictures import Picture
from gui.model.session_model import SessionModel
from gui.run_table.shown import TableShown
from gui.theme import run_colour, theme

from .offered import TabOffer
from .tab import Tab

if TYPE_CHECKING:
    from gui.run_table.run_table_view import RunTableView

SOON = 6
"""Milliseconds until the table is shown anew: plots and list are drawn in a turn before that."""


class RunTableTab(Tab["RunTableView"]):
    """A row a run, or a replica; what is chosen here the plots follow."""

    name, title = "runs", "Runs"
    note = "A table with a row a run"
    offers = (
        TabOffer("run_filter", "Filter"),
        TabOffer("columns_button", "Columns", "Which columns are shown."),
        TabOffer("replicas_button", "Replicas", "A row is a replica of a run."),
        TabOffer("scatter_button", "Scatter", "Two columns against each other."),
        TabOffer("group_box", "Group by"),
        TabOffer("middle_box", "Shown of groups"),
        TabOffer("colour_box", "Colour by"),
        TabOffer("export_table", "Export"),
        TabOffer("export_table/CSV", "Export: CSV"),
        TabOffer("export_table/LaTeX", "Export: LaTeX"),
        TabOffer("export_table/Copy as CSV", "Export: Copy as CSV"),
        TabOffer("overlay_chosen", "Show only these in the plots"),
    )

    def __init__(self, model: SessionModel, parent: QWidget) -> None:
        super().__init__(model, parent)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._show_table)

    def make(self) -> RunTableView:
        from gui.run_table.run_table_view import RunTableView

        from .table_choices import ChosenOfTable

        view, table, run_list = RunTableView(self.page), self.model.table, self.model.run_list
        table.arranged.connect(self._on_arranged)
        self.model.groups.lines_changed.connect(self._on_arranged)
        run_list.selection_changed.connect(self._on_arranged)
        theme().theme_changed.connect(self._on_arranged)
        self._chosen = ChosenOfTable(self.model, table, view, "runs", self)
        choices, grid = view.choices, view.grid
        choices.colour_chosen.connect(self._on_colour_chosen)
        choices.replicas_chosen.connect(self._on_replicas_chosen)
        choices.scatter_wanted.connect(self._on_scatter_wanted)
        grid.run_selected.connect(run_list.select)
        grid.deleted.connect(run_list.delete)
        grid.grid.typed.connect(self._on_typed)
        view.shown_alone.connect(run_list.show_only)
        view.visibility_changed.connect(run_list.set_visible)
        view.starred.connect(run_list.star)
        view.tagged.connect(run_list.tag)
        view.duplicated.connect(self.model.edit_run_s_experiment)
        view.axes_chosen.connect(self._on_axes_chosen)
        view.hold_chosen.connect(self._on_hold_chosen)
        return view

    def watch(self, shown: bool) -> None:
        super().watch(shown)
        self.model.table.watch(shown)
        if shown:
            self._show_table()

    def state(self) -> dict[str, Any] | None:
        """Return how the table is arranged: plots follow that, whether the tab was looked at or not."""
        stored = {**(super().state() or {}), "arrangement": self.model.table.arrangement.stored()}
        return {name: state for name, state in stored.items() if state} or None

    def view_state(self) -> dict[str, Any] | None:
        return {"widths": self.view.grid.widths()}

    def restore(self, state: Mapping[str, Any] | None) -> None:
        super().restore(state)
        self.model.table.restore((state or {}).get("arrangement"))

    def restore_view(self, state: Mapping[str, Any] | None) -> None:
        self.view.grid.set_widths((state or {}).get("widths"))

    def pictures(self) -> Mapping[str, Picture]:
        from gui.run_table.table_pictures import TablePictures

        return TablePictures(self.view.shown if self.is_made else TableShown())

    def pictures_of(self, _run: str) -> Mapping[str, Picture]:
        return self.pictures()  # of all runs together

    @Slot()
    def _on_arranged(self) -> None:
        if self.is_shown:
            self._soon.start(SOON)

    @Slot()
    def _show_table(self) -> None:
        """Show the table as it is arranged now."""
        table, run_list = self.model.table, self.model.run_list
        groups = self.model.groups
        by_value = groups.run_colours if groups.is_grouped else table.colouring.colours
        colours = {run.id: by_value.get(run.id) or run_colour(run.colour) for run in run_list.runs}
        self.view.show_table(
            TableShown(
                table.columns,
                table.rows,
                table.arrangement,
                table.book,
                table.groupings(),
                table.differing(),
                colours | groups.colours,
                groups.scale if groups.is_grouped else table.colouring.scale,
                run_list.selected_id,
                table.count,
                table.unread,
            )
        )

    # --- what the user chooses ------------------------------------------------------------------------------

    @Slot(str)
    def _on_colour_chosen(self, column: str) -> None:
        self.model.table.arrange(colour=column)

    @Slot(bool)
    def _on_replicas_chosen(self, wanted: bool) -> None:
        self.model.table.arrange(by_replica=wanted)

    @Slot(bool)
    def _on_scatter_wanted(self, wanted: bool) -> None:
        across, up = self.model.table.usual_axes() if wanted else ("", "")
        self.model.table.arrange(across=across, up=up)

    @Slot(str, str)
    def _on_axes_chosen(self, across: str, up: str) -> None:
        self.model.table.arrange(across=across, up=up)

    @Slot(bool)
    def _on_hold_chosen(self, held: bool) -> None:
        self.model.table.arrange(diverged=held)

    @Slot(str, str, str)
    def _on_typed(self, id: str, column: str, text: str) -> None:
        """Take up a name or tags that were typed in a cell."""
        run_list = self.model.run_list
        run = run_list.get(id)
        if column == "name":
            run_list.rename(id, text)
        elif run is not None:
            tags = [tag.strip() for tag in text.split(",")]
            run_list.tag([id], tags, [tag for tag in run.tags if tag not in tags])
