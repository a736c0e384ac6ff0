"""How fast many runs move in one view: `python -m tests.benchmarks.plots_overlay [RUNS]`.

Prints medians of the processor time of the window's thread, whatever else the machine does, for fifty runs of 2,000
records, or as many as are said, in the plots that a window comes up with: while one of them goes on, under the mouse,
along the timeline, and while a plot is dragged and zoomed. Exit status 1 where one is above a frame of thirty a second.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import numpy as np

from engine.protocol.records import Records
from engine.protocol.run_history import RunHistory
from tests.benchmarks.plots_redraw import fake_log, part

LAST, PER_DECADE, ROUNDS = 2_000_000, 412, 12
FRAME = 1000 / 30
"""Milliseconds of one of thirty frames a second."""


def main() -> int:
    """Measure and print; 1 where a median is above what is wanted."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
    from PySide6.QtWidgets import QApplication

    from gui.plots.plots_view import PlotsView
    from gui.plots.traces import Trace
    from gui.theme import apply_theme, run_colour

    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    app = QApplication([])
    apply_theme(app, "light")
    view = PlotsView()
    view.resize(820, 640)
    view.show()
    whole = fake_log(LAST, seed=99, per_decade=PER_DECADE).records.all()
    live = RunHistory(Records(1))
    live.records.extend(part(whole, 0, len(whole.steps) - 4 * ROUNDS))
    logs = [fake_log(LAST, seed=k, per_decade=PER_DECADE) for k in range(runs - 1)]
    traces = [Trace(str(k), f"run {k}", run_colour(k), True, log) for k, log in enumerate(logs)]
    view.set_traces([*traces, Trace("live", "live", run_colour(3), True, live, selected=True)])
    view.refresh()
    app.processEvents()
    canvas = view.plots["norms"].canvas
    print(f"{runs} runs of {len(whole.steps):,} records")

    def grow(k: int) -> None:
        start = len(live.records)
        live.records.extend(part(whole, start, start + 4))
        view.refresh()

    def cross(k: int) -> None:
        view.crosshair._show(view.plots["norms"], 1 + 0.1 * k)

    def mark(k: int) -> None:
        view.set_marked_step(int(10 ** (1 + 0.2 * k)))

    def drag(k: int) -> None:
        low, high = canvas.x_range()
        canvas.view.setRange(xRange=(low + 0.02, high + 0.02), padding=0)
        canvas.view.sigRangeChangedManually.emit([True, False])
        view.refresh()

    def zoom(k: int) -> None:
        low, high = canvas.y_range()
        canvas.view.setRange(yRange=(low + 0.01, high), padding=0)
        canvas.view.sigRangeChangedManually.emit([False, True])
        view.refresh()

    moves: dict[str, Callable[[int], None]] = {
        "a run goes on": grow,
        "mouse": cross,
        "timeline": mark,
        "drag": drag,
        "zoom": zoom,
    }
    medians = []
    for what, move in moves.items():
        seconds = []
        for k in range(ROUNDS):
            began = time.thread_time()
            move(k)
            app.processEvents()
            seconds.append(time.thread_time() - began)
        medians.append(1000 * float(np.median(seconds)))
        print(f"  {what:14} {medians[-1]:6.1f} ms   wanted {FRAME:.0f}")
    return 0 if max(medians) <= FRAME else 1


if __name__ == "__main__":
    sys.exit(main())
