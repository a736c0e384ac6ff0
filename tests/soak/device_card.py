"""What a graphics card makes of a run: margins beside the processor's, thousands of replicas, a wide network, a kernel.

`python -m tests.soak.device_card` prints figures for the first card with CUDA; where there is none it says so and ends.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any
from unittest import mock

import numpy as np
import torch

from engine.catalog import load_preset
from engine.device import computing
from engine.experiment.experiment import Experiment, experiment_from, with_values
from engine.kernels import tangent_kernel
from engine.kernels.machine import synchronize
from engine.protocol.records import RecordBatch
from engine.steppers import captured
from engine.training.loop import Training

CLOSE = 1e-6
"""How far margins may lie apart, relatively."""


def circle(steps: int) -> Experiment:
    """Return the circle preset, of a length."""
    return with_values(load_preset("circle-global-margin").base, {"run.steps": steps})


def wide(width: int, samples: int) -> Experiment:
    """Return two layers of many units on many samples, of which nothing costly is measured."""
    said: dict[str, Any] = {
        "version": 1,
        "data": {"kind": "hyperplane", "n": samples, "d": 64},
        "network": {"kind": "mlp", "widths": [width]},
        "loss": {"kind": "logistic"},
        "optimizer": {"kind": "steepest"},
        "measure": {"groups": []},
        "run": {"steps": 1000, "device": "cuda"},
    }
    return experiment_from(said)


def margins(experiment: Experiment, device: str) -> tuple[np.ndarray, float]:
    """Train; return the normalized margins at every record, and the seconds."""
    run = Training(with_values(experiment, {"run.device": device, "run.backend": "torch"}))
    started = time.perf_counter()
    for _ in run.run():
        pass
    return run.history.records.column("normalized_margin"), time.perf_counter() - started


def apart(steps: int) -> float:
    """Return how far the circle's margins on the card lie from the processor's at most, relatively."""
    here, seconds_here = margins(circle(steps), "cpu")
    there, seconds_there = margins(circle(steps), "cuda")
    far = float(np.nanmax(np.abs(there - here) / np.abs(here)))
    same = bool((np.isnan(here) == np.isnan(there)).all())
    print(
        f"circle, {steps:,} steps: margins {far:.1e} apart; {seconds_here:.2f} s here, {seconds_there:.2f} s there"
    )
    return far if same else np.inf


def step_seconds(experiment: Experiment, steps: int, *, graphs: bool) -> float:
    """Return the seconds of a step, nothing recorded, from the second such stretch of steps."""
    with mock.patch.object(captured, "WORTH", captured.WORTH if graphs else 0.0):
        run = Training(experiment)
    with computing(run.problem.threads):
        run.iterate.update()
        run.observe()
        for last in (steps, 2 * steps):
            synchronize(run.problem.device)
            started = time.perf_counter()
            while run.step < last:
                run.take_steps(last)
            synchronize(run.problem.device)
            seconds = (time.perf_counter() - started) / steps
    return seconds


def time_steps(name: str, experiment: Experiment, steps: int) -> None:
    """Print how long a step takes in graphs and one by one."""
    on_card = with_values(experiment, {"run.device": "cuda"})
    in_graphs, single = (step_seconds(on_card, steps, graphs=graphs) for graphs in (True, False))
    print(f"{name}: {1e6 * in_graphs:,.0f} us a step in graphs, {1e6 * single:,.0f} us one by one")


def time_kernel(width: int, samples: int) -> None:
    """Print how long the tangent kernel of a wide network takes."""
    run = Training(wide(width, samples))
    problem = run.problem
    with computing(problem.threads):
        for _ in range(2):  # the first time libraries set themselves up
            synchronize(problem.device)
            started = time.perf_counter()
            kernel = tangent_kernel(problem.network, problem.initial, problem.x)
            synchronize(problem.device)
            seconds = time.perf_counter() - started
    finite = bool(torch.isfinite(kernel).all())
    print(
        f"kernel of {samples:,} samples, width {width:,}: {seconds:.2f} s{'' if finite else ', not finite'}"
    )


def first_record(replicas: int) -> None:
    """Print how long a record of many replicas takes, and the run up to it."""
    run = Training(with_values(circle(1), {"run.device": "cuda", "replicas": replicas}))
    started = time.perf_counter()
    run.solve()
    solved = time.perf_counter()
    next(batch for batch in run.run() if isinstance(batch, RecordBatch))
    recorded = time.perf_counter() - solved
    print(f"circle, {replicas:,} replicas: first record {recorded:.2f} s, {solved - started:.2f} s before")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=15_000, help="of the circle preset")
    parser.add_argument("--timed", type=int, default=2_000, help="steps that are timed")
    parser.add_argument("--replicas", type=int, default=1_024)
    parser.add_argument("--width", type=int, default=65_536)
    parser.add_argument("--samples", type=int, default=10_000)
    chosen = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        print("No card with CUDA is there: nothing was looked at.")
        return 0
    print(f"{torch.cuda.get_device_properties(0).name}, torch {torch.__version__}")
    far = apart(chosen.steps)
    many = {"replicas": chosen.replicas}
    time_steps("circle", circle(10 * chosen.timed), chosen.timed)
    time_steps(
        f"circle, {chosen.replicas:,} replicas", with_values(circle(10 * chosen.timed), many), chosen.timed
    )
    first_record(chosen.replicas)
    seconds = step_seconds(wide(chosen.width, chosen.samples), 5, graphs=True)
    print(f"width {chosen.width:,}, {chosen.samples:,} samples: {seconds:.3f} s a step")
    time_kernel(chosen.width, chosen.samples)
    if not far <= CLOSE:
        print(f"Margins lie more than {CLOSE:g} apart.")
    return 0 if far <= CLOSE else 1


if __name__ == "__main__":
    sys.exit(main())
