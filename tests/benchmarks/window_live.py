"""What the window costs the engine, and how soon it answers: ratios within one run, medians of several.

    python -m tests.benchmarks.window_live [--pairs 3] [--steps 60000] [--tab kernel] [--samples 24]

Prints the engine's speed with the real window open, four plots live at 30 Hz, over its speed in a process that nobody
draws for, in alternated pairs; how late the window's event loop answers meanwhile (wanted: 16 ms at the 99th
percentile) and the longest work that its thread does at one go (wanted: 50 ms), with another tab open where --tab
names one; and the seconds from the command to the window on screen and to a warm engine (wanted: 1.5 and 5).
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import subprocess
import sys
import time

import numpy as np

from tests.benchmarks.real_window import opened, own_folders

TICK = 4.0  # milliseconds between two looks at the event loop

STARTED = """
import sys, time
started = float(sys.argv[1])
import gui.app
from PySide6.QtCore import QCoreApplication, QTimer, QSettings
from PySide6.QtWidgets import QApplication
from gui.main_window import MainWindow
app = QApplication([])
shown = MainWindow.showEvent
def watched(self, event):
    shown(self, event)
    QTimer.singleShot(0, lambda: print("window", time.time() - started, flush=True))
    ready = self.model.trainer.engine_ready
    ready.connect(lambda _: (print("engine", time.time() - started, flush=True), self.close()))
MainWindow.showEvent = watched
sys.exit(gui.app.open_lab(None))
"""


def start_up() -> tuple[float, float]:
    """Return the seconds from the command to the window and to a warm engine."""
    out = subprocess.run(
        [sys.executable, "-c", STARTED, str(time.time())],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    ).stdout
    found = dict(line.split() for line in out.splitlines() if line.startswith(("window", "engine")))
    return float(found["window"]), float(found["engine"])


def speed_alone(text: str) -> float:
    """Return steps a second of the engine process with nothing drawn."""
    from engine import process
    from engine.experiment.document import DocumentRef
    from engine.protocol.messages import Close, Finished, Recorded, Train

    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    worker = context.Process(target=process.main, args=(theirs,), daemon=True)
    worker.start()
    theirs.close()
    ours.send(Train("alone", DocumentRef(text)))
    first = last = (0, 0.0)
    while True:
        message = ours.recv()
        if isinstance(message, Recorded):
            now = (message.step, time.perf_counter())
            first = first if first[1] else now
            last = now
        if isinstance(message, Finished):
            break
    ours.send(Close())
    worker.join(5)
    return (last[0] - first[0]) / (last[1] - first[1])


class Listener:
    """Runs the real window on an experiment, and looks at its event loop while it trains."""

    def __init__(self, text: str, tab: str = "plots") -> None:
        from PySide6.QtCore import QElapsedTimer, Qt, QTimer

        from engine.experiment.document import parse

        self.app, self.window = opened()
        self.model = self.window.model
        self.window.parts.tabs.setCurrentWidget(getattr(self.window.parts, tab))
        self.answers = 0
        """How many surfaces or kernels were shown."""
        for looking in (self.model.surfaces.query, self.model.kernels.query):
            looking.answered.connect(self._on_answered)
        self.lateness: list[float] = []
        self.busy: list[float] = []
        """Processor time of the window's thread from tick to tick, whatever else the machine does."""
        self._worked = 0.0
        self.first = self.last = (0, 0.0)
        self.model.engine.message_received.connect(self._on_message)
        self._clock = QElapsedTimer()
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
        self._timer.setInterval(int(TICK))
        self._timer.timeout.connect(self._on_tick)
        self.model.trainer.run_document(parse(text), 0)

    def _on_message(self, message: object) -> None:
        from engine.protocol.messages import Finished, Recorded

        if isinstance(message, Recorded):
            self._on_recorded(message.step)
        elif isinstance(message, Finished):
            self._timer.stop()
            self.app.quit()

    def _on_recorded(self, step: int) -> None:
        now = (step, time.perf_counter())
        if not self.first[1]:
            self.first = now
            self._clock.start()
            self._worked = time.thread_time()
            self._timer.start()
        self.last = now

    def _on_answered(self, message: object) -> None:
        self.answers += 1

    def _on_tick(self) -> None:
        self.lateness.append(self._clock.restart() - TICK)
        now = time.thread_time()
        self.busy.append(1000 * (now - self._worked))
        self._worked = now

    def speed(self) -> float:
        """Wait for the end of the run and return its steps a second."""
        self.app.exec()
        self.window.close()
        self.model.engine.close()
        return (self.last[0] - self.first[0]) / (self.last[1] - self.first[1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--steps", type=int, default=60_000)
    parser.add_argument("--tab", choices=("plots", "surface", "kernel"), default="plots")
    parser.add_argument("--samples", type=int, default=24)
    asked = parser.parse_args()
    from engine.catalog import load_preset
    from engine.experiment.document import to_toml
    from engine.experiment.experiment import with_values

    preset = load_preset("circle-global-margin")
    text = to_toml(
        preset.with_base(with_values(preset.base, {"run.steps": asked.steps, "data.n": asked.samples}))
    )
    starts = [start_up() for _ in range(3)]
    print(f"window on screen after {statistics.median(s[0] for s in starts):.2f} s (wanted 1.5)")
    print(f"engine warm after {statistics.median(s[1] for s in starts):.2f} s (wanted 5)")
    ratios, late, busy = [], [], []
    for _ in range(asked.pairs):
        alone = speed_alone(text)
        listener = Listener(text, asked.tab)
        live = listener.speed()
        ratios.append(live / alone)
        late += listener.lateness
        busy += listener.busy
        print(f"alone {alone:,.0f} steps/s, with the window {live:,.0f}, ratio {live / alone:.2f}")
        if asked.tab != "plots":
            print(f"  {listener.answers} pictures of the {asked.tab}")
    p50, p95, p99 = np.percentile(late, [50, 95, 99])
    print(f"speed kept: median {statistics.median(ratios):.0%} (wanted 95 %)")
    print(f"event loop late by: median {p50:.1f}, p95 {p95:.1f}, worst {max(late):.1f} ms")
    print(f"event loop late at the 99th percentile: {p99:.1f} ms (wanted 16)")
    print(f"longest work of the window's thread at one go: {max(busy):.1f} ms (wanted 50)")


if __name__ == "__main__":
    with own_folders():
        main()
