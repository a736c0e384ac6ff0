"""What a person does with neurons, samples and layers: look, follow, look back, and find the same thing elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt

from engine.experiment.document import parse
from gui.neurons.side_colours import side_words
from gui.plots.base import PlotCanvas
from gui.tabs.tab import Tab

from .lab import Lab

PLANE = """version = 1
data = { kind = "moons", n = 20, normalize = "standardize" }
network = { kind = "mlp", widths = [12], bias = "first" }
loss = { kind = "logistic" }
optimizer = { kind = "steepest" }
run = { steps = 600, threads = 1 }
"""


def run(lab: Lab, text: str) -> None:
    """Load an experiment and train it to its end."""
    lab.window.model.editor.load(parse(text))
    lab.until(lambda: lab.window.parts.experiment.panel.is_complete)
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.status == "done")


def open_tab(lab: Lab, name: str) -> Tab[Any]:
    """Click on a tab, and return it."""
    tabs = lab.window.parts.tabs
    bar = tabs.tabBar()
    lab.press(bar, bar.tabRect(tabs.indexOf(tabs[name].page)).center())
    return tabs[name]


def click(lab: Lab, canvas: PlotCanvas, x: float, y: float) -> None:
    """Click at a place of a plot."""
    canvas.prepare()
    place = canvas.mapFromScene(canvas.view.mapViewToScene(QPointF(x, y)))
    lab.press(canvas.viewport(), QPoint(place))


def look_back_to(lab: Lab, step: int) -> int:
    """Press at a step of the timeline; return the stored step nearest to it."""
    line = lab.window.parts.transport.timeline
    lab.press(line, QPoint(round(line.position_of(step)), line.height() // 2))
    steps = np.array(lab.run.history.snapshot_steps)
    marked = lab.window.model.selection.step
    return int(steps[np.abs(np.log1p(steps) - np.log1p(marked)).argmin()])


def test_follow_a_unit_from_its_arrow_back_to_the_start(lab: Lab) -> None:
    run(lab, PLANE)
    tab = open_tab(lab, "neurons")
    view = tab.view
    lab.until(lambda: view.neurons is not None and view.neurons.step == 600 and not tab.neurons.steps.missing)
    assert [row.step for row in tab.neurons.steps.rows] == lab.run.history.snapshot_steps
    longest = int(np.argmax(view.shown.norm))
    click(lab, view.plane.picture.canvas, *(0.95 * view.plane.tips[longest]))
    assert view.followed == longest and view.reading.text().startswith(f"unit {longest} ")
    assert len(view.plane.trail.getData()[0]) == len(tab.neurons.steps.rows)
    assert len(view.scatter.ring.getData()[0]) == 1 and len(view.over_steps.followed.xData)

    view.scatter.canvas.setFocus()  # as Tab does
    lab.key(Qt.Key.Key_Home)  # no key of a walk
    for key, followed in ((Qt.Key.Key_Escape, None), (Qt.Key.Key_Right, 0), (Qt.Key.Key_Right, 1)):
        lab.key(key)
        assert view.followed == followed
    lab.key(Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.followed == 0, "ten back end at the first"
    view.follow(longest)

    at_end = view.plane.tips.copy()
    step = look_back_to(lab, 5)
    assert view.shown.step == step == 5, "a stored step is there before the engine answers"
    lab.until(lambda: view.neurons.step == 5)
    assert not np.allclose(view.plane.tips, at_end) and view.followed == longest
    assert view.step_label.text() == "step 5"

    assert tab.pictures()["neurons"].now.step == 5, "a figure shows what the tab does"

    lab.choose(view.layer_box, "W2")
    lab.until(lambda: view.neurons.layer.name == "W2")
    assert "outputs themselves" in view.caption.text() and view.followed is None
    assert side_words(view.neurons, 1) == "", "an output has no output weight"

    two = tab.compared
    lab.press(two.button)
    lab.until(lambda: two.held.view.neurons is not None and two.held.view.neurons.layer.name == "W2")
    assert two.held.view.neurons.step == 5 and not two.held.view.layer_box.isEnabled()


def test_choose_a_sample_in_the_heat_map_and_find_it_everywhere(lab: Lab) -> None:
    run(lab, PLANE)
    tab = open_tab(lab, "samples")
    view, parts = tab.view, lab.window.parts
    lab.until(lambda: view.samples is not None and view.samples.step == 600 and not tab.samples.steps.missing)
    assert view.map.map.steps == len(lab.run.history.snapshot_steps) - 1, "step 0 has no place on the axis"
    at_end = tab.samples.steps.rows[-1].margins
    assert (np.diff(at_end[view.map.map.order]) >= 0).all()
    assert view.histogram.counts.sum() == 20 and "support vector" in view.caption.text()

    click(lab, view.map.canvas, 1.0, 0.5)
    smallest = int(np.argmin(view.samples.margins))
    assert lab.window.model.selection.sample == smallest
    assert ("support vector" in view.reading.text()) == view.samples.is_fitted
    assert len(view.weights.ring.getData()[0]) == 1
    assert parts.experiment.panel.data.preview._chosen == smallest
    view.map.canvas.setFocus()
    by_margin = view.samples.samples[view.map.map.order].tolist()
    lab.key(Qt.Key.Key_Up)
    assert lab.window.model.selection.sample == by_margin[1], "the next larger margin"
    lab.key(Qt.Key.Key_Down)
    assert lab.window.model.selection.sample == smallest

    step = look_back_to(lab, 20)
    assert view.shown.step == step, "a stored step is there before the engine answers"
    lab.until(lambda: view.samples.step == step)
    assert len(tab.pictures()["margins_map"].stored) == len(lab.run.history.snapshot_steps)
    surface = open_tab(lab, "surface").view
    lab.until(lambda: surface.surface is not None)
    ring = np.array(surface.network.chosen.getData()).T
    np.testing.assert_allclose(ring, surface.surface.points[[smallest]])
    kernel = open_tab(lab, "kernel").view
    lab.until(lambda: kernel.kernel is not None)
    assert len(kernel.map.chosen.xData)


def test_every_layer_s_singular_values_over_steps_and_at_one(lab: Lab) -> None:
    run(lab, PLANE.replace("[12]", "[12, 7]"))
    tab = open_tab(lab, "layers")
    view = tab.view
    lab.until(lambda: view.layers is not None and view.layers.step == 600 and not tab.layers.steps.missing)
    assert view.over_steps.lines == 2
    lab.choose(view.layer_box, "W2")
    assert (
        view.over_steps.lines == 7 and view.over_steps.canvas.left_axis.labelText == "singular values of W2"
    )
    step = look_back_to(lab, 5)
    assert view.shown.step == step, "a stored step is there before the engine answers"
    lab.until(lambda: view.layers.step == step)
    assert view.table.text().count("<tr>") == 4 and set(tab.pictures()) == {
        "singular_values",
        "layer_spectra",
    }


def test_watch_units_and_margins_while_a_run_trains(lab: Lab) -> None:
    lab.window.model.editor.load(parse(PLANE.replace("600", "400000000")))
    lab.until(lambda: lab.window.parts.experiment.panel.is_complete)
    neurons, samples = open_tab(lab, "neurons"), lab.window.parts.tabs["samples"]
    assert "first step" in neurons.view.nothing.text()
    lab.button("run")
    lab.until(lambda: neurons.view.shown is not None and neurons.view.shown.step > 0)
    before = neurons.view.shown.step
    lab.until(lambda: neurons.view.neurons.step > before and len(neurons.neurons.steps.rows) > 4)
    open_tab(lab, "samples")
    lab.until(lambda: samples.view.samples is not None and samples.view.samples.step > before)
    lab.button("stop")
    lab.until_state("idle")
    lab.until(lambda: samples.samples.steps.missing == 0 and samples.view.map.map.steps > 4)
