"""A network's margins as smooth functions of its parameters, piece by piece between its kinks.

Where the activation is linear in pieces, a unit of a sample is on one side of its kink or the other: a mask in [0, 1]
says on which. With masks held fixed the margins are polynomials of the parameters. At a kink both sides are the same
number, and every mask there gives an element of Clarke's subdifferential. Source: theory section 12.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..experiment.structure.activations import homogenized
from ..losses import Loss
from ..networks.activations import Activation
from ..networks.base import Network
from ..protocol.records import Array
from .problem import Problem

Numbers = NDArray[np.int64]
AT_ONCE = 2**21
"""Numbers that a layer may have where second derivatives are made."""
ASIDE = 1e-6
"""How far parameters are moved, relative, to see whether a kink at 0 is one of theirs."""
PIECEWISE = ("relu", "leaky-relu", "abs", "maxout")
"""Activations that are linear in pieces."""


@dataclass(frozen=True)
class PiecesSeen:
    """What a network says at some parameters."""

    margins: Array
    """(K,), of every pair of a sample and another class."""
    kinks: Array
    """(N, U): how far every unit of every sample is from its kink, all layers in a row."""


class Unwanted(Exception):
    """Nobody wants to know any longer."""


class Pieces:
    """The margins of one replica, in float64 on the processor."""

    def __init__(self, problem: Problem, replica: int, is_wanted: Callable[[], bool] = lambda: True) -> None:
        """Take them from a problem; is_wanted: else whoever looks at them next is broken off."""
        self._is_wanted = is_wanted
        self.network: Network = problem.network.one(replica).in_float64()
        chosen = slice(replica, replica + 1)
        self.x = problem.x[chosen].cpu().double()[0]
        labels = problem.labels[chosen].cpu()
        labels = labels.double() if problem.network.outputs_count == 1 else labels
        self._loss: Loss = problem.loss.of(labels)
        samples, outputs = len(self.x), self.network.outputs_count
        unseen = torch.zeros(1, samples, outputs, dtype=torch.float64, device="cpu")
        self._cotangents = torch.cat([c.to(torch.float64) for c in self._loss.pair_cotangents(unseen)], 1)[0]
        """(K, C): what the margin of a pair takes of its sample's outputs."""
        self.owners: Numbers = np.tile(np.arange(samples), max(1, outputs - 1))
        """The sample (K,) of every pair."""
        degree = problem.structure.exponent
        assert degree is not None
        self.degree = degree
        name = homogenized(problem.structure.activation)
        self._slope = getattr(problem.network.fields, "negative_slope", 0.0)
        self._name = name
        self.bends = name in PIECEWISE and not problem.structure.linear
        """Whether there are kinks."""

    @property
    def parameters(self) -> int:
        """Return P."""
        return self.network.structure.parameters

    def seen(self, theta: Array) -> PiecesSeen:
        """Return margins and kinks at parameters (P,).

        Raises:
            Unwanted: where that is not wanted any longer; so do gradients and curvature.
        """
        record: list[Tensor] = []
        with torch.no_grad():
            outputs = self._outputs(torch.from_numpy(theta)[None], self.x[None], None, record)[0]
        margins = (outputs[torch.from_numpy(self.owners)] * self._cotangents).sum(-1).numpy()
        samples = len(self.x)
        kinks = torch.cat(record, -1).numpy() if record else np.empty((samples, 0))
        return PiecesSeen(margins, kinks)

    def idle(self, theta: Array, seen: PiecesSeen) -> NDArray[np.bool_]:
        """Return which kinks (N, U) say nothing: what their units see is 0, and so beside the parameters, too."""
        there: NDArray[np.bool_] = seen.kinks == 0
        if not there.any():
            return there
        aside = np.random.default_rng(0).standard_normal(len(theta))
        beside = theta + ASIDE * float(np.linalg.norm(theta) / np.linalg.norm(aside)) * aside
        still: NDArray[np.bool_] = there & (self.seen(beside).kinks == 0)
        return still

    @torch.enable_grad()
    def gradients(
        self, theta: Array, pairs: Numbers, masks: Array, kinks: tuple[Numbers, Numbers], below: Array
    ) -> tuple[Array, Array, Array, Array]:
        """Return margins (K,) and kinks (M,), and their gradients (K, P), (M, P), each with masks of its own.

        Args:
            theta: (P,).
            pairs: which margins (K,).
            masks: (K, U), theirs.
            kinks: samples and units (M,) of the kinks.
            below: (M, U), the masks of the kinks' samples.
        """
        count, others = len(pairs), len(kinks[0])
        samples = np.concatenate([self.owners[pairs], kinks[0]])
        rows = torch.from_numpy(theta).repeat(len(samples), 1).requires_grad_()
        record: list[Tensor] = []
        all_masks = torch.from_numpy(np.concatenate([masks, below]))
        outputs = self._outputs(rows, self.x[samples][:, None], all_masks, record)[:, 0]
        values = (outputs[:count] * self._cotangents[pairs]).sum(-1)
        if others:
            at = torch.cat(record, -1)[count:].gather(1, torch.from_numpy(kinks[1])[:, None])[:, 0]
            values = torch.cat([values, at])
        (found,) = torch.autograd.grad(values.sum(), rows)
        numbers = values.detach().numpy()
        return numbers[:count], numbers[count:], found[:count].numpy(), found[count:].numpy()

    @torch.enable_grad()
    def curvature(
        self,
        theta: Array,
        pairs: Numbers,
        weights: Array,
        kinks: tuple[Numbers, Numbers],
        forces: Array,
        masks: Array,
    ) -> Array:
        """Return the Hessian (P, P) of sum_k weights_k q_k + sum_m forces_m z_m, masks (N, U) held fixed."""
        used, place = np.unique(np.concatenate([self.owners[pairs], kinks[0]]), return_inverse=True)
        size = self.parameters
        at_once = max(1, AT_ONCE // (len(used) * max(masks.shape[1], self.x.shape[1])))
        rows = np.zeros((size, size))
        for start in range(0, size, at_once):
            count = min(at_once, size - start)
            point = torch.from_numpy(theta).repeat(count, 1).requires_grad_()
            record: list[Tensor] = []
            sides = torch.from_numpy(masks[used]).repeat(count, 1)
            outputs = self._outputs(point, self.x[used].expand(count, -1, -1), sides, record)
            taken = (outputs[:, place[: len(pairs)]] * self._cotangents[pairs]).sum(-1)
            total = (taken * torch.from_numpy(weights)).sum()
            if len(kinks[0]):
                at = torch.cat(record, -1).unflatten(0, (count, -1))[:, place[len(pairs) :], kinks[1]]
                total = total + (at * torch.from_numpy(forces)).sum()
            (gradient,) = torch.autograd.grad(total, point, create_graph=True)
            if not gradient.requires_grad:
                return rows
            # copies do not know each other: one pass has the row of each
            each = gradient[np.arange(count), np.arange(start, start + count)].sum()
            (found,) = torch.autograd.grad(each, point)
            rows[start : start + count] = found.numpy()
        return rows

    def _outputs(self, theta: Tensor, x: Tensor, masks: Tensor | None, record: list[Tensor]) -> Tensor:
        """Return f (R, N, C); masks (R N, U) in place of the sides that the kinks are on; kinks go on record."""
        if not self._is_wanted():
            raise Unwanted("the question was cancelled")
        network = self.network if len(theta) == 1 else self.network.times(len(theta))
        if not self.bends:
            return network.homogenized(theta, x)
        samples = x.shape[0] * x.shape[1]
        taken = 0

        def side(distance: Tensor) -> Tensor:
            nonlocal taken
            record.append(distance.reshape(samples, -1))
            if masks is None:
                return (distance > 0).to(distance.dtype)
            count = record[-1].shape[1]
            taken += count
            return masks[:, taken - count : taken].reshape(distance.shape)

        def forward(z: Tensor) -> Tensor:
            if self._name == "maxout":
                first, second = z.chunk(2, dim=-1)
                return second + side(first - second) * (first - second)
            mask = side(z)
            if self._name == "abs":
                return (2 * mask - 1) * z
            return (self._slope + (1 - self._slope) * mask) * z if self._name == "leaky-relu" else mask * z

        return network.homogenized(theta, x, Activation(forward, _no_backward))


def _no_backward(dh: Tensor, z: Tensor, h: Tensor) -> Tensor:
    raise NotImplementedError("torch differentiates it")
