"""The state of a run as a dictionary of tensors: how it begins, is copied, put back, and merged over replicas."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ..optimizers import State


def beginning(theta: Tensor) -> State:
    """Return what every run keeps besides its optimizer's and its counters' own: theta (R, P) and what led there."""
    zeros = torch.zeros(theta.shape[0], dtype=theta.dtype, device=theta.device)
    never = torch.full_like(zeros, -1, dtype=torch.int64)
    return {
        "theta": theta,
        "direction": theta / torch.linalg.vector_norm(theta, dim=1, keepdim=True),
        "direction_path": zeros.clone(),
        "step_size": zeros + math.nan,
        "log_learning_rate": zeros + math.nan,
        "log_time": zeros - math.inf,
        "alive": torch.ones_like(zeros, dtype=torch.bool),
        "event.diverged": never.clone(),
        # the last scheduled record, the step of the one before, its number, and the parameters at both
        "record.step": never.clone(),
        "record.before": never.clone(),
        "record.number": never.clone(),
        "record.theta": torch.full_like(theta, math.nan),
        "record.previous": torch.full_like(theta, math.nan),
    }


def copied(state: State) -> State:
    """Return a copy that later steps leave alone."""
    return {name: tensor.clone() for name, tensor in state.items()}


def put_back(state: State, saved: State) -> None:
    """Write a copy back into the tensors that the run's views look at."""
    for name, tensor in saved.items():
        state[name].copy_(tensor)


def merged(into: State, new: State, where: Tensor) -> State:
    """Return the state that is `new` for some replicas (R,) and `into` for the others."""
    found = {}
    for name, tensor in new.items():
        mask = where.view(-1, *([1] * (tensor.dim() - 1)))
        found[name] = torch.where(mask, tensor, into[name])
    return found
