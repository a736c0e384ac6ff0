"""The linear predictor that some networks are, and which exact margin reference a network has in which norm."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from ..networks.sites import largest_singular_value
from ..references import (
    InducedNorm,
    diagonal_network_norm,
    linear_network_norm,
    relu_network_norm,
)
from ..run.problem import Problem


def is_linear(problem: Problem) -> bool:
    """Say whether the network is a linear function of its inputs (and, with a first bias, of a constant)."""
    return problem.structure.linear


def is_one_matrix(problem: Problem) -> bool:
    """Say whether the parameters are the linear predictor itself: one dense layer."""
    shape = problem.structure
    return shape.linear and shape.chain and len(shape.layers) == 1


def has_bias_input(problem: Problem) -> bool:
    """Say whether the first layer's biases act as a constant input."""
    return problem.network.layers[0].bias


def linear_predictor(problem: Problem, theta: Tensor) -> Tensor:
    """Return the weights (R, C, d) of a linear network; with biases a constant input's weight comes last."""
    replicas, _, d = problem.x.shape
    basis = torch.eye(d, dtype=theta.dtype, device=theta.device).expand(replicas, d, d)
    values = problem.network.outputs(theta, basis)
    if not has_bias_input(problem):
        return values.mT
    zero = torch.zeros(replicas, 1, d, dtype=theta.dtype, device=theta.device)
    constant = problem.network.outputs(theta, zero)
    return torch.cat([values - constant, constant], 1).mT


def predictor_norm(predictor: Tensor, norm: str) -> Tensor:
    """Return a norm (R,) of predictors (R, C, d): over all entries, or the largest singular value."""
    if norm == "spectral":
        return largest_singular_value(predictor)
    order = {"l1": 1.0, "l2": 2.0, "linf": math.inf}[norm]
    length: Tensor = torch.linalg.vector_norm(predictor.flatten(1), ord=order, dim=1)
    return length


def reference_inputs(problem: Problem, replica: int) -> np.ndarray:
    """Return the inputs (N, d) that the reference sees: with a constant where the first layer has biases."""
    x = problem.dataset(replica).x
    return np.column_stack([x, np.ones(len(x))]) if has_bias_input(problem) else x


def induced_norm(problem: Problem) -> InducedNorm:
    """Return in which norm the network's margin has an exact optimum, and how it bounds the normalised margin.

    The proofs stand in `engine.references.induced_norm`.
    """
    network, shape = problem.network.fields, problem.structure
    outputs = problem.network.outputs_count
    own = problem.experiment.optimizer.geometry
    norm = (
        own if own in ("l1", "linf", "spectral") else "l2"
    )  # a run makes its own metric: no problem stands before it
    if not shape.all_train:
        return _none("some layers do not train, so the network's own optimum is another")
    if shape.degree is None:
        return _none(f"the network is not homogeneous: {shape.why_not}")
    match network.kind:
        case "mlp" if shape.linear:
            return linear_network_norm(norm, network.widths, outputs, problem.x.shape[2], network.bias)  # type: ignore[arg-type]
        case "diagonal":
            # as diagonal matrices vectors have their largest entry for a spectral norm
            return diagonal_network_norm("linf" if norm == "spectral" else norm, network.depth)  # type: ignore[arg-type]
        case "mlp" if network.activation == "relu":
            return relu_network_norm("l2", network.widths, outputs, network.bias)
        case "no-rotation" if network.activation == "relu" and outputs == 1:
            return InducedNorm(
                "variation", 0.5, 2, "2 sum_j |a_j| r_j <= ||theta||_2^2, on the fixed directions"
            )
    return _none("an exact answer is known for linear networks and for two-layer ReLU networks only")


def _none(reason: str) -> InducedNorm:
    return InducedNorm(None, math.nan, 0, reason)
