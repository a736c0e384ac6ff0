"""The same map in every way: here, on a cluster, one point at a time, with its workers or its coordinator killed.

    python -m tests.soak.map_kills workers --points 10000 --kills 20 --workers 4
    python -m tests.soak.map_kills coordinator --points 10000 --kills 50 [--on dask]

Workers are those of a dask cluster of this machine, and the processes that train for them: the table is that of `local`
to rounding, none lost, none twice. A coordinator is `marginlab sweep … --out F.mlab`, killed with SIGKILL; the same
command goes on until it is left alone. What had ended, and is trained again as it was not written yet, is counted.
"""

from __future__ import annotations

import argparse
import csv
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Event

from engine.cli.sweep_keeper import FLUSH
from engine.experiment.document import Document, to_toml
from engine.experiment.sweep import Grid
from engine.protocol.points import PointResult, Task
from engine.sweep import schedulers
from engine.sweep.cluster import ClusterWorkers
from engine.sweep.conduct import Conductor
from engine.sweep.local import LocalWorkers
from engine.sweep.order import order_of
from engine.sweep.plan import planned, task_of
from engine.sweep.points import points_of
from engine.sweep.workers import Workers
from tests.benchmarks.maps import SEEDS, document
from tests.deadlines import is_alive

TOLERANCE = 1e-6
"""Relative: which points share a run decides the last digits."""
ENDS = 20.0
"""Seconds within which the processes of a coordinator that was killed must be gone."""
LOOK = 0.1
"""Seconds between two looks whether a coordinator has written its first points."""
EARLY = 0.2
"""The share of kills at any moment before first points have ended; all others come after that."""
MOST_LOST = 2.0
"""Seconds whose ended points a kill may cost, beside the tasks in flight."""


