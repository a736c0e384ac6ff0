"""Margins of single samples at many parameter vectors, and the multipliers that the loss gives them."""

from __future__ import annotations

import torch
from torch import Tensor

from ..losses import Evaluation
from ..networks.lengths import length
from ..run.problem import Problem


def margins(problem: Problem, replica: int, theta: Tensor, samples: Tensor) -> Tensor:
    """Return q (T, n) of some training samples (n,) of a replica at T parameter vectors (T, P)."""
    count = len(theta)
    x, labels = problem.x[replica, samples], problem.labels[replica, samples]
    network = problem.network.one(replica).times(count)
    outputs = network.outputs(theta, x.expand(count, *x.shape))
    return problem.loss.of(labels.expand(count, *labels.shape)).margins(outputs)


def multipliers(problem: Problem, replica: int, theta: Tensor, seen: Evaluation) -> tuple[Tensor | None, str]:
    """Return lambda (1, N) of one parameter vector (1, P) evaluated on all samples, or why there are none.

    lambda_n = q_min^(1 - 2/L) rho p_n/||ghat||, of several classes summed over the others: with them
    theta' = theta/q_min^(1/L) is nearest to sum_n lambda_n grad q_n(theta'). Source: Lyu & Li 2020, C.6-C.8.
    """
    degree = problem.structure.exponent
    if degree is None:
        return None, f"multipliers need a homogeneous network; {problem.structure.why_not}"
    least = seen.q.amin(1, keepdim=True)
    if not bool((least > 0).all()):
        return None, "multipliers need every sample on its right side"
    network, x = problem.network.one(replica), problem.x[replica : replica + 1]
    weights = network.views(theta)
    gradient = torch.zeros_like(theta)
    part_of = torch.zeros_like(theta)
    for part, pull in zip(
        x.split(network.rows_at_once(1), dim=1),
        seen.cotangent.split(network.rows_at_once(1), dim=1),
        strict=True,
    ):
        tape = network.forward(weights, part)[1]
        network.backward(weights, tape, pull, network.views(part_of))
        gradient += part_of
    over = length(gradient).unsqueeze(1)
    return least.pow(1 - 2 / degree) * length(theta).unsqueeze(1) * seen.p / over, ""
