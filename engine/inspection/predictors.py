"""The predictors that can stand beside the network in a surface: another one is a function and an entry here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..kernels import (
    Solutions,
    Twin,
    kernel_inputs,
    kernel_prediction,
    kernel_solutions,
    kernel_subset,
    limit_kernel,
    regression_prediction,
)
from ..protocol.limit import PREDICTED_LIMIT
from ..protocol.surface import FIRST_PREDICTOR
from ..references import Reference, ReferenceUnavailable, answered
from ..run.problem import Problem
from .inspected_run import InspectedRun, Prediction


@dataclass(frozen=True)
class PredictionPlace:
    """Where a predictor predicts: one replica of a run, at points (1, G, d)."""

    run: InspectedRun
    replica: int
    points: Tensor
    latest: tuple[int, Tensor] | None = None
    """Step and parameters (R, P) of the last state of the run that is at hand."""
    twin: Tensor | None = None
    """The linearised twin's coefficients (R, N C) at the step looked at."""


@dataclass(frozen=True)
class Predictor:
    """A predictor with its title; `fixed` where it does not depend on the step looked at or on the latest one."""

    title: str
    predict: Callable[[PredictionPlace], Prediction]
    """Raises ReferenceUnavailable, saying why, where there is none."""
    fixed: bool = True


def _max_margin(place: PredictionPlace) -> Prediction:
    """Predict by the max-margin predictor of the initial tangent kernel (Ji & Telgarsky 2020, Fig. 1)."""
    problem, r = place.run.problem, place.replica
    solved = place.run.kernel_solutions(r)
    outputs = kernel_prediction(problem, _of_one(problem, solved, r), place.points, r)[0]
    return Prediction(outputs, "NTK max-margin", _support(problem, solved, r))


def _of_one(problem: Problem, solved: tuple[Reference, ...], r: int) -> Solutions:
    """Return one replica's solutions at its place among all."""
    return tuple(solved if k == r else () for k in range(problem.replicas))


def _support(problem: Problem, solutions: Sequence[Reference], r: int) -> NDArray[np.bool_]:
    """Return which training samples (N,) have a dual weight."""
    support, subset = np.zeros(problem.samples, dtype=bool), kernel_subset(problem, r)
    for solution in solutions:
        support[solution.support if subset is None else subset[solution.support]] = True
    return support


def _regression(place: PredictionPlace) -> Prediction:
    """Predict by the initial kernel's ridgeless regression on the labels."""
    outputs = regression_prediction(place.run.problem, place.points, place.replica)[0]
    return Prediction(outputs, "NTK regression")


def _infinite(place: PredictionPlace) -> Prediction:
    """Predict by the max-margin predictor of the infinite-width kernel."""
    problem, r = place.run.problem, place.replica
    kernel, inputs = limit_kernel(problem, r), kernel_inputs(problem)[r : r + 1].double()
    solved = kernel_solutions(problem, kernel(inputs, inputs)[0].cpu().numpy(), r, answered)
    outputs = kernel_prediction(problem, _of_one(problem, solved, r), place.points, r, kernel)[0]
    return Prediction(outputs, "infinite-width max-margin", _support(problem, solved, r))


def _twin(place: PredictionPlace) -> Prediction:
    """Predict by the linearised twin at the step looked at."""
    problem = place.run.problem
    if not problem.experiment.measure.twin:
        raise ReferenceUnavailable("this run trains no linearised twin; switch it on under Measurements")
    if place.twin is None:
        raise ReferenceUnavailable(
            "this snapshot was taken before runs kept their linearised twin; run the experiment again"
        )
    made, which = place.run.twin_predictors, (place.replica, place.points.shape[1])
    if which not in made:
        made[which] = Twin(problem).prediction_at(place.points, place.replica)
    return Prediction(made[which](place.twin.to(problem.initial))[0], "linearised twin")


def _at_start(place: PredictionPlace) -> Prediction:
    """Predict by the network as it was drawn."""
    return Prediction(_network(place, place.run.problem.initial), "network at its start")


def _at_latest(place: PredictionPlace) -> Prediction:
    """Predict by the network at the last step that is at hand."""
    if place.latest is None:
        raise ReferenceUnavailable("no later parameters of this run are kept")
    step, theta = place.latest
    return Prediction(_network(place, theta), f"network at step {step:,}")


def _at_limit(place: PredictionPlace) -> Prediction:
    """Predict by the network in the direction that its limit was predicted to have, with smallest margin 1."""
    problem, r = place.run.problem, place.replica
    if r not in place.run.limits:
        raise ReferenceUnavailable(
            "no limit of this run is predicted yet: ask 'Where is it going?' in the menu Run"
        )
    step, direction = place.run.limits[r]
    theta = torch.as_tensor(direction).to(problem.initial)
    scaled = _with_margin_one(problem, r, theta)
    outputs = problem.network.one(r).homogenized(scaled[None], place.points)[0]
    return Prediction(outputs, f"limit predicted at step {step:,}")


def _with_margin_one(problem: Problem, r: int, theta: Tensor) -> Tensor:
    """Return parameters (P,) on a ray whose smallest margin is 1."""
    chosen = slice(r, r + 1)
    outputs = problem.network.one(r).homogenized(theta[None], problem.x[chosen])
    least = problem.loss.of(problem.labels[chosen]).margins(outputs).amin()
    scaled: Tensor = theta * least ** (-1 / (problem.structure.exponent or 1.0))
    return scaled


def _network(place: PredictionPlace, theta: Tensor) -> Tensor:
    chosen = slice(place.replica, place.replica + 1)
    outputs: Tensor = place.run.problem.network.one(place.replica).outputs(theta[chosen], place.points)[0]
    return outputs


PREDICTORS: dict[str, Predictor] = {
    FIRST_PREDICTOR[0]: Predictor(FIRST_PREDICTOR[1], _max_margin),
    "infinite-max-margin": Predictor("Infinite-width max-margin", _infinite),
    "ntk-regression": Predictor("NTK kernel regression", _regression),
    "twin": Predictor("Linearised twin", _twin, fixed=False),
    "start": Predictor("Network at its start", _at_start),
    PREDICTED_LIMIT[0]: Predictor(PREDICTED_LIMIT[1], _at_limit, fixed=False),
    "latest": Predictor("Network at the latest step", _at_latest, fixed=False),
}
"""By name, in the order in which they are offered."""


def is_fixed(name: str) -> bool:
    """Say whether a predictor says the same at every step."""
    return name in PREDICTORS and PREDICTORS[name].fixed


def predicted(name: str, place: PredictionPlace, key: int | str) -> Prediction:
    """Return what a predictor says; a fixed one says it once for a replica and a `key` that stands for the points.

    Raises:
        ReferenceUnavailable: where it says nothing, and why.
    """
    if name not in PREDICTORS:
        raise ReferenceUnavailable(f"there is no predictor '{name}'; there are {', '.join(PREDICTORS)}")
    predictor = PREDICTORS[name]
    if not predictor.fixed:
        return predictor.predict(place)
    made, which = place.run.predictions, (name, place.replica, key)
    if which not in made:
        made[which] = predictor.predict(place)
    return made[which]
