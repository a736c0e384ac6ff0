"""The tab of every training sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.protocol.pictures import Picture

from .offered import TabOffer
from .steps_tab import StepsTab

if TYPE_CHECKING:
    from gui.samples.samples_view import SamplesView


class SamplesTab(StepsTab["SamplesView"]):
    """Margins over steps, their histogram, dual weights and support vectors at the step selected."""

    name, title = "samples", "Samples"
    note = "Every training sample's margin and weight"
    offers = (TabOffer("samples_scale", "How margins become colours"),)

    def make(self) -> SamplesView:
        from gui.model.samples_query import SamplesQuery
        from gui.samples.samples_view import SamplesView

        view, selection = SamplesView(self.page), self.model.selection
        self.samples = SamplesQuery(self.model, self)
        self.samples.steps.query.answered.connect(view.show_samples)
        view.sample_picked.connect(selection.choose_sample)
        selection.sample_chosen.connect(view.show_chosen)
        view.show_chosen(selection.sample)
        self.join_steps(view, self.samples.steps)
        return view

    def pictures(self) -> Mapping[str, Picture]:
        answer = self.view.samples if self.is_made else None
        if answer is None:
            return {}
        picture = replace(answer, stored=tuple(self.samples.steps.rows))
        return {"margins_map": picture, "margins_histogram": picture}
