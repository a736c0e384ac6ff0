"""Loss, accuracy and margins."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ..losses import Loss
from ..optimizers import Optimizer
from ..setting import Setting
from .base import Measurement, Moment, References, estimate
from .predictor import is_linear, linear_predictor


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

        work = setting.replicas * tested * setting.structure.all_parameters
        found.append(Measurement(("test_accuracy",), measure_test, estimate(10, work)))
    return found


def margins(setting: Setting, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure q_min and, where the network is homogeneous, what it is over each norm."""
    degree = setting.network.degree

    def measure_margin(moment: Moment) -> Mapping[str, Tensor]:
        return {"margin": moment.evaluation.q.amin(1)}

    found = [Measurement(("margin",), measure_margin)]
    if degree is not None:
        found += [_over_norms(setting, optimizer, degree), _over_spectral(setting, degree)]
        if len(setting.network.trained_layers) > 1:
            found.append(_over_layers(setting))
    if references.predictor:
        found.append(_over_reference(setting, references, degree))
    return found


def _over_norms(setting: Setting, optimizer: Optimizer, degree: float) -> Measurement:
    loss = setting.loss
    own = optimizer.norm_name != "l2"

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
            "smoothed_margin_own": inverse / optimizer.norm(moment.theta).pow(degree) if own else smoothed,
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
    trained = setting.network.trained_layers

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        largest = torch.stack(
            [torch.linalg.matrix_norm(moment.weights[i].weight, ord=2) for i in trained]
        ).amax(0)
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


def _over_reference(setting: Setting, references: References, degree: float | None) -> Measurement:
    found = [math.nan if r is None else r.value for r in references.predictor]
    values = torch.tensor(found, dtype=setting.dtype, device=setting.device)
    if is_linear(setting):

        def measure_linear(moment: Moment) -> Mapping[str, Tensor]:
            norm = torch.linalg.vector_norm(linear_predictor(setting, moment.theta).flatten(1), dim=1)
            return {"margin_ratio": moment.evaluation.q.amin(1) / norm / values}

        return Measurement(("margin_ratio",), measure_linear)

    scale = torch.tensor(
        [m.network.output_scale for m in setting.members], dtype=setting.dtype, device=setting.device
    )

    def measure(moment: Moment) -> Mapping[str, Tensor]:
        # 2 sum_j |a_j| ||v_j|| <= ||theta||^2, so that no parameters do better than gamma_F1 / 2
        return {"margin_ratio": moment.evaluation.q.amin(1) / moment.norm.pow(2) / (scale * values / 2)}

    return Measurement(("margin_ratio",), measure)
