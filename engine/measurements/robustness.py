"""How far inputs are from being classified otherwise: exact for linear predictors, else bounded by a search.

Every distance that the search finds is that of a point where the classification was seen to be another one, so that it
bounds the true distance from above (theory section 11).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from ..losses import Loss
from ..networks import Network
from ..networks.lengths import length
from ..optimizers import Optimizer
from ..run.problem import Problem
from .base import Measurement, References, estimate, pass_work
from .predictor import is_linear, linear_predictor
from .record_point import RecordPoint

ROUNDS = 10
"""Projections onto the boundary's linearisation."""
BEYOND = 1.02
"""How far beyond it a round goes, so that the boundary is crossed."""
HALVINGS = 16
"""Of the way to the point found, at the end."""
CROSSINGS = 5
"""Of the way to another sample, at the start."""
CANDIDATES = 256
"""Training samples, at most, among which another one is looked for."""

Distances = Callable[[RecordPoint], Tensor]


def robustness(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure the smallest distance of a training sample to the boundary, and how many samples are far enough."""
    if not problem.structure.generalises:
        return []
    tested = problem.x_test.shape[1] > 0
    radius = problem.experiment.measure.radius
    kind = "exact: the predictor is linear" if is_linear(problem) else "an upper bound, by projected gradient"
    share = f"{kind}; of the {'test' if tested else 'training'} samples, within a distance of {radius:g}"

    def nearest(distances: Tensor) -> Tensor:
        least = distances.amin(1)
        return torch.where(least.isfinite(), least, math.nan)

    def far(distances: Tensor) -> Tensor:
        return (distances > radius).to(distances.dtype).mean(1)

    of_training, work = _distances(problem, test=False)
    if not tested:

        def both(point: RecordPoint) -> Mapping[str, Tensor]:
            distances = of_training(point)
            return {"input_margin": nearest(distances), "robust_accuracy": far(distances)}

        return [Measurement(("input_margin", "robust_accuracy"), both, work, few=True, note=share)]
    of_test, test_work = _distances(problem, test=True)
    return [
        Measurement(
            ("input_margin",),
            lambda point: {"input_margin": nearest(of_training(point))},
            work,
            few=True,
            note=kind,
        ),
        Measurement(
            ("robust_accuracy",),
            lambda point: {"robust_accuracy": far(of_test(point))},
            test_work,
            few=True,
            note=share,
        ),
    ]


def _distances(problem: Problem, *, test: bool) -> tuple[Distances, float]:
    """Return what gives the signed distances (K R, N) of samples to the boundary, and its work."""
    size = problem.network.outputs_count
    loss = Loss("exponential", problem.labels_test, size) if test else problem.loss
    samples = (problem.x_test if test else problem.x).shape[1]
    passes = samples * pass_work(problem)

    def seen(point: RecordPoint) -> tuple[Problem, Tensor, Loss]:
        now = point.problem
        return (now, now.x_test, loss.of(now.labels_test)) if test else (now, now.x, now.loss)

    if is_linear(problem):

        def exact(point: RecordPoint) -> Tensor:
            now, x, own = seen(point)
            return linear_distances(now, point.theta, x, own)

        return exact, estimate(20, passes + problem.x.shape[2] * pass_work(problem))
    every = math.ceil(problem.samples / CANDIDATES)

    def search(point: RecordPoint) -> Tensor:
        now, x, own = seen(point)
        fixed = problem.experiment.data.append_constant
        return found_distances(now.network, point.theta, x, own, now.x[:, ::every], constant=fixed)

    layers = len(problem.network.layers)
    ups = CROSSINGS + HALVINGS + 1 + 2 * 2 * ROUNDS + (1 + size if size > 1 else 0)  # down is as far as up
    return search, estimate(
        ROUNDS * (15 * layers + 40) + (CROSSINGS + HALVINGS) * (5 * layers + 8), ups * passes
    )


def linear_distances(problem: Problem, theta: Tensor, x: Tensor, loss: Loss) -> Tensor:
    """Return min_j (f_y - f_j)/||w_y - w_j||_2 (R, N) of samples x (R, N, d), biases and a constant input held fixed.

    Args:
        problem: of a network that is linear in its inputs.
        theta: its parameters (R, P).
        x: where.
        loss: of the samples' labels.
    """
    free = x.shape[2] - problem.experiment.data.append_constant
    weights = linear_predictor(problem, theta)[..., :free]
    outputs = problem.network.outputs(theta, x)
    if loss.outputs == 1:
        return loss.margins(outputs) / length(weights[:, 0]).unsqueeze(1)
    apart = length(weights.unsqueeze(2) - weights.unsqueeze(1), 3)
    own = loss.labels.long().unsqueeze(-1)
    over = apart.gather(1, own.expand(-1, -1, loss.outputs))
    ratios = (outputs.gather(2, own) - outputs) / over
    return ratios.scatter(2, own, math.inf).amin(2)


def found_distances(
    network: Network, theta: Tensor, x: Tensor, loss: Loss, candidates: Tensor, *, constant: bool = False
) -> Tensor:
    """Return the signed distances (R, N) to the nearest points found where samples are classified otherwise.

    Two searches start for every sample: at itself, and where the way to the nearest candidate beyond the boundary
    crosses it. A round linearises the margin at the best point so far and goes to the point of the linear boundary that
    is nearest to the sample, or half of the way there, and so on, where that is no better; at the end the way to the
    best point is halved.

    Args:
        network: the network.
        theta: its parameters (R, P).
        x: samples (R, N, d).
        loss: of their labels.
        candidates: other inputs (R, K, d).
        constant: whether the last input is held fixed.

    Returns:
        Negative where a sample is wrong, infinite where nothing was found.
    """
    outputs = network.outputs(theta, candidates)
    chosen = outputs.argmax(2).to(x) if loss.outputs > 1 else outputs.squeeze(2).sign()
    at_once = network.rows_at_once(2 * len(theta))
    parts = zip(x.split(at_once, 1), loss.labels.split(at_once, 1), strict=True)
    found = [
        _Search(network, theta, points, loss.of(labels), (candidates, chosen), constant).run()
        for points, labels in parts
    ]
    return torch.cat(found, 1)


class _Search:
    """That for some samples (R, M, d)."""

    def __init__(
        self,
        network: Network,
        theta: Tensor,
        x: Tensor,
        loss: Loss,
        classified: tuple[Tensor, Tensor],
        constant: bool,
    ) -> None:
        self._network, self._theta, self._x, self._constant = network, theta, x, constant
        self._loss = loss
        self._q = self._margins(x)
        self._sign = torch.where(self._q > 0, 1.0, -1.0).to(x)
        self._other = self._beyond(*classified)

    def run(self) -> Tensor:
        """Return the signed distances (R, M)."""
        at = torch.cat([self._first(), self._halved(self._other, CROSSINGS)], 1)
        loss = self._loss.of(self._loss.labels.repeat(1, 2))
        x, sign = self._x.repeat(1, 2, 1), self._sign.repeat(1, 2)
        best, nearest, share = at, torch.full_like(sign, math.inf), torch.ones_like(sign)
        goal = at
        for _ in range(ROUNDS):
            margins, slopes = self._linearised(at, loss)
            way = at - x
            distances = length(way, 2)
            better = (margins * sign <= 0) & (distances < nearest)
            nowhere = nearest.isinf() & ~better
            steep = length(slopes, 2, keepdim=True)
            direction = slopes / steep
            along = (way * direction).sum(2, keepdim=True) - margins.unsqueeze(2) / steep
            wanted = x + BEYOND * along * direction
            wanted = torch.where(torch.isfinite(wanted).all(2, keepdim=True), wanted, at)
            share = torch.where(better | nowhere, (2 * share).clamp(max=1.0), 0.5 * share)
            goal = torch.where((better | nowhere).unsqueeze(2), wanted, goal)
            best = torch.where((better | nowhere).unsqueeze(2), at, best)
            nearest = torch.where(better, distances, nearest)
            at = best + share.unsqueeze(2) * (goal - best)
        own, led = nearest.chunk(2, 1)
        by_itself, on_the_way = best.chunk(2, 1)
        ends = torch.where((own <= led).unsqueeze(2), by_itself, on_the_way)
        return self._signed(torch.minimum(own, led), ends)

    def _signed(self, reached: Tensor, ends: Tensor) -> Tensor:
        """Return the signed distances (R, M) on the ways to points that were reached, or not (infinitely far)."""
        distances = length(self._halved(ends, HALVINGS) - self._x, 2)
        distances = self._sign * torch.where(reached.isfinite(), distances, math.inf)
        distances = torch.where(self._q == 0, 0.0, distances)
        return torch.where(self._q.isfinite(), distances, math.nan)

    def _beyond(self, candidates: Tensor, chosen: Tensor) -> Tensor:
        """Return the nearest candidate (R, M, d) on the other side of the boundary, each sample itself for none."""
        alike = chosen.unsqueeze(1) == self._loss.labels.unsqueeze(2)
        other = alike != (self._q > 0).unsqueeze(2)
        least, index = torch.where(other, torch.cdist(self._x, candidates), math.inf).min(2)
        nearest = candidates.gather(1, index.unsqueeze(2).expand(-1, -1, candidates.shape[2]))
        return torch.where(least.isfinite().unsqueeze(2), nearest, self._x)

    def _margins(self, points: Tensor) -> Tensor:
        return self._loss.margins(self._network.outputs(self._theta, points))

    def _halved(self, ends: Tensor, times: int) -> Tensor:
        """Return the points (R, M, d) beyond the crossing of the ways there, each way halved so often."""
        way = ends - self._x
        low, high = torch.zeros_like(self._sign), torch.ones_like(self._sign)
        for _ in range(times):
            middle = 0.5 * (low + high)
            crossed = self._margins(self._x + middle.unsqueeze(-1) * way) * self._sign <= 0
            low, high = torch.where(crossed, low, middle), torch.where(crossed, middle, high)
        return self._x + high.unsqueeze(-1) * way

    def _first(self) -> Tensor:
        """Return where to begin (R, M, d): at the sample, or beyond the nearest class as it is linearised there."""
        if self._loss.outputs == 1:
            return self._x
        with torch.enable_grad():
            leaf = self._x.detach().clone().requires_grad_()
            outputs = self._network.outputs(self._theta, leaf)
            slopes = torch.stack([self._slope(output.sum(), leaf) for output in outputs.unbind(2)], 2)
        outputs = outputs.detach()
        own = self._loss.labels.long().unsqueeze(-1)
        gaps = outputs.gather(2, own) - outputs
        slopes = slopes.gather(2, own.unsqueeze(-1).expand(-1, -1, 1, slopes.shape[3])) - slopes
        steep = length(slopes, 3)
        ratios = (gaps / steep).scatter(2, own, math.inf).nan_to_num(math.inf, math.inf, -math.inf)
        chosen = ratios.argmin(2, keepdim=True)
        slope = slopes.gather(2, chosen.unsqueeze(-1).expand(-1, -1, 1, slopes.shape[3])).squeeze(2)
        step = ratios.gather(2, chosen) / steep.gather(2, chosen)
        wanted = self._x - BEYOND * step * slope
        return torch.where(torch.isfinite(wanted).all(2, keepdim=True), wanted, self._x)

    def _linearised(self, points: Tensor, loss: Loss) -> tuple[Tensor, Tensor]:
        """Return the margins (R, M) of points, and their slopes (R, M, d) by the inputs that are free."""
        with torch.enable_grad():
            leaf = points.detach().clone().requires_grad_()
            margins = loss.margins(self._network.outputs(self._theta, leaf))
            slopes = self._slope(margins.sum(), leaf)
        return margins.detach(), slopes

    def _slope(self, total: Tensor, leaf: Tensor) -> Tensor:
        (slopes,) = torch.autograd.grad(total, leaf, retain_graph=True, materialize_grads=True)
        if self._constant:
            slopes = slopes.clone()
            slopes[..., -1] = 0.0
        return slopes
