"""How a map grows beyond what this machine would train: `python -m tests.benchmarks.map_growth [POINTS]...`.

Points with 30 columns, three events and a verdict each are made up, and taken as if workers had sent them. Printed,
each count in a process of its own: seconds of the processor to judge points and give them keys, to plan tasks, to keep
what became of them, to open that again and to look at it; the file; the memory that the process had at most.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.cli.sweep_keeper import SweepKeeper
from engine.experiment.sweep import Grid
from engine.figures.maps import MapView, map_seen
from engine.protocol.point_table import PointTable
from engine.protocol.points import PointResult
from engine.session import Session
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from tests.benchmarks.maps import SEEDS, document

COUNTS = (1_000, 10_000, 100_000, 1_000_000)
COLUMNS, AT_ONCE = 30, 100
EVENTS = ("fitted_step", "separated_step", "stopped_step")


def results(count: int) -> Iterator[Sequence[PointResult]]:
    """Yield what became of points, so many at once as a task has."""
    for first in range(0, count, AT_ONCE):
        yield [
            PointResult(
                number,
                "done",
                2000,
                0.01,
                {f"column_{k}": number * 0.001 + k for k in range(COLUMNS)},
                dict.fromkeys(EVENTS, number % 2000),
                ("holds",),
                place="node-17",
            )
            for number in range(first, min(first + AT_ONCE, count))
        ]


class Stages:
    """Says how long each took."""

    def __init__(self) -> None:
        self.began = time.process_time()

    def say(self, words: str, count: int) -> None:
        """Print what took the seconds since the stage before."""
        now = time.process_time()
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
        seconds = now - self.began
        print(
            f"  {words}: {seconds:.2f} s, {1e6 * seconds / count:.0f} µs a point; {memory:,.0f} MB at most so far"
        )
        self.began = time.process_time()


def measure(count: int) -> None:
    """Take one map through all of its stages."""
    map_, stages = document(count // SEEDS), Stages()
    points = list(points_of(map_))
    count = len(points)
    print(f"{count:,} points")
    stages.say("judged and given keys", count)
    tasks = len(planned(map_, points))
    stages.say(f"planned into {tasks:,} tasks", count)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "map.mlab"
        with SweepKeeper(map_, file, {point.number: point.key for point in points}) as keeper:
            for told in results(count):
                keeper.take(told)
        size = file.stat().st_size
        stages.say(f"kept in {size / 1e6:.1f} MB, {size / count:.0f} bytes a point", count)
        del points, keeper
        with Session.read(file) as session:
            found = session.maps.points(session.maps.all[0].id)
        stages.say("opened again", count)
    assert map_.sweep is not None
    table = PointTable(Grid.of(map_.base, map_.sweep))
    table.take(found.values())
    stages.say("taken into the table", count)
    map_seen(table, MapView(of="column_0"))
    stages.say("looked at as cells", count)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(int(sys.argv[2]))
    else:
        for wanted in map(int, sys.argv[1:] or COUNTS):
            subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.map_growth", "--one", str(wanted)], check=True
            )
