"""What whole runs cost: a preset with its measurements, one record, and what measurements add to steps alone."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..catalog import load_preset
from ..experiment.experiment import Experiment, with_values
from ..training.loop import Training
from .cases import SMALL, StepsCase
from .loops import plain_loop
from .steps import steps_of
from .timed import Timed

PRESET = "circle-global-margin"
MANY = 16


@dataclass(frozen=True)
class TrainingSpeed:
    """Seconds of whole runs, which took turns; ratios are medians of each turn's own."""

    preset: str
    steps: int
    runs: int
    device: str
    path: str
    """What takes the lab's steps."""
    lab_seconds: Timed
    """With all default measurements, references excluded."""
    torch_seconds: Timed
    """The same, with steps by torch."""
    many_seconds: Timed
    """Of 16 replicas together."""
    plain_seconds: Timed
    """Of a plain PyTorch loop: the same network and size of data, no measurement."""
    over_plain: float
    """The lab's seconds over the loop's."""
    torch_over_lab: float
    """The seconds with steps by torch over those with compiled ones."""
    many_over_one: float
    """16 replicas' seconds over one's."""
    record_seconds: Timed
    """Of one record with all measurements, taken alone."""

    @property
    def title(self) -> str:
        """Return what is trained, and how long."""
        return f"training {self.preset}, {self.steps:,} steps"


@dataclass(frozen=True)
class MeasuringShare:
    """What default measurements add to a run."""

    title: str
    steps: int
    share: Timed
    """Seconds beyond those of the steps alone, over these."""


def training_speed(steps: int | None, runs: int, show: Callable[[int], None]) -> TrainingSpeed:
    """Train the circle preset with one replica, with 16, by torch, and in a plain loop; `steps`: its own by default."""
    one = load_preset(PRESET).base
    if steps is not None:
        one = with_values(one, {"run.steps": steps})
    sixteen = with_values(one, {"replicas": MANY})
    by_torch = with_values(one, {"run.backend": "torch"})
    plain = plain_loop(SMALL, threads=1)
    lab(with_values(one, {"run.steps": 2}))  # what is loaded and prepared once
    singles, plains, many, slow, records = [], [], [], [], []
    for run in range(runs):
        seconds, trained = lab(one)
        environment = trained.environment
        singles.append(seconds)
        plains.append(plain(one.run.steps))
        many.append(lab(sixteen)[0])
        slow.append(lab(by_torch)[0])
        records.append(_record(trained))
        show(run + 1)
    return TrainingSpeed(
        PRESET,
        one.run.steps,
        runs,
        environment["device"],
        environment["steps"],
        Timed.of(singles),
        Timed.of(slow),
        Timed.of(many),
        Timed.of(plains),
        _ratio(singles, plains),
        _ratio(slow, singles),
        _ratio(many, singles),
        Timed.of(records),
    )


def measured(case: StepsCase, steps: int, runs: int, show: Callable[[int], None]) -> MeasuringShare:
    """Train with all default measurements and with none, in turn."""
    full = with_values(case.experiment("auto"), {"run.steps": steps, "optimizer.step": {"kind": "safe"}})
    shares = []
    for run in range(runs):
        alone = steps_of(Training(full))(steps)
        shares.append(lab(full)[0] / alone - 1)
        show(run + 1)
    return MeasuringShare(case.title, steps, Timed.of(shares))


def lab(experiment: Experiment) -> tuple[float, Training]:
    """Return the seconds of training with its measurements, and what was trained."""
    run = Training(experiment)
    for _ in run.run():
        pass
    return run.history.seconds, run


def _ratio(above: list[float], below: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def _record(run: Training) -> float:
    started = time.perf_counter()
    run.measure_now()
    return time.perf_counter() - started
