"""The tab of curves over steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gui.plots.plots_view import PlotsView

from .tab import Tab


class PlotsTab(Tab[PlotsView]):
    """Plots of measurements; the window's controller brings them their runs."""

    name, title = "plots", "Plots"
    note = "Measurements over steps"

    def make(self) -> PlotsView:
        view, selection = PlotsView(self.page), self.model.selection
        view.step_clicked.connect(selection.mark_step)
        self.join_slider(view.slider)
        selection.step_marked.connect(view.set_marked_step)
        return view

    def view_state(self) -> dict[str, Any]:
        return self.view.state()

    def restore_view(self, state: Mapping[str, Any] | None) -> None:
        self.view.restore(None if state is None else dict(state))
