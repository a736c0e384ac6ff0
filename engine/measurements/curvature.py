"""Curvature: the largest eigenvalue of the log loss' Hessian, and the bound that safe steps rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ..networks.lengths import length as norm_of
from ..networks.second_order import Product
from ..optimizers import Optimizer
from ..protocol.records import Array
from ..run.problem import Problem
from .base import Measurement, References, estimate, pass_work
from .edge import edge
from .record_point import RecordPoint

ITERATIONS = 24
"""Lanczos vectors at most."""
LOOKS = (8, 9, 10, 11, 12, 14, 16, 18, 20, 22)
"""Numbers of vectors after which an eigenvalue may be known."""
CONVERGED = 1e-8
"""Residual, relative to the eigenvalue, at which it is."""
SEED = 20_211


def curvature(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure the sharpness, and beside it that of the loss itself times the learning rate."""
    count = min(ITERATIONS, problem.structure.parameters)
    start = first_vector(problem.initial)

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        return {"sharpness": sharpness(_hessian_product(point), point.theta, count, start)}

    def of_loss(point: RecordPoint) -> Tensor:
        return sharpness(_hessian_product(point, of_log=False), point.theta, count, start)

    # a product with the Hessian goes up and down twice, where it is not written by hand through autograd
    work = 8.0 * count * problem.samples * pass_work(problem)
    cost = estimate(count * 60 * len(problem.network.layers), work)
    measurements = [Measurement(("sharpness",), measure, cost, few=True)]
    return [*measurements, *edge(problem, optimizer, of_loss, cost)]


def first_vector(like: Tensor) -> Tensor:
    """Return what the iteration begins with (P,), for parameters (R, P)."""
    drawn = np.random.default_rng(SEED).standard_normal(like.shape[1])
    return torch.as_tensor(drawn, dtype=like.dtype, device=like.device)


def sharpness(product: Product, theta: Tensor, count: int, start: Tensor) -> Tensor:
    """Return the largest eigenvalue (R,) of the Hessian of log Loss at parameters (R, P), given products with it.

    Lanczos iteration with full orthogonalisation from a fixed vector `start` (P,); exact where `count` is the number of
    parameters, else a lower bound that is nearly exact for the end of the spectrum. What is known sooner is left alone:
    the vector's residual r bounds the error by r, and by r^2 over the distance to the next eigenvalue (Parlett 1998).
    """
    vector = start.expand_as(theta)
    basis = theta.new_empty(len(theta), count, theta.shape[1])
    diagonal: list[Tensor] = []
    beside: list[Tensor] = []
    length = norm_of(vector)
    found = np.full(len(theta), np.nan)
    known = np.zeros(len(theta), bool)
    for k in range(count):
        unit = torch.where(length.unsqueeze(1) > 0, vector / length.unsqueeze(1), 0.0)
        basis[:, k] = unit
        vector = product(unit)
        diagonal.append((vector * unit).sum(1))
        vector = vector - diagonal[-1].unsqueeze(1) * unit
        if k:
            vector = vector - length.unsqueeze(1) * basis[:, k - 1]
        # the recurrence alone is not enough near the end of the spectrum
        seen = basis[:, : k + 1]
        shares = torch.bmm(vector.unsqueeze(1), seen.mT)  # as rows: half the time of columns
        vector = vector - torch.bmm(shares, seen).squeeze(1)
        length = norm_of(vector)
        scale = torch.stack(diagonal).abs().amax(0)
        length = torch.where(length > 1e-10 * scale, length, 0.0)  # the space is exhausted
        beside.append(length)
        if k + 1 in LOOKS or k + 1 == count:
            largest, residual = _largest(diagonal, beside)
            found = np.where(known, found, largest)
            known |= ~(residual > CONVERGED * np.abs(largest))
            if known.all():
                break
    return torch.as_tensor(found).to(theta)


def _largest(diagonal: list[Tensor], beside: list[Tensor]) -> tuple[Array, Array]:
    """Return the largest eigenvalue (R,) of tridiagonal matrices, and its residual (R,).

    By LAPACK's stemr, which finds that one alone: a decomposition of them all takes five times as long. NaN of what is
    not finite, and of that for which stemr finds none.
    """
    from scipy.linalg.lapack import dstemr

    count = len(diagonal)
    both = torch.stack([*diagonal, *beside], 1).cpu().double().numpy()  # one copy: a card is waited for once
    on, off = both[:, :count], both[:, count:]
    found = np.full((2, len(on)), np.nan)
    for r in np.flatnonzero(np.isfinite(on).all(1) & np.isfinite(off).all(1)):
        # it writes over what it is given
        many, values, vectors, failed = dstemr(on[r], off[r].copy(), 2, 0.0, 0.0, count, count)
        if many and not failed:
            found[:, r] = values[0], off[r, -1] * abs(vectors[-1, 0])
    return found[0], found[1]


def _hessian_product(point: RecordPoint, *, of_log: bool = True) -> Product:
    """Return the product with vectors (R, P) of the Hessian, at records, of log Loss, or of Loss over Loss."""
    problem = point.problem
    pull, turned = problem.loss.second(point.evaluation.outputs, of_log=of_log)
    by_hand = problem.network.hessian_product(point.weights, point.tape, pull, turned)
    return by_hand or _by_autograd(problem, point.theta, of_log=of_log)


def _by_autograd(problem: Problem, theta: Tensor, *, of_log: bool) -> Product:
    """Return the product by autograd twice.

    grad^2 Loss/Loss = grad^2 log Loss + G G^T, G = grad log Loss.
    """
    with torch.enable_grad():
        free = theta.detach().clone().requires_grad_()
        outputs, _ = problem.network.forward(problem.network.views(free), problem.x)
        log_loss = problem.loss.evaluate(outputs).log_loss
        (gradient,) = torch.autograd.grad(log_loss.sum(), free, create_graph=True)
    slope = gradient.detach()

    def times(vector: Tensor) -> Tensor:
        if not gradient.requires_grad:
            return torch.zeros_like(vector)
        with torch.enable_grad():
            product = (gradient * vector).sum()
            turned = torch.autograd.grad(product, free, retain_graph=True, materialize_grads=True)[0]
        return turned if of_log else turned + slope * (slope * vector).sum(1, keepdim=True)

    return times
