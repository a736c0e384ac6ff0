"""How soon a run begins and ends in the window: from Run to the first record on screen, and from the last step to Done.

    python -m tests.benchmarks.starts [--runs 12] [--preset circle-global-margin] [--steps 300]

Opens the real window, waits until its engine is warm, and runs the preset again and again, its length as asked. Prints
for the first run of the process and as medians of the others the milliseconds from Run to what the engine said first,
to the first record in the window, and to the first plot drawn with it (wanted: 50 ms); and from the last record to
the end as the window shows it. References are solved by a run before those. Exit status 1 where the median is more.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable

from tests.benchmarks.real_window import on_rounds, opened, own_folders

WANTED = 50.0
"""Milliseconds from Run to the first record on screen."""
REST = 0.6
"""Seconds without anything to do between two runs, after which an engine has tidied up."""
NAMES = ("engine speaks", "first record", "on screen", "last record to Done")
WORK = "window's own work"
"""Milliseconds of processor time that the window's thread takes from Run to the first record on screen."""


class Starts:
    """The real window on a preset, which notes when what happens."""

    def __init__(self, preset: str, steps: int) -> None:
        from engine.catalog import load_preset
        from engine.experiment.experiment import with_values

        self.app, self.window = opened()
        self.model = self.window.model
        document = load_preset(preset)
        base = with_values(document.base, {"run.steps": steps})
        self.model.editor.load(document.with_base(base))
        self.times: dict[str, float] = {}
        self.work = self._worked = 0.0
        trainer = self.model.trainer
        trainer.message_taken.connect(self._on_message)
        self.model.run_list.records_arrived.connect(self._on_records)
        trainer.run_ended.connect(self._on_end)
        plots = self.window.parts.plots
        self._round = False
        """Whether the first record was there when plots began to be drawn, so that all of them show it."""
        on_rounds(plots, self._on_round)
        plots.drawn.connect(self._on_drawn)
        self._wait(lambda: trainer.ready is not None)
        self.rest()

    def _wait(self, until: Callable[[], bool]) -> None:
        while not until():
            self.app.processEvents()
            time.sleep(0.001)

    def rest(self) -> None:
        """Let window and engine have nothing to do for a while."""
        end = time.perf_counter() + REST
        self._wait(lambda: time.perf_counter() > end)

    def one(self) -> list[float]:
        """Run once; return the milliseconds of `NAMES`."""
        self.times, started, self._worked = {}, time.perf_counter(), time.thread_time()
        self.model.transport.run()
        self._wait(lambda: "end" in self.times and "on screen" in self.times)
        at = [1000 * (self.times[name] - started) for name in NAMES[:3]]
        self.rest()
        return [*at, 1000 * (self.times["end"] - self.times["last record"]), self.work]

    def _on_message(self, run: str, message: object) -> None:
        from engine.protocol.messages import Recorded

        self.times.setdefault("engine speaks", time.perf_counter())
        if isinstance(message, Recorded) and len(message.batch.steps) and not message.batch.closing:
            self.times["last record"] = time.perf_counter()

    def _on_records(self, _run: str) -> None:
        """Note the first record, as a glance at it or whole."""
        self.times.setdefault("first record", time.perf_counter())

    def _on_round(self) -> None:
        self._round = "first record" in self.times

    def _on_drawn(self) -> None:
        if self._round and "first record" in self.times and "on screen" not in self.times:
            self.window.parts.plots.repaint()
            self.times["on screen"] = time.perf_counter()
            self.work = 1000 * (time.thread_time() - self._worked)

    def _on_end(self, _run: str) -> None:
        self.times["end"] = time.perf_counter()

    def close(self) -> None:
        """Close the window and its engine."""
        self.window.close()
        self.model.engine.close()


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=12)
    parser.add_argument("--preset", default="circle-global-margin")
    parser.add_argument("--steps", type=int, default=300)
    asked = parser.parse_args()
    starts = Starts(asked.preset, asked.steps)
    rows = [starts.one() for _ in range(asked.runs + 1)]
    starts.close()
    medians = [statistics.median(column) for column in zip(*rows[1:], strict=True)]
    for k, name in enumerate([*NAMES, WORK]):
        column = sorted(row[k] for row in rows[1:])
        spread = f"from {column[0]:.1f} to {column[-1]:.1f}; the first run {rows[0][k]:.1f}"
        print(f"{name:>20}: {medians[k]:6.1f} ms ({spread})")
    good = medians[2] <= WANTED
    print(f"from Run to the first record on screen {medians[2]:.1f} ms (wanted {WANTED:.0f})")
    return 0 if good else 1


if __name__ == "__main__":
    with own_folders():
        sys.exit(main())
