"""Which samples a kernel is taken on: all, or a fixed class-balanced subset of many."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..experiment.measure import LARGEST_KERNEL as LARGEST
from ..setting import Setting


def kernel_subset(setting: Setting, replica: int) -> np.ndarray | None:
    """Return the indices (n,) of a replica's fixed class-balanced subset; None where all samples are taken."""
    outputs = setting.network.outputs_count
    if setting.samples * outputs <= LARGEST:
        return None
    everyones = [data.labels for data in setting.datasets]
    present = np.unique(everyones[0])
    most = max(1, LARGEST // outputs // len(present))
    # as many of a class as every replica has, so that their kernels stack
    each = {c: min(most, *(int((labels == c).sum()) for labels in everyones)) for c in present}
    labels = setting.dataset(replica).labels
    return np.sort(np.concatenate([np.flatnonzero(labels == c)[: each[c]] for c in present]))


def kernel_inputs(setting: Setting) -> Tensor:
    """Return the samples (R, n, d) that the kernel is taken on."""
    subsets = [kernel_subset(setting, r) for r in range(len(setting.datasets))]
    chosen = [subset for subset in subsets if subset is not None]
    if not chosen:
        return setting.x
    rows = torch.as_tensor(np.stack(chosen), device=setting.device).expand(setting.replicas, -1)
    return setting.x.gather(1, rows.unsqueeze(-1).expand(-1, -1, setting.x.shape[2]))
