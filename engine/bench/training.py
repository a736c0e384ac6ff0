"""What a step of training costs beside a loop that measures nothing."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

from ..catalog import load_preset
from ..experiment.experiment import Experiment, with_values
from ..training.loop import Training

PRESET = "circle-global-margin"
MANY = 16


@dataclass(frozen=True)
class TrainingSpeed:
    """Steps a second, medians over runs that took all three in turn; ratios are medians of each run's own."""

    preset: str
    steps: int
    runs: int
    device: str
    lab: float
    """With all default measurements, references excluded."""
    many: float
    """Of 16 replicas together, each step counted once."""
    plain: float
    """Of a plain PyTorch loop: the same network and data, no measurement."""
    over_plain: float
    """The lab's seconds over the loop's."""
    many_over_one: float
    """16 replicas' seconds over one's."""


def training_speed(steps: int | None, runs: int, show: Callable[[int], None]) -> TrainingSpeed:
    """Train the circle preset with one replica, with 16, and in a plain loop; `steps`: its own by default."""
    one = load_preset(PRESET).base
    if steps is not None:
        one = with_values(one, {"run.steps": steps})
    sixteen = with_values(one, {"replicas": MANY})
    singles, plains, many, device = [], [], [], ""
    for run in range(runs):
        seconds, device = lab(one)
        singles.append(seconds)
        plains.append(plain_loop(one.run.steps))
        many.append(lab(sixteen)[0])
        show(run + 1)
    return TrainingSpeed(
        PRESET,
        one.run.steps,
        runs,
        device,
        one.run.steps / statistics.median(singles),
        one.run.steps / statistics.median(many),
        one.run.steps / statistics.median(plains),
        statistics.median(a / b for a, b in zip(singles, plains, strict=True)),
        statistics.median(a / b for a, b in zip(many, singles, strict=True)),
    )


def lab(experiment: Experiment) -> tuple[float, str]:
    """Return the seconds of training with its measurements, and where."""
    run = Training(experiment)
    for _ in run.run():
        pass
    return run.history.seconds, run.environment["device"]


def plain_loop(steps: int) -> float:
    """Return the seconds of the same steps in plain PyTorch: nn.Sequential, torch.optim.SGD, float64, one thread."""
    before = torch.get_num_threads()
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
    seconds = time.perf_counter() - started
    torch.set_num_threads(before)
    return seconds
