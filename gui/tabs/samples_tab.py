"""The tab of every training sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Slot

from engine.figures.replicas import ReplicaScale
from engine.protocol.pictures import Picture
from engine.protocol.samples import SamplesReady
from gui.model.run import Run
from gui.model.samples_query import SamplesQuery
from gui.samples.samples_view import SamplesView

from .tab import Tab


class SamplesTab(Tab[SamplesView]):
    """Margins over steps, their histogram, dual weights and support vectors at the step selected."""

    name, title = "samples", "Samples"

    def make(self) -> SamplesView:
        view, selection = SamplesView(self.page), self.model.selection
        self.samples = SamplesQuery(self.model, self)
        self.samples.query.answered.connect(self._on_answered)
        self.samples.query.nothing.connect(view.show_none)
        self.samples.steps.changed.connect(self._on_rows_changed)
        view.sample_picked.connect(selection.choose_sample)
        selection.sample_chosen.connect(view.show_chosen)
        view.show_chosen(selection.sample)
        view.slider.replica_chosen.connect(selection.choose_replica)
        selection.replica_chosen.connect(view.slider.show_replica)
        selection.step_marked.connect(self._on_step_marked)
        self.follow(self.samples.query)
        return view

    def show_run(self, _run: Run | None, scale: ReplicaScale, replica: int | None) -> None:
        self.view.slider.show_scale(scale)
        self.view.slider.show_replica(replica)

    def pictures(self) -> Mapping[str, Picture]:
        answer = self.view.samples if self.is_made else None
        if answer is None:
            return {}
        picture = replace(answer, stored=tuple(self.samples.steps.rows))
        return {"margins_map": picture, "margins_histogram": picture}

    def view_state(self) -> dict[str, Any]:
        return self.view.state()

    def restore_view(self, state: Mapping[str, Any] | None) -> None:
        self.view.restore(state or {})

    @Slot(object)
    def _on_answered(self, picture: SamplesReady) -> None:
        self.view.show_samples(picture)

    @Slot()
    def _on_rows_changed(self) -> None:
        if self.is_made:
            self.view.show_rows(self.samples.steps.rows, self.samples.steps.missing)

    @Slot(object)
    def _on_step_marked(self, step: int | None) -> None:
        """Show a stored step at once where its margins are known; the engine's answer follows."""
        seen = self.samples.steps.at(step)
        if self.is_shown and seen is not None:
            self.view.show_seen(seen)
