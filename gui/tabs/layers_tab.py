"""The tab of the layers' singular values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.protocol.pictures import Picture

from .offered import TabOffer
from .steps_tab import StepsTab

if TYPE_CHECKING:
    from gui.layers.layers_view import LayersView


class LayersTab(StepsTab["LayersView"]):
    """Singular values over stored steps, and those of all layers at the step selected."""

    name, title = "layers", "Layers"
    note = "The singular values of every layer"
    offers = (TabOffer("layers_layer", "Layer whose singular values are shown over steps"),)

    def make(self) -> LayersView:
        from gui.layers.layers_view import LayersView
        from gui.model.layers_query import LayersQuery

        view = LayersView(self.page)
        self.layers = LayersQuery(self.model, self)
        self.layers.steps.query.answered.connect(view.show_layers)
        self.join_steps(view, self.layers.steps, view.layer_box)
        return view

    def pictures(self) -> Mapping[str, Picture]:
        answer = self.view.layers if self.is_made else None
        if answer is None:
            return {}
        picture = replace(answer, stored=tuple(self.layers.steps.rows))
        return {"singular_values": picture, "layer_spectra": picture}
