"""Everything a run needs and never changes: data, network and labels on the device, one experiment per replica."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ..data import DataCheck, sizes, where_data_lie
from ..data.dataset import Dataset
from ..data.table import Sizes
from ..device import check_memory, resolve, threads_at_most, threads_for
from ..experiment.experiment import Experiment, value_at, with_values
from ..experiment.known_data import NOTHING_KNOWN, KnownData
from ..experiment.measure import LARGEST_KERNEL
from ..experiment.structure import Ends, Structure, memory_bytes, near_homogeneity, structure
from ..losses import Loss
from ..networks import Network, build
from ..protocol.records import record_count
from ..words.errors import Refusal
from .homogeneity_bounds import HomogeneityBounds

KERNELS_AT_ONCE = 12
"""Tangent kernels a replica that measuring them holds at its peak, what is kept to compare with the end included."""
COLUMNS_AT_MOST = 100
"""Columns that a record has, at most."""
MOST_PARAMETERS = 20_000
"""Of networks whose margins are followed piece by piece: a piece has a gradient of its own."""
MOST_MARGINS = 4000
"""Margins that are followed piece by piece."""


@dataclass(frozen=True)
class Problem:
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
    near: HomogeneityBounds | None
    """How far a near-homogeneous network is from homogeneous; None for others."""
    device: torch.device
    dtype: torch.dtype
    threads: int
    sha256: str
    """Of the data: of their files' bytes, else of the arrays."""

    @property
    def replicas(self) -> int:
        """Return R."""
        return len(self.members)

    @property
    def structure(self) -> Structure:
        """Return the network's structure."""
        return self.network.structure

    @property
    def threads_at_most(self) -> int:
        """Return how many threads compiled steps may share their work among."""
        return threads_at_most(self.experiment.run)

    @property
    def samples(self) -> int:
        """Return N."""
        return self.x.shape[1]

    def step_work(self, samples: int) -> float:
        """Return the multiply-adds of a step that sees so many samples in every replica."""
        return (
            3.0
            * samples
            * self.replicas
            * sum(layer.size * layer.positions for layer in self.structure.layers)
        )

    def step_numbers(self, samples: int) -> int:
        """Return the parameters and layers' outputs of a step that sees so many samples in every replica."""
        outputs = sum(layer.rows * layer.positions for layer in self.structure.layers)
        return self.replicas * (self.structure.parameters + samples * outputs)

    def dataset(self, replica: int) -> Dataset:
        """Return the data of one replica."""
        return self.datasets[replica if len(self.datasets) > 1 else 0]

    def members_of(self, experiment: Experiment) -> Sequence[Experiment]:
        """Return the experiment of every replica of this one: the run's own, or what edits have made of it."""
        return self.members if experiment == self.experiment else experiment.members()

    def times(self, count: int) -> Problem:
        """Return the same problem with all its replicas so many times after one another."""
        labels = repeated(self.labels, count)
        return replace(
            self,
            members=self.members * count,
            datasets=self.datasets * count if len(self.datasets) > 1 else self.datasets,
            x=repeated(self.x, count),
            labels=labels,
            x_test=repeated(self.x_test, count),
            labels_test=repeated(self.labels_test, count),
            network=self.network.times(count),
            initial=repeated(self.initial, count),
            loss=self.loss.of(labels),
            near=None if self.near is None else self.near.times(count),
        )


def distinct(values: Tensor) -> Tensor:
    """Return what replicas have (R, ...), once (1, ...) where all share it."""
    return values[:1] if values.stride(0) == 0 else values


def repeated(values: Tensor, count: int) -> Tensor:
    """Return what replicas have (R, ...) so many times after one another; what all share is a view."""
    once = distinct(values)
    if len(once) == 1:
        return once.expand(count * values.shape[0], *values.shape[1:])
    return values.repeat(count, *[1] * (values.dim() - 1))


