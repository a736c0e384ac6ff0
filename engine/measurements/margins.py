"""Loss, accuracy and margins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..losses import Loss
from ..optimizers import Optimizer
from ..optimizers.geometry import Spectral
from ..setting import Setting
from ..watch import counters
from .base import Measurement, Moment, References, estimate, pass_work
from .ratios import ratios


def loss_and_accuracy(
    setting: Setting, optimizer: Optimizer, references: References
) -> Sequence[Measurement]:
    """Measure log loss, training accuracy, and whether the data are separated and fitted; these are always recorded."""
    log_at_zero = setting.loss.log_at_zero

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        q, log_loss = moment.evaluation.q, moment.evaluation.log_loss
        fitted = q > 0
        return {
            "log_loss": log_loss,
            "accuracy": fitted.to(q.dtype).mean(1),
            "separated": (log_loss < log_at_zero).to(q.dtype),
            "fitted": fitted.all(1).to(q.dtype),
        }

    found = [Measurement(("log_loss", "accuracy", "separated", "fitted"), measure)]
    tested = setting.x_test.shape[1]
    if tested:
        test_loss = Loss("exponential", setting.labels_test, setting.network.outputs_count)

        def measure_test(moment: Moment) -> Mapping[str, Tensor]:
            q = test_loss.margins(setting.network.outputs(moment.theta, setting.x_test))
            return {"test_accuracy": (q > 0).to(q.dtype).mean(1)}

        work = tested * pass_work(setting)
        found.append(Measurement(("test_accuracy",), measure_test, estimate(10, work)))
    return found


def margins(setting: Setting, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure q_min and, where the network is homogeneous, what it is over each norm."""
    degree = setting.structure.exponent

    def measure_margin(moment: Moment) -> Mapping[str, Tensor]:
        return {"margin": moment.evaluation.q.amin(1)}

    found = [Measurement(("margin",), measure_margin)]
    if degree is not None:
        found += [_over_norms(setting, optimizer, degree), _over_spectral(setting, degree)]
        if len(setting.structure.exact_layer_degrees) > 1:
            found.append(_over_layers(setting))
        if optimizer.full_batch:
            found.append(_counted(optimizer))
    return [*found, *ratios(setting, optimizer, references)]


def _counted(optimizer: Optimizer) -> Measurement:
    """Measure the counters of every step so far, which the run keeps."""
    quantities = ["smoothed_margin"] + (["smoothed_margin_own"] if optimizer.geometry.name != "l2" else [])
    names = tuple(f"{name}_{what}" for name in quantities for what in ("decreases", "worst_drop"))

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        found = counters(moment.state)
        return {name: found[name] for name in names}

    return Measurement(names, measure)


def _over_norms(setting: Setting, optimizer: Optimizer, degree: float) -> Measurement:
    loss = setting.loss
    own = optimizer.geometry.name != "l2"

    def own_norm(moment: Moment) -> Tensor:
        return optimizer.geometry.norm(moment.theta, moment.state)

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        margin = moment.evaluation.q.amin(1)
        power = moment.norm.pow(degree)
        inverse = loss.inverse(moment.evaluation.log_loss)
        smoothed = inverse / power
        l1 = torch.linalg.vector_norm(moment.theta, ord=1, dim=1)
        linf = torch.linalg.vector_norm(moment.theta, ord=math.inf, dim=1)
        normalized = margin / power
        return {
            "normalized_margin": normalized,
            "smoothed_margin": smoothed,
            "smoothed_margin_own": inverse / own_norm(moment).pow(degree) if own else smoothed,
            "margin_l1": margin / l1.pow(degree),
            "margin_l2": normalized,
            "margin_linf": margin / linf.pow(degree),
        }

    columns = (
        "normalized_margin",
        "smoothed_margin",
        "smoothed_margin_own",
        "margin_l1",
        "margin_l2",
        "margin_linf",
    )
    return Measurement(columns, measure)


def _over_spectral(setting: Setting, degree: float) -> Measurement:
    spectral = Spectral(setting.network)
    trained = setting.network.trained_layers

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        largest = spectral.norm(moment.theta, moment.state)
        return {"margin_spectral": moment.evaluation.q.amin(1) / largest.pow(degree)}

    work = sum(_svd_work(setting, i) for i in trained)
    return Measurement(("margin_spectral",), measure, estimate(15 * len(trained) * setting.replicas, work))


def _svd_work(setting: Setting, layer: int) -> float:
    shape = setting.network.layers[layer]
    return 8.0 * setting.replicas * shape.rows * shape.columns * min(shape.rows, shape.columns)


def _over_layers(setting: Setting) -> Measurement:
    slices = list(setting.network.layer_slices().values())
    degrees = setting.structure.exact_layer_degrees

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        log_product = torch.zeros_like(moment.norm)
        for part, degree in zip(slices, degrees, strict=True):
            log_product += degree * torch.linalg.vector_norm(moment.theta[:, part], dim=1).log()
        return {"layer_product_margin": moment.evaluation.q.amin(1) / log_product.exp()}

    return Measurement(("layer_product_margin",), measure)
