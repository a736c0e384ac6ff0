"""Replicas that differ in a value have its colour, on screen and in a file, and a legend names the values."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.colors import to_hex

from engine.experiment.document import parse
from engine.experiment.experiment import with_values
from engine.figures.draw import FigureRequest, FigureTrace, draw
from engine.figures.replicas import ReplicaScale, replica_scale
from engine.figures.style import dressed, style
from gui.plots.plots_view import PlotsView
from gui.plots.traces import Trace
from gui.theme import contrast, theme
from tests.benchmarks.plots_redraw import fake_log
from tests.gui.lab import CIRCLE, Lab

VALUES = [1.0, 0.01, 0.1]
NAME = "param_norm"


@pytest.fixture
def scale() -> ReplicaScale:
    base = parse(CIRCLE.format(title="", steps=10)).base
    return replica_scale(with_values(base, {"vary": {"network.init.scale": VALUES}}))


def test_colours_run_along_the_scale_and_a_legend_names_the_ends(scale: ReplicaScale) -> None:
    assert (scale.title, scale.values) == ("initial scale", ("1", "0.01", "0.1"))
    low, middle, high = ((scale.colours[r], scale.values[r]) for r in (1, 2, 0))
    assert scale.named() == [low, middle, high] and scale.named(2) == [low, high]
    lightness = [contrast(colour, "#000000") for colour, _ in (low, middle, high)]
    assert lightness == sorted(lightness)
    assert ReplicaScale(("replica 0", "replica 1"), (0.0, 1.0)).colours == ()


def test_screen_and_file_draw_every_replica_in_the_colour_of_its_value(
    view: PlotsView, scale: ReplicaScale
) -> None:
    history = fake_log(300, 3)
    view.set_traces([Trace("a", "run a", "#0072B2", True, history, scale=scale)])
    view.refresh()
    series = view.plots["norms"].series["a", NAME]
    assert [line.opts["pen"].color().name() for line in series.coloured] == list(scale.colours)
    assert series.band is not None and not series.band.isVisible()
    assert [value for _, value in view.values.entries()] == ["0.01", "0.1", "1"]
    assert view.values.line == "median"
    assert series.line.opts["pen"].color().name() == theme().colours.foreground.lower()
    view.set_traces(
        [Trace("a", "run a", "#0072B2", True, history, replica=1, replica_label="second", scale=scale)]
    )
    assert view.values.line == "second"
    trace = FigureTrace("run a", "#0072B2", history, (NAME,), scale=scale)
    with dressed(style("paper", 85.0)):
        figure = draw(FigureRequest("norms", (trace,)))
    words = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert words[:4] == ["initial scale:", "0.01", "0.1", "1"]
    for colour, line in zip(scale.colours, series.coloured, strict=True):
        (drawn,) = [other for other in figure.axes[0].lines if to_hex(other.get_color()) == colour]
        assert np.array_equal(line.getData()[0], drawn.get_xdata(), equal_nan=True)
    view.set_traces([Trace("a", "run a", "#0072B2", True, history)])
    view.refresh()
    assert not series.coloured and series.band.isVisible() and view.values.isHidden()
    two = FigureTrace("b", "#000000", history, (NAME,))
    with dressed(style("paper", 85.0)):
        several = draw(FigureRequest("norms", (trace, two)))
    assert not {to_hex(line.get_color()) for line in several.axes[0].lines} & set(scale.colours)


def test_a_varied_run_alone_is_in_colours_and_not_beside_another(quick: Lab) -> None:
    legend = quick.window.parts.plots.values
    quick.load_quick()
    quick.window.model.editor.edit("vary", {"network.init.scale": VALUES})
    quick.button("run")
    quick.until(lambda: len(quick.runs) == 1)
    quick.until_state("idle")
    quick.until(legend.isVisible)
    assert legend.scale is not None and legend.scale.title == "initial scale"
    quick.button("run")
    quick.until(lambda: len(quick.runs) == 2)
    quick.until_state("idle")
    quick.until(legend.isHidden)
