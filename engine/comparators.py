"""The predictors that can stand beside the network in a surface: another one is a function and an entry here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .kernels import (
    Solutions,
    Twin,
    kernel_inputs,
    kernel_prediction,
    kernel_solutions,
    kernel_subset,
    limit_kernel,
    regression_prediction,
)
from .looked_at import LookedAt
from .messages import FIRST_COMPARATOR
from .references import Reference, ReferenceUnavailable
from .setting import Setting


@dataclass(frozen=True)
class Place:
    """Where a comparator predicts: one replica of a run, at points (1, G, d)."""

    run: LookedAt
    replica: int
    points: Tensor
    latest: tuple[int, Tensor] | None = None
    """Step and parameters (R, P) of the last state of the run that is at hand."""
    twin: Tensor | None = None
    """The linearised twin's coefficients (R, N C) at the step looked at."""


@dataclass(frozen=True)
class Prediction:
    """What a comparator says."""

    outputs: Tensor
    """(G, C)."""
    title: str
    support: NDArray[np.bool_] | None = None
    """The training samples (N,) that carry it, where few do."""


@dataclass(frozen=True)
class Comparator:
    """A predictor with its title; `fixed` where it does not depend on the step looked at or on the latest one."""

    title: str
    predict: Callable[[Place], Prediction]
    """Raises ReferenceUnavailable, saying why, where there is none."""
    fixed: bool = True


def _max_margin(place: Place) -> Prediction:
    """Predict by the max-margin predictor of the initial tangent kernel (Ji & Telgarsky 2020, Fig. 1)."""
    setting, r = place.run.setting, place.replica
    solved = place.run.kernel_solutions(r)
    outputs = kernel_prediction(setting, _of_one(setting, solved, r), place.points, r)[0]
    return Prediction(outputs, "NTK max-margin", _support(setting, solved, r))


def _of_one(setting: Setting, solved: tuple[Reference, ...], r: int) -> Solutions:
    """Return one replica's solutions at its place among all."""
    return tuple(solved if k == r else () for k in range(setting.replicas))


def _support(setting: Setting, solutions: Sequence[Reference], r: int) -> NDArray[np.bool_]:
    """Return which training samples (N,) have a dual weight."""
    support, subset = np.zeros(setting.samples, dtype=bool), kernel_subset(setting, r)
    for solution in solutions:
        support[solution.support if subset is None else subset[solution.support]] = True
    return support


def _regression(place: Place) -> Prediction:
    """Predict by the initial kernel's ridgeless regression on the labels."""
    outputs = regression_prediction(place.run.setting, place.points, place.replica)[0]
    return Prediction(outputs, "NTK regression")


def _infinite(place: Place) -> Prediction:
    """Predict by the max-margin predictor of the infinite-width kernel."""
    setting, r = place.run.setting, place.replica
    kernel, inputs = limit_kernel(setting, r), kernel_inputs(setting)[r : r + 1].double()
    solved = kernel_solutions(setting, kernel(inputs, inputs)[0].cpu().numpy(), r)
    outputs = kernel_prediction(setting, _of_one(setting, solved, r), place.points, r, kernel)[0]
    return Prediction(outputs, "infinite-width max-margin", _support(setting, solved, r))


def _twin(place: Place) -> Prediction:
    """Predict by the linearised twin at the step looked at."""
    setting = place.run.setting
    if not setting.experiment.measure.twin:
        raise ReferenceUnavailable("this run trains no linearised twin; switch it on under Measurements")
    if place.twin is None:
        raise ReferenceUnavailable(
            "this snapshot was taken before runs kept their linearised twin; run the experiment again"
        )
    kept, where = place.run.kept, ("twin's kernel", place.replica, place.points.shape[1])
    if where not in kept:
        kept[where] = Twin(setting).prediction_at(place.points, place.replica)
    return Prediction(kept[where](place.twin.to(setting.initial))[0], "linearised twin")


def _at_start(place: Place) -> Prediction:
    """Predict by the network as it was drawn."""
    return Prediction(_network(place, place.run.setting.initial), "network at its start")


def _at_latest(place: Place) -> Prediction:
    """Predict by the network at the last step that is at hand."""
    if place.latest is None:
        raise ReferenceUnavailable("no later parameters of this run are kept")
    step, theta = place.latest
    return Prediction(_network(place, theta), f"network at step {step:,}")


def _network(place: Place, theta: Tensor) -> Tensor:
    chosen = slice(place.replica, place.replica + 1)
    outputs: Tensor = place.run.setting.network.one(place.replica).outputs(theta[chosen], place.points)[0]
    if not bool(torch.isfinite(outputs).any()):
        raise ReferenceUnavailable("its outputs are not finite")
    return outputs


COMPARATORS: dict[str, Comparator] = {
    FIRST_COMPARATOR[0]: Comparator(FIRST_COMPARATOR[1], _max_margin),
    "infinite-max-margin": Comparator("Infinite-width max-margin", _infinite),
    "ntk-regression": Comparator("NTK kernel regression", _regression),
    "twin": Comparator("Linearised twin", _twin, fixed=False),
    "start": Comparator("Network at its start", _at_start),
    "latest": Comparator("Network at the latest step", _at_latest, fixed=False),
}
"""By name, in the order in which they are offered."""


def predicted(name: str, place: Place, key: object) -> Prediction:
    """Return what a comparator says; a fixed one says it once for a replica and a `key` that stands for the points.

    Raises:
        ReferenceUnavailable: where it says nothing, and why.
    """
    if name not in COMPARATORS:
        raise ReferenceUnavailable(f"there is no predictor '{name}'; there are {', '.join(COMPARATORS)}")
    comparator = COMPARATORS[name]
    if not comparator.fixed:
        return comparator.predict(place)
    kept, where = place.run.kept, (name, place.replica, key)
    if where not in kept:
        kept[where] = comparator.predict(place)
    found: Prediction = kept[where]
    return found
