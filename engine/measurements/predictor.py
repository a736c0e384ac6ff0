"""The linear predictor that some networks are, and which exact margin reference a network has in which norm."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..experiment.networks import NETWORK_KINDS, DiagonalSpec, MlpSpec, NetworkSpec, NoRotationSpec
from ..experiment.registry import Implementations
from ..networks.lengths import length, power_length
from ..networks.sites import largest_singular_value
from ..references import (
    GammaNorm,
    InducedNorm,
    ParameterNorm,
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


def predictor_norm(predictor: Tensor, norm: GammaNorm, exponents: Tensor | None = None) -> Tensor:
    """Return a norm (R,) of predictors (R, C, d): over all entries, or the largest singular value.

    `exponents` are those of the norm "lp", one a replica.
    """
    if norm == "lp":
        assert exponents is not None, "whoever asks for lp has its exponents"
        return power_length(predictor.flatten(1), exponents)
    if norm == "spectral":
        return largest_singular_value(predictor)
    if norm == "l2":
        return length(predictor.flatten(1))
    order = {"l1": 1.0, "linf": math.inf}[norm]
    entries: Tensor = torch.linalg.vector_norm(predictor.flatten(1), ord=order, dim=1)
    return entries


def reference_inputs(problem: Problem, replica: int) -> np.ndarray:
    """Return the inputs (N, d) that the reference sees: with a constant where the first layer has biases."""
    x = problem.dataset(replica).x
    return np.column_stack([x, np.ones(len(x))]) if has_bias_input(problem) else x


def induced_norm(problem: Problem, replica: int = 0) -> InducedNorm:
    """Return in which norm the network's margin has an exact optimum, and how it bounds the normalised margin.

    Replicas differ at most in the exponent of an lp norm. The proofs stand in `engine.references.induced_norm`.
    """
    network, shape = problem.network.fields, problem.structure
    optimizer = problem.members[replica].optimizer
    own = optimizer.geometry
    # a run makes its own metric: no problem stands before it
    norm: ParameterNorm = "l2" if own == "conditioned" else own
    if not shape.all_train:
        return _none("some layers do not train, so the network's own optimum is another")
    if shape.degree is None:
        return _none(f"the network is not homogeneous: {shape.why_not}")
    induce = INDUCED_NORMS.get(network.kind)
    exponent = float(getattr(optimizer, "p", math.nan))
    induced = induce(network, norm, exponent, problem) if induce is not None else None
    return induced or _none(
        "an exact answer is known for linear networks and for two-layer ReLU networks only"
    )


def _of_dense(network: MlpSpec, norm: ParameterNorm, exponent: float, problem: Problem) -> InducedNorm | None:
    outputs = problem.network.outputs_count
    if problem.structure.linear:
        inputs = problem.x.shape[2]
        return linear_network_norm(norm, network.widths, outputs, inputs, network.bias, exponent)
    if network.activation == "relu":
        return relu_network_norm("l2", network.widths, outputs, network.bias)
    return None


def _of_diagonal(
    network: DiagonalSpec, norm: ParameterNorm, exponent: float, problem: Problem
) -> InducedNorm:
    # as diagonal matrices vectors have their largest entry for a spectral norm
    return diagonal_network_norm("linf" if norm == "spectral" else norm, network.depth, exponent)


def _of_fixed_directions(
    network: NoRotationSpec, norm: ParameterNorm, exponent: float, problem: Problem
) -> InducedNorm | None:
    if network.activation != "relu" or problem.network.outputs_count > 1:
        return None
    return InducedNorm("variation", 0.5, 2, "2 Σⱼ |aⱼ| rⱼ ≤ ‖θ‖₂², on the fixed directions")


INDUCED_NORMS = Implementations[
    NetworkSpec, Callable[[Any, ParameterNorm, float, Problem], InducedNorm | None]
](
    NETWORK_KINDS,
    {MlpSpec: _of_dense, DiagonalSpec: _of_diagonal, NoRotationSpec: _of_fixed_directions},
)
"""What says it of the kinds of network of which it is known; None where it is not known of this one."""


def _none(reason: str) -> InducedNorm:
    return InducedNorm(None, math.nan, 0, reason)
