"""The singular values of layers at many parameter vectors."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from ..networks.decompositions import singular_values
from ..run.problem import Problem


def spectra(problem: Problem, replica: int, theta: Tensor, layers: Sequence[int]) -> list[Tensor]:
    """Return the singular values (T, k) of some layers, largest first, of T parameter vectors (T, P) of a replica.

    They are those of the weights alone, a convolution's as (channels, window); a layer that multiplies number by
    number is a diagonal matrix.
    """
    network = problem.network.one(replica).times(len(theta))
    weights = network.views(theta)
    return [
        weights[i].weight.squeeze(-1).abs().sort(dim=1, descending=True).values
        if network.matrix_layers[i].by_element
        else singular_values(network.matrix(i, weights[i].weight))
        for i in layers
    ]
