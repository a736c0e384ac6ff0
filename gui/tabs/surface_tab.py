"""The tab of what the network says over the plane."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot

from engine.protocol.messages import Ready
from engine.protocol.pictures import Picture
from gui.model.surface_query import SurfaceQuery

from .offered import TabOffer
from .tab import Tab

if TYPE_CHECKING:
    from gui.pictures.surface_view import SurfaceView


class SurfaceTab(Tab["SurfaceView"]):
    """The network, another predictor and their difference at the step selected."""

    name, title = "surface", "Surface"
    note = "What the network says over the plane, beside another predictor"
    compares = True
    offers = (
        TabOffer("predictor", "Predictor beside the network"),
        TabOffer("normalise", "Each over its RMS"),
        TabOffer("resolution", "Points of the surfaces"),
    )

    def make(self) -> SurfaceView:
        from gui.pictures.surface_view import SurfaceView

        view, model = SurfaceView(self.page), self.model
        self.surfaces = surfaces = SurfaceQuery(model, self)
        surfaces.query.answered.connect(view.show_surface)
        view.surface_wanted.connect(surfaces.want)
        self.selection.sample_chosen.connect(view.show_chosen)
        view.show_chosen(self.selection.sample)
        model.trainer.engine_ready.connect(self._on_engine_ready)
        if model.trainer.ready is not None:
            view.show_predictors(model.trainer.ready.predictors)
        self.join(view, surfaces.query)
        return view

    def pictures(self) -> Mapping[str, Picture]:
        surface = self.view.surface if self.is_made else None
        return {} if surface is None or surface.every > 1 else {"surface": surface}

    @property
    def refines(self) -> bool:
        return self.is_made and self.surfaces.refines

    def refine(self) -> None:
        if self.is_made:
            self.surfaces.refine()

    def renew(self) -> None:
        """Ask anew where a predictor says something else by now."""
        if self.is_made:
            self.surfaces.query.ask()

    @Slot(object)
    def _on_engine_ready(self, ready: Ready) -> None:
        self.view.show_predictors(ready.predictors)
