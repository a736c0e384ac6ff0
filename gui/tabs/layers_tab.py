"""The tab of the layers' singular values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Slot

from engine.figures.replicas import ReplicaScale
from engine.protocol.layers import LayersReady
from engine.protocol.pictures import Picture
from gui.layers.layers_view import LayersView
from gui.model.layers_query import LayersQuery
from gui.model.run import Run

from .tab import Tab


class LayersTab(Tab[LayersView]):
    """Singular values over stored steps, and those of all layers at the step selected."""

    name, title = "layers", "Layers"

    def make(self) -> LayersView:
        view, selection = LayersView(self.page), self.model.selection
        self.layers = LayersQuery(self.model, self)
        self.layers.query.answered.connect(self._on_answered)
        self.layers.query.nothing.connect(view.show_none)
        self.layers.steps.changed.connect(self._on_rows_changed)
        view.slider.replica_chosen.connect(selection.choose_replica)
        selection.replica_chosen.connect(view.slider.show_replica)
        selection.step_marked.connect(self._on_step_marked)
        self.follow(self.layers.query)
        return view

    def show_run(self, _run: Run | None, scale: ReplicaScale, replica: int | None) -> None:
        self.view.slider.show_scale(scale)
        self.view.slider.show_replica(replica)

    def pictures(self) -> Mapping[str, Picture]:
        answer = self.view.layers if self.is_made else None
        if answer is None:
            return {}
        picture = replace(answer, stored=tuple(self.layers.steps.rows))
        return {"singular_values": picture, "layer_spectra": picture}

    def view_state(self) -> dict[str, Any]:
        return self.view.state()

    def restore_view(self, state: Mapping[str, Any] | None) -> None:
        self.view.restore(state or {})

    @Slot(object)
    def _on_answered(self, picture: LayersReady) -> None:
        self.view.show_layers(picture)

    @Slot()
    def _on_rows_changed(self) -> None:
        if self.is_made:
            self.view.show_rows(self.layers.steps.rows, self.layers.steps.missing)

    @Slot(object)
    def _on_step_marked(self, step: int | None) -> None:
        """Show a stored step at once where its values are known; the engine's answer follows."""
        seen = self.layers.steps.at(step)
        if self.is_shown and seen is not None:
            self.view.show_seen(seen)
