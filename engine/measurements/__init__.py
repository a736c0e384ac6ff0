"""Measurements, one subject a file; which groups apply to a run and how often they are taken."""

from __future__ import annotations

from collections.abc import Sequence

from ..experiment.measure import GROUP_TITLES
from ..kernels import Twin
from ..optimizers import Optimizer
from ..run.problem import Problem
from .base import GroupBuilder, Measurement, References, estimate
from .collapse import collapse
from .curvature import curvature
from .directions import directions
from .homogeneity import homogeneity
from .kernel import kernel
from .layers import layers
from .margins import loss_and_accuracy, margins
from .neurons import neurons
from .norms import norms
from .pace import CHEAP, Schedule, paced
from .plug_ins import of_plug_ins
from .record_point import RecordPoint
from .robustness import robustness
from .stationarity import stationarity
from .twin import twin_measurements

GROUPS: dict[str, GroupBuilder] = {
    "margins": margins,
    "norms": norms,
    "directions": directions,
    "stationarity": stationarity,
    "layers": layers,
    "neurons": neurons,
    "homogeneity": homogeneity,
    "kernel": kernel,
    "collapse": collapse,
    "curvature": curvature,
    "robustness": robustness,
}
assert list(GROUPS) == list(GROUP_TITLES)


def chosen_groups(problem: Problem) -> list[str]:
    """Return the groups a run measures."""
    groups = problem.experiment.measure.groups
    return list(GROUPS) if groups == "auto" else list(groups)


def build_measurements(
    problem: Problem, optimizer: Optimizer, references: References, twin: Twin | None = None
) -> list[Measurement]:
    """Build every measurement of a run, the costly ones as often as work is granted."""
    measurements = list(loss_and_accuracy(problem, optimizer, references))
    for group in chosen_groups(problem):
        measurements += GROUPS[group](problem, optimizer, references)
    measurements += of_plug_ins(problem, chosen_groups(problem))
    if twin is not None:
        measurements += twin_measurements(problem, references, twin)
    measure, run = problem.experiment.measure, problem.experiment.run
    work = step_work(problem)
    return paced(measurements, Schedule(run.steps, work, measure.per_decade, measure.every))


def light(measurements: Sequence[Measurement], problem: Problem) -> list[Measurement]:
    """Return those that cost less than a step, or that are short whatever the sizes."""
    most = max(CHEAP, step_work(problem))
    return [m for m in measurements if m.work < most]


def step_work(problem: Problem) -> float:
    """Return the work of one training step, operation by operation."""
    batching = problem.experiment.optimizer.batching()
    samples = batching.size if batching is not None else problem.samples
    return estimate(35 + 12 * len(problem.network.layers), problem.step_work(samples))


__all__ = ["GROUPS", "Measurement", "RecordPoint", "References", "build_measurements", "chosen_groups"]
