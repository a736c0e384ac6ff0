"""A session of very many runs in the real window: how long the event loop stands still while people use it.

    python -m tests.soak.many_runs --runs 10000
    python -m tests.soak.many_runs --runs 1000 --records 2000

Prints, for each thing done, the longest time between two turns of the event loop, how much of the processor's time
the window's thread used between two turns at most (which a busy machine does not lengthen), and how long it took
until the window was at rest again; then the memory. Ends with 0 only where no gap is longer than the bound.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.protocol.messages import Finished, Recorded, RunStatus
from engine.protocol.records import RecordBatch
from engine.session import Session
from tests.memory import resident

TEXT = """version = 1
title = "{title}"
seed = {seed}

[data]
kind = "circle"

[network]
kind = "mlp"
widths = [20]

[loss]
kind = "exponential"

[optimizer]
kind = "steepest"

[optimizer.step]
kind = "constant"
eta = {eta}

[run]
steps = 20000
"""
COLUMNS = (
    "log_loss",
    "margin_ratio",
    "normalized_margin",
    "smoothed_margin",
    "norm",
    "cos_gradient",
    "accuracy",
    "gradient_norm",
    "step_size",
    "cos_reference",
)
COMMITTED_EVERY = 500
"""Runs written in one transaction."""
TICK = 5
"""Milliseconds between two looks at the clock."""
AT_REST = 60
"""Turns in a row that must be short before the window counts as at rest."""


def build(path: Path, runs: int, records: int, titles: int) -> None:
    """Write such a session as the lab itself does."""
    steps = (
        np.unique(np.geomspace(1, 20000, records).astype(np.int64)) if records < 2000 else np.arange(records)
    )
    values = {
        name: np.linspace(0.1, 0.9, len(steps))[:, None] + place / 100 for place, name in enumerate(COLUMNS)
    }
    with Session.create(path) as session:
        session.document = TEXT.format(title="slow", seed=0, eta=0.1).replace("20000", "200")
        for place in range(runs):
            text = TEXT.format(title=f"Experiment {place * titles // runs}", seed=place, eta=0.1)
            run = session.add_run(text, title=f"Run {place + 1}")
            session.change_run(run, colour=place % 8)
            events: dict[str, list[int | None]] = {"fitted_step": [30], "separated_step": [40]}
            session.store(Recorded(run, RecordBatch(steps, values), events, {}, int(steps[-1]), 1.0, 1000.0))
            session.store(Finished(run, RunStatus.DONE, int(steps[-1]), "done", 1.0))
            if place % COMMITTED_EVERY == 0:
                session.flush()


class Loop:
    """Turns the event loop, and measures between its turns."""

    def __init__(self, profile: str, by_work: bool) -> None:
        from PySide6.QtCore import QCoreApplication, Qt, QTimer

        self._app = QCoreApplication.instance()
        self._profile, self._by_work = profile, by_work
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self.longest = self.busiest = 0.0
        self.short = 0
        self._timer.start()
        self.gaps: dict[str, float] = {}

    def _tick(self) -> None:
        now = time.perf_counter()
        gap, self._last = now - self._last, now
        worked, self._worked = time.thread_time() - self._worked, time.thread_time()
        self.longest, self.busiest = max(self.longest, gap), max(self.busiest, worked)
        self.short = self.short + 1 if gap < 0.03 else 0

    def measure(
        self, words: str, action: Callable[[], object], until: Callable[[], bool] = lambda: True
    ) -> None:
        """Do something, and turn the loop until the window is at rest."""
        self._turn(lambda: self.short >= AT_REST)
        self.longest = self.busiest = 0.0
        begun = self._last = time.perf_counter()
        profile = cProfile.Profile() if self._profile and self._profile in words else None
        if profile:
            profile.enable()
        action()
        self.short = 0
        self._turn(lambda: self.short >= AT_REST and until())
        if profile:
            profile.disable()
            pstats.Stats(profile).sort_stats(os.environ.get("SORT", "cumulative")).print_stats(45)
        took = time.perf_counter() - begun - AT_REST * TICK / 1000
        self.gaps[words] = self.busiest if self._by_work else self.longest
        print(
            f"{words:<24} {1000 * self.longest:6.0f} ms, {1000 * self.busiest:6.0f} of them work; {took:6.2f} s",
            flush=True,
        )

    def _turn(self, done: Callable[[], bool]) -> None:
        while not done():
            self._app.processEvents()
            time.sleep(0.001)


def main() -> int:
    """Build, open, use, close; return the exit status."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--runs", type=int, default=10_000)
    options.add_argument("--records", type=int, default=40, help="of each run")
    options.add_argument("--titles", type=int, default=5, help="how many experiments the runs are of")
    options.add_argument(
        "--by-work",
        action="store_true",
        help="hold the processor's time against the bound: for a busy machine",
    )
    options.add_argument(
        "--bound", type=float, default=200.0, help="milliseconds that the event loop may stand still"
    )
    options.add_argument(
        "--session", type=Path, help="where the session is built, and left; built where it is not there"
    )
    options.add_argument("--profile", default="", help="profile the things done that have this in their name")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
            os.environ[name] = folder
        path = chosen.session or Path(folder) / "many.mlab"
        if not path.exists():
            begun = time.perf_counter()
            build(path, chosen.runs, chosen.records, chosen.titles)
            print(
                f"built in {time.perf_counter() - begun:.1f} s, {path.stat().st_size / 2**20:.0f} MiB",
                flush=True,
            )
        gaps = use(path, Path(folder), chosen.profile, chosen.by_work)
    late = {words: gap for words, gap in gaps.items() if 1000 * gap > chosen.bound}
    print(f"longer than {chosen.bound:.0f} ms: {', '.join(late) or 'nothing'}")
    return 1 if late else 0


