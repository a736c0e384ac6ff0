"""Many samples are looked at in blocks and parts: as torch sees them, and the same bits with any number of threads."""

from __future__ import annotations

import pytest
import torch

from engine.experiment.document import parse
from engine.experiment.experiment import with_values
from engine.protocol.messages import LAYOUT
from engine.training.loop import Training

TEXT = """version = 1
title = "many samples"
data = { kind = "blobs", n = 430, d = 7 }
network = { kind = "mlp", widths = [61] }
loss = { kind = "exponential" }
optimizer = { kind = "steepest" }
run = { steps = 1000, threads = 1 }
"""
DEEP = {
    "network.widths": [33, 40],
    "network.bias": "all",
    "network.activation": "gelu",
    "loss.kind": "logistic",
}
CLASSES = {"data.classes": 3, "loss.kind": "logistic"}
STEPS = 30


def apart(a: torch.Tensor, b: torch.Tensor) -> float:
    """Return how far apart two tensors are, relative to the largest entry."""
    a, b = a.double(), b.double()
    different = (a != b) & ~(a.isnan() & b.isnan())
    size = torch.where(a.isfinite(), a.abs(), 0.0).max().clamp(min=1e-300)
    return float(torch.where(different, (a - b).abs() / size, 0.0).max())


def trained(values: dict[str, object], threads: int, backend: str = "compiled", calls: int = 1) -> Training:
    """Return a run after some steps, taken in so many calls."""
    (experiment,) = parse(TEXT).experiments().values()
    run = Training(with_values(experiment, values | {"run.threads": threads, "run.backend": backend}))
    with torch.no_grad():
        run.iterate.update()
        run.observe()
        for k in range(1, calls + 1):
            while run.step < STEPS * k // calls:
                run.take_steps(STEPS * k // calls)
    return run


@pytest.mark.parametrize("values", [{}, DEEP, CLASSES], ids=["two layers", "deep", "classes"])
def test_parts_are_seen_as_torch_sees_all_at_once(values: dict[str, object]) -> None:
    torch_way, one, two = trained(values, 1, "torch"), trained(values, 1), trained(values, 2)
    assert "parts" in one.environment[LAYOUT] and "2 threads" in two.environment[LAYOUT]
    tensors, alone = torch_way.state.tensors(), one.state.tensors()
    far = {name: d for name in tensors if (d := apart(tensors[name], alone[name])) > 1e-11}
    far.pop("direction_path", None)
    assert not far
    assert apart(torch_way._monitor.kept, one._monitor.kept) < 1e-11
    together = two.state.tensors()
    assert {name for name in alone if apart(alone[name], together[name]) != 0} == set()
    assert torch.equal(one._monitor.kept, two._monitor.kept)


def test_calls_and_threads_of_replicas_change_no_bit() -> None:
    whole, cut = trained({}, 2), trained({}, 2, calls=7)
    assert torch.equal(whole.state.theta, cut.state.theta)
    assert torch.equal(whole._monitor.kept, cut._monitor.kept)
    alone, together = trained({"replicas": 3}, 1), trained({"replicas": 3}, 2)
    assert torch.equal(alone.state.theta, together.state.theta)
    assert torch.equal(together.state.theta[:1], whole.state.theta)
