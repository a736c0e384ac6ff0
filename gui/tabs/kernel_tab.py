"""The tab of the tangent kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.figures.replicas import ReplicaScale
from engine.protocol.pictures import Picture
from gui.model.run import Run
from gui.theme import run_colour

from .offered import TabOffer
from .tab import Tab

if TYPE_CHECKING:
    from gui.pictures.kernel_view import KernelView


class KernelTab(Tab["KernelView"]):
    """The tangent kernel of the step selected, layer by layer, and its spectrum."""

    name, title = "kernel", "Kernel"
    note = "The tangent kernel of the samples, and its spectrum"
    compares = True
    offers = (
        TabOffer("kernel_choice", "Kernel of the map"),
        TabOffer("kernel_layer", "Layer of the kernel"),
        TabOffer("kernel_normalise", "Over its norm"),
    )

    def make(self) -> KernelView:
        from gui.model.kernel_query import KernelQuery
        from gui.pictures.kernel_view import KernelView

        view, selection = KernelView(self.page), self.selection
        kernels = KernelQuery(self.model, self)
        kernels.query.answered.connect(view.show_kernel)
        view.kernel_wanted.connect(kernels.want)
        selection.sample_chosen.connect(view.show_chosen)
        view.show_chosen(selection.sample)
        self.join(view, kernels.query)
        return view

    def show_run(self, run: Run | None, scale: ReplicaScale, replica: int | None) -> None:
        super().show_run(run, scale, replica)
        if run is not None:
            self.view.set_colour(run_colour(run.colour))

    def pictures(self) -> Mapping[str, Picture]:
        kernel = self.view.kernel if self.is_made else None
        return {} if kernel is None else {"kernel_map": kernel, "spectrum": kernel}
