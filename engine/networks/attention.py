"""One layer of softmax attention with a fixed head: the key-query matrix, whole or in two factors.

Source: Ataee Tarzanagh, Li, Thrampoulidis & Oymak 2023, f(X) = v^T X^T softmax(X W z), in the setting of their
self-attention: the query z is the first token of X.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from ..experiment.structure import token_shape
from .base import AT_ONCE, Network, Tape
from .sites import Weights, affine, below


class AttentionNetwork(Network):
    """f_c(X; W) = scale * <v_c, X^T softmax(X W z)>, the rows of X (T, d) being tokens and z the first of them."""

    @property
    def head(self) -> Tensor:
        """Return the vectors v (R, C, d), which never train."""
        vectors: Tensor = self.constants.unflatten(1, (self.ends.outputs, token_shape(self.ends)[1]))
        return vectors

    def tokens(self, x: Tensor) -> Tensor:
        """Return the tokens (R, N, T, d) of inputs (R, N, T * d)."""
        rows: Tensor = x.unflatten(-1, token_shape(self.ends))
        return rows

    def combined(self, theta: Tensor) -> Tensor:
        """Return the key-query matrix W (R, d, d), the product of its factors where there are two."""
        weights = self.views(theta)
        return weights[0].weight if len(weights) == 1 else weights[1].weight @ weights[0].weight

    def rows_at_once(self, replicas: int) -> int:
        """Return how many samples to take at once, so that all their tokens stay within the processor's caches."""
        return max(64, AT_ONCE // (replicas * self.ends.inputs))

    def forward(self, weights: list[Weights], x: Tensor) -> tuple[Tensor, Tape]:
        """Return the outputs (R, N, C) at x (R, N, T * d), and the tape that `signals` reads.

        All is relative to the token that is looked at most, so that what the others still weigh, down to 1e-300, is
        not lost beside it.
        """
        tokens = self.tokens(x)
        seen, pre = [tokens[:, :, 0]], []
        for layer in weights:
            pre.append(affine(layer, seen[-1]))
            seen.append(pre[-1])
        scores = (tokens * pre[-1].unsqueeze(2)).sum(-1)
        most = scores.detach().argmax(-1, keepdim=True).unsqueeze(-1)
        chosen = tokens.gather(2, most.expand(-1, -1, -1, tokens.shape[-1]))
        apart = tokens - chosen
        shares = scores.softmax(-1)
        values = apart @ self.head.mT.unsqueeze(1)  # (R, N, T, C)
        mixed = (shares.unsqueeze(-1) * values).sum(2)
        outputs = (chosen @ self.head.mT.unsqueeze(1)).squeeze(2) + mixed
        return self._scaled(outputs), Tape(tuple(seen[:-1]), tuple(pre), (apart, shares, values, mixed))

    def signals(self, weights: list[Weights], tape: Tape, cotangent: Tensor) -> Iterator[tuple[int, Tensor]]:
        """Yield (layer, d<cotangent, f>/dz), of W or K (R, N, d), then of Q^T (R, N, m).

        With scores a, shares s = softmax(a) and a token's value u_t = <cotangent, V x_t>, d/da_t = s_t (u_t - s . u);
        these add up to 0, so that tokens may be taken relative to any one.
        """
        apart, shares, values, mixed = tape.kept
        pulled = self._scaled(cotangent).unsqueeze(2)
        by_score = shares * ((values - mixed.unsqueeze(2)) * pulled).sum(-1)
        delta = (by_score.unsqueeze(-1) * apart).sum(2)
        yield len(weights) - 1, delta
        if len(weights) > 1:
            yield 0, below(weights[1], delta)


def attention_shares(network: AttentionNetwork, theta: Tensor, x: Tensor) -> Tensor:
    """Return how much every token is looked at (R, N, T), at x (R, N, T * d)."""
    shares: Tensor = network.forward(network.views(theta), x)[1].kept[1]
    return shares


__all__ = ["AttentionNetwork", "attention_shares"]
