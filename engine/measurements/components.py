"""Of how many components a linear predictor is made, which networks that start near zero learn one after another."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from ..experiment.networks import DiagonalSpec
from ..networks.decompositions import singular_values
from ..run.problem import Problem
from .base import Measurement, estimate
from .predictor import is_linear, linear_predictor
from .record_point import RecordPoint

MOST = 6
"""Components that are recorded, the largest ones."""
COUNTED = 0.1
"""Of the largest, what a component has to exceed to be counted."""


def components(problem: Problem) -> list[Measurement]:
    """Measure the components of linear predictors that are made of factors, where these have more than one.

    Of diagonal networks they are the sizes of the coefficients, of others the singular values over several outputs:
    what gradient flow of each leaves at 0 where it is 0. Source: theory section 14.
    """
    shape, network = problem.structure, problem.network
    diagonal = isinstance(network.fields, DiagonalSpec)
    inputs, outputs = problem.x.shape[2], network.outputs_count
    count = inputs * outputs if diagonal else min(inputs, outputs)
    dense = shape.chain and len(shape.layers) > 1
    if not is_linear(problem) or not shape.generalises or not (diagonal or dense) or count < 2:
        return []
    names = [f"component.{k}" for k in range(1, min(count, MOST) + 1)]

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        predictor = linear_predictor(point.problem, point.theta)
        if diagonal:
            sizes = predictor.flatten(1).abs().sort(dim=1, descending=True).values
        else:
            sizes = singular_values(predictor)
        largest = sizes[:, :1]
        counted = (sizes > COUNTED * largest).sum(1).to(sizes.dtype)
        told = dict(zip(names, sizes.unbind(1), strict=False))
        told["component_count"] = torch.where(largest[:, 0] > 0, counted, math.nan)
        return told

    work = 20.0 * problem.replicas * inputs * outputs * min(inputs, outputs)
    return [Measurement((*names, "component_count"), measure, estimate(20, work))]
