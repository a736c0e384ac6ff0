"""Two benches beside each other: by how much the lab is faster or slower, and by how much the machine was."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

from .found import BenchFound
from .kernels import LargeKernel, SideBySide
from .steps import StepSpeed
from .timed import Timed
from .training import TrainingSpeed

LAB = ("compiled", "torch")
OTHERS = ("plain", "products", "jax")
"""Hands that are not the lab's own: what became of them is the machine's doing."""


@dataclass(frozen=True)
class Change:
    """One figure of the lab, before and now; less is better."""

    title: str
    unit: str
    """us, s, or % of the steps' time."""
    before: Timed
    now: Timed
    machine: Timed | None
    """How many times as long what is not the lab's own took beside it. None: nothing is beside it."""

    @property
    def ratio(self) -> float:
        """Return how many times as long it takes now."""
        return self.now.median / self.before.median

    @property
    def own(self) -> float:
        """Return the same, with what the machine did divided out."""
        return self.ratio / (self.machine.median if self.machine else 1.0)

    @property
    def verdict(self) -> str:
        """Say faster or slower where that lies beyond every spread; else nothing."""
        if self.before.least == self.before.most or self.now.least == self.now.most:
            return ""  # taken once: nobody knows how far it spreads
        machine = self.machine or Timed(1.0, 1.0, 1.0)
        if self.now.least / machine.most > self.before.most:
            return "slower"
        return "faster" if self.now.most / machine.least < self.before.least else ""


def changes(before: BenchFound, now: BenchFound) -> Iterator[Change]:
    """Yield every figure of the lab that both have."""
    if before.kernel and now.kernel:
        yield from _kernel(before.kernel, now.kernel)
    if before.large_kernel and now.large_kernel:
        yield from _large_kernel(before.large_kernel, now.large_kernel)
    known = {speed.title: speed for speed in before.steps}
    for speed in now.steps:
        if speed.title in known:
            yield from _steps(known[speed.title], speed)
    if before.training and now.training:
        yield from _training(before.training, now.training)
    shares = {(share.title, share.steps): share.share for share in before.measurements}
    for share in now.measurements:
        if then := shares.get((share.title, share.steps)):
            title = f"default measurements of {share.title}"
            yield Change(title, "%", then.times(100), share.share.times(100), None)


def _kernel(before: SideBySide, now: SideBySide) -> Iterator[Change]:
    if before.title == now.title:
        beside = [(before.floor_seconds, now.floor_seconds)]
        if before.recipe_seconds and now.recipe_seconds:
            beside.append((before.recipe_seconds, now.recipe_seconds))
        yield Change(now.title, "s", before.layers_seconds, now.layers_seconds, _machine(beside))


def _large_kernel(before: LargeKernel, now: LargeKernel) -> Iterator[Change]:
    if before.title == now.title and before.seconds and now.seconds:
        yield Change(now.title, "s", Timed.of([before.seconds]), Timed.of([now.seconds]), None)


def _steps(before: StepSpeed, now: StepSpeed) -> Iterator[Change]:
    both = before.by.keys() & now.by.keys()
    machine = _machine([(before.by[hand], now.by[hand]) for hand in OTHERS if hand in both])
    for hand in LAB:
        if hand in both:
            yield Change(f"steps of {now.title}, {hand}", "us", before.by[hand], now.by[hand], machine)


def _training(before: TrainingSpeed, now: TrainingSpeed) -> Iterator[Change]:
    if before.title == now.title:
        machine = _machine([(before.plain_seconds, now.plain_seconds)])
        for title, then, seconds in (
            (now.title, before.lab_seconds, now.lab_seconds),
            ("  steps by torch", before.torch_seconds, now.torch_seconds),
            ("  16 replicas together", before.many_seconds, now.many_seconds),
            ("  one record, all measurements", before.record_seconds, now.record_seconds),
        ):
            yield Change(title, "s", then, seconds, machine)


def _machine(pairs: list[tuple[Timed, Timed]]) -> Timed | None:
    """Return how many times as long others took, and at least and at most by their spreads; medians over others."""
    if not pairs:
        return None
    return Timed(
        statistics.median(now.median / before.median for before, now in pairs),
        statistics.median(now.least / before.most for before, now in pairs),
        statistics.median(now.most / before.least for before, now in pairs),
    )
