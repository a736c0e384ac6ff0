"""Hands that sweep fields, write axes and train maps, with workers that need no time."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction

from engine.protocol.points import PointResult, Task
from gui.maps.map_page import MapPage
from gui.model.maps.maps import Maps
from gui.tabs.map_tab import MapTab
from tests.engine.sweep.material import Here
from tests.gui.lab import Lab

ETA, WIDTHS = "optimizer.step.eta", "network.widths"


def norms(task: Task) -> Sequence[PointResult]:
    """Return results whose norm is the step size, and a tenth more a seed; steps above 5 diverge."""
    experiment = task.experiment
    size = experiment.optimizer.step.eta
    sizes = experiment.vary.get(ETA, [size] * len(task.points))
    seeds = experiment.vary.get("seed", [experiment.seed] * len(task.points))
    return [
        PointResult(point, "diverged" if eta > 5 else "done", 9, 0.1, {"param_norm": eta * (1 + seed / 10)})
        for point, eta, seed in zip(task.points, sizes, seeds, strict=True)
    ]


def maps(lab: Lab) -> Maps:
    return lab.window.model.maps


def page(lab: Lab) -> MapPage:
    tab = lab.window.parts.tabs["maps"]
    assert isinstance(tab, MapTab)
    return tab.view


def sweep(lab: Lab, path: str) -> None:
    """Choose 'Sweep this field' from a field's menu."""
    editor = lab.row(path).editor
    next(
        action
        for action in editor.findChildren(QAction) + editor.actions()
        if action.text() == "Sweep this field"
    ).trigger()


def write(lab: Lab, path: str, text: str) -> None:
    """Write an axis's values, and leave the line."""
    lab.until(lambda: path in page(lab).axes.lines and page(lab).axes.lines[path].isVisible())
    lab.write(page(lab).axes.lines[path], text)
    lab.key(Qt.Key.Key_Return)


def trained(lab: Lab) -> None:
    lab.until(page(lab).training.run.isVisible)
    lab.press(page(lab).training.run)
    lab.until(lambda: maps(lab).under_way is None)
    lab.until(page(lab).choices.isVisible)
    lab.until(lambda: page(lab).body.cells.seen is not None and page(lab).body.cells.seen.ended.all())


def stopped(lab: Lab) -> None:
    """Run the map and stop it at its first task, which is kept."""

    def stops(task: Task) -> Sequence[PointResult]:
        maps(lab).stop()
        return norms(task)

    maps(lab).make_workers = lambda document, data: Here(stops)
    lab.press(page(lab).training.run)
    lab.until(lambda: maps(lab).under_way is None)


def swept(lab: Lab) -> MapPage:
    """Train a map of three steps and two widths with two seeds."""
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1, 10")
    lab.choose(page(lab).axes.add_box, WIDTHS)
    write(lab, WIDTHS, "[4], [8]")
    page(lab).axes.seeds.setValue(2)
    trained(lab)
    return page(lab)
