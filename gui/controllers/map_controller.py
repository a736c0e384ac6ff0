"""Fields that people sweep become axes of the map, whose tab comes to the front."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from gui.panels.experiment_panel import ExperimentPanel
from gui.tabs.map_tab import MapTab
from gui.tabs.tabs import Tabs


class MapController(QObject):
    """Joins the fields' menus and the tab of maps."""

    def __init__(self, panel: ExperimentPanel, tabs: Tabs, parent: QObject) -> None:
        super().__init__(parent)
        self._tabs = tabs
        panel.sweep_wanted.connect(self._on_sweep_wanted)

    @Slot(str)
    def _on_sweep_wanted(self, path: str) -> None:
        self._tabs.bring(MapTab.name)
        tab = self._tabs[MapTab.name]
        assert isinstance(tab, MapTab), "it is of this name"
        tab.sweep_field(path)
