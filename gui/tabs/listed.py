"""Every tab in the middle of the window, in their order: a further view is one more line here."""

from __future__ import annotations

from typing import Any

from .kernel_tab import KernelTab
from .layers_tab import LayersTab
from .map_tab import MapTab
from .neurons_tab import NeuronsTab
from .plots_tab import PlotsTab
from .run_table_tab import RunTableTab
from .samples_tab import SamplesTab
from .surface_tab import SurfaceTab
from .tab import Tab

TABS: tuple[type[Tab[Any]], ...] = (
    PlotsTab,
    SurfaceTab,
    KernelTab,
    NeuronsTab,
    SamplesTab,
    LayersTab,
    RunTableTab,
    MapTab,
)
