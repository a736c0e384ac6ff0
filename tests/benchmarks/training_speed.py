"""What a step costs: the lab's circle preset over a plain loop that measures nothing, and 16 replicas over one.

    python -m tests.benchmarks.training_speed [--runs 5]

Ratios within one run, medians of alternated runs. Wanted: at most 2.5 times the plain loop (15,000 steps, all default
measurements, references excluded), and 16 replicas in less than twice the time of one.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time

import torch

from engine.catalog import load_preset
from engine.experiment.experiment import Experiment, with_values
from engine.training import Training


def lab(experiment: Experiment) -> float:
    """Return the seconds of training with its measurements."""
    training = Training(experiment)
    for _ in training.run():
        pass
    return training.log.seconds


def plain(steps: int) -> float:
    """Return the seconds of the same steps in plain PyTorch: nn.Sequential, torch.optim.SGD, float64, one thread."""
    torch.set_num_threads(1)
    angles = 2 * math.pi * torch.arange(24, dtype=torch.float64) / 24 + 0.13
    x = torch.stack([angles.cos(), angles.sin()], 1)
    y = torch.sign(x[:, 0] * x[:, 1])
    network = torch.nn.Sequential(
        torch.nn.Linear(2, 20, bias=False), torch.nn.ReLU(), torch.nn.Linear(20, 1, bias=False)
    ).double()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01)
    started = time.perf_counter()
    for _ in range(steps):
        optimizer.zero_grad()
        loss = torch.exp(-y * network(x).squeeze(1)).sum()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    circle = load_preset("circle-global-margin").base
    sixteen = with_values(circle, {"replicas": 16})
    over_plain, over_one = [], []
    for _ in range(runs):
        one, loop, many = lab(circle), plain(circle.run.steps), lab(sixteen)
        over_plain.append(one / loop)
        over_one.append(many / one)
        print(f"lab {one:.2f} s, plain loop {loop:.2f} s, ratio {one / loop:.2f}", end="; ")
        print(f"16 replicas {many:.2f} s, ratio {many / one:.2f}")
    print(f"lab over plain loop: median {statistics.median(over_plain):.2f} (wanted 2.5 at most)")
    print(f"16 replicas over one: median {statistics.median(over_one):.2f} (wanted below 2)")


if __name__ == "__main__":
    main()
