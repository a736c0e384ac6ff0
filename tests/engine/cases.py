"""Small experiments and slow, independent references that the engine's tests share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from engine.experiment.document import Document, to_toml
from engine.experiment.experiment import Experiment, experiment_from
from engine.experiment.structure import structure
from engine.measurements import pace
from engine.protocol.records import RecordBatch, Snapshot
from engine.steppers.minibatches import MiniBatches
from engine.training.loop import Training
from tests.engine.networks.plain_networks import Parameters, dense_layers, plain_outputs

SMALLEST: dict[str, Any] = {
    "version": 1,
    "data": {"kind": "circle", "n": 8},
    "network": {"kind": "mlp", "widths": [5]},
    "loss": {"kind": "exponential"},
    "optimizer": {"kind": "steepest"},
    "run": {"steps": 60, "device": "cpu", "threads": 1},
}
ADAM = {"kind": "adam", "step": {"kind": "constant", "eta": 0.02}}
SGD = {"kind": "sgd", "batch": 3, "step": {"kind": "constant", "eta": 0.2}}


def tables(changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the smallest experiment's tables with dotted paths set."""
    said = {key: dict(value) if isinstance(value, dict) else value for key, value in SMALLEST.items()}
    for path, value in (changes or {}).items():
        *parents, leaf = path.split(".")
        table = said
        for parent in parents:
            table[parent] = dict(table.get(parent, {}))
            table = table[parent]
        table[leaf] = value
    return said


def experiment(changes: Mapping[str, Any] | None = None) -> Experiment:
    """Return the smallest experiment with dotted paths set, judged like a file."""
    return experiment_from(tables(changes))


def experiment_to_toml(experiment: Experiment) -> str:
    """Write one experiment as the text of an experiment file."""
    return to_toml(Document(base=experiment))


def trained(
    said: Experiment | Mapping[str, Any] | None = None,
    folder: Path | None = None,
    resume_from: Snapshot | None = None,
) -> Training:
    """Train an experiment to its end."""
    training = Training(said if isinstance(said, Experiment) else experiment(said), folder, resume_from)
    for _ in training.run():
        pass
    return training


def prepared(said: Mapping[str, Any] | None = None, steps: int = 0) -> Training:
    """Return a training that has taken exactly so many steps and holds at a record."""
    training = Training(experiment({**(said or {}), "measure.every": 1}))
    training.yield_at(steps)
    for _ in training.run():
        if training.step >= steps:
            break
    return training


def history(
    said: Mapping[str, Any] | None = None, folder: Path | None = None
) -> tuple[Training, list[Tensor]]:
    """Train an experiment, measuring everything at every step; return it with theta (R, P) at every step."""
    every = {"measure.groups": ["norms"], **(said or {}), "measure.every": 1}
    training = Training(experiment(every), folder)
    with mock.patch.object(pace, "GRANT", math.inf):  # nothing is too costly for every step
        training.solve()
    thetas = {}
    for batch in training.run():
        if isinstance(batch, RecordBatch):
            thetas |= {frame.step: frame.theta for frame in training.stream.frames}
    return training, list(thetas.values())


def batches_of(training: Training) -> MiniBatches | None:
    """Return the mini-batches that an experiment says, made anew; None where it takes the whole training set."""
    problem, fields = training.problem, training.experiment.optimizer
    if fields.kind != "sgd":
        return None
    seeds = [member.seed for member in problem.members]
    return MiniBatches(seeds, problem.samples, fields.batch, fields.replacement, problem.device)


def measured(training: Training, theta: Tensor) -> dict[str, np.ndarray]:
    """Return every measurement (R,) of a training at parameters (R, P)."""
    training.state.theta.copy_(theta)
    batch = training.measure_now()
    return {name: values[0] for name, values in batch.columns.items()}


def columns(training: Training) -> dict[str, np.ndarray]:
    """Return every recorded column (T, R), and the steps."""
    records = training.history.records
    return {"step": records.steps, **{name: records.column(name) for name in records.names}}


# --- the loss and its gradients written once more, for autograd ---------------------------------------


def plain_margins(outputs: Tensor, labels: Tensor) -> Tensor:
    """Return q (N,) from f (N, C)."""
    if outputs.shape[1] == 1:
        return outputs[:, 0] * labels
    true = outputs[torch.arange(len(outputs)), labels.long()]
    others = outputs.clone()
    others[torch.arange(len(outputs)), labels.long()] = -torch.inf
    return true - others.amax(1)


def plain_loss(kind: str, outputs: Tensor, labels: Tensor) -> Tensor:
    """Return the summed loss itself, which underflows below 1e-308."""
    if outputs.shape[1] == 1:
        q = outputs[:, 0] * labels
        return torch.exp(-q).sum() if kind == "exponential" else torch.log1p(torch.exp(-q)).sum()
    if kind == "exponential":
        true = outputs[torch.arange(len(outputs)), labels.long()].unsqueeze(1)
        return torch.exp(outputs - true).sum() - len(outputs)  # j = y contributes exp(0)
    return functional.cross_entropy(outputs, labels.long(), reduction="sum")


class Plain:
    """One replica of a training, seen through autograd: f, q, the loss and their gradients."""

    def __init__(self, training: Training, replica: int = 0, theta: Tensor | None = None) -> None:
        problem = training.problem
        self.member = problem.members[replica]
        self.fields = self.member.network
        self.ends = problem.network.ends
        self.outputs_count = self.ends.outputs
        self.x, self.labels = problem.x[replica], problem.labels[replica]
        self.degree = structure(self.fields, self.ends).degree
        self.frozen = problem.network.frozen[replica]
        self.theta = (training.state.theta[replica] if theta is None else theta).clone()

    def at(self, theta: Tensor) -> Plain:
        """Return the same at other parameters (P,)."""
        other = object.__new__(Plain)
        other.__dict__ = {**self.__dict__, "theta": theta.clone()}
        return other

    def f(self, theta: Tensor | None = None, x: Tensor | None = None) -> Tensor:
        """Return f (N, C)."""
        theta = self.theta if theta is None else theta
        return plain_outputs(self.fields, theta, self.frozen, self.x if x is None else x, self.ends)

    @property
    def layers(self) -> list[list[Tensor]]:
        """Return [W, b] or [W] of every layer of a dense network."""
        return dense_layers(self.fields, Parameters(self.fields, self.theta, self.frozen), self.ends)

    def q(self) -> Tensor:
        """Return margins (N,)."""
        return plain_margins(self.f(), self.labels)

    def loss(self) -> Tensor:
        """Return the summed loss."""
        return plain_loss(self.member.loss.kind, self.f(), self.labels)

    def gradient(self) -> Tensor:
        """Return the loss's gradient (P,) by autograd."""
        theta = self.theta.clone().requires_grad_()
        with torch.enable_grad():
            loss = plain_loss(self.member.loss.kind, self.f(theta), self.labels)
            return torch.autograd.grad(loss, theta)[0]

    def jacobian(self, x: Tensor | None = None) -> Tensor:
        """Return df/dtheta (N, C, P) by autograd, one row at a time."""
        theta = self.theta.clone().requires_grad_()
        with torch.enable_grad():
            outputs = self.f(theta, x)
            rows = [torch.autograd.grad(value, theta, retain_graph=True)[0] for value in outputs.flatten()]
        return torch.stack(rows).view(*outputs.shape, -1)
