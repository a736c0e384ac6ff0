"""Which samples a kernel is taken on: all, or a fixed class-balanced subset of many."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..experiment.measure import LARGEST_KERNEL as LARGEST
from ..run.problem import Problem


def kernel_subset(problem: Problem, replica: int) -> np.ndarray | None:
    """Return the indices (n,) of a replica's fixed class-balanced subset; None where all samples are taken."""
    outputs = problem.network.outputs_count
    if problem.samples * outputs <= LARGEST:
        return None
    everyones = [data.labels for data in problem.datasets]
    present = np.unique(everyones[0])
    most = max(1, LARGEST // outputs // len(present))
    # as many of a class as every replica has, so that their kernels stack
    each = {c: min(most, *(int((labels == c).sum()) for labels in everyones)) for c in present}
    labels = problem.dataset(replica).labels
    return np.sort(np.concatenate([np.flatnonzero(labels == c)[: each[c]] for c in present]))


def kernel_labels(problem: Problem, replica: int) -> np.ndarray:
    """Return the labels (n,) of the samples of a replica that the kernel is taken on."""
    labels, subset = problem.dataset(replica).labels, kernel_subset(problem, replica)
    return labels if subset is None else labels[subset]


def kernel_inputs(problem: Problem) -> Tensor:
    """Return the samples (R, n, d) that the kernel is taken on."""
    subsets = [kernel_subset(problem, r) for r in range(len(problem.datasets))]
    chosen = [subset for subset in subsets if subset is not None]
    if not chosen:
        return problem.x
    rows = torch.as_tensor(np.stack(chosen), device=problem.device).expand(problem.replicas, -1)
    return problem.x.gather(1, rows.unsqueeze(-1).expand(-1, -1, problem.x.shape[2]))
