"""What the matrix products of default measurements take, beside the steps of a run and the run with all its records.

    python -m tests.benchmarks.measuring_floor [--steps 100000] [--rows 1 2 3]

Asked: measuring adds at most 15 % to 1e5 steps. The floor is the products alone, each at the count of records that had
its column: forward and gradient over the training set, predictions over the comparison grid, the tangent kernel; of a
batch of records at once, by the library's own, into memory that is there. Activations, losses, norms, decompositions,
Lanczos vectors, maximum margins and nearest points are not in it.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from engine.bench.cases import SHAPES, StepsCase
from engine.bench.steps import steps_of
from engine.bench.training import lab
from engine.device import computing
from engine.experiment.experiment import with_values
from engine.measurements.grid import comparison_grid
from engine.measurements.record_point import records_at_once
from engine.training.loop import Training

ASKED = 0.15
PARTS = {"training set": "log_loss", "grid": "ntk_prediction_cosine", "kernel": "ntk_drift"}
"""What is multiplied, and a column that says at which records."""


def shortest(run: Callable[[], None], times: int = 30) -> float:
    """Return the least seconds of several."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def products(case: StepsCase, samples: int, grid: int, at_once: int) -> dict[str, float]:
    """Return the seconds of a record's products by part, of a two-layer network with one output."""
    (width, inputs), _ = case.layers

    def made(*shape: int) -> Tensor:
        return torch.randn(at_once, *shape, dtype=torch.float64)

    x, points, below, above = made(samples, inputs), made(grid, inputs), made(width, inputs), made(1, width)
    hidden, signals, on_grid, gradient = (
        made(samples, width),
        made(samples, width),
        made(grid, width),
        made(width, inputs),
    )
    f, on_grid_f, kernel, share = (
        made(1, samples),
        made(1, grid),
        made(samples, samples),
        made(samples, samples),
    )
    row = made(1, width)

    def training_set() -> None:
        torch.bmm(x, below.mT, out=hidden)
        torch.bmm(above, hidden.mT, out=f)
        torch.bmm(signals.mT, x, out=gradient)
        torch.bmm(f, hidden, out=row)

    def predictions() -> None:
        torch.bmm(points, below.mT, out=on_grid)
        torch.bmm(above, on_grid.mT, out=on_grid_f)

    def tangent_kernel() -> None:
        torch.bmm(signals, signals.mT, out=share)
        torch.bmm(x, x.mT, out=kernel)
        torch.bmm(hidden, hidden.mT, out=kernel)

    runs = dict(zip(PARTS, (training_set, predictions, tangent_kernel), strict=True))
    return {name: shortest(run) / at_once for name, run in runs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 2, 3])
    chosen = parser.parse_args()
    for row in chosen.rows:
        case = SHAPES[row - 1]
        said = {"run.steps": chosen.steps, "optimizer.step": {"kind": "safe"}}
        experiment = with_values(case.experiment("auto"), said)
        lab(with_values(experiment, {"run.steps": 2}))  # what is loaded and prepared once
        training = Training(experiment)
        grid, at_once = comparison_grid(training.problem).points.shape[1], records_at_once(training.problem)
        samples = training.problem.samples
        alone = steps_of(training)(chosen.steps)
        whole, trained = lab(experiment)
        records = trained.history.records
        counts = {
            part: int(np.isfinite(records.column(name)).all(1).sum()) if name in records.names else 0
            for part, name in PARTS.items()
        }
        with computing(1):
            each = products(case, samples, grid, at_once)
        floor = math.fsum(each[part] * counts[part] for part in PARTS)
        print(f"{case.title}: {chosen.steps:,} steps alone {alone:.3f} s, with all records {whole:.3f} s")
        for part in PARTS:
            print(f"  {part}: {1e6 * each[part]:.1f} us a record, {counts[part]} records")
        print(
            f"  floor {floor:.3f} s: {floor / alone:.1%} of the steps (asked of all measuring: {ASKED:.0%})"
        )
        print(f"  measuring adds {whole / alone - 1:.1%}")


if __name__ == "__main__":
    main()
