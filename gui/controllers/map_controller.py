"""What people sweep, or open as a map, brings its tab to the front; what is no map, the plots."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot

from gui.panels.experiment_panel import ExperimentPanel
from gui.tabs.map_tab import MapTab
from gui.tabs.plots_tab import PlotsTab
from gui.tabs.tabs import Tabs

from .file_controller import FileController


class MapController(QObject):
    """Joins the fields' menus, what is opened, and the tab of maps."""

    def __init__(self, panel: ExperimentPanel, files: FileController, tabs: Tabs, parent: QObject) -> None:
        super().__init__(parent)
        self._tabs = tabs
        panel.sweep_wanted.connect(self._on_sweep_wanted)
        files.map_opened.connect(self._on_map_opened)
        files.run_opened.connect(self._on_run_opened)

    @Slot(bool)
    def _on_map_opened(self, run: bool) -> None:
        self._tabs.bring(MapTab.name)
        self._tab.look_at_document()
        if run:
            QTimer.singleShot(0, self._tab.run)  # the tab is made in a turn of its own

    @Slot()
    def _on_run_opened(self) -> None:
        """Show the plots of what is opened and is no map, in place of a map."""
        if self._tabs.front is self._tab:
            self._tabs.bring(PlotsTab.name)

    @property
    def _tab(self) -> MapTab:
        tab = self._tabs[MapTab.name]
        assert isinstance(tab, MapTab), "it is of this name"
        return tab

    @Slot(str)
    def _on_sweep_wanted(self, path: str) -> None:
        self._tabs.bring(MapTab.name)
        self._tab.sweep_field(path)