def prepare(experiment: Experiment, folder: Path | None = None, known: KnownData = NOTHING_KNOWN) -> Problem:
    """Make data and network of a run.

    Args:
        experiment: what is run.
        folder: where relative paths start.
        known: what is known of its data, where it ran before.

    Raises:
        Refusal: where data cannot be made or are not those of before, the device is not there or memory would not do.
    """
    experiment.refuse_absent()
    data, folder = where_data_lie(experiment.data, folder, known)
    if data != experiment.data:
        experiment = with_values(experiment, {f"data.{data.reads}": getattr(data, data.reads)})
    check = DataCheck(data, folder)
    count = experiment.replicas
    size = sizes(experiment.data, folder)
    ends = size.ends
    shape = structure(experiment.network, ends)
    _check_trained(experiment, shape)
    if experiment.optimizer.of_directions:
        _check_pieces(experiment, shape, size)
    largest = max(layer.rows * layer.columns * layer.positions for layer in shape.layers)
    work = 3.0 * sum(layer.size * layer.positions for layer in shape.layers) * ends.samples * count
    device, dtype = resolve(experiment.run, work)
    _check_memory(experiment, ends, device, 8 if dtype == torch.float64 else 4)
    members = tuple(experiment.members())
    varied = any(path.startswith("data.") for path in experiment.vary)
    datasets, sha256 = check.made([m.data for m in (members if varied else members[:1])])
    if not shape.generalises:
        datasets = tuple(_numbered(data) for data in datasets)
    network, initial = build([m.network for m in members], [m.seed for m in members], ends, dtype, device)

    def shared(values: list[np.ndarray]) -> Tensor:
        stacked = torch.as_tensor(np.stack(values), dtype=dtype, device=device)
        return stacked.expand(len(members), *stacked.shape[1:])

    labels = shared([data.labels for data in datasets])
    return Problem(
        experiment=experiment,
        members=members,
        datasets=datasets,
        x=shared([data.x for data in datasets]),
        labels=labels,
        x_test=shared([data.x_test for data in datasets]),
        labels_test=shared([data.labels_test for data in datasets]),
        network=network,
        initial=initial,
        loss=Loss(experiment.loss.kind, labels, ends.outputs),
        near=_near(members, shape, ends, datasets, dtype, device),
        device=device,
        dtype=dtype,
        threads=threads_for(experiment.run, largest * ends.samples * count),
        sha256=sha256,
    )


def _check_trained(experiment: Experiment, shape: Structure) -> None:
    """Refuse to train layers that the network does not have between these inputs and outputs."""
    train, names = experiment.network.train, [layer.name for layer in shape.layers]
    missing = [name for name in train if name not in names] if train != "all" else []
    if missing:
        raise Refusal("network.train", missing[0], f"is no layer here; there are: {', '.join(names)}")


def _check_pieces(experiment: Experiment, shape: Structure, size: Sizes) -> None:
    """Refuse to follow more margins, or in more parameters, than programmes of their pieces are solved for."""
    kind, margins = experiment.optimizer.kind, size.points * max(1, size.ends.outputs - 1)
    for count, most, what, field in (
        (shape.parameters, MOST_PARAMETERS, "parameters", f"network.{experiment.network.size_field}"),
        (margins, MOST_MARGINS, "margins", size.field),
    ):
        if count > most:
            value = value_at(experiment, field)
            raise Refusal(
                field,
                list(value) if isinstance(value, tuple) else value,
                f"makes {count:,} {what}, more than the {most:,} that {kind} follows; make it smaller, or take flow or "
                "steepest",
            )


def _check_memory(experiment: Experiment, ends: Ends, device: torch.device, itemsize: int) -> None:
    """Refuse what the machine cannot hold, before members are made: a million of them would take minutes."""
    count, measure, run = experiment.replicas, experiment.measure, experiment.run
    field = "replicas" if count > 1 else f"network.{experiment.network.size_field}"
    value = value_at(experiment, field)
    blamed = field, list(value) if isinstance(value, tuple) else value
    check_memory(memory_bytes(experiment.network, ends, count, itemsize), device, *blamed)
    if measure.groups == "auto" or "kernel" in measure.groups:
        side = min(ends.samples, max(1, LARGEST_KERNEL // ends.outputs))
        check_memory(
            KERNELS_AT_ONCE * count * side**2 * itemsize,
            device,
            "measure.groups",
            measure.groups if measure.groups == "auto" else list(measure.groups),
            f"leave kernel out, or take fewer replicas: the tangent kernel of each is {side:,} x {side:,}",
        )
    records = record_count(run.steps, measure.per_decade, measure.every) * COLUMNS_AT_MOST * count * 8
    check_memory(
        records, torch.device("cpu"), "measure.every", measure.every, "record less often, or fewer replicas"
    )


def _numbered(data: Dataset) -> Dataset:
    """Return the data as networks see it that know a training sample by its number; a test sample has none."""
    rows = np.eye(len(data.labels))
    return replace(data, x=rows, x_test=rows[:0], labels_test=data.labels_test[:0])


def _near(
    members: tuple[Experiment, ...],
    shape: Structure,
    ends: Ends,
    datasets: tuple[Dataset, ...],
    dtype: torch.dtype,
    device: torch.device,
) -> HomogeneityBounds | None:
    """Return the near-homogeneity of every replica, whose output scale and data may differ."""
    bounds = []
    for r, member in enumerate(members):
        x = datasets[r if len(datasets) > 1 else 0].x
        near = near_homogeneity(member.network, shape, ends, float(np.linalg.norm(x, axis=1).max()))
        if near is None:
            return None
        bounds.append(near)
    defect, distance = (
        torch.tensor([getattr(near, name) for near in bounds], dtype=dtype, device=device)
        for name in ("defect", "distance")
    )
    return HomogeneityBounds(bounds[0].order, defect, distance)
