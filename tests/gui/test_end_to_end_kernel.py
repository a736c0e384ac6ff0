"""What a person does with the tangent kernel: watch it, look back, sweep from rich to lazy, and print it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton

from gui.model.engine_query import nearest

from .lab import Lab, files_answered


def open_tab(lab: Lab, place: int) -> None:
    bar = lab.window.parts.tabs.tabBar()
    lab.press(bar, bar.tabRect(place).center())


def test_watch_the_kernel_while_it_trains_look_back_and_print_it(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, line = lab.window.parts.tabs["kernel"].view, lab.window.parts.transport.timeline

    def step() -> int:
        return -1 if view.kernel is None else view.kernel.step

    lab.fill("run.steps", "400000000")
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.step > 100)
    open_tab(lab, 2)
    lab.until(lambda: step() > 0)
    first = view.kernel
    lab.until(lambda: step() > first.step)
    assert lab.run.status == "running" and view.map.image.isVisible()
    assert view.kernel.values.shape == (24, 24)
    np.testing.assert_array_equal(view.kernel.start.eigenvalues, first.start.eigenvalues)
    assert not np.allclose(view.kernel.now.eigenvalues, first.now.eigenvalues, rtol=1e-6)

    lab.choose(view.layer_box, "W1")
    lab.until(lambda: view.kernel.layer == "W1")
    lab.choose(view.choice_box, "difference")
    lab.until(lambda: view.kernel.choice == "difference")
    assert "less at the start, layer W1" in view.bar.meaning
    y = line.height() // 2
    lab.drag(line, [QPoint(round(line.position_of(at)), y) for at in (60, 30, 10)])
    lab.until(lambda: step() == nearest(lab.run.history.snapshot_steps, line.marked))
    assert lab.run.status == "running" and step() < 20
    lab.choose(view.choice_box, "step")
    lab.until(lambda: view.kernel.choice == "step")
    view.map.canvas.hovered.emit(0.5, 23.5)
    assert view.reading.text().startswith("sample ")

    for plot, suffix, head in (
        ("kernel_map", "pdf", b"%PDF"),
        ("spectrum", "png", b"\x89PNG"),
        ("kernel_map", "csv", b"sample,other sample,class,other class,value"),
        ("spectrum", "csv", b"index,eigenvalue at the start"),
    ):
        lab.menu("File", "Export figure…")
        dialog = lab.dialog("figure_dialog")
        assert dialog.plots.currentData() == "kernel_map"
        if plot != "kernel_map":
            lab.choose(dialog.plots, plot)
        lab.choose(dialog.formats, suffix)
        file = tmp_path / f"{plot}.{suffix}"
        with files_answered(monkeypatch, file):
            lab.press(dialog.findChild(QPushButton, "figure_export"))
            lab.until(lambda: not lab.dialogs("figure_dialog"))
        assert file.read_bytes().startswith(head)
    assert len((tmp_path / "kernel_map.csv").read_text().splitlines()) == 1 + 24**2
    lab.button("stop")
    lab.until_state("idle")


def test_another_predictor_stands_beside_the_network(lab: Lab) -> None:
    view = lab.window.parts.tabs["surface"].view
    lab.fill("run.steps", "2000")
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.status == "done")
    open_tab(lab, 1)
    lab.until(lambda: view.surface is not None and view.surface.step == 2000)
    assert view.predictor == "ntk-max-margin" and view.difference.image.isVisible()
    np.testing.assert_allclose(view.difference.values, view.network.values - view.other.values)
    levels = {tuple(picture.image.getLevels()) for picture in view.pictures}
    assert len(levels) == 1 and next(iter(levels)) == pytest.approx((-view.bar.level, view.bar.level))
    for name in ("infinite-max-margin", "ntk-regression", "start", "latest"):
        lab.choose(view.predictor_box, name)
        lab.until(lambda name=name: view.surface.predictor == name)
        assert view.surface.why_no_other == "" and view.other.image.isVisible()
    np.testing.assert_allclose(view.surface.other, view.surface.network)
    lab.choose(view.predictor_box, "twin")
    lab.until(lambda: view.surface.predictor == "twin")
    assert "no linearised twin" in view.caption.text()


def test_sweep_from_rich_to_lazy_and_look_at_one_replica(lab: Lab) -> None:
    panel, parts = lab.window.parts.experiment.panel, lab.window.parts

    def seen() -> tuple[int, int]:
        """Return replica and step of the kernel shown; none is while another is waited for."""
        kernel = parts.tabs["kernel"].view.kernel
        return (-1, -1) if kernel is None else (kernel.replica, kernel.step)

    lab.fill("run.steps", "3000")
    lab.press(panel.network.lazy_rich.sweep)
    assert lab.typed("replicas") == "4"
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.step > 50)
    open_tab(lab, 2)
    lab.until(lambda: parts.tabs["kernel"].view.kernel is not None)
    assert parts.tabs["kernel"].view.kernel.replica == 0
    slider = parts.tabs["kernel"].view.slider
    assert slider.isVisible() and slider.label.text() == "α = 0.1"
    place = QPoint(round(slider.line.position_of(3)), slider.line.height() // 2)
    lab.press(slider.line, place)
    lab.until(lambda: seen()[0] == 3)
    assert slider.label.text() == "α = 100"
    lab.until(lambda: lab.run.status == "done")
    lab.until(lambda: seen() == (3, 3000))
    lazy = parts.tabs["kernel"].view.kernel.alignment
    lab.press(slider.line)
    lab.key(Qt.Key.Key_Home)
    lab.until(lambda: seen() == (0, 3000))
    assert parts.tabs["kernel"].view.kernel.alignment < lazy  # the rich one has moved further

    open_tab(lab, 0)
    lab.until(lambda: parts.plots.slider.label.text() == "α = 0.1")
    values = lab.run.history.records.column("param_norm")
    lab.until(lambda: np.isclose(lab.line("norms", "param_norm")[1][-1], np.log10(values[-1, 0])))
    lab.press(parts.plots.slider.label)
    lab.until(lambda: np.isclose(lab.line("norms", "param_norm")[1][-1], np.log10(np.median(values[-1]))))
    assert parts.plots.slider.label.text() == "median"
