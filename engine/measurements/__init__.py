"""Measurements, one subject a file; which groups apply to a run and how often they are taken."""

from __future__ import annotations

from ..experiment.measure import GROUP_TITLES
from ..kernels import Twin
from ..optimizers import Optimizer
from ..setting import Setting
from .base import GroupBuilder, Measurement, Moment, References, estimate, pass_work
from .collapse import collapse
from .curvature import curvature
from .directions import directions
from .homogeneity import homogeneity
from .kernel import kernel
from .layers import layers
from .margins import loss_and_accuracy, margins
from .neurons import neurons
from .norms import norms
from .pace import Schedule, paced
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
}
assert list(GROUPS) == list(GROUP_TITLES)


def chosen_groups(setting: Setting) -> list[str]:
    """Return the groups a run measures."""
    said = setting.experiment.measure.groups
    return list(GROUPS) if said == "auto" else list(said)


def build_measurements(
    setting: Setting, optimizer: Optimizer, references: References, twin: Twin | None = None
) -> list[Measurement]:
    """Build every measurement of a run, the costly ones at a pace that leaves nearly all the time to training."""
    found = list(loss_and_accuracy(setting, optimizer, references))
    for group in chosen_groups(setting):
        found += GROUPS[group](setting, optimizer, references)
    if twin is not None:
        found += twin_measurements(setting, references, twin)
    measure, run = setting.experiment.measure, setting.experiment.run
    seconds = step_seconds(setting, optimizer)
    return paced(found, Schedule(run.steps, seconds, measure.per_decade, measure.every))


def step_seconds(setting: Setting, optimizer: Optimizer) -> float:
    """Estimate the seconds of one training step."""
    samples = (
        setting.samples
        if optimizer.full_batch
        else getattr(setting.experiment.optimizer, "batch", setting.samples)
    )
    return estimate(35 + 12 * len(setting.network.layers), 3.0 * samples * pass_work(setting))


__all__ = ["GROUPS", "Measurement", "Moment", "References", "build_measurements", "chosen_groups"]