def use(path: Path, folder: Path, profile: str, by_work: bool) -> dict[str, float]:
    """Do in the window what people do; return the longest gap of each thing done, in seconds."""
    from PySide6.QtWidgets import QApplication

    from gui.app import keep_house
    from gui.engine_thread import EngineThread
    from gui.main_window import MainWindow
    from gui.model.session_model import SessionModel

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    engine = EngineThread(target="tests.gui.fake_engine:main")
    engine.start_engine()
    window = MainWindow(SessionModel(engine))
    model, runs = window.model, window.parts.side.runs
    window.resize(1440, 900)
    window.show()
    keep_house(window)
    loop = Loop(profile, by_work)
    before = resident("VmRSS")
    loop.measure("open", lambda: window.files.open_path(path))
    print(f"  {len(model.run_list)} runs, {(resident('VmRSS') - before) / 2**20:.0f} MiB more", flush=True)
    ids = [run.id for run in model.run_list.runs]
    bar = runs.view.verticalScrollBar()
    loop.measure("scroll to the middle", lambda: bar.setValue(bar.maximum() // 2))
    loop.measure("scroll to the end", lambda: bar.setValue(bar.maximum()))
    loop.measure("look at another run", lambda: model.run_list.select(ids[len(ids) // 2]))
    loop.measure("select all", runs.view.selectAll)
    loop.measure("show only one", lambda: model.run_list.show_only(ids[:1]))
    loop.measure("show all", lambda: model.run_list.show_only(ids))
    loop.measure("hide one", lambda: model.run_list.set_visible(ids[0], False))
    loop.measure(
        "autosave",
        lambda: model.run_list.rename(ids[3], "another name"),
        lambda: not model.store.session.changed,
    )
    loop.measure("start a run", model.transport.run_anew, lambda: model.trainer.state == "idle")
    loop.measure("delete a hundred", lambda: model.run_list.delete(ids[100:200]))
    loop.measure("take that back", model.undo_stack.undo)
    loop.measure("save as", lambda: window.files.save_to(folder / "other.mlab"))
    loop.measure("delete all", lambda: model.run_list.delete(ids))
    loop.measure("take all back", model.undo_stack.undo)
    loop.measure("new session", window.files.new)
    loop.measure("open again", lambda: window.files.open_path(path))
    print(f"  {(resident('VmRSS') - before) / 2**20:.0f} MiB more than before the first", flush=True)
    loop.measure("close", window.close)
    window.deleteLater()
    app.processEvents()
    return loop.gaps


if __name__ == "__main__":
    sys.exit(main())
