"""The points on which predictions are compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..run.problem import Problem
from .record_point import RecordPoint
from .solvers import Predictor


@dataclass(frozen=True)
class PredictionGrid:
    """The points on which predictions are compared, (R, G, d), and their name."""

    points: Tensor
    name: str
    square: bool = False
    """Whether it is the view of 2-D data, and not the test set or the training set."""


class GridNow:
    """What networks predict there at records, made once for all that is measured of it."""

    def __init__(self, problem: Problem) -> None:
        self._problem, self._points = problem, comparison_grid(problem).points
        self._asked = False
        self._predictor: Predictor | None = None
        self._last: tuple[RecordPoint, Tensor] | None = None

    def at(self, point: RecordPoint) -> Tensor:
        """Return f (K R, G, C)."""
        if self._last is None or self._last[0] is not point:
            self._last = point, self._outputs(point)
        return self._last[1]

    def _outputs(self, point: RecordPoint) -> Tensor:
        if point.solvers is not None and not self._asked:
            self._asked, self._predictor = True, point.solvers.predictor(self._problem, self._points)
        if self._predictor is None:
            return point.problem.network.outputs(point.theta, point.each(self._points))
        seen = torch.from_numpy(self._predictor(point.theta.numpy(), np.array(point.rows)))
        by_place, taken = seen.unflatten(0, (-1, point.replicas)), point.taken
        for empty in range(len(by_place)):
            if point.frames[empty] is None:
                by_place[empty] = by_place[taken[0]]
        return seen


def square_grid(problem: Problem, replica: int, resolution: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the coordinates (G,) of both axes of the view, and its points as inputs (G G, d), second input slowest."""
    data = problem.dataset(replica)
    axis = np.linspace(-data.view, data.view, resolution)
    first, second = np.meshgrid(axis, axis)
    return axis, data.inputs(np.column_stack([first.ravel(), second.ravel()]))


def comparison_grid(problem: Problem) -> PredictionGrid:
    """Return where predictions are compared: the view of 2-D data, else the test set, else the training set."""
    if problem.dataset(0).raw.shape[1] == 2 and problem.structure.generalises:
        resolution = problem.experiment.measure.grid
        grids = [square_grid(problem, r, resolution)[1] for r in range(len(problem.datasets))]
        points = torch.as_tensor(np.stack(grids), dtype=problem.dtype, device=problem.device)
        return PredictionGrid(
            points.expand(problem.replicas, *points.shape[1:]),
            f"on the {resolution} x {resolution} grid over the view",
            square=True,
        )
    if problem.x_test.shape[1]:
        return PredictionGrid(problem.x_test, "on the test set")
    return PredictionGrid(problem.x, "on the training set")
