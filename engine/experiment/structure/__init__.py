"""What follows from a network's structure alone: shapes, number of parameters, degree of homogeneity. No torch.

A new kind of network is its fields in `engine.experiment.networks` and one line of `STRUCTURES` that leads to what
says its layers and its degree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ..networks import (
    NETWORK_KINDS,
    AttentionSpec,
    ConvSpec,
    DiagonalSpec,
    FreeFeaturesSpec,
    MlpSpec,
    NetworkSpec,
    NoRotationSpec,
    QuasiSpec,
    ResidualSpec,
)
from ..plug_ins.absent import AbsentNetwork
from ..plug_ins.kinds import NetworkPlugIn
from ..registry import Implementations
from .chains import conv, free_features, mlp
from .memory import memory_bytes_of
from .modules import DEGREES, MeasuredDegree, absent_structure, degree_of, module_structure
from .near import NearHomogeneity, near_homogeneity
from .others import attention, diagonal, no_rotation, quasi, residual, token_shape
from .shape import Ends, Layer, Structure

STRUCTURES = Implementations[NetworkSpec, Callable[[Any, Ends], Structure]](
    NETWORK_KINDS,
    {
        MlpSpec: mlp,
        ConvSpec: conv,
        ResidualSpec: residual,
        DiagonalSpec: diagonal,
        NoRotationSpec: no_rotation,
        FreeFeaturesSpec: free_features,
        QuasiSpec: quasi,
        AttentionSpec: attention,
    },
    {NetworkPlugIn: module_structure, AbsentNetwork: absent_structure},
)
"""What tells the structure of each kind of network."""


@lru_cache(maxsize=64)  # an edit asks for the same several times, and a form for those of its layers
def structure(network: NetworkSpec, ends: Ends) -> Structure:
    """Return the structure of a network between inputs and outputs."""
    return replace(STRUCTURES.of(network)(network, ends), outputs=ends.outputs)


def note_degree(network: NetworkPlugIn, ends: Ends, measured: MeasuredDegree) -> None:
    """Know from now on, in this process, the degree of a network whose structure does not say it."""
    if degree_of(network, ends) != measured:
        DEGREES[network, ends.inputs, ends.outputs] = measured
        structure.cache_clear()


def measured_degree(network: NetworkSpec, ends: Ends) -> MeasuredDegree | None:
    """Return what is known of a degree that had to be measured; None where it follows from the structure, or is not."""
    return degree_of(network, ends) if isinstance(network, NetworkPlugIn) else None


def layer_names(network: NetworkSpec) -> list[str]:
    """Return the names of all layers there may be, which need no data; whatever `train` says."""
    whole = network.model_copy(update={"train": "all"})
    return [layer.name for layer in structure(whole, Ends(2, 1)).layers]


def memory_bytes(network: NetworkSpec, ends: Ends, replicas: int, itemsize: int = 8) -> int:
    """Estimate the memory a run needs at its peak."""
    return memory_bytes_of(structure(network, ends), ends, replicas, itemsize)


__all__ = [
    "STRUCTURES",
    "Ends",
    "Layer",
    "MeasuredDegree",
    "NearHomogeneity",
    "Structure",
    "layer_names",
    "measured_degree",
    "memory_bytes",
    "near_homogeneity",
    "note_degree",
    "structure",
    "token_shape",
]
