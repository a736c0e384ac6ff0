"""Losses in the log domain: correct at losses of 1e-1000 and below, since only logarithms are ever formed.

Binary: q_n = y_n f(x_n). Several classes: s_nj = f_y - f_j, the margin q_n = min_j s_nj and the smooth margin
qt_n = -LSE_{j != y}(-s_nj), with which cross-entropy is sum_n log(1 + exp(-qt_n)). The loss is a sum over samples.
Source: Lyu & Li 2020, sections 2 and A.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class Evaluation:
    """The loss at some parameters.

    outputs (R, N, C): f; q (R, N): margins; log_loss (R,): log of the summed loss; log_weight (R,): log S,
    S the sum of -l'(qt_n); p (R, N): dual variables on the simplex; cotangent (R, N, C): pulled back it is
    sum_n p_n grad qt_n = -grad L / S.
    """

    outputs: Tensor
    q: Tensor
    log_loss: Tensor
    log_weight: Tensor
    p: Tensor
    cotangent: Tensor


@dataclass(frozen=True)
class Pair:
    """What every sample has against one other class: one constraint q_n >= 1, or s_nj >= 1, of the margin problem.

    cotangent (R, N, C) pulls back to grad s_nj; margin (R, N): s_nj; weight (R, N): p_nj, with sum_j p_nj = p_n.
    """

    cotangent: Tensor
    margin: Tensor
    weight: Tensor


class Loss:
    """Exponential, logistic or cross-entropy loss of fixed labels."""

    def __init__(self, kind: str, labels: Tensor, outputs: int) -> None:
        """Fix the labels.

        Args:
            kind: exponential, logistic or cross-entropy; the last two are one formula.
            labels: (R, N); -1/+1 where outputs = 1, else class numbers.
            outputs: C.
        """
        self.exponential = kind == "exponential"
        self.outputs = outputs
        self.labels = labels
        if outputs == 1:
            self._signs = labels.unsqueeze(-1)
        else:
            self._index = labels.long().unsqueeze(-1)

    def of(self, labels: Tensor) -> Loss:
        """Return the same loss of other labels (R, B), such as a batch's."""
        return Loss("exponential" if self.exponential else "logistic", labels, self.outputs)

    @property
    def log_at_zero(self) -> float:
        """Return log l(0): below it the data are separated."""
        return 0.0 if self.exponential else math.log(math.log(2))

    def margins(self, outputs: Tensor) -> Tensor:
        """Return q (R, N) from f (R, N, C)."""
        if self.outputs == 1:
            return (outputs * self._signs).squeeze(-1)
        return self._true_output(outputs) - self._others(outputs).amax(-1)

    def evaluate(self, outputs: Tensor) -> Evaluation:
        """Return loss, dual variables and cotangent at f (R, N, C)."""
        smooth, others = self._smooth_margins(outputs)
        q = smooth if others is None else self._true_output(outputs) - others.amax(-1)
        log_weight, p = self._weights(smooth)
        log_loss = log_weight if self.exponential else _log_softplus(-smooth).logsumexp(-1)
        return Evaluation(outputs, q, log_loss, log_weight, p, self._pull(p, others))

    def log_loss(self, outputs: Tensor) -> Tensor:
        """Return the log of the summed loss (R,) alone, all that a trial needs."""
        smooth, _ = self._smooth_margins(outputs)
        return (-smooth if self.exponential else _log_softplus(-smooth)).logsumexp(-1)

    def pull(self, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return log S (R,) and the cotangent (R, N, C) alone, all that a step on a batch needs."""
        smooth, others = self._smooth_margins(outputs)
        log_weight, p = self._weights(smooth)
        return log_weight, self._pull(p, others)

    def cotangent(self, outputs: Tensor) -> Tensor:
        """Return the cotangent (R, N, C) alone, all that a step on the outputs themselves needs."""
        smooth, others = self._smooth_margins(outputs)
        return self._pull(self._log_weights(smooth).softmax(-1), others)

    def second(self, outputs: Tensor, *, of_log: bool = True) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
        """Return u = d log Loss/df (R, N, C) at f (R, N, C), and what gives du for df.

        Not `of_log`: what gives du is the second derivative of the loss itself over the loss, without the last term.

        u_n = -a_n grad qt_n, a_n what sample n has of log Loss times d log l/d(-qt_n); the second derivative is
        b_n grad qt_n grad qt_n^T - a_n grad^2 qt_n of every sample, less u u^T. For log l = -qt b is a, for
        l = log(1 + e^-qt) it is a sigma(qt).
        """
        smooth, others = self._smooth_margins(outputs)
        if self.exponential:
            share = bent = (-smooth).softmax(-1)
        else:
            share = _log_softplus(-smooth).softmax(-1) * _log_softplus_slope(-smooth)
            bent = share * torch.sigmoid(smooth)
        if others is None:
            pull = -share.unsqueeze(-1) * self._signs
            bent = bent.unsqueeze(-1)
            if not of_log:
                return pull, lambda moved: bent * moved
            return pull, lambda moved: bent * moved - pull * (pull * moved).sum((1, 2), keepdim=True)
        shares = others.softmax(-1)
        slope = (-shares).scatter(-1, self._index.expand(*smooth.shape, 1), 1.0)
        share, bent = share.unsqueeze(-1), bent.unsqueeze(-1)
        pull = -share * slope

        def turned(moved: Tensor) -> Tensor:
            mean = (shares * moved).sum(-1, keepdim=True)
            own = bent * slope * (slope * moved).sum(-1, keepdim=True) + share * shares * (moved - mean)
            return own - pull * (pull * moved).sum((1, 2), keepdim=True) if of_log else own

        return pull, turned

    def _smooth_margins(self, outputs: Tensor) -> tuple[Tensor, Tensor | None]:
        if self.outputs == 1:
            return (outputs * self._signs).squeeze(-1), None
        others = self._others(outputs)
        return self._true_output(outputs) - others.logsumexp(-1), others

    def _weights(self, smooth: Tensor) -> tuple[Tensor, Tensor]:
        """Return log S (R,) and the dual variables p (R, N)."""
        log_weights = self._log_weights(smooth)
        return log_weights.logsumexp(-1), log_weights.softmax(-1)

    def _log_weights(self, smooth: Tensor) -> Tensor:
        """Return log -l'(qt) (R, N): -qt (exponential) or log sigma(-qt)."""
        return -smooth if self.exponential else functional.logsigmoid(-smooth)

    def inverse(self, log_loss: Tensor) -> Tensor:
        """Return l^-1(L) from log L: -log L (exponential) or -log(exp(L) - 1) (logistic)."""
        if self.exponential:
            return -log_loss
        loss = log_loss.exp()
        small, large = -log_loss - loss / 2, -loss
        middle = -torch.log(torch.expm1(loss))
        return torch.where(log_loss < -30, small, torch.where(loss > 40, large, middle))

    def pair_cotangents(self, outputs: Tensor) -> list[Tensor]:
        """Return cotangents (R, N, C) that pull back to grad q_n (binary), or to grad s_nj for every other class."""
        if self.outputs == 1:
            return [self._signs.to(outputs.dtype).expand_as(outputs)]
        # not by `one_hot`, which looks whether every number is a class
        classes = torch.arange(self.outputs, device=self._index.device)
        true = (self._index == classes).to(outputs.dtype)
        cotangents = []
        for shift in range(1, self.outputs):
            other = (self._index + shift) % self.outputs == classes
            cotangents.append((true - other.to(outputs.dtype)).expand_as(outputs))
        return cotangents

    def pairs(self, seen: Evaluation) -> list[Pair]:
        """Return the constraints of the margin problem, with the shares in which the loss's gradient mixes them."""
        if self.outputs == 1:
            return [Pair(self.pair_cotangents(seen.outputs)[0], seen.q, seen.p)]
        pairs = []
        for cotangent in self.pair_cotangents(seen.outputs):
            # the gradient's cotangent is p_n at the true class and -p_nj at the others
            weight = (cotangent * seen.cotangent).sum(-1) - seen.p
            pairs.append(Pair(cotangent, (cotangent * seen.outputs).sum(-1), weight))
        return pairs

    def _pull(self, p: Tensor, others: Tensor | None) -> Tensor:
        if others is None:
            return p.unsqueeze(-1) * self._signs
        cotangent = -others.softmax(-1)
        cotangent.scatter_(-1, self._index.expand(*p.shape, 1), 1.0)
        return cotangent * p.unsqueeze(-1)

    def _true_output(self, outputs: Tensor) -> Tensor:
        return outputs.gather(-1, self._index.expand(*outputs.shape[:2], 1)).squeeze(-1)

    def _others(self, outputs: Tensor) -> Tensor:
        """Return the outputs with the true class's set to -infinity."""
        return outputs.scatter(-1, self._index.expand(*outputs.shape[:2], 1), -math.inf)


def _log_softplus(z: Tensor) -> Tensor:
    """Return log log(1 + e^z), accurate for very negative z, where it is z - e^z/2; it can be differentiated twice."""
    # the branch that is not taken has a derivative too, and 0 times infinity would be its share
    low, high = z.clamp(max=-30), z.clamp(min=-30)
    return torch.where(z < -30, low - low.exp() / 2, functional.softplus(high, threshold=50).log())


def _log_softplus_slope(z: Tensor) -> Tensor:
    """Return d log log(1 + e^z)/dz, which is 1 - e^z/2 for very negative z."""
    high = z.clamp(min=-30)
    return torch.where(
        z < -30, 1 - z.exp() / 2, torch.sigmoid(high) / functional.softplus(high, threshold=50)
    )