def processes_below(pid: int) -> list[int]:
    """Return the processes that one has started, and those that these have."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text("ascii").rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if parent == pid:
            found += [int(folder.name), *processes_below(int(folder.name))]
    return found


def one_at_a_time(map_: Document) -> Sequence[Task]:
    """Return a task for every point."""
    assert map_.sweep is not None
    grid = Grid.of(map_.base, map_.sweep)
    return [task_of(map_, grid, [number], 1.0) for number in range(grid.runs)]


def trained(
    map_: Document,
    tasks: Sequence[Task],
    workers: Workers,
    kill: random.Random | None = None,
    kills: int = 0,
) -> Table:
    """Train tasks of a map, with so many kills of whatever trains it."""
    workers.begin(Event())
    table, done, twice, next_kill = Table(), 0, 0, time.monotonic() + 1.0
    for results, _ in Conductor(map_, tasks).results(workers):
        for result in results:
            twice += result.point in table.points
            table.points[result.point] = result
        if kill is not None and done < kills and time.monotonic() > next_kill:
            there = [pid for pid in processes_below(os.getpid()) if _trains(pid)]
            if there:
                os.kill(kill.choice(there), signal.SIGKILL)
                done += 1
                next_kill = time.monotonic() + kill.uniform(0.5, 2.0)
    table.kills, table.twice = done, twice
    return table


def _trains(pid: int) -> bool:
    """Say whether a process was started by multiprocessing to work, and is no tracker of its resources."""
    try:
        return b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


class Table:
    """What became of every point."""

    def __init__(self) -> None:
        self.points: dict[int, PointResult] = {}
        self.kills = self.twice = 0

    def differences(self, other: Table) -> int:
        """Count the points that are not the same in both."""
        return sum(not _alike(self.points.get(n), other.points.get(n)) for n in {*self.points, *other.points})

    def furthest(self, other: Table) -> float:
        """Return the largest relative difference of a last value."""
        return max(
            abs(value - there) / max(abs(value), abs(there), 1e-3)
            for number, one in self.points.items()
            for name, value in one.finals.items()
            if number in other.points and name in (finals := other.points[number].finals)
            for there in [finals[name]]
        )


def _alike(one: PointResult | None, other: PointResult | None) -> bool:
    if one is None or other is None or one.status != other.status or one.finals.keys() != other.finals.keys():
        return False
    return all(
        math.isclose(value, other.finals[name], rel_tol=TOLERANCE, abs_tol=1e-9)
        for name, value in one.finals.items()
    )


def kill_workers(points: int, kills: int, count: int, seed: int) -> int:
    """Train a map in every way, once with its workers killed at random moments; return the number of faults."""
    map_ = document(points // SEEDS)
    schedulers.cores = lambda: count
    tables: dict[str, Table] = {}
    faults = 0
    for way in ("local", "one point at a time", "dask", "dask, killed"):
        order, began = order_of(map_), time.monotonic()
        workers: Workers = (
            ClusterWorkers(order, "dask", schedulers.of_this_machine())
            if "dask" in way
            else LocalWorkers(order)
        )
        tasks = one_at_a_time(map_) if "one" in way else planned(map_, points_of(map_))
        with closing(workers):
            killed = "killed" in way
            found = trained(map_, tasks, workers, random.Random(seed), kills if killed else 0)
            there = processes_below(os.getpid())
        expected = tables.setdefault("local", found)
        faults += _told(way, points, time.monotonic() - began, found, expected, there)
        tables[way] = found
    return faults


def _told(
    way: str, points: int, seconds: float, found: Table, expected: Table, processes: Sequence[int]
) -> int:
    """Print what became of a map; return the number of faults."""
    deadline = time.monotonic() + ENDS
    while any(map(is_alive, filter(_trains, processes))) and time.monotonic() < deadline:
        time.sleep(LOOK)
    left = [pid for pid in processes if is_alive(pid) and _trains(pid)]
    different, lost = found.differences(expected), points - len(found.points)
    statuses = dict(Counter(result.status for result in found.points.values()))
    print(
        f"{way}: {len(found.points):,} points in {seconds:.0f} s, {found.kills} kills: {statuses}; lost {lost}, "
        f"twice {found.twice}, other than local {different}, furthest {found.furthest(expected):.1e}, "
        f"processes left {len(left)}",
        flush=True,
    )
    for why, times in Counter(r.why for r in found.points.values() if r.why).most_common(3):
        print(f"    {times:,}: {why}")
    return lost + found.twice + different + len(left)


def kill_coordinators(points: int, kills: int, on: str, seed: int, pace: float) -> int:
    """Kill the command at random moments until it has been killed often enough; return the number of faults."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "map.toml").write_text(to_toml(document(points // SEEDS)), "utf-8")
        whole, first = _whole(folder, on)
        done, sessions, orphans, fewer, different = 0, 1, 0, 0, 0
        kept, redone = [0], list[tuple[int, float, float]]()
        log = folder / "ended.log"
        while done < kills:
            name = f"killed {sessions}"
            log.write_text("")
            command = subprocess.Popen(
                _words(folder, name, on, log, pace), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
            if chance.random() < EARLY:
                time.sleep(chance.uniform(0.0, first))
            else:
                while not log.read_text() and command.poll() is None:
                    time.sleep(LOOK)
                time.sleep(chance.uniform(0.0, max(2 * FLUSH, 2 * (whole - first) / kills)))
            if command.poll() is not None:  # it was done: the next one begins anew
                different += _differences(folder, name)
                sessions += 1
                kept.append(0)
                continue
            below = processes_below(command.pid)
            command.kill()
            killed = time.time()
            command.wait()
            done += 1
            kept.append(_written(folder / f"{name}.mlab"))
            fewer += kept[-1] < kept[-2]
            redone.append(_unwritten(log, kept[-1] - kept[-2], killed))
            deadline = time.monotonic() + ENDS  # one that is still being started ends once it is
            while any(map(is_alive, below)) and time.monotonic() < deadline:
                time.sleep(0.1)
            orphans += sum(map(is_alive, below))
        _run(folder, name, on)
        different += _differences(folder, name)
        print(f"{points:,} points on {on} in {whole:.0f} s alone; {done} kills in {sessions} sessions")
        print(f"points in the session after each: {kept[1:]}; fewer than before: {fewer}")
        late = [(count, age, seconds) for count, age, seconds in redone if age >= 0]
        print(f"kills after points had ended: {len(late)} of {done}")
        longest = max((age for _, age, _ in late), default=0.0)
        print(
            f"ended and not written at a kill: {[count for count, _, _ in late]} points, "
            f"{sum(seconds for _, _, seconds in late):.1f} s of training in all; "
            f"the oldest had ended {longest:.2f} s before (wanted: {MOST_LOST:g})"
        )
        print(
            f"rows other than without kills, lost or twice: {different}; processes left after {ENDS:.0f} s: {orphans}"
        )
        return different + orphans + fewer + (longest > MOST_LOST)


def _unwritten(log: Path, written: int, killed: float) -> tuple[int, float, float]:
    """Return how many points had ended and were not written, how long ago the first of them had, and their training.

    The age is below 0 where none had ended at all.
    """
    ended = [tuple(map(float, line.split())) for line in log.read_text().splitlines() if line.count(" ") == 1]
    lost = ended[written:]
    age = killed - lost[0][0] if lost else 0.0 if ended else -1.0
    return len(lost), age, sum(seconds for _, seconds in lost)


def _differences(folder: Path, name: str) -> int:
    expected, found = (_rows(folder / f"{name}.csv") for name in ("whole", name))
    unlike = sum(not _rows_alike(a, b) for a, b in zip(expected, found, strict=False))
    return unlike + abs(len(expected) - len(found))


NOTED = """
import os, sys, time
from engine.cli import main
from engine.cli.sweep_keeper import SweepKeeper
from engine.sweep import plan
plan.SECONDS = float(sys.argv[2])
file, take = os.open(sys.argv[1], os.O_WRONLY | os.O_APPEND), SweepKeeper.take
def noted(keeper, results):
    os.write(file, b"".join(f"{time.time()} {result.seconds}\\n".encode() for result in results))
    take(keeper, results)
if __name__ == "__main__":
    SweepKeeper.take = noted
    sys.exit(main(sys.argv[3:]))
"""
"""The command, which notes when each point has ended, and how long it trained, before it keeps it."""


def _words(folder: Path, name: str, on: str, log: Path | None = None, pace: float = 0.0) -> Sequence[str]:
    files = ["--out", f"{folder}/{name}.mlab", "--csv", f"{folder}/{name}.csv"]
    command = ["-m", "gui"] if log is None else ["-c", NOTED, str(log), str(pace)]
    return [sys.executable, *command, "sweep", f"{folder}/map.toml", "--on", on, *files]


def _whole(folder: Path, on: str) -> tuple[float, float]:
    """Train all of it undisturbed; return the seconds that this took, and those until its first points were written."""
    began, first = time.monotonic(), 0.0
    command = subprocess.Popen(_words(folder, "whole", on), stderr=subprocess.DEVNULL)
    while command.poll() is None:
        time.sleep(LOOK)
        if not first and _written(folder / "whole.mlab"):
            first = time.monotonic() - began
    assert command.returncode == 0
    return time.monotonic() - began, first


def _run(folder: Path, name: str, on: str) -> None:
    subprocess.run(_words(folder, name, on), check=True, capture_output=True)


def _written(session: Path) -> int:
    if not session.exists():
        return 0
    with closing(sqlite3.connect(session)) as database:
        try:
            return int(database.execute("SELECT count(*) FROM point").fetchone()[0])
        except sqlite3.OperationalError:  # killed before its tables were made
            return 0


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rows_alike(one: dict[str, str], other: dict[str, str]) -> bool:
    return one.keys() == other.keys() and all(_values_alike(one[name], other[name]) for name in one)


def _values_alike(one: str, other: str) -> bool:
    try:
        return one == other or math.isclose(float(one), float(other), rel_tol=TOLERANCE, abs_tol=1e-9)
    except ValueError:
        return False


def main() -> int:
    """Kill what is asked for, and print what it came to."""
    parser = argparse.ArgumentParser()
    parser.add_argument("whom", choices=("workers", "coordinator"))
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--on", default="local")
    parser.add_argument(
        "--pace", type=float, default=0.2, help="seconds of a task where a coordinator is killed"
    )
    parser.add_argument("--seed", type=int, default=0)
    said = parser.parse_args()
    if said.whom == "workers":
        return min(1, kill_workers(said.points, said.kills, said.workers, said.seed))
    return min(1, kill_coordinators(said.points, said.kills, said.on, said.seed, said.pace))


if __name__ == "__main__":
    sys.exit(main())
