"""Kill workers of a map, or its coordinator, at random moments: the table is the same, none lost, none twice.

    python -m tests.soak.map_kills workers --kills 20 --workers 4
    python -m tests.soak.map_kills coordinator --kills 50 [--on dask]

Workers are those of a dask cluster of this machine, and the processes that train for them. A coordinator is
`marginlab sweep … --out F.mlab`, killed with SIGKILL; the same command goes on until it is left alone.
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

from engine.experiment.document import Document, to_toml
from engine.protocol.points import PointResult
from engine.sweep import schedulers
from engine.sweep.cluster import ClusterWorkers
from engine.sweep.conduct import Conductor
from engine.sweep.local import LocalWorkers
from engine.sweep.order import order_of
from engine.sweep.plan import planned
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


def trained(map_: Document, workers: Workers, kill: random.Random | None = None, kills: int = 0) -> Table:
    """Train a map, with so many kills of whatever trains it."""
    table, done, twice, next_kill = Table(), 0, 0, time.monotonic() + 1.0
    for results, _ in Conductor(map_, planned(map_, points_of(map_))).results(workers):
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


def _alike(one: PointResult | None, other: PointResult | None) -> bool:
    if one is None or other is None or one.status != other.status or one.finals.keys() != other.finals.keys():
        return False
    return all(
        math.isclose(value, other.finals[name], rel_tol=TOLERANCE, abs_tol=1e-9)
        for name, value in one.finals.items()
    )


def kill_workers(points: int, kills: int, count: int, seed: int) -> int:
    """Kill workers of a cluster at random moments; return the number of faults."""
    map_ = document(points // SEEDS)
    with closing(LocalWorkers(order_of(map_))) as local:
        expected = trained(map_, local)
    schedulers.cores = lambda: count
    workers: ClusterWorkers = ClusterWorkers(order_of(map_), "dask", schedulers.of_this_machine())
    began = time.monotonic()
    with closing(workers):
        workers.begin(Event())
        found = trained(map_, workers, random.Random(seed), kills)
        wall = time.monotonic() - began
        there = processes_below(os.getpid())
    left = [pid for pid in there if is_alive(pid) and _trains(pid)]
    statuses = Counter(result.status for result in found.points.values())
    print(
        f"{len(expected.points):,} points, {count} workers, {found.kills} kills in {wall:.0f} s: {dict(statuses)}"
    )
    for why, times in Counter(result.why for result in found.points.values()).most_common(3):
        print(f"{times:,}: {why or 'no word'}")
    different = found.differences(expected)
    lost = len(expected.points) - len(found.points)
    print(
        f"lost {lost}, twice {found.twice}, other than without kills {different}, processes left {len(left)}"
    )
    return lost + found.twice + different + len(left)


def kill_coordinators(points: int, kills: int, on: str, seed: int) -> int:
    """Kill the command at random moments until it has been killed often enough; return the number of faults."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "map.toml").write_text(to_toml(document(points // SEEDS)), "utf-8")
        whole, first = _whole(folder, on)
        done, sessions, orphans, fewer, different = 0, 1, 0, 0, 0
        kept = [0]
        while done < kills:
            name = f"killed {sessions}"
            command = subprocess.Popen(
                _words(folder, name, on), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
            time.sleep(chance.uniform(0.0, 1.2 * first + 2 * (whole - first) / kills))
            if command.poll() is not None:  # it was done: the next one begins anew
                different += _differences(folder, name)
                sessions += 1
                kept.append(0)
                continue
            below = processes_below(command.pid)
            command.kill()
            command.wait()
            done += 1
            kept.append(_written(folder / f"{name}.mlab"))
            fewer += kept[-1] < kept[-2]
            deadline = time.monotonic() + ENDS  # one that is still being started ends once it is
            while any(map(is_alive, below)) and time.monotonic() < deadline:
                time.sleep(0.1)
            orphans += sum(map(is_alive, below))
        _run(folder, name, on)
        different += _differences(folder, name)
        print(f"{points:,} points on {on} in {whole:.0f} s alone; {done} kills in {sessions} sessions")
        print(f"points in the session after each: {kept[1:]}; fewer than before: {fewer}")
        print(
            f"rows other than without kills, lost or twice: {different}; processes left after {ENDS:.0f} s: {orphans}"
        )
        return different + orphans + fewer


def _differences(folder: Path, name: str) -> int:
    expected, found = (_rows(folder / f"{name}.csv") for name in ("whole", name))
    unlike = sum(not _rows_alike(a, b) for a, b in zip(expected, found, strict=False))
    return unlike + abs(len(expected) - len(found))


def _words(folder: Path, name: str, on: str) -> Sequence[str]:
    files = ["--out", f"{folder}/{name}.mlab", "--csv", f"{folder}/{name}.csv"]
    return [sys.executable, "-m", "gui", "sweep", f"{folder}/map.toml", "--on", on, *files]


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
    parser.add_argument("--seed", type=int, default=0)
    said = parser.parse_args()
    if said.whom == "workers":
        return min(1, kill_workers(said.points, said.kills, said.workers, said.seed))
    return min(1, kill_coordinators(said.points, said.kills, said.on, said.seed))


if __name__ == "__main__":
    sys.exit(main())
