"""The directions that units turn to first, as rays beside the arrows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.protocol.neurons import NeuronsReady, UnitLayer, UnitsSeen
from gui.neurons.neurons_view import NeuronsView
from gui.theme import apply_theme
from tests.gui.lab import on_screen

SEEN = UnitsSeen(
    1,
    *(np.ones(2) for _ in range(5)),
    np.array([1, -1]),
    slope=np.array([[1.0, 0.2], [-1.0, 0.0]]),
    offset=np.zeros(2),
    extremal=np.array([11.3, 45.0]),
)
UNITS = NeuronsReady(
    *(1, "a", 1, 0, UnitLayer("W1", 2, "units"), (), np.arange(2), SEEN),
    extremes=np.array([[3.0, 0.0], [0.0, 2.0]]),
    extreme_sides=np.array([1, -1]),
    points=np.array([[0.5, 0.5], [-0.5, 0.5]]),
    labels=np.array([1, -1]),
    line="lines: the units' kinks",
)

pytestmark = pytest.mark.usefixtures("light_again")


@pytest.fixture
def view(qtbot: QtBot) -> NeuronsView:
    view = on_screen(qtbot, NeuronsView(), 900, 500)
    view.show_neurons(UNITS)
    return view


def ends(view: NeuronsView) -> list[list[float]]:
    """Return where the rays of both signs end, those that are shown."""
    found = []
    for ray in view.plane.rays.values():
        x, y = ray.getData()
        found += [] if x is None or not len(x) else [[x[-1], y[-1]]]
    return found


def test_rays_are_shown_until_they_are_not_wanted(view: NeuronsView) -> None:
    assert view.rays_box.isVisible() and ends(view) == [[1.25, 0.0], [0.0, 1.25]]
    assert "extremal directions" in view.caption.text()
    colours = [ray.opts["pen"].color().name() for ray in view.plane.rays.values()]
    apply_theme(QApplication.instance(), "dark")
    assert colours != [ray.opts["pen"].color().name() for ray in view.plane.rays.values()]
    view.rays_box.click()
    assert ends(view) == [] and view.state()["extremes"] is False
    view.restore({})
    assert len(ends(view)) == 2


def test_a_unit_says_how_far_it_is_from_its_extremal_direction(view: NeuronsView) -> None:
    view.follow(1)
    assert "to the extremal direction 45" in view.reading.text()
    assert view.across_box.findData("extremal") >= 0


def test_layers_without_rays_offer_none(view: NeuronsView) -> None:
    view.show_neurons(
        replace(UNITS, layer=UnitLayer("W2", 2, "outputs"), extremes=None, now=replace(SEEN, extremal=None))
    )
    assert view.rays_box.isHidden() and ends(view) == []
    assert view.across_box.findData("extremal") < 0 and "dashed" not in view.caption.text()
