"""Compiled steps beside torch's: the same way, to rounding, for every kind that has a compiled half."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from engine.compiled.coverage import ACTIVATIONS, why_not_compiled
from engine.experiment.document import parse
from engine.experiment.experiment import Experiment, with_values
from engine.training.loop import Training

STEPS = 50
CLOSE = {"float64": 1e-11, "float32": 1e-4}
TEXT = """version = 1
title = "drawn"
replicas = {replicas}
data = {{ kind = "{data}", n = 24 }}
network = {{ {network}, output_scale = {scale} }}
loss = {{ kind = "{loss}", reduction = "{reduction}" }}
optimizer = {optimizer}
run = {{ steps = 1000, threads = 1, dtype = "{dtype}" }}
"""
OPTIMIZERS = (
    '{ kind = "steepest" }',
    '{ kind = "steepest", norm = "linf" }',
    '{ kind = "steepest", norm = "l1" }',
    '{ kind = "steepest", step = { kind = "constant", eta = 0.01 } }',
    '{ kind = "steepest", scaled = false, norm = "linf", step = { kind = "constant", eta = 0.001 } }',
    '{ kind = "steepest", step = { kind = "power", eta = 0.01, exponent = 0.5 } }',
    '{ kind = "steepest", step = { kind = "theory", a0 = 0.01 } }',
    '{ kind = "steepest", step = { kind = "normalised", a = 0.01 } }',
    '{ kind = "momentum" }',
    '{ kind = "momentum", nesterov = true }',
    '{ kind = "momentum", step = { kind = "normalised", a = 0.01 } }',
    '{ kind = "adam" }',
    '{ kind = "adamw" }',
    '{ kind = "adagrad" }',
    '{ kind = "rmsprop" }',
    '{ kind = "sgd", batch = 7, step = { kind = "constant", eta = 0.01 } }',
    '{ kind = "sgd", batch = 5, replacement = true, step = { kind = "power", eta = 0.01, exponent = 0.5 } }',
)


HOMOGENEOUS = ["relu", "relu2", "relu3", "leaky-relu", "abs", "linear", "maxout"]


def network(chance: random.Random, homogeneous: bool) -> str:
    """Draw a network of a kind that has a compiled half."""
    activation = chance.choice(HOMOGENEOUS if homogeneous else sorted(ACTIVATIONS))
    kind = chance.choice(["mlp", "mlp", "mlp", "diagonal", "no-rotation"] + ["quasi"] * (not homogeneous))
    match kind:
        case "mlp":
            widths = chance.choice(["[20]", "[]", "[8, 6]", "[5, 4, 6]"])
            bias = chance.choice(["none", "first"] + ["all"] * (not homogeneous))
            return f'kind = "mlp", widths = {widths}, activation = "{activation}", bias = "{bias}"'
        case "diagonal":
            return f'kind = "diagonal", depth = {chance.choice([2, 3])}'
        case "no-rotation":
            return f'kind = "no-rotation", width = 9, activation = "{activation}"'
    return f'kind = "{kind}"'


def drawn(number: int, optimizer: str) -> Experiment:
    """Draw an experiment with an optimizer."""
    chance = random.Random(f"{number} {optimizer}")
    fields: dict[str, Any] = {
        "replicas": chance.choice([1, 3]),
        "data": chance.choice(["circle", "circle", "blobs"]),
        "network": network(chance, "theory" in optimizer),
        "scale": chance.choice([1.0, 0.5]),
        "loss": chance.choice(["exponential", "logistic"]),
        "reduction": chance.choice(["sum", "mean"]),
        "dtype": chance.choice(["float64", "float64", "float32"]),
    }
    (experiment,) = parse(TEXT.format(optimizer=optimizer, **fields)).experiments().values()
    return experiment


def trained(experiment: Experiment, backend: str) -> Training:
    """Return a run after some steps."""
    run = Training(with_values(experiment, {"run.backend": backend}))
    with torch.no_grad():
        run.iterate.update()
        if run.iterate.full_batch:
            run.observe()
        while run.step < STEPS:
            run.take_steps(STEPS)
    return run


def apart(a: torch.Tensor, b: torch.Tensor) -> float:
    """Return how far apart two tensors are, relative to the largest entry."""
    a, b = a.double(), b.double()
    same = (a == b) | (a.isnan() & b.isnan())
    if bool(same.all()):
        return 0.0
    size = torch.where(a.isfinite(), a.abs(), 0.0).max().clamp(min=1e-300)
    return float(torch.where(same, 0.0, (a - b).abs() / size).max())


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("number", range(3))
def test_both_go_the_same_way(number: int, optimizer: str) -> None:
    experiment = drawn(number, optimizer)
    torch_way, compiled_way = trained(experiment, "torch"), trained(experiment, "compiled")
    assert why_not_compiled(experiment, torch_way.problem) == ""
    before, after = torch_way.state.tensors(), compiled_way.state.tensors()
    assert before.keys() == after.keys()
    close = CLOSE[experiment.run.dtype]
    far = {name: d for name in before if (d := apart(before[name], after[name])) > close}
    far.pop("direction_path", None)  # of a way that is rounding alone there is nothing to compare
    far.pop("record.theta", None)
    assert not far, (experiment.to_toml(), far)
    rows, seen = torch_way._monitor.unfolded[1], compiled_way._monitor.unfolded[1]
    assert apart(rows, seen) <= 100 * close
