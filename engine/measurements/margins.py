"""Loss, accuracy and margins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..losses import Loss
from ..networks.lengths import length
from ..optimizers import Optimizer
from ..optimizers.geometry import Spectral
from ..run.problem import Problem
from .base import Measurement, References, estimate, pass_work
from .ratios import ratios
from .record_point import RecordPoint

PERCENTILES = (10, 25, 50, 75, 90)
"""Of all samples' margins, those that are recorded beside the smallest."""


def loss_and_accuracy(
    problem: Problem, optimizer: Optimizer, references: References
) -> Sequence[Measurement]:
    """Measure log loss, training accuracy, and whether the data are separated and fitted; these are always recorded."""
    log_at_zero = problem.loss.log_at_zero

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        q, log_loss = point.evaluation.q, point.evaluation.log_loss
        fitted = q > 0
        return {
            "log_loss": log_loss,
            "accuracy": fitted.to(q.dtype).mean(1),
            "separated": (log_loss < log_at_zero).to(q.dtype),
            "fitted": fitted.all(1).to(q.dtype),
        }

    measurements = [Measurement(("log_loss", "accuracy", "separated", "fitted"), measure)]
    count = problem.x_test.shape[1]
    if count:
        test_loss = Loss("exponential", problem.labels_test, problem.network.outputs_count)

        def measure_test(point: RecordPoint) -> Mapping[str, Tensor]:
            tested = point.problem
            outputs = tested.network.outputs(point.theta, tested.x_test)
            q = test_loss.of(tested.labels_test).margins(outputs)
            return {"test_accuracy": (q > 0).to(q.dtype).mean(1)}

        work = count * pass_work(problem)
        measurements.append(Measurement(("test_accuracy",), measure_test, estimate(10, work)))
    return measurements


def margins(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure q_min and, where the network is homogeneous, what it is over each norm."""
    degree = problem.structure.exponent

    def measure_margin(point: RecordPoint) -> Mapping[str, Tensor]:
        return {"margin": point.evaluation.q.amin(1)}

    measurements = [Measurement(("margin",), measure_margin)]
    if degree is not None:
        measurements += [_over_norms(problem, optimizer, degree), _over_spectral(problem, degree)]
        measurements.append(_distribution(problem, degree))
        if optimizer.full_batch:
            measurements.append(_counted(optimizer))
    if len(problem.structure.exact_layer_degrees or problem.structure.weight_degrees) > 1:
        measurements.append(_over_layers(problem))
    return [*measurements, *ratios(problem, optimizer, references)]


def _counted(optimizer: Optimizer) -> Measurement:
    """Measure the counters of every step so far, which the run keeps."""
    quantities = ["smoothed_margin"] + (["smoothed_margin_own"] if optimizer.geometry.name != "l2" else [])
    names = tuple(f"{name}_{what}" for name in quantities for what in ("decreases", "worst_drop"))

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        return {name: point.counters[name] for name in names}

    return Measurement(names, measure)


def _over_norms(problem: Problem, optimizer: Optimizer, degree: float) -> Measurement:
    loss = problem.loss
    own, lp = optimizer.geometry.name != "l2", optimizer.geometry.name == "lp"

    def own_norm(point: RecordPoint) -> Tensor:
        return optimizer.geometry.norm(point.theta, point.conditioner)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        margin = point.evaluation.q.amin(1)
        power = point.norm.pow(degree)
        inverse = loss.inverse(point.evaluation.log_loss)
        smoothed = inverse / power
        l1 = torch.linalg.vector_norm(point.theta, ord=1, dim=1)
        linf = torch.linalg.vector_norm(point.theta, ord=math.inf, dim=1)
        normalized = margin / power
        return {
            "normalized_margin": normalized,
            "smoothed_margin": smoothed,
            "smoothed_margin_own": inverse / own_norm(point).pow(degree) if own else smoothed,
            "margin_l1": margin / l1.pow(degree),
            "margin_l2": normalized,
            "margin_linf": margin / linf.pow(degree),
        } | ({"margin_lp": margin / own_norm(point).pow(degree)} if lp else {})

    columns = (
        "normalized_margin",
        "smoothed_margin",
        "smoothed_margin_own",
        "margin_l1",
        "margin_l2",
        "margin_linf",
        *(["margin_lp"] if lp else []),
    )
    return Measurement(columns, measure)


def _distribution(problem: Problem, degree: float) -> Measurement:
    """Measure percentiles of all samples' margins over ||theta||^L, between samples by straight lines."""
    places = [percent / 100 * (problem.samples - 1) for percent in PERCENTILES]

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        ordered = (point.evaluation.q / point.norm.pow(degree).unsqueeze(1)).sort(1).values
        defined = ~ordered[:, -1:].isnan()  # the last place is theirs
        between = [
            torch.lerp(ordered[:, math.floor(place)], ordered[:, math.ceil(place)], place % 1)
            for place in places
        ]
        values = torch.where(defined, torch.stack(between, 1), math.nan)
        return {f"margin_percentile.{p}": values[:, k] for k, p in enumerate(PERCENTILES)}

    columns = tuple(f"margin_percentile.{percent}" for percent in PERCENTILES)
    samples = problem.replicas * problem.samples
    return Measurement(columns, measure, estimate(20, samples * math.log2(2 + problem.samples)))


def _over_spectral(problem: Problem, degree: float) -> Measurement:
    spectral = Spectral(problem.network)
    trained = problem.network.trained_layers

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        largest = spectral.norm(point.theta, point.conditioner)
        return {"margin_spectral": point.evaluation.q.amin(1) / largest.pow(degree)}

    work = sum(_svd_work(problem, i) for i in trained)
    return Measurement(("margin_spectral",), measure, estimate(15 * len(trained) * problem.replicas, work))


def _svd_work(problem: Problem, layer: int) -> float:
    shape = problem.network.layers[layer]
    return 8.0 * problem.replicas * shape.rows * shape.columns * min(shape.rows, shape.columns)


def _over_layers(problem: Problem) -> Measurement:
    """Measure q_min over the product of layer norms; biases that break homogeneity are no part of it.

    Source: Lyu & Li 2020, eq. 4; without later biases the code of their experiments with biases in all layers.
    """
    structure = problem.structure
    slices = list(problem.network.layer_slices().values())
    degrees = structure.exact_layer_degrees
    if not degrees:
        degrees, trained = structure.weight_degrees, [layer for layer in structure.layers if layer.trained]
        slices = [
            slice(part.start, part.stop - (layer.rows if layer.bias and k > 0 else 0))
            for k, (part, layer) in enumerate(zip(slices, trained, strict=True))
        ]

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        log_product = torch.zeros_like(point.norm)
        for part, degree in zip(slices, degrees, strict=True):
            log_product += degree * length(point.theta[:, part]).log()
        return {"layer_product_margin": point.evaluation.q.amin(1) / log_product.exp()}

    return Measurement(("layer_product_margin",), measure)
