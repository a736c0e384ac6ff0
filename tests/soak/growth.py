"""Use window and engine for minutes at constant content: memory, descriptors, threads, and gaps of the event loop.

`python -m tests.soak.growth --minutes 30`. A session of some runs is opened and looked at in every way, and a short run
is trained and deleted again and again, so that the content is the same at the same place of every turn.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication

from engine.experiment.document import parse
from engine.protocol.messages import STEPS
from gui.app import open_lab
from gui.main_window import MainWindow
from tests.soak.paths import add_backend, make_ready, took_others

MOST_GROWTH = 0.02
LONGEST_GAP = 0.1
"""Seconds."""
LOOKING = "look at the memory"
"""What the soak does for itself, which is no gap of the lab's."""
TICK = 10
"""Milliseconds between two looks at the event loop."""
EXPERIMENT = """version = 1
title = "Soak"
data = { kind = "circle", n = 24 }
network = { kind = "mlp", widths = [20], init = { kind = "fan-in", scale = 0.1 } }
loss = { kind = "exponential" }
optimizer = { kind = "steepest", step = { kind = "safe" } }
run = { steps = 300, threads = 1, backend = "auto" }
"""


@dataclass(frozen=True)
class Look:
    """What a process had at one moment."""

    memory: int
    descriptors: int
    threads: int

    @classmethod
    def at(cls, process: int) -> Look:
        """Look at a process: its memory of its own, descriptors, threads."""
        proc = Path(f"/proc/{process}")
        rollup = (proc / "smaps_rollup").read_text()
        own = sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Private_"))
        return cls(own << 10, len(list((proc / "fd").iterdir())), len(list((proc / "task").iterdir())))


class Gap(NamedTuple):
    """Between two looks at the event loop: seconds, of them of work in the window's thread, and what the soak did."""

    seconds: float
    work: float
    doing: str


class Soak(QObject):
    """Uses the window, turn after turn, and looks at the end of every one."""

    def __init__(self, minutes: float, kept: int, backend: str, trace: bool) -> None:
        super().__init__()
        self.looks: dict[str, list[Look]] = {"window": [], "engine": []}
        self.times: list[float] = []
        self.gaps: list[Gap] = []
        self.turns = 0
        self._seconds, self._kept, self._trace = 60 * minutes, kept, trace
        self._experiment, self.by = EXPERIMENT.replace("auto", backend), set[str]()
        self._window: MainWindow | None = None
        self._begun = self._last = time.monotonic()
        self._worked = time.thread_time()
        self._to_do: list[tuple[str, Callable[[], object]]] = []
        self._doing = ""
        self._objects: Counter[str] = Counter()
        self._traced: Any = None
        self._ticks = QTimer(self)
        self._ticks.setInterval(TICK)
        self._ticks.timeout.connect(self._on_tick)
        self._ticks.start()

    @Slot()
    def _on_tick(self) -> None:
        now = time.monotonic()
        gap, self._last = now - self._last, now
        worked = time.thread_time()
        work, self._worked = worked - self._worked, worked
        if self._window is None:
            windows = [
                w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()
            ]
            self._window = windows[0] if windows else None
            return
        window = self._window
        if window.model.engine.known is None or not window.isVisible():
            return
        if self.turns > self._kept:
            self.gaps.append(Gap(gap, work, self._doing))
        self._doing = ""
        if window.model.trainer.state != "idle" and not self._to_do:
            return
        if not self._to_do:
            self.turns += 1
            self._to_do = [*self._turn(window)]
        self._doing, act = self._to_do.pop(0)
        act()

    def _turn(self, window: MainWindow) -> Iterator[tuple[str, Callable[[], object]]]:
        """Yield what a user does in one turn: delete what the turn before trained, look around, and train again."""
        model, parts = window.model, window.parts
        runs = model.run_list.runs
        if len(runs) > self._kept:
            *runs, trained = runs
            self.by.add(trained.history.started.environment[STEPS] if trained.history.started else "")
            yield LOOKING, lambda: self._look(window)
            yield "delete a run", lambda: model.run_list.delete([trained.id])
            yield "forget", lambda: (model.undo_stack.clear(), parts.info.clear_told())
        if time.monotonic() - self._begun > self._seconds:
            yield "close", lambda: (self._ticks.stop(), window.close())
            return
        yield "look at another tab", lambda: parts.tabs.setCurrentIndex(self.turns % 3)
        if runs:
            looked_at = runs[self.turns % len(runs)].id
            yield "look at another run", lambda: model.run_list.select(looked_at)
        text = self._experiment.replace('"Soak"', f'"Soak {self.turns % 7}"')
        yield "load an experiment", lambda: model.editor.load(parse(text))
        yield "run", model.transport.run_anew
        yield from [("", lambda: None)] * 5  # until the run has begun

    def _look(self, window: MainWindow) -> None:
        gc.collect()
        engine = window.model.engine.process_id
        assert engine is not None
        self.times.append(time.monotonic() - self._begun)
        for name, process in (("window", os.getpid()), ("engine", engine)):
            self.looks[name].append(Look.at(process))
        if self._trace and len(self.times) in (20, 60):
            self._trace_now()

    def _trace_now(self) -> None:
        """Print what has become more since the last such look."""
        now = Counter(type(thing).__name__ for thing in gc.get_objects())
        more = [(count - self._objects[name], name) for name, count in now.items()]
        if self._traced is None:
            tracemalloc.start(8)
            self._traced = tracemalloc.take_snapshot()
        else:
            print("objects:", sorted(more, reverse=True)[:15])
            for line in tracemalloc.take_snapshot().compare_to(self._traced, "lineno")[:25]:
                print("   ", line)
        self._objects = now


