"""What theory says of runs that start near zero: units align before they grow, components are learned one by one."""

from __future__ import annotations

from typing import Any

from ..experiment.networks import DiagonalSpec
from .case import Case, Judged, Statement, judged

SMALL = 0.01
"""The largest scale of a start that counts as small."""


def not_small(case: Case) -> str:
    """Say why the start of every replica is not small, or ''."""
    if case.experiment.network.init.kind == "zeros":
        return "a start at 0 never moves"
    scale, bias = (_largest(case, name) for name in ("scale", "bias"))
    if max(scale, bias) <= SMALL:
        return ""
    which = f"scale {scale:g}" if scale > SMALL else f"biases of size {bias:g}"
    return f"it is about small starts, and this one has {which}"


def _largest(case: Case, name: str) -> float:
    """Return the largest value of a field of the initialisation over all replicas."""
    init, vary = case.experiment.network.init, case.experiment.vary
    tables: list[Any] = vary.get("network.init") or [init.model_dump()]
    return max(map(float, vary.get(f"network.init.{name}") or [table.get(name, 0.0) for table in tables]))


def _aligns(case: Case) -> Judged:
    why_not = "" if case.two_relu_layers() and case.shape.all_train else "it is about two-layer ReLU networks"
    return judged(
        why_not or case.not_homogeneous() or case.not_binary() or not_small(case) or case.not_descent(),
        "applies as the scale tends to 0: units turn to extremal directions, or see no sample, while the loss has "
        "hardly moved",
    )


def _coordinates(case: Case) -> Judged:
    network = case.experiment.network
    factors = isinstance(network, DiagonalSpec) and network.depth == 2
    why_not = "" if factors else "it is about diagonal networks of two factors"
    return judged(
        why_not or not_small(case) or case.not_descent(),
        "proved for the squared loss and two factors, as the scale tends to 0: coefficients grow one after another, "
        f"with a saddle of the loss between; with the {case.experiment.loss.kind} loss it is seen until the data are "
        "separated",
    )


def _ranks(case: Case) -> Judged:
    shape = case.shape
    factors = shape.chain and shape.linear and len(shape.layers) > 1 and shape.outputs > 1
    why_not = "" if factors else "it is about products of matrices"
    return judged(
        why_not or not_small(case) or case.not_descent(),
        "proved for symmetric products, as the scale tends to 0, and conjectured of deep linear networks (Jacot, Ged "
        "et al. 2021): the rank of the predictor grows one by one",
    )


ALIGNMENT = Statement(
    "Maennel, Bousquet & Gelly 2018: units align before they grow",
    _aligns,
    "two layers of ReLU, one output; a start whose scale tends to 0; gradient flow. How long it takes, and how well "
    "units are aligned then: Min, Mallada & Vidal 2023; Boursier & Flammarion 2024",
    unbounded=False,
)
"""What is proved."""
ONE_BY_ONE = (
    Statement(
        "Pesme & Flammarion 2023: from saddle to saddle", _coordinates, standing="empirical", unbounded=False
    ),
    Statement("Li, Luo & Lyu 2021: rank by rank", _ranks, standing="empirical", unbounded=False),
)
"""What is proved for other losses or factors, and seen in these."""
