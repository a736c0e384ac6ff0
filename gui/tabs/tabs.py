"""The middle of the window: its tabs, of which the one in front is told that somebody looks at it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping, MutableMapping
from typing import Any, cast

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from engine.figures.replicas import ReplicaScale
from engine.protocol.pictures import Picture
from gui.model.patience import wait_while
from gui.model.run import Run
from gui.model.session_model import SessionModel
from gui.views.tabs_that_fit import TabsThatFit

from .listed import TABS
from .tab import Tab

PATIENCE = 10.0
"""Seconds that a figure waits for whole pictures; afterwards it has none of those that are coarse."""


class Tabs(TabsThatFit):
    """Holds the tabs by their names."""

    def __init__(self, model: SessionModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tabs")
        self.tabs: dict[str, Tab[Any]] = {kind.name: kind(model, self) for kind in TABS}
        for tab in self.tabs.values():
            self.add(tab.page, tab.title, tab.note)
        self.front.watch(True)
        self.currentChanged.connect(self._on_current_changed)

    def __getitem__(self, name: str) -> Tab[Any]:
        return self.tabs[name]

    @property
    def front(self) -> Tab[Any]:
        """The tab in front."""
        return next(tab for tab in self.tabs.values() if tab.page is self.currentWidget())

    def bring(self, name: str) -> None:
        """Bring a tab to the front; one that this lab does not know changes nothing."""
        if name in self.tabs:
            self.setCurrentWidget(self.tabs[name].page)

    def look_at(self, run: Run | None, scale: ReplicaScale, replica: int | None) -> None:
        """Let every tab show which run is looked at."""
        for tab in self.tabs.values():
            tab.look_at(run, scale, replica)

    def pictures(self, run: str) -> Mapping[str, Picture]:
        """Return what the tabs show of a run, or of many, by figure; what takes long is made once it is wanted."""
        shown = [tab.pictures_of(run) for tab in self.tabs.values()]
        return ChainMap(*cast("list[MutableMapping[str, Picture]]", shown))  # which are only read

    def await_whole_pictures(self) -> None:
        """Return once no tab shows a coarse picture, or the engine has been waited for long enough."""
        for tab in self.tabs.values():
            tab.refine()
        wait_while(lambda: any(tab.refines for tab in self.tabs.values()), PATIENCE)

    def states(self) -> dict[str, dict[str, Any]]:
        """Return how the tabs are shown, by name, as a session keeps it."""
        states = {name: tab.state() for name, tab in self.tabs.items()}
        return {name: state for name, state in states.items() if state is not None}

    def restore(self, states: Mapping[str, Mapping[str, Any]]) -> None:
        """Show the tabs as a session kept them."""
        for name, tab in self.tabs.items():
            tab.restore(states.get(name))

    @Slot(int)
    def _on_current_changed(self, _index: int) -> None:
        front = self.front
        for tab in self.tabs.values():
            if tab.is_shown and tab is not front:
                tab.watch(False)
        front.watch(True)
