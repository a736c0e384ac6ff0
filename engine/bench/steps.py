"""What a step costs: the lab's own, compiled and by torch, beside the same steps in other hands."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..device import computing
from ..training.loop import Training
from .cases import StepsCase
from .loops import Loop, jax_loop, plain_loop, products
from .timed import Timed

LONG = 0.3
"""Seconds, about, of one timing."""


@dataclass(frozen=True)
class StepSpeed:
    """A case in every hand; each run took all of them in turn, ratios are medians of each run's own."""

    title: str
    products: int
    """Multiply-adds a step."""
    path: str
    """How the compiled steps are laid out: threads, parts, blocks."""
    by: dict[str, Timed]
    """Microseconds a step: compiled, torch, plain, products, and jax where it is installed."""
    ratios: dict[str, float]
    """Each hand's time over that of the compiled steps."""


def step_speed(case: StepsCase, runs: int, long: float, show: Callable[[int], None]) -> StepSpeed:
    """Time a case's steps with nothing measured, in every hand."""
    lab = {backend: Training(case.experiment(backend)) for backend in ("compiled", "torch")}
    threads = lab["torch"].problem.threads
    hands: dict[str, Loop] = {backend: steps_of(run) for backend, run in lab.items()}
    if case.replicas == 1:
        hands["plain"] = plain_loop(case, threads)
    hands["products"] = products(case, threads)
    jax = jax_loop(case)
    if jax is not None:
        hands["jax"] = jax
    counts = {name: _count(hand, long) for name, hand in hands.items()}
    found: dict[str, list[float]] = {name: [] for name in hands}
    for run in range(runs):
        for name, hand in hands.items():
            found[name].append(1e6 * hand(counts[name]) / counts[name])
        show(run + 1)
    compiled = found["compiled"]
    ratios = {
        name: statistics.median(a / b for a, b in zip(values, compiled, strict=True))
        for name, values in found.items()
    }
    return StepSpeed(
        case.title,
        case.products,
        lab["compiled"].stepper.layout,
        {name: Timed.of(values) for name, values in found.items()},
        ratios,
    )


def steps_of(run: Training) -> Loop:
    """Return what takes steps of a run, from where it is, with everything that a step watches and no record."""
    threads = run.problem.threads
    with computing(threads):
        run.iterate.update()

    def take(steps: int) -> float:
        last = run.step + steps
        with computing(threads):
            started = time.perf_counter()
            while run.step < last:
                run.take_steps(last)
            return time.perf_counter() - started

    return take


def _count(hand: Loop, long: float) -> int:
    """Return how many steps take about so long."""
    hand(1)
    count = 1
    while (seconds := hand(count)) <= long / 8:
        count *= 2
    return max(1, round(count * long / seconds))
