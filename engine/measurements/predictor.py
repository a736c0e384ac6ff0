"""The linear predictor that a (deep) linear network is, and which exact reference a network has."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..setting import Setting


def is_linear(setting: Setting) -> bool:
    """Say whether the network is a linear function of its inputs (and, with a first bias, of a constant)."""
    return setting.structure.linear


def has_bias_input(setting: Setting) -> bool:
    """Say whether the first layer's biases act as a constant input."""
    return setting.network.layers[0].bias


def linear_predictor(setting: Setting, theta: Tensor) -> Tensor:
    """Return the weights (R, C, d) of a linear network; with biases a constant input's weight comes last."""
    replicas, _, d = setting.x.shape
    basis = torch.eye(d, dtype=theta.dtype, device=theta.device).expand(replicas, d, d)
    values = setting.network.outputs(theta, basis)
    if not has_bias_input(setting):
        return values.mT
    zero = torch.zeros(replicas, 1, d, dtype=theta.dtype, device=theta.device)
    constant = setting.network.outputs(theta, zero)
    return torch.cat([values - constant, constant], 1).mT


def reference_inputs(setting: Setting, replica: int) -> np.ndarray:
    """Return the inputs (N, d) that the reference sees: with a constant where the first layer has biases."""
    x = setting.dataset(replica).x
    return np.column_stack([x, np.ones(len(x))]) if has_bias_input(setting) else x


def why_no_reference(setting: Setting) -> str:
    """Say why this network has no exact margin reference, or return ''."""
    network = setting.network.fields
    if not setting.structure.all_train:
        return "some layers do not train, so the network's own optimum is another"
    if setting.network.degree is None:
        return f"the network is not homogeneous: {setting.structure.why_not}"
    if is_linear(setting):
        return ""
    if network.kind != "mlp" or network.activation != "relu" or len(network.widths) != 1:
        return "an exact answer is known for linear networks and for two-layer ReLU networks only"
    if setting.network.outputs_count > 1:
        return "the F1 margin is solved for two classes only"
    return ""
