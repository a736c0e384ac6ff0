"""Networks as pure functions over stacked parameters; one family a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ..experiment.networks import Mlp
from .dense import DenseNetwork
from .initial import initial_parameters

Network = DenseNetwork
"""What training and measurements ask of a network; further families offer the same methods."""

BUILDERS: dict[str, Callable[..., Network]] = {"mlp": DenseNetwork}


def build(
    members: Sequence[Mlp],
    seeds: Sequence[int],
    inputs: int,
    outputs: int,
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[Network, Tensor]:
    """Build the network of R replicas and draw its initial parameters theta (R, P)."""
    drawn = [
        initial_parameters(fields, inputs, outputs, seed) for fields, seed in zip(members, seeds, strict=True)
    ]
    theta = torch.as_tensor(np.stack([trained for trained, _ in drawn]), dtype=dtype, device=device)
    frozen = torch.as_tensor(np.stack([fixed for _, fixed in drawn]), dtype=dtype, device=device)
    scale = torch.tensor([fields.output_scale for fields in members], dtype=dtype, device=device)
    return BUILDERS[members[0].kind](members[0], inputs, outputs, frozen, scale), theta
