"""The linearised twin: the network's first-order expansion at its start, trained beside it on the same data and loss.

f_lin(x; theta) = <grad f(x; theta_0), theta - theta_0>: what the network says at its start is left out, so that the
twin starts at f = 0. Gradient descent never leaves the span of the training set's gradients, theta - theta_0 =
sum_{n,c} a_nc grad f_c(x_n; theta_0), so that with the full initial kernel K_0 (N C x N C) f_lin = K_0 a and
||theta - theta_0||^2 = a^T K_0 a: a step costs one product with K_0 and never sees the P parameters.

Source: Chizat, Oyallon & Bach 2019, section 1 (the linearised model); Lee et al. 2019.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Protocol

import torch
from torch import Tensor

from ..experiment.experiment import Experiment
from ..experiment.step_rules import SafeSpec
from ..run.problem import Problem
from ..run.state import RunState
from ..words.errors import Refusal
from ..words.formats import byte_size
from .empirical import tangent_kernel
from .plan import KernelTooLarge

LARGEST = 2**28
"""Bytes that the initial kernels of all replicas may take, and what is kept to predict at other points."""
SHARE = 0.5
"""c of the twin's step c/B^2, where the run's own rule has none."""


class TwinStepping(Protocol):
    """Takes a twin's steps elsewhere."""

    def take(self, kernel: Tensor, size: Tensor, coefficients: Tensor, count: int) -> None:
        """Add `count` times size (R, 1) times the cotangent at K_0 a (R, N C) to coefficients a."""


