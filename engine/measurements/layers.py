"""Singular values of the layers and of what they make together, how neighbours align, and what flow conserves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from ..experiment.structure.activations import DEGREE, pieces
from ..networks import Weights, sites
from ..networks.decompositions import singular_values, svd
from ..networks.lengths import length
from ..optimizers import Optimizer
from ..run.problem import Problem
from .base import Measurement, References, estimate
from .components import components
from .record_point import RecordPoint


def layers(problem: Problem, optimizer: Optimizer, references: References) -> Sequence[Measurement]:
    """Measure rank ratios, alignment and balance of the layers that train, and the components of linear predictors."""
    measurements = _spectra(problem)
    shape = problem.structure
    if shape.chain and shape.all_train and len(shape.layers) > 1:
        measurements += _balance(problem)
    return measurements + components(problem)


def _spectra(problem: Problem) -> list[Measurement]:
    network = problem.network
    matrices = network.matrix_layers
    with_rank = [i for i in network.trained_layers if min(matrices[i].rows, matrices[i].columns) > 1]
    names = [layer.name for layer in network.layers]
    deep = problem.structure.chain and len(names) > 1
    pairs = list(range(len(names) - 1)) if deep and pieces(problem.structure.activation) == 1 else []
    needed = range(len(names)) if deep else with_rank
    turning = range(len(names)) if pairs else []

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        values: dict[str, Tensor] = {}
        decomposed = {i: svd(point.weights[i].weight) for i in turning}
        spectra = {i: decomposed[i].values if i in turning else _spectrum(point, i) for i in needed}
        for i in with_rank:
            sigma = spectra[i]
            values[f"layer_rank_ratio.{names[i]}"] = sigma[:, 1] / sigma[:, 0]
            values[f"layer_spectral_share.{names[i]}"] = sigma[:, 0] / length(sigma)
        for i in pairs:
            u, v = decomposed[i].left[:, :, 0], decomposed[i + 1].right[:, 0]
            values[f"layer_alignment.{names[i]}"] = (u * v).sum(1).abs()
        if deep:
            rest = [sigma[:, 1:].square().sum(1) for sigma in spectra.values()]
            values["rank_one_defect"] = torch.stack(rest).amax(0)
        return values

    kinds = ("layer_rank_ratio", "layer_spectral_share")
    columns = [f"{kind}.{names[i]}" for i in with_rank for kind in kinds]
    columns += [f"layer_alignment.{names[i]}" for i in pairs]
    columns += ["rank_one_defect"] if deep else []
    if not columns:
        return []
    sizes = [(layer.rows, layer.columns) for layer in matrices]
    work = problem.replicas * sum(20.0 * m * n * min(m, n) for m, n in sizes)
    return [Measurement(tuple(columns), measure, estimate(20 * len(sizes) * problem.replicas, work))]


def _spectrum(point: RecordPoint, layer: int) -> Tensor:
    """Return the singular values (R, k) of a layer; of one row or column without a decomposition."""
    weight = point.problem.network.matrix(layer, point.weights[layer].weight)
    if min(weight.shape[1:]) == 1:
        return length(weight.flatten(1), keepdim=True)
    return singular_values(weight)


def _balance(problem: Problem) -> list[Measurement]:
    """Measure the drift of the conserved differences.

    Deep linear: W_{k+1}^T W_{k+1} - W_k W_k^T (Ji & Telgarsky 2019). An activation of degree k conserves, per unit,
    ||incoming||^2 - k ||outgoing||^2 with the unit's bias among the incoming (Euler's identity at one unit).
    """
    network = problem.network
    name = problem.structure.activation
    power = DEGREE[name]
    if power is None:
        return []
    linear = name == "linear" and not any(layer.bias for layer in network.layers)

    def invariants(weights: list[Weights]) -> list[Tensor]:
        conserved = []
        for below, above in pairwise(weights):
            if linear:
                conserved.append(above.weight.mT @ above.weight - below.weight @ below.weight.mT)
                continue
            incoming = below.weight.square().sum(2)
            if below.bias is not None:
                incoming = incoming + below.bias.square()
            if pieces(name) > 1:
                incoming = sum(incoming.chunk(pieces(name), dim=1))  # type: ignore[assignment]
            conserved.append(power * above.weight.square().sum(1) - incoming)
        return conserved

    def differences(conserved: list[Tensor]) -> list[Tensor]:
        return [(c.diagonal(dim1=1, dim2=2) if linear else c).sum(1) for c in conserved]

    initial = network.views(problem.initial)
    first = invariants(initial)
    bound = _rank_one_bound(initial) if linear else None
    aligned = [f"layer_alignment_bound.{layer.name}" for layer in network.layers[:-1]]
    spectral = [sites.largest_singular_value(layer.weight).square() for layer in initial]
    at_start = [below + above for below, above in pairwise(spectral)]

    def measure(point: RecordPoint) -> Mapping[str, Tensor]:
        now = invariants(point.weights)
        start = [point.each(f) for f in first]
        drift = [length((n - f).flatten(1)) for n, f in zip(now, start, strict=True)]
        totals = zip(differences(now), differences(start), strict=True)
        values = {
            "balance_drift": torch.stack(drift).amax(0),
            "layer_norm_drift": torch.stack([(n - f).abs() for n, f in totals]).amax(0),
        }
        if bound is not None:
            values["balance_bound"] = own = point.each(bound)
            for name, at_first, above in zip(aligned, at_start, point.weights[1:], strict=True):
                grown = sites.largest_singular_value(above.weight).square()
                values[name] = (1 - (own + point.each(at_first)) / grown).clamp(min=0).sqrt()
        return values

    columns = ("balance_drift", "layer_norm_drift", *(("balance_bound", *aligned) if linear else ()))
    work = problem.replicas * sum(layer.rows**2 * (layer.columns + 1.0) for layer in network.layers)
    return [Measurement(columns, measure, estimate(12 * len(network.layers), work))]


def _rank_one_bound(weights: list[Weights]) -> Tensor:
    """Return D (R,) of Ji & Telgarsky 2019, Lemma 2, from the initial weights.

    D = max_k ||W_k||_F^2 - ||W_L||_F^2 + sum_k ||W_k W_k^T - W_{k+1}^T W_{k+1}||_2.
    """
    squares = torch.stack([w.weight.square().sum((1, 2)) for w in weights])
    differences = [
        singular_values(below.weight @ below.weight.mT - above.weight.mT @ above.weight)[:, 0]
        for below, above in pairwise(weights)
    ]
    return squares.amax(0) - squares[-1] + torch.stack(differences).sum(0)
