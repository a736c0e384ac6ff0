"""Where attention looks: its optimal tokens, and the key-query matrix beside the least that selects them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ..experiment.structure import token_shape
from ..networks.attention import AttentionNetwork
from ..networks.decompositions import singular_values
from ..networks.lengths import length
from ..references import NotApplicable
from ..run.problem import Problem
from .base import Measurement, References, estimate
from .linear_models import stacked_solutions
from .ratios import values_of
from .record_point import RecordPoint
from .vectors import cosine

OWN = {"combined": "frobenius", "factored": "nuclear"}
"""The norm that descent makes small, by the form of the key-query matrix."""


def is_attention(problem: Problem) -> bool:
    """Say whether the network is attention with a fixed head."""
    return isinstance(problem.network, AttentionNetwork)


def own_norm(problem: Problem) -> str:
    """Return the norm of attention's own reference."""
    return OWN[str(getattr(problem.network.fields, "form", "combined"))]


def optimal_tokens(problem: Problem, replica: int) -> np.ndarray:
    """Return the place (N,) of every sample's optimal token, the one of the largest score y <v, x_t>.

    Source: Ataee Tarzanagh, Li, Thrampoulidis & Oymak 2023.

    Raises:
        NotApplicable: where there are several classes, or a sample has several tokens of the largest score.
    """
    network = problem.network
    assert isinstance(network, AttentionNetwork)
    if network.outputs_count > 1:
        raise NotApplicable("optimal tokens are defined for two classes and one output")
    tokens = _tokens(problem, replica)
    head = network.head[replica, 0].cpu().double().numpy()
    scores = problem.dataset(replica).labels[:, None] * (tokens @ head)
    best = np.sort(scores, axis=1)
    equal = np.flatnonzero(best[:, -1] == best[:, -2]) if best.shape[1] > 1 else np.arange(len(best))
    if equal.size:
        raise NotApplicable(
            f"sample {equal[0] + 1} has no single token of the largest score, so that nothing says which to select; "
            "take data of kind tokens, or network.head = 'random'"
        )
    return np.asarray(scores.argmax(axis=1))


def selection(problem: Problem, replica: int) -> tuple[np.ndarray, np.ndarray]:
    """Return what W has to tell apart: x_opt - x_t and the query z (K, d), of all samples and t other than opt.

    Raises:
        NotApplicable: as `optimal_tokens`.
    """
    best, tokens = optimal_tokens(problem, replica), _tokens(problem, replica)
    apart = tokens[np.arange(len(best)), best][:, None] - tokens
    others = np.arange(tokens.shape[1])[None, :] != best[:, None]
    queries = np.broadcast_to(tokens[:, :1], tokens.shape)
    return apart[others], queries[others]


def _tokens(problem: Problem, replica: int) -> np.ndarray:
    x = problem.dataset(replica).x
    return x.reshape(len(x), *token_shape(problem.network.ends))


def attention(problem: Problem, references: References) -> Sequence[Measurement]:
    """Measure which tokens are looked at, and W beside the references; nothing for other networks."""
    if not is_attention(problem):
        return []
    try:
        each = [optimal_tokens(problem, r) for r in range(problem.replicas)]
    except NotApplicable:
        return []
    best = torch.as_tensor(np.stack(each), device=problem.device)
    measurements = [_looked_at(problem, best)]
    for norm, solved in references.tokens.items():
        target = stacked_solutions([None if r is None else r.solution for r in solved], problem)
        measurements.append(_beside(problem, norm, target, norm == own_norm(problem)))
    if references.tokens.get(own_norm(problem)):
        measurements.append(_over_best(problem, references, best))
    return measurements


def _matrix(point: RecordPoint) -> Tensor:
    assert isinstance(point.problem.network, AttentionNetwork)
    return point.problem.network.combined(point.theta)


def _looked_at(problem: Problem, best: Tensor) -> Measurement:
    """Measure the share of samples whose most looked at token is the optimal one, and how much that one is."""

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        shares = point.tape.kept[1]
        chosen = point.each(best)
        return {
            "optimal_tokens": (shares.argmax(-1) == chosen).to(shares.dtype).mean(1),
            "optimal_attention": shares.gather(-1, chosen.unsqueeze(-1)).squeeze(-1).mean(1),
        }

    return Measurement(("optimal_tokens", "optimal_attention"), measure)


def _beside(problem: Problem, norm: str, target: Tensor, own: bool) -> Measurement:
    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        found = cosine(_matrix(point).flatten(1), point.each(target))
        return {f"cos_{norm}": found, **({"cos_reference": found} if own else {})}

    return Measurement((f"cos_{norm}", *(("cos_reference",) if own else ())), measure)


def _over_best(problem: Problem, references: References, best: Tensor) -> Measurement:
    """Measure min (x_opt - x_t)^T W z over ||W||, in the norm of the form, over the largest there is."""
    norm = own_norm(problem)
    values = values_of(references.tokens[norm], problem.initial)
    network = problem.network
    assert isinstance(network, AttentionNetwork)
    tokens = network.tokens(problem.x)
    size = tokens.shape[-1]

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        matrix, seen = _matrix(point), point.each(tokens)
        scores = (seen @ (seen[:, :, 0] @ matrix.mT).unsqueeze(-1)).squeeze(-1)
        chosen = point.each(best).unsqueeze(-1)
        others = scores.scatter(-1, chosen, -torch.inf).amax(-1)
        margin = (scores.gather(-1, chosen).squeeze(-1) - others).amin(1)
        whole = singular_values(matrix).sum(-1) if norm == "nuclear" else length(matrix.flatten(1))
        return {"selection_ratio": margin / whole / point.each(values)}

    work = problem.replicas * (8.0 * size**3 + problem.samples * float(problem.x.shape[2]))
    return Measurement(("selection_ratio",), measure, estimate(15, work))