def growth(values: list[int]) -> float:
    """Return by how much the median of the last fifth is above that of the second fifth."""
    fifth = max(1, len(values) // 5)
    first, last = sorted(values[fifth : 2 * fifth]), sorted(values[-fifth:])
    return last[len(last) // 2] / first[len(first) // 2] - 1


def tell_gaps(gaps: list[Gap]) -> int:
    """Print how long the event loop stood still; return how many gaps are too long."""
    seconds = sorted(gap.seconds for gap in gaps)
    above = [gap for gap in gaps if gap.seconds > LONGEST_GAP]
    print(
        f"event loop: longest gap {1000 * seconds[-1]:.0f} ms, "
        f"99.9 % below {1000 * seconds[int(0.999 * len(gaps))]:.0f} ms, "
        f"{len(above)} of {len(gaps):,} above {1000 * LONGEST_GAP:.0f} ms"
    )
    for doing, count in Counter(gap.doing for gap in above).most_common():
        longest = max(gap for gap in above if gap.doing == doing)
        print(
            f"  {count} where it did: {doing or 'nothing'}; "
            f"longest {1000 * longest.seconds:.0f} ms, {1000 * longest.work:.0f} of them work"
        )
    most = max(gaps, key=lambda gap: gap.work)
    print(
        f"  most work between two looks: {1000 * most.work:.0f} ms, where it did: {most.doing or 'nothing'}"
    )
    return len(above)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--runs", type=int, default=8, help="runs that the session keeps")
    parser.add_argument("--trace", action="store_true", help="say which objects and lines of Python grow")
    parser.add_argument("--json", type=Path, help="write every look to a file")
    add_backend(parser)
    chosen = parser.parse_args()
    make_ready(chosen.backend)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in ("DATA", "CONFIG", "STATE", "CACHE"):
        os.environ[f"XDG_{name}_HOME"] = tempfile.mkdtemp(prefix="soak-growth-")
    app = QApplication(["margin-lab"])
    soak = Soak(chosen.minutes, chosen.runs, chosen.backend, chosen.trace)
    status = open_lab(None)
    good = status == 0 and len(soak.times) >= 10
    print(f"{len(soak.times)} turns in {chosen.minutes:g} minutes, {chosen.runs} runs kept")
    for name, looks in soak.looks.items():
        grown = growth([look.memory for look in looks])
        print(f"{name}: {looks[-1].memory >> 20} MiB, {100 * grown:+.1f} % after warm-up", end="")
        settled = looks[len(looks) // 5 :]
        for what in ("descriptors", "threads"):
            counts = {getattr(look, what) for look in settled}
            print(f", {what} {min(counts)} to {max(counts)}", end="")
            good &= getattr(looks[-1], what) <= getattr(settled[0], what)
        print()
        good &= grown < MOST_GROWTH
    for words in filter(None, (took_others(chosen.backend, by) for by in soak.by)):
        print(words)
        good = False
    above = tell_gaps([gap for gap in soak.gaps if gap.doing != LOOKING])
    if chosen.json is not None:
        chosen.json.write_text(
            json.dumps(
                {
                    n: [(t, *vars(k).values()) for t, k in zip(soak.times, v, strict=True)]
                    for n, v in soak.looks.items()
                }
            )
        )
    del app
    return 0 if good and not above else 1


if __name__ == "__main__":
    sys.exit(main())
