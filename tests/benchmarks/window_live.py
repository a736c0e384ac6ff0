"""What the window costs the engine, and how soon it answers: ratios within one run, medians of several.

    python -m tests.benchmarks.window_live [--pairs 4] [--steps 60000] [--tab surface] [--samples 24]

Trains one experiment in turn in an engine process that nobody draws for and in the engine of the real window, with
plots, their claims and, in every other pair, the surface live; both have trained before, so that nothing is loaded
while it is timed. Prints the speed with the window over that without; how late the window's event loop answers
meanwhile (wanted: 16 ms at the 99th percentile), and the longest work that its thread does at one go (wanted: 50 ms),
by the tab that is open; the share of a processor that the window takes; and the seconds from the command to the window
on screen and to a warm engine (wanted: 1.5 and 5).
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from engine.experiment.document import Document
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


class Alone:
    """An engine process that nobody draws for."""

    def __init__(self) -> None:
        from engine import process

        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._worker = context.Process(target=process.main, args=(theirs,), daemon=True)
        self._worker.start()
        theirs.close()

    def speed(self, document: Document) -> float:
        """Train it; return the steps a second from the first record to the last."""
        from engine.experiment.document import DocumentRef
        from engine.protocol.messages import Finished, Recorded, Train

        self._ours.send(Train("alone", DocumentRef.of(document, "")))
        told: list[tuple[int, float]] = []
        while not isinstance(message := self._ours.recv(), Finished):
            if isinstance(message, Recorded):
                told.append((message.step, time.perf_counter()))
        return steps_a_second(told)

    def close(self) -> None:
        from engine.protocol.messages import Close

        self._ours.send(Close())
        self._worker.join(5)


def steps_a_second(told: Sequence[tuple[int, float]]) -> float:
    """Return the rate from the first to the last of steps told and when."""
    (first, began), (last, ended) = told[0], told[-1]
    return (last - first) / (ended - began)


class Listener:
    """Runs experiments in the real window, and looks at its event loop while they train."""

    def __init__(self) -> None:
        from PySide6.QtCore import QElapsedTimer, Qt, QTimer

        self.app, self.window = opened()
        self.model = self.window.model
        self.answers = 0
        """How many surfaces or kernels were shown."""
        for tab in self.window.parts.tabs.tabs.values():
            _ = tab.view
            for query in tab.queries:
                query.answered.connect(self._on_answered)
        self.lateness: dict[str, list[float]] = {}
        """By the tab that was open."""
        self.busy: dict[str, list[float]] = {}
        """Processor time of the window's thread from tick to tick, whatever else the machine does."""
        self.share = 0.0
        """Of one processor that all of the window took while it ran last."""
        self._tab = ""
        self._told: list[tuple[int, float]] = []
        self._ended = False
        self._worked = self._taken = 0.0
        self.model.engine.message_received.connect(self._on_message)
        self._clock = QElapsedTimer()
        self._timer = QTimer(timerType=Qt.TimerType.PreciseTimer)
        self._timer.setInterval(int(TICK))
        self._timer.timeout.connect(self._on_tick)
        self._until(lambda: self.model.trainer.ready is not None)

    def _until(self, condition: Callable[[], bool]) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        loop, look = QEventLoop(), QTimer()
        look.setInterval(20)
        look.timeout.connect(lambda: loop.quit() if condition() else None)
        look.start()
        loop.exec()

    def rest(self, seconds: float) -> None:
        """Let the window live for a while."""
        end = time.monotonic() + seconds
        self._until(lambda: time.monotonic() > end)

    def _on_message(self, message: object) -> None:
        from engine.protocol.messages import Finished, Recorded

        if isinstance(message, Recorded):
            if not self._told:
                self._clock.start()
                self._worked, self._taken = time.thread_time(), time.process_time()
                self._timer.start()
            self._told.append((message.step, time.perf_counter()))
        elif isinstance(message, Finished):
            self._timer.stop()
            self.share = (time.process_time() - self._taken) / (self._told[-1][1] - self._told[0][1])
            self._ended = True

    def _on_answered(self, message: object) -> None:
        self.answers += 1

    def _on_tick(self) -> None:
        self.lateness.setdefault(self._tab, []).append(self._clock.restart() - TICK)
        now = time.thread_time()
        self.busy.setdefault(self._tab, []).append(1000 * (now - self._worked))
        self._worked = now

    def speed(self, document: Document, tab: str) -> float:
        """Train in a session of its own with a tab open, and return the steps a second."""
        self.model.start_new()
        self.model.editor.load(document)  # the window keeps the run to what is edited, its length as well
        self.window.parts.tabs.bring(tab)
        self._tab, self._told, self._ended = tab, [], False
        self.rest(0.8)
        self.model.transport.run_anew()
        self._until(lambda: self._ended)
        assert self._told[-1][0] == document.base.run.steps
        self.rest(0.3)
        return steps_a_second(self._told)

    def close(self) -> None:
        self.window.close()
        self.model.engine.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=60_000)
    parser.add_argument("--tab", choices=("surface", "kernel"), default="surface")
    parser.add_argument("--samples", type=int, default=24)
    parser.add_argument("--starts", type=int, default=3)
    asked = parser.parse_args()
    from engine.catalog import load_preset
    from engine.experiment.experiment import with_values

    preset = load_preset("circle-global-margin")
    asked_for = {"run.steps": asked.steps, "data.n": asked.samples}
    long = preset.with_base(with_values(preset.base, asked_for))
    short = preset.with_base(with_values(preset.base, asked_for | {"run.steps": 2000}))
    starts = [start_up() for _ in range(asked.starts)]
    if starts:
        print(f"window on screen after {statistics.median(s[0] for s in starts):.2f} s (wanted 1.5)")
        print(f"engine warm after {statistics.median(s[1] for s in starts):.2f} s (wanted 5)")
    alone, listener = Alone(), Listener()
    alone.speed(short), listener.speed(short, "plots"), listener.speed(short, asked.tab)
    listener.lateness.clear(), listener.busy.clear()
    kept: dict[str, list[float]] = {}
    for pair in range(asked.pairs):
        tab = asked.tab if pair % 2 else "plots"
        without, listener.answers = alone.speed(long), 0
        live = listener.speed(long, tab)
        kept.setdefault(tab, []).append(live / without)
        print(
            f"alone {without:,.0f} steps/s, with {tab} {live:,.0f}: {live / without:.0%}; the window took "
            f"{listener.share:.0%} of a processor and showed {listener.answers} pictures"
        )
    alone.close(), listener.close()
    for tab, ratios in kept.items():
        late, busy = listener.lateness[tab], listener.busy[tab]
        p50, p95, p99 = np.percentile(late, [50, 95, 99])
        print(f"{tab}: speed kept: median {statistics.median(ratios):.0%} (wanted 95 %)")
        print(f"  event loop late by: median {p50:.1f}, p95 {p95:.1f}, worst {max(late):.1f} ms (wanted 100)")
        print(f"  event loop late at the 99th percentile: {p99:.1f} ms (wanted 16)")
        print(f"  longest work of the window's thread at one go: {max(busy):.1f} ms (wanted 50)")


if __name__ == "__main__":
    with own_folders():
        main()
