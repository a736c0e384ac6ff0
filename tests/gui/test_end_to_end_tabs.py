"""What a person does with neurons, samples and layers: look, follow, look back, and find the same thing elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QPointF

from engine.experiment.document import parse
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
    lab.window.repaint()
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

    at_end = view.plane.tips.copy()
    step = look_back_to(lab, 5)
    assert view.shown.step == step == 5, "a stored step is there before the engine answers"
    lab.until(lambda: view.neurons.step == 5)
    assert not np.allclose(view.plane.tips, at_end) and view.followed == longest
    assert view.step_label.text() == "step 5"

    lab.choose(view.layer_box, "W2")
    lab.until(lambda: view.neurons.layer.name == "W2")
    assert "outputs themselves" in view.caption.text() and view.followed is None
