"""How soon the window answers while it opens a map of very many points, and while as many arrive.

    python -m tests.benchmarks.maps_window [POINTS] [--seconds 10]

Opens the real window over its engine; opens a session with a map of so many points of thirty columns, looks at it
(wanted: shown within 2 s), leaves its tab, looks at it in every way; then trains another one whose results come from
memory within so many seconds, and the session is left for a new one while a third one is trained. Prints for each of
these how late the event loop answers, and the longest processor time of the window's thread from tick to tick
(wanted: 50 ms).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from engine.experiment.document import Document
from engine.protocol.points import PointResult
from engine.session import Session
from engine.session.sweeps import stored
from engine.sweep.points import points_of
from engine.sweep.workers import Outcome
from tests.benchmarks.maps import SEEDS, document
from tests.benchmarks.real_window import own_folders
from tests.benchmarks.window_turns import Turns
from tests.engine.sweep.material import Here

SHOWN_WANTED, TURN_WANTED = 2.0, 50.0
NAMES = ("normalized_margin", "log_loss", *(f"column {k}" for k in range(28)))
RANDOM = np.random.default_rng(0)


def result(point: int) -> PointResult:
    """Return what a point could have become."""
    values = np.sin(point / 2000 + np.arange(len(NAMES))) + RANDOM.normal(scale=0.05, size=len(NAMES))
    finals = dict(zip(NAMES, values.tolist(), strict=True))
    return PointResult(point, "done", 2000, 0.01, finals, {"fitted_step": 100, "bound_step": 200}, ("holds",))


class FromMemory(Here):
    """Workers whose results are there at once, so many points a second."""

    def __init__(self, rate: float) -> None:
        super().__init__(lambda task: [result(point) for point in task.points])
        self._rate, self._began, self._given = rate, 0.0, 0

    def next(self, seconds: float) -> Outcome | None:
        self._began = self._began or time.monotonic()
        due = self._began + self._given / self._rate - time.monotonic()
        time.sleep(min(max(due, 0.0), seconds))
        outcome = None if due > seconds else super().next(seconds)
        self._given += 0 if outcome is None else len(outcome.results)
        return outcome


def session_of(map_: Document, path: Path) -> None:
    """Write a session with a map all of whose points are done."""
    session = Session.create(path)
    told = stored(map_)
    session.maps.add(told)
    keys = {point.number: point.key for point in points_of(map_)}
    session.maps.take(told.id, keys, [result(number) for number in keys])
    session.close()


def other(map_: Document, seed: int) -> Document:
    """Return the same map with another seed."""
    from engine.experiment.document import parse, to_toml

    base = map_.base.model_copy(update={"seed": seed, "title": f"Seed {seed}"})
    return parse(to_toml(map_.model_copy(update={"base": base})))


class MapTurns(Turns):
    """The real window with maps in it."""

    def open(self, path: Path) -> float:
        """Open a session, look at its map, and return the seconds that both took."""
        self.stage = "open"
        start = time.perf_counter()
        self.window.files.open_path(path)
        opened = time.perf_counter() - start
        self.rest(2.0)  # the window loads ahead what it opened without
        maps = self.model.maps
        self.stage = "first look"
        start = time.perf_counter()
        self.look_at("maps")
        self.until(lambda: maps.shown is not None and maps.shown.is_read)
        tab = self.window.parts.tabs["maps"]
        self.until(
            lambda: tab.view.body.cells.seen is not None and bool(tab.view.body.cells.seen.ended.all())
        )
        self.window.repaint()
        looked = time.perf_counter() - start
        print(f"session open after {opened:.2f} s, its map seen {looked:.2f} s after it was looked at")
        self.rest(1.0)
        return opened + looked

    def look_at(self, tab: str) -> None:
        """Bring a tab to the front."""
        self.window.parts.tabs.bring(tab)

    def do(self, stage: str, act: Callable[[], object], seconds: float = 1.0) -> None:
        """Do something, and let the window live on."""
        self.stage = stage
        act()
        self.rest(seconds)

    def train(self, map_: Document, rate: float) -> None:
        """Train a map, and watch it."""
        maps = self.model.maps
        maps.make_workers = lambda document, data: FromMemory(rate)
        self.stage = "edit the map"
        self.model.editor.load(map_)
        self.rest(1.0)
        self.stage = "work points out"
        start = time.perf_counter()
        maps.train(map_)
        self.until(lambda: maps.under_way is None or maps.under_way.state != "preparing", 120)
        print(f"points worked out in {time.perf_counter() - start:.2f} s")
        self.stage = "arriving"
        self.until(lambda: maps.under_way is None, 300)
        self.stage = "rest after"
        self.rest(3.0)


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("points", nargs="?", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=10.0)
    asked = parser.parse_args()
    map_ = document(asked.points // SEEDS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "map.mlab"
        session_of(map_, path)
        print(f"{path.stat().st_size / 1e6:.1f} MB")
        turns = MapTurns()
        shown = turns.open(path)
        turns.do("leave", partial(turns.look_at, "plots"))
        turns.do("look again", partial(turns.look_at, "maps"))
        choices = turns.window.parts.tabs["maps"].view.choices
        for kind, button in choices.kinds.items():
            turns.do(kind, button.click)
        choices.kinds["points"].click()
        turns.rest(1.0)
        turns.train(other(map_, 1), asked.points / asked.seconds)
        turns.do("train another", partial(turns.model.maps.train, other(map_, 2)))
        turns.do("new session meanwhile", turns.window.files.new)
        turns.close()
    turns.late.pop("", None)
    for stage, late in turns.late.items():
        usual, worst, work = np.percentile(late, 99), max(late), max(turns.busy[stage])
        print(f"{stage:24} late at the 99th percentile {usual:6.1f}, worst {worst:6.1f} ms; work {work:6.1f}")
    work = max(max(busy) for stage, busy in turns.busy.items() if stage)
    print(f"shown after {shown:.2f} s (wanted {SHOWN_WANTED}); work {work:.0f} ms (wanted {TURN_WANTED:.0f})")
    return int(shown > SHOWN_WANTED or work > TURN_WANTED)


if __name__ == "__main__":
    with own_folders():
        status = main()
    sys.exit(status)
