"""The linearised twin beside the network: its loss, norm and margin, and how far apart the two predict."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping

import torch
from torch import Tensor

from ..kernels import KernelTooLarge, Twin
from ..networks.lengths import length
from ..run.problem import Problem
from ..run.state import TwinState
from .base import Measurement, References, estimate
from .equal_loss import EqualLoss, empty_curve
from .grid import GridNow, comparison_grid
from .kernel_now import kernel_work
from .predictions import chosen, grid_work
from .record_point import RecordPoint
from .vectors import cosine


def initial_twin_state(twin: Twin, theta: Tensor) -> TwinState:
    """Return what a run's state keeps for its twin, before the first step."""
    return TwinState(twin.initial_coefficients(theta), *empty_curve(theta))


def twin_measurements(problem: Problem, references: References, twin: Twin) -> list[Measurement]:
    """Measure the twin by itself, and beside the network on every set of points there is."""
    now = _TwinNow(twin)
    measurements = [_itself(problem, references, now)]
    with contextlib.suppress(KernelTooLarge):  # between samples and points; the twin itself goes on
        measurements.append(_on_grid(problem, now))
        if problem.x_test.shape[1]:
            measurements.append(_on_test(problem, now))
    return measurements


def relative_distance(network: Tensor, twin: Tensor) -> Tensor:
    """Return ||f - f_lin||/||f_lin|| (R,) over all points and outputs, f and f_lin (R, G, C)."""
    return length((network - twin).flatten(1)) / length(twin.flatten(1))


class _TwinNow:
    """The twin on the training set at a record, made once for all that is measured of it."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self._last: tuple[RecordPoint, Tensor, Tensor] | None = None

    def at(self, point: RecordPoint) -> tuple[Tensor, Tensor]:
        """Return f_lin (R, N, C), and in which replicas (R,) it is more than rounding."""
        if self._last is None or self._last[0] is not point:
            outputs = self.twin.outputs(point.coefficients)
            self._last = point, outputs, self.twin.moved(point.coefficients, outputs)
        return self._last[1:]


def _itself(problem: Problem, references: References, now: _TwinNow) -> Measurement:
    """Measure loss, norm and margin, and the distance on the training set."""
    equal = EqualLoss()
    values = [math.nan if r is None else r.value for r in references.twin]
    largest = torch.tensor(values, dtype=problem.dtype, device=problem.device) if values else None
    names = ("twin_log_loss", "twin_norm", "twin_normalized_margin", "twin_distance_train")

    def itself(point: RecordPoint) -> tuple[Tensor, Tensor, Tensor]:
        """Return the twin's log loss, norm and normalized margin (K R,)."""
        outputs, _ = now.at(point)
        norm = now.twin.norm(point.coefficients, outputs)
        loss = point.problem.loss
        return loss.log_loss(outputs), norm, loss.margins(outputs).amin(1) / norm

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        outputs, moved = now.at(point)
        log_loss, norm, margin = itself(point)
        norm, margin = torch.where(moved, norm, 0.0), torch.where(moved, margin, math.nan)
        apart = torch.where(moved, relative_distance(point.evaluation.outputs, outputs), math.nan)
        values = dict(zip(names, (log_loss, norm, margin, apart), strict=True))
        if largest is not None:
            values["twin_margin_ratio"] = margin / point.each(largest)
        return values

    def follow(point: RecordPoint, place: int) -> Mapping[str, Tensor]:
        log_loss, _, margin = itself(point)
        seen = torch.stack([point.evaluation.log_loss, log_loss, margin], 1)
        frame = point.frame(place)
        equal.add(point.state, frame.step, point.at(seen, place), scheduled=frame.scheduled)
        return {"twin_margin_at_equal_loss": equal.here()}

    def finish() -> tuple[list[int], Mapping[str, Tensor]]:
        steps, margins = equal.all()
        return steps, {"twin_margin_at_equal_loss": margins} if steps else {}

    work = problem.replicas * (problem.samples * problem.network.outputs_count) ** 2
    columns = (*names, *(("twin_margin_ratio",) if largest is not None else ()), "twin_margin_at_equal_loss")
    return Measurement(columns, measure, estimate(55, work), follow=follow, finish=finish)


def _on_grid(problem: Problem, now: _TwinNow) -> Measurement:
    grid, on_grid = comparison_grid(problem), GridNow(problem)
    predict = now.twin.prediction_at(grid.points)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        network, (_, moved) = on_grid.at(point), now.at(point)
        linear = predict(point.coefficients)
        alike = (chosen(network) == chosen(linear)).to(network.dtype).mean(1)
        columns = {
            "twin_prediction_cosine": cosine(network.flatten(1), linear.flatten(1)),
            "twin_agreement": alike,
        }
        if grid.square:
            columns["twin_distance_grid"] = relative_distance(network, linear)
        return {name: torch.where(moved, values, math.nan) for name, values in columns.items()}

    names = ("twin_prediction_cosine", "twin_agreement", *(("twin_distance_grid",) if grid.square else ()))
    work = grid_work(problem, grid.points) + _twin_work(problem, now.twin, grid.points)
    return Measurement(names, measure, estimate(40, work), note=grid.name)


def _on_test(problem: Problem, now: _TwinNow) -> Measurement:
    predict = now.twin.prediction_at(problem.x_test)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        network = point.problem.network.outputs(point.theta, point.problem.x_test)
        apart = relative_distance(network, predict(point.coefficients))
        return {"twin_distance_test": torch.where(now.at(point)[1], apart, math.nan)}

    work = grid_work(problem, problem.x_test) + _twin_work(problem, now.twin, problem.x_test)
    return Measurement(("twin_distance_test",), measure, estimate(20, work))


def _twin_work(problem: Problem, twin: Twin, points: Tensor) -> float:
    """Return the multiply-adds of the twin's predictions at points (R, G, d)."""
    outputs = problem.network.outputs_count
    product = float(problem.replicas * points.shape[1] * problem.samples * outputs**2)
    if twin.keeps(points, problem.replicas):
        return product
    return product + outputs * kernel_work(problem, points.shape[1], problem.samples)
