"""Tabs have short names where whole ones have no room."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.views.side_column import LEAST_WIDTH, SideColumn
from gui.views.tabs_that_fit import TabsThatFit
from tests.gui.lab import on_screen


def texts(tabs: TabsThatFit) -> list[str]:
    return [tabs.tabText(place) for place in range(tabs.count())]


def test_the_first_name_is_short_first_and_whole_in_the_tooltip(qtbot: QtBot) -> None:
    tabs = TabsThatFit()
    tabs.add(QWidget(), "Claims")
    tabs.add(QWidget(), "Theory", "Where theory applies.")
    on_screen(qtbot, tabs, 600, 100)
    tabs.name_tab(0, "Claims of this experiment", "Claims")
    tabs.name_tab(1, "Theory (5)", "Theory")
    whole = tabs.tabBar().sizeHint().width()
    assert texts(tabs) == ["Claims of this experiment", "Theory (5)"] and not tabs.tabToolTip(0)
    tabs.resize(whole - 1, 100)
    assert texts(tabs) == ["Claims", "Theory (5)"] and "Claims of this experiment" in tabs.tabToolTip(0)
    tabs.resize(tabs.tabBar().sizeHint().width() - 1, 100)
    assert texts(tabs) == ["Claims", "Theory"] and "Where theory applies." in tabs.tabToolTip(1)
    tabs.resize(whole, 100)
    assert texts(tabs) == ["Claims of this experiment", "Theory (5)"]


def test_the_right_column_at_its_least_width_cuts_no_tab_off(qtbot: QtBot) -> None:
    side = on_screen(qtbot, SideColumn(), LEAST_WIDTH, 600)
    side.name_claims("a run of a long name")
    side.theory.applying_changed.emit(5)
    assert texts(side.judged) == ["Claims", "Theory (5)"]
    assert side.judged.tabBar().sizeHint().width() <= LEAST_WIDTH
