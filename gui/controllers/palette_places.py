"""What the palette finds in tabs and lists: every button, box and menu there, which it goes to and presses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from gui.actions import Actions
from gui.model.finding import Finding
from gui.plain_text import untagged
from gui.plots.trace_plot import TracePlot
from gui.tabs.offered import bare, do

from .window_controller import Parts

CONTROL, MENU = "control", "menu"
"""What the ids of these findings begin with."""
AT = "@"
"""Between a tab, or whose menu it is, and what is pressed there."""


@dataclass(frozen=True)
class MenuPlace:
    """A menu that opens where something is."""

    id: str
    title: str
    """What it is the menu of."""
    make: Callable[[], QMenu]
    """Returns it with what can be done now."""
    for_once: bool
    """Whether it is made for one use."""


class PalettePlaces:
    """Gathers what tabs and lists offer, and does it."""

    def __init__(self, parts: Parts, actions: Actions) -> None:
        self._parts, self._actions = parts, actions

    def entries(self, said: Collection[str]) -> Iterator[Finding]:
        """Return what they offer but what has been said, by titles in small letters."""
        tabs = self._parts.tabs
        for tab in sorted(
            tabs.tabs.values(), key=lambda tab: tab is not tabs.front
        ):  # what is looked at first
            for offer in tab.offered():
                if offer.title.casefold() not in said:
                    id, where = f"{CONTROL}:{tab.name}{AT}{offer.control}", f"{tab.title}: {offer.help}"
                    yield Finding("action", id, offer.title, where.rstrip(": "), "", offer.why_not)
        for place in self._menus():
            menu = place.make()
            for words, action in actions_in(menu):
                why_not = "" if action.isEnabled() else untagged(action.toolTip()) or "Not possible now."
                yield Finding(
                    "action", f"{MENU}:{place.id}{AT}{words}", f"{place.title}: {words}", "", "", why_not
                )
            if place.for_once:
                menu.deleteLater()

    def act(self, what: str, name: str) -> None:
        """Do what was chosen: bring its tab forward, or show its column, and press it."""
        where, _, pressed = name.partition(AT)
        tabs = self._parts.tabs
        if what == CONTROL:
            tabs.bring(where)
            tabs[where].settle()
            tabs.tabBar().setFocus()
            do(tabs[where].page, pressed)
            return
        place = next((place for place in self._menus() if place.id == where), None)
        if place is None:
            return
        if where == "run":
            self._actions["right_column"].setChecked(True)
        else:
            tabs.bring("runs" if where == "rows" else "plots")
        menu = place.make()
        action = next((action for words, action in actions_in(menu) if words == pressed), None)
        if action is not None and action.isEnabled():
            action.trigger()
        if place.for_once:
            menu.deleteLater()

    def _menus(self) -> Iterator[MenuPlace]:
        plots, runs, tabs = self._parts.plots, self._parts.side.runs, self._parts.tabs
        for id in plots.area.on_screen():
            plot = plots.plots.made.get(id)
            if isinstance(plot, TracePlot):
                yield MenuPlace(f"plot {id}", plot.spec.title, plot.context_menu.now, for_once=False)
        if runs.chosen():
            yield MenuPlace("run", "Run chosen in the list", runs.make_menu, for_once=True)
        table = tabs["runs"]
        if table.is_made and table.is_shown and table.view.grid.chosen_runs():
            yield MenuPlace("rows", "Rows chosen in the table", table.view.make_menu, for_once=True)


def actions_in(menu: QMenu, before: str = "") -> Iterator[tuple[str, QAction]]:
    """Return the actions of a menu and of those within it, each with its words."""
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from actions_in(inner, f"{before}{bare(action)}: ")
        elif action.isVisible() and not action.isSeparator():
            yield f"{before}{bare(action)}", action
