"""Networks as pure functions over stacked parameters; one family a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ..experiment.networks import (
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
from ..experiment.plug_ins.kinds import NetworkPlugIn
from ..experiment.registry import Implementations
from ..experiment.structure import Ends
from .attention import AttentionNetwork
from .base import Network, Tape
from .by_element import DiagonalNetwork, NoRotationNetwork, QuasiNetwork
from .convolutional import ConvolutionalNetwork
from .dense import DenseNetwork
from .initial import initial_parameters
from .modules import ModuleNetwork, measured, module_parameters
from .residual import ResidualNetwork
from .sites import Weights

Builder = Callable[[NetworkSpec, Ends, Tensor, Tensor], Network]
BUILDERS = Implementations[NetworkSpec, Builder](
    NETWORK_KINDS,
    {
        MlpSpec: DenseNetwork,
        ConvSpec: ConvolutionalNetwork,
        ResidualSpec: ResidualNetwork,
        DiagonalSpec: DiagonalNetwork,
        NoRotationSpec: NoRotationNetwork,
        FreeFeaturesSpec: DenseNetwork,
        QuasiSpec: QuasiNetwork,
        AttentionSpec: AttentionNetwork,
    },
    {NetworkPlugIn: ModuleNetwork},
)
"""What computes each kind of network."""


def build(
    members: Sequence[NetworkSpec],
    seeds: Sequence[int],
    ends: Ends,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[Network, Tensor]:
    """Build the network of R replicas and draw its initial parameters theta (R, P)."""
    draw = module_parameters if isinstance(members[0], NetworkPlugIn) else initial_parameters
    drawn = [draw(fields, ends, seed) for fields, seed in zip(members, seeds, strict=True)]
    theta = torch.as_tensor(np.stack([trained for trained, _ in drawn]), dtype=dtype, device=device)
    frozen = torch.as_tensor(np.stack([fixed for _, fixed in drawn]), dtype=dtype, device=device)
    scale = torch.tensor([fields.output_scale for fields in members], dtype=dtype, device=device)
    network = BUILDERS.of(members[0])(members[0], ends, frozen, scale)
    return (measured(network, theta) if network.structure.opaque else network), theta


__all__ = ["BUILDERS", "Network", "Tape", "Weights", "build"]
