"""Lines that stay as they are: painted once, together, and as they would be painted alone."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QGraphicsItem

from engine.protocol.messages import RunStatus
from gui.plots import lines, still_lines
from gui.plots.curves import Series
from gui.plots.plots_view import PlotsView
from tests.benchmarks.plots_redraw import fake_log

from .test_plots import shown, trace

RUNS = 8


def is_kept(series: Series) -> bool:
    return bool(series.line.flags() & QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)


def picture(view: PlotsView) -> np.ndarray:
    image = view.plots["norms"].canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return pixels.astype(int)


def test_many_lines_look_the_same_painted_together_or_one_by_one(
    view: PlotsView, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.set_shown(["norms"])
    runs = [trace(fake_log(300, 1 + 2 * (k == 3), seed=k), str(k), k) for k in range(RUNS)]
    plot = shown(view, *runs).plots["norms"]
    together = picture(view)
    assert all(map(is_kept, plot.series.values()))
    monkeypatch.setattr(still_lines, "FEW", 1000)
    view.set_traces(runs[1:])
    view.refresh()
    view.set_traces(runs)
    view.refresh()
    assert not any(map(is_kept, plot.series.values()))
    assert (np.abs(picture(view) - together) > 40).mean() < 0.002
    assert np.ptp(together) > 100


def test_a_run_that_goes_on_is_painted_above_those_that_have_ended(view: PlotsView) -> None:
    logs = [fake_log(300, seed=k) for k in range(RUNS)]
    logs[2].status = RunStatus.RUNNING
    view.set_shown(["norms"])
    plot = shown(view, *(trace(log, str(k), k) for k, log in enumerate(logs))).plots["norms"]
    assert {run for (run, _), series in plot.series.items() if not is_kept(series)} == {"2"}
    logs[2].status = RunStatus.DONE
    view.refresh()
    assert all(map(is_kept, plot.series.values()))


def test_a_column_that_is_hidden_is_gone_from_what_was_kept(view: PlotsView) -> None:
    view.set_shown(["norms"])
    runs = [trace(fake_log(300, seed=k), str(k), k) for k in range(RUNS)]
    plot = shown(view, *runs).plots["norms"]
    before = picture(view)
    plot.toggle("param_norm")
    view.refresh()
    assert (picture(view) != before).any()


def test_lines_are_thin_where_there_are_many(view: PlotsView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "CROWD", 8)
    view.set_shown(["norms"])
    runs = [trace(fake_log(300, seed=k), str(k), k) for k in range(RUNS)]
    plot = shown(view, *runs[:2]).plots["norms"]
    assert {series.line.width for series in plot.series.values()} == {1.5}
    shown(view, *runs)
    assert {series.line.width for series in plot.series.values()} == {1.0}
