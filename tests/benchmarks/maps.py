"""What a map costs besides the training of its points: `python -m tests.benchmarks.maps [POINTS]`.

Circle data, 20 to 40 units, 2,000 steps, five seeds a setting. Printed: wall time, training as the workers measured it
(with the measurements of last records), the steps alone as one process takes them, and what is left over a point.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from engine.cli.sweep_keeper import SweepKeeper
from engine.experiment.document import Document, document_from
from engine.sweep.conduct import Conductor
from engine.sweep.local import LocalWorkers
from engine.sweep.order import order_of
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from engine.training.loop import Training

SEEDS = 5


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
    total = 0.0
    for task in planned(document, points_of(document)):
        training = Training(task.experiment, yield_every=float("inf"))
        training.measuring.choose = lambda known, problem: [m for m in known if "log_loss" in m.columns]
        training.solve()
        for _ in training.run():
            pass
        total += training.history.seconds
    return total


def main(count: int) -> None:
    """Train a map of so many points, and print what it took."""
    map_ = document(count // SEEDS)
    began = time.perf_counter()
    points = list(points_of(map_))
    judged = time.perf_counter() - began
    began = time.perf_counter()
    tasks = planned(map_, points)
    plan = time.perf_counter() - began
    workers = LocalWorkers(order_of(map_))
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
    workers.close()
    alone = steps_alone(map_)
    print(f"{len(points):,} points in {len(tasks)} tasks, {ended:,} ended, on {workers.words}")
    print(
        f"judged and given keys in {judged:.2f} s, planned in {plan:.2f} s, "
        f"{1e3 * (judged + plan) / ended:.3f} ms a point"
    )
    print(f"wall {wall:.1f} s, the first task after {first:.1f} s (processes start)")
    print(f"training with last records {training:.1f} s; steps alone {alone:.1f} s")
    rest = wall - alone / workers.count
    print(f"over the steps' share of {workers.count} processes: {1e3 * rest / ended:.3f} ms of wall a point")
    print(f"session {size / 1e6:.1f} MB, {size / ended:.0f} bytes a point")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
