"""The tab of the units of a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Slot

from engine.figures.replicas import ReplicaScale
from engine.protocol.neurons import NeuronsReady
from engine.protocol.pictures import Picture
from gui.model.neurons_query import NeuronsQuery
from gui.model.run import Run
from gui.neurons.neurons_view import NeuronsView

from .tab import Tab


class NeuronsTab(Tab[NeuronsView]):
    """Units as arrows and kinks over the data, or as pictures; norms against angles; their way over steps."""

    name, title = "neurons", "Neurons"
    compares = True

    def make(self) -> NeuronsView:
        view, selection = NeuronsView(self.page), self.selection
        self.neurons = NeuronsQuery(self.model, self)
        self.neurons.query.answered.connect(self._on_answered)
        self.neurons.query.nothing.connect(view.show_none)
        self.neurons.steps.changed.connect(self._on_path_changed)
        view.layer_wanted.connect(self.neurons.want)
        view.slider.replica_chosen.connect(selection.choose_replica)
        selection.replica_chosen.connect(view.slider.show_replica)
        selection.step_marked.connect(self._on_step_marked)
        self.follow(self.neurons.query)
        return view

    def show_run(self, _run: Run | None, scale: ReplicaScale, replica: int | None) -> None:
        self.view.slider.show_scale(scale)
        self.view.slider.show_replica(replica)

    def pictures(self) -> Mapping[str, Picture]:
        view = self.view if self.is_made else None
        if view is None or view.neurons is None or view.shown is None:
            return {}
        picture = replace(
            view.neurons, step=view.shown.step, now=view.shown, stored=tuple(self.neurons.steps.rows)
        )
        return {"neurons": picture, "unit_norms": picture}

    def view_state(self) -> dict[str, Any]:
        return self.view.state()

    def restore_view(self, state: Mapping[str, Any] | None) -> None:
        self.view.restore(state or {})

    @Slot(object)
    def _on_answered(self, picture: NeuronsReady) -> None:
        self.view.show_neurons(picture)

    @Slot()
    def _on_path_changed(self) -> None:
        if self.is_made:
            self.view.show_path(self.neurons.steps.rows, self.neurons.steps.missing)

    @Slot(object)
    def _on_step_marked(self, step: int | None) -> None:
        """Show a stored step at once where its units are known; the engine's answer follows."""
        seen = self.neurons.steps.at(step)
        if self.is_shown and seen is not None:
            self.view.show_seen(seen)
