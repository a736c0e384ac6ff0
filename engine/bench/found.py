"""All that one `marginlab bench` found: what its tables print and its JSON file says."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TypeVar

from pydantic import TypeAdapter

from ..experiment.run import Device
from .kernels import LargeKernel, SideBySide
from .steps import StepSpeed
from .training import MeasuringShare, TrainingSpeed

Figures = SideBySide | LargeKernel | StepSpeed | TrainingSpeed | MeasuringShare
"""What one piece of it measures."""
T = TypeVar("T")


@dataclass(frozen=True)
class BenchFound:
    """Where it was measured, and the figures of every piece that was."""

    device: Device
    machine: str
    versions: dict[str, str]
    threads: int
    """Of kernels; how many take a step follows from its sizes."""
    dtype: str
    quick: bool
    kernel: SideBySide | None = None
    large_kernel: LargeKernel | None = None
    steps: tuple[StepSpeed, ...] = ()
    training: TrainingSpeed | None = None
    measurements: tuple[MeasuringShare, ...] = ()

    def joined(self, later: BenchFound) -> BenchFound:
        """Return it with what another one found on the same machine; that comes first where both have a figure."""
        return replace(
            self,
            kernel=later.kernel or self.kernel,
            large_kernel=later.large_kernel or self.large_kernel,
            steps=_joined(self.steps, later.steps, lambda speed: speed.title),
            training=later.training or self.training,
            measurements=_joined(self.measurements, later.measurements, lambda share: share.title),
        )

    def with_figures(self, figures: Iterable[Figures]) -> BenchFound:
        """Return it with the figures of further pieces."""
        found = self
        for one in figures:
            match one:
                case SideBySide():
                    found = replace(found, kernel=one)
                case LargeKernel():
                    found = replace(found, large_kernel=one)
                case StepSpeed():
                    found = replace(found, steps=(*found.steps, one))
                case TrainingSpeed():
                    found = replace(found, training=one)
                case MeasuringShare():
                    found = replace(found, measurements=(*found.measurements, one))
        return found

    def unlike(self, other: BenchFound) -> list[str]:
        """Say in what it was measured otherwise than another one: its value, and that of the other."""
        ours, theirs = self._where(), other._where()
        return [
            f"{name} {ours.get(name, 'unknown')} instead of {theirs.get(name, 'unknown')}"
            for name in (ours | theirs)
            if ours.get(name) != theirs.get(name)
        ]

    def _where(self) -> dict[str, object]:
        return {
            "device": self.device.title,
            "machine": self.machine,
            "threads": self.threads,
            "--quick": self.quick,
            **self.versions,
        }


@cache
def found_adapter() -> TypeAdapter[BenchFound]:
    """Return what reads it from JSON and judges what was read."""
    return TypeAdapter(BenchFound)


def _joined(before: Sequence[T], later: Sequence[T], name: Callable[[T], Hashable]) -> tuple[T, ...]:
    by_name = {name(one): one for one in (*before, *later)}
    return tuple(by_name.values())
