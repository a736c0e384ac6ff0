"""The tab of the units of a layer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.protocol.pictures import Picture

from .offered import TabOffer
from .steps_tab import StepsTab

if TYPE_CHECKING:
    from gui.neurons.neurons_view import NeuronsView


class NeuronsTab(StepsTab["NeuronsView"]):
    """Units as arrows and kinks over the data, or as pictures; norms against angles; their way over steps."""

    name, title = "neurons", "Neurons"
    note = "The units of a layer: directions, kinks, norms"
    compares = True
    offers = (
        TabOffer("neurons_layer", "Layer whose units are shown"),
        TabOffer("neurons_kinks", "Kinks"),
        TabOffer("neurons_extremes", "Extremal directions"),
        TabOffer("neurons_up", "What runs upwards in the plots of units"),
        TabOffer("neurons_across", "What runs to the right in the plot of units"),
    )

    def make(self) -> NeuronsView:
        from gui.model.neurons_query import NeuronsQuery
        from gui.neurons.neurons_view import NeuronsView

        view = NeuronsView(self.page)
        self.neurons = NeuronsQuery(self.model, self)
        self.neurons.steps.query.answered.connect(view.show_neurons)
        view.layer_wanted.connect(self.neurons.want)
        self.join_steps(view, self.neurons.steps, view.layer_box)
        return view

    def renew(self) -> None:
        """Ask anew where a predicted limit is another by now."""
        if self.is_made:
            self.neurons.steps.query.ask()

    def pictures(self) -> Mapping[str, Picture]:
        view = self.view if self.is_made else None
        if view is None or view.neurons is None or view.shown is None:
            return {}
        # pictures of weights are of the step that was answered
        seen = view.shown if view.neurons.tiles is None else view.neurons.now
        picture = replace(view.neurons, step=seen.step, now=seen, stored=tuple(self.neurons.steps.rows))
        return {"neurons": picture, "unit_norms": picture}
