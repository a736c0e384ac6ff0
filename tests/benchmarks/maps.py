"""What a map costs besides the training of its points: `python -m tests.benchmarks.maps [POINTS]`.

Circle data, 20 to 40 units, 2,000 steps, five seeds a setting. Printed: wall time, training as the workers measured it
(with the measurements of last records), the steps alone on one core, and what is left over a point: from reading the
map to its last point in a session. Processes are started for it, or wait, as in a window whose map is looked at.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from engine.cli.sweep_keeper import SweepKeeper
from engine.experiment.document import Document, document_from
from engine.machine import keep_to
from engine.sweep.conduct import Conductor
from engine.sweep.local import LocalWorkers
from engine.sweep.order import order_of
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from engine.sweep.standby import Standby
from engine.training.loop import Training

SEEDS = 5
STARTED = 10.0
"""Seconds after which processes have started."""
NAMED = ("log_loss", "accuracy", "normalized_margin", "norm", "cos_gradient")


def document(settings: int) -> Document:
    """Return a map of so many settings, half of 20 and half of 40 units."""
    scales = {"path": "network.init.scale", "log": [0.05, 1.0, max(settings // 2, 1)]}
    widths = {"path": "network.widths", "values": [[20], [40]]}
    return document_from(
        {
            "version": 1,
            "data": {"kind": "circle"},
            "network": {"kind": "mlp", "widths": [20]},
            "loss": {"kind": "exponential"},
            "optimizer": {"kind": "steepest"},
            "run": {"steps": 2000},
            "sweep": {"axes": [scales, widths], "seeds": SEEDS},
        }
    )


def steps_alone(document: Document) -> float:
    """Return the seconds that the steps of all points take here, one task after the other, without measurements."""
    keep_to(1)
    total = 0.0
    for task in planned(document, points_of(document)):
        training = Training(task.experiment, yield_every=float("inf"))
        training.measuring.choose = lambda known, problem: [m for m in known if "log_loss" in m.columns]
        training.solve()
        for _ in training.run():
            pass
        total += training.history.seconds
    return total


def trained(map_: Document, workers: LocalWorkers) -> tuple[float, int]:
    """Train a map, print what it took, and return the wall time and how many points ended."""
    began = time.perf_counter()
    points = list(points_of(map_))
    judged = time.perf_counter() - began
    began = time.perf_counter()
    tasks = planned(map_, points)
    plan = time.perf_counter() - began
    training, ended, first = 0.0, 0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "map.mlab"
        began = time.perf_counter()
        with SweepKeeper(map_, file, {point.number: point.key for point in points}) as keeper:
            for results, _ in Conductor(map_, tasks).results(workers):
                keeper.take(results)
                training += sum(result.seconds for result in results)
                ended += len(results)
                if results and not first:
                    first = time.perf_counter() - began
        wall = time.perf_counter() - began
        size = file.stat().st_size
    print(f"{len(points):,} points in {len(tasks)} tasks, {ended:,} ended, on {workers.words}")
    print(f"judged and given keys in {judged:.2f} s, planned in {plan:.2f} s")
    print(
        f"wall {wall:.1f} s, the first task after {first:.1f} s; training with last records {training:.1f} s"
    )
    print(f"session {size / 1e6:.1f} MB, {size / ended:.0f} bytes a point")
    return judged + plan + wall, ended


def main(count: int) -> None:
    """Train a map of so many points with all their measurements, and with a few; print what each took."""
    whole = document(count // SEEDS)
    took = {}
    standby = Standby()
    for words, columns, wait in (
        ("all measurements, processes are started", (), False),
        ("all measurements, processes wait", (), True),
        ("five measurements, processes wait", NAMED, True),
    ):
        assert whole.sweep is not None
        map_ = whole.model_copy(update={"sweep": whole.sweep.model_copy(update={"columns": columns})})
        if wait:
            standby.warm()
            time.sleep(STARTED)
        workers = LocalWorkers(order_of(map_), standby=standby if wait else None)
        print(f"-- {words}{': ' * bool(columns)}{', '.join(columns)}")
        took[words] = trained(map_, workers)
        workers.close()
    standby.close()
    alone = steps_alone(whole)
    print(f"-- the steps alone {alone:.1f} s of one core")
    for words, (seconds, ended) in took.items():
        rest = seconds - alone / workers.count
        print(
            f"{words}: over the steps' share of {workers.count} cores {1e3 * rest / ended:.2f} ms of wall a point"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
