"""Everything a run needs and never changes: data, network and labels on the device, one experiment per replica."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from .data import make_data, sizes
from .data.dataset import Dataset
from .device import check_memory, resolve, threads_for
from .experiment.experiment import Experiment
from .experiment.structure import Structure, memory_bytes, structure
from .losses import Loss
from .networks import Network, build
from .records import record_count

COLUMNS_AT_MOST = 60
"""Columns that a record has, at most."""


@dataclass(frozen=True)
class Setting:
    """The fixed part of a run: R replicas, N samples, d inputs, C outputs, P trained parameters.

    x (R, N, d) and labels (R, N) are expanded views where replicas share the data.
    """

    experiment: Experiment
    members: tuple[Experiment, ...]
    datasets: tuple[Dataset, ...]
    """One, or one a replica where a field of the data is varied."""
    x: Tensor
    labels: Tensor
    x_test: Tensor
    labels_test: Tensor
    network: Network
    initial: Tensor
    """theta at step 0 (R, P)."""
    loss: Loss
    device: torch.device
    dtype: torch.dtype
    threads: int

    @property
    def replicas(self) -> int:
        """Return R."""
        return len(self.members)

    @property
    def structure(self) -> Structure:
        """Return the network's structure."""
        return self.network.structure

    @property
    def samples(self) -> int:
        """Return N."""
        return self.x.shape[1]

    def dataset(self, replica: int) -> Dataset:
        """Return the data of one replica."""
        return self.datasets[replica if len(self.datasets) > 1 else 0]


def prepare(experiment: Experiment, folder: Path | None = None) -> Setting:
    """Make data and network of a run.

    Raises:
        Refusal: where data cannot be made, the device is not there or memory would not do.
    """
    count = experiment.replicas
    found = sizes(experiment.data, folder)
    n, d, outputs = found.points, found.inputs, found.outputs
    shape = structure(experiment.network, d, outputs)
    largest = max(layer.rows * layer.columns for layer in shape.layers) * n * count
    work = 3.0 * shape.all_parameters * n * count
    device, dtype = resolve(experiment.run, work)
    itemsize = 8 if dtype == torch.float64 else 4
    # before the members are made: a million of them would take minutes
    blamed = ("replicas", count) if count > 1 else ("network.widths", list(experiment.network.widths))
    check_memory(memory_bytes(experiment.network, d, outputs, n, count, itemsize), device, *blamed)
    measure, run = experiment.measure, experiment.run
    records = record_count(run.steps, measure.per_decade, measure.every) * COLUMNS_AT_MOST * count * 8
    check_memory(
        records, torch.device("cpu"), "measure.every", measure.every, "record less often, or fewer replicas"
    )
    members = tuple(experiment.members())
    varied = any(path.startswith("data.") for path in experiment.vary)
    datasets = tuple(make_data(m.data, folder) for m in (members if varied else members[:1]))
    network, initial = build(
        [m.network for m in members], [m.seed for m in members], d, outputs, dtype, device
    )

    def shared(values: list[np.ndarray]) -> Tensor:
        stacked = torch.as_tensor(np.stack(values), dtype=dtype, device=device)
        return stacked.expand(len(members), *stacked.shape[1:])

    labels = shared([data.labels for data in datasets])
    return Setting(
        experiment=experiment,
        members=members,
        datasets=datasets,
        x=shared([data.x for data in datasets]),
        labels=labels,
        x_test=shared([data.x_test for data in datasets]),
        labels_test=shared([data.labels_test for data in datasets]),
        network=network,
        initial=initial,
        loss=Loss(experiment.loss.kind, labels, outputs),
        device=device,
        dtype=dtype,
        threads=threads_for(experiment.run, largest),
    )