class Twin:
    """The linear model on the features grad f(x; theta_0), R replicas at once, in the loss's own log units.

    Its step is a = c/B^2 with B^2 the largest squared norm of a margin's gradient, over samples (and over every other
    class): of a linear model it never changes. Source: theory section 0.1.
    """

    def __init__(self, problem: Problem, steps: TwinStepping | None = None) -> None:
        """Take a run's data, loss and start.

        Args:
            problem: the run's.
            steps: what takes the twin's steps; None: it takes them itself.

        Raises:
            Refusal: where the initial kernel would be too large, or weights decay.
        """
        _check_size(problem)
        _check_decay(problem.members)
        self._problem, self._loss, self._steps = problem, problem.loss, steps
        self._outputs = problem.network.outputs_count
        self._c = _share_of(problem.members, problem.initial)

    @cached_property
    def kernel(self) -> Tensor:
        """K_0 (R, N C, N C)."""
        problem = self._problem
        return tangent_kernel(problem.network, problem.initial, problem.x, outputs="full")

    @cached_property
    def curvature(self) -> Tensor:
        """B^2 (R,)."""
        count, outputs = self._problem.samples, self._outputs
        blocks = self.kernel.unflatten(1, (count, outputs)).unflatten(3, (count, outputs))
        own = blocks.diagonal(dim1=1, dim2=3)  # (R, C, C, N)
        start = self.kernel.new_zeros(len(self.kernel), count, outputs)
        squares = [
            torch.einsum("rnc,rcen,rne->rn", v, own, v).amax(1) for v in self._loss.pair_cotangents(start)
        ]
        return torch.stack(squares).amax(0)

    @cached_property
    def _size(self) -> Tensor:
        """The step a (R, 1); a kernel of 0 moves nothing."""
        return (self._c / self.curvature).nan_to_num(nan=0.0, posinf=0.0).unsqueeze(1)

    def prepare(self) -> None:
        """Make the kernel and the step, so that no step waits for them.

        Raises:
            Refusal: where memory does not hold the kernel.
        """
        try:
            _ = self.kernel, self._size
        except KernelTooLarge as error:
            raise Refusal("measure.twin", True, f"cannot be: {error}") from None

    def stepping_as(self, edited: Experiment) -> None:
        """Take the step's share of the curvature bound from a run's edited experiment.

        Raises:
            Refusal: where weights decay there.
        """
        members = self._problem.members_of(edited)
        _check_decay(members)
        self._c = _share_of(members, self._problem.initial)
        self.__dict__.pop("_size", None)

    # --- training ---

    def initial_coefficients(self, theta: Tensor) -> Tensor:
        """Return a = 0 (R, N C)."""
        size = self._problem.samples * self._outputs
        return torch.zeros(len(theta), size, dtype=theta.dtype, device=theta.device)

    def advance(self, state: RunState, steps: int, *, some_died: bool) -> None:
        """Take so many steps in every replica that is alive; some_died: whether there are others."""
        assert state.twin is not None, "a run with a twin keeps its state"
        coefficients, size = state.twin.coefficients, self._size
        if some_died:
            size = torch.where(state.alive.unsqueeze(1), size, 0.0)
        if self._steps is not None:
            self._steps.take(self.kernel, size, coefficients, steps)
            return
        for _ in range(steps):
            coefficients.addcmul_(size, self._loss.cotangent(self.outputs(coefficients)).flatten(1))

    # --- what it is ---

    def outputs(self, coefficients: Tensor) -> Tensor:
        """Return f_lin (R, N, C) on the training set; of several coefficients a replica (K R, N C) so many."""
        outputs: Tensor = _applied(self.kernel, coefficients).unflatten(1, (-1, self._outputs))
        return outputs

    def norm(self, coefficients: Tensor, outputs: Tensor) -> Tensor:
        """Return ||theta - theta_0|| (R,) = sqrt(a^T f_lin), outputs (R, N, C) being those of the training set."""
        return (coefficients * outputs.flatten(1)).sum(1).clamp(min=0).sqrt()

    def moved(self, coefficients: Tensor, outputs: Tensor) -> Tensor:
        """Say in which replicas (R,) f_lin is more than rounding; outputs (R, N, C) are those of the training set.

        Where the data's pull on the linear model is 0, as by symmetry, rounding alone would be compared.
        """
        rounding = outputs[0].numel() * torch.finfo(outputs.dtype).eps
        squares = (coefficients * outputs.flatten(1)).sum(1)
        curvature = self.curvature.repeat(len(squares) // len(self.curvature))
        return squares > rounding * curvature * coefficients.square().sum(1)

    def keeps(self, points: Tensor, replicas: int) -> bool:
        """Say whether the kernel between points (R, G, d) and the samples is small enough to be kept."""
        entries = replicas * points.shape[1] * self._problem.samples * self._outputs**2
        return entries * points.element_size() <= LARGEST

    def prediction_at(self, points: Tensor, only: int | None = None) -> Callable[[Tensor], Tensor]:
        """Return what takes a (R, N C) to f_lin (R, G, C) at points (R, G, d); R = 1 for `only` one replica.

        The kernel between points and samples is kept where it is small enough, else it is made anew every time.
        """
        problem, chosen = self._problem, slice(None) if only is None else slice(only, only + 1)
        network = problem.network if only is None else problem.network.one(only)
        theta, samples = problem.initial[chosen], problem.x[chosen]
        parts = points.split(max(1, network.rows_at_once(len(theta)) // self._outputs), dim=1)

        def kernel(part: Tensor) -> Tensor:
            return tangent_kernel(network, theta, part, samples, outputs="full")

        kept = torch.cat([kernel(part) for part in parts], 1) if self.keeps(points, len(theta)) else None

        def predict(coefficients: Tensor) -> Tensor:
            a = coefficients[chosen]
            if kept is not None:
                values = _applied(kept, a)
            else:
                values = torch.cat([_applied(kernel(part), a) for part in parts], 1)
            outputs: Tensor = values.unflatten(1, (-1, self._outputs))
            return outputs

        return predict


def _applied(kernel: Tensor, coefficients: Tensor) -> Tensor:
    """Return K a (K R, M) of kernels (R, M, N C), and as many coefficients (K R, N C) for each of them as there are."""
    count = len(coefficients) // len(kernel)
    if count == 1:
        return torch.bmm(kernel, coefficients.unsqueeze(2)).squeeze(2)
    side_by_side = coefficients.unflatten(0, (count, len(kernel))).permute(1, 2, 0)
    return torch.bmm(kernel, side_by_side).permute(2, 0, 1).flatten(0, 1)


def _share_of(members: Sequence[Experiment], like: Tensor) -> Tensor:
    """Return c (R,) of the run's own safe step, else the lab's."""
    rules = [member.optimizer.step for member in members]
    shares = [rule.c if isinstance(rule, SafeSpec) else SHARE for rule in rules]
    return torch.tensor(shares, dtype=like.dtype, device=like.device)


def _check_decay(members: Sequence[Experiment]) -> None:
    """Refuse weight decay: the twin has none, and how far the run leaves it would be the decay's doing."""
    if any(member.optimizer.weight_decay > 0 for member in members):
        why = "is trained without weight decay, and the run is not; set optimizer.weight_decay to 0"
        raise Refusal("measure.twin", True, why)


def _check_size(problem: Problem) -> None:
    """Refuse a kernel that would be too large, with what it would need and what would fit."""
    outputs, itemsize = problem.network.outputs_count, problem.initial.element_size()
    needed = problem.replicas * (problem.samples * outputs) ** 2 * itemsize
    if needed <= LARGEST:
        return
    fits = math.isqrt(LARGEST // itemsize // problem.replicas) // outputs
    raise Refusal(
        "measure.twin",
        True,
        f"needs {byte_size(needed)} for the kernel of {problem.samples:,} samples"
        f"{f' with {outputs} outputs' if outputs > 1 else ''}"
        f"{f' of {problem.replicas} replicas' if problem.replicas > 1 else ''}, "
        f"more than the lab's own limit of {byte_size(LARGEST)}; "
        f"{fits:,} samples would fit",
    )
