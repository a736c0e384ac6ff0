"""Few inputs, few units and one output have products of their own: each as torch has it, in blocks or at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from engine.compiled.exponentials import exponentials
from engine.compiled.jit import entry
from engine.experiment.document import parse
from engine.experiment.experiment import with_values
from engine.training.loop import Training

TEXT = """version = 1
title = "shapes"
data = { kind = "blobs", n = 37, d = 2 }
network = { kind = "mlp", widths = [11] }
loss = { kind = "logistic" }
optimizer = { kind = "steepest", step = { kind = "constant", eta = 0.01 } }
run = { steps = 1000, threads = 1 }
"""
SHAPES: dict[str, dict[str, Any]] = {
    "one input": {"data.d": 1, "network.widths": [7]},
    "one unit": {"network.widths": [1], "network.bias": "all"},
    "a narrow middle": {"network.widths": [9, 1, 8], "network.activation": "leaky-relu"},
    "linear": {"network.widths": [3, 4], "network.activation": "linear", "network.bias": "all"},
    "four inputs, blocks": {"data.n": 230, "data.d": 4, "network.widths": [513], "network.bias": "all"},
    "five inputs, classes": {"data.d": 5, "data.classes": 3, "network.widths": [70, 17]},
    "a smooth one": {"network.widths": [65, 2], "network.activation": "softplus", "network.bias": "all"},
    "a frozen layer": {"network.widths": [65, 3], "network.train": ["W2", "W3"]},
    "B^2": {"network.widths": [12], "network.activation": "leaky-relu", "optimizer.step.kind": "safe"},
}


def trained(values: dict[str, Any], backend: str) -> Training:
    """Return a run after some steps."""
    (experiment,) = parse(TEXT).experiments().values()
    run = Training(with_values(experiment, values | {"run.backend": backend}))
    with torch.no_grad():
        run.iterate.update()
        while run.step < 40:
            run.take_steps(40)
    return run


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_goes_torchs_way(name: str) -> None:
    ours, torchs = (trained(SHAPES[name], backend).state.theta for backend in ("compiled", "torch"))
    assert bool(ours.isfinite().all())
    assert float((ours - torchs).abs().max()) < 1e-11 * float(torchs.abs().max())


@entry
def raised(logs: Any, count: int, faint: float) -> Any:
    """Call what compiled steps call."""
    return exponentials(logs, count, faint)


def test_exponentials_are_as_exact_as_the_librarys() -> None:
    rng = np.random.default_rng(0)
    powers = np.concatenate([[0.0], -rng.uniform(0, 1, 600), -rng.uniform(0, 707, 3000), [-1e-320, -1e-17]])
    found = powers.copy()
    top, total = raised(found, found.size, 0.0)
    exact = np.exp(powers.astype(np.longdouble))
    apart = np.abs((found - exact) / exact).max()
    assert top == 0.0 and apart < 1.01 * np.finfo(float).eps
    assert total == pytest.approx(math.fsum(found), rel=1e-15)


def test_exponentials_are_the_same_wherever_they_stand() -> None:
    powers = -np.random.default_rng(1).uniform(0, 50, 23)
    powers[0] = 0.0
    whole = powers.copy()
    raised(whole, 23, 0.0)
    for k in range(1, 23):
        alone = np.array([0.0, powers[k], 7.0])
        raised(alone, 2, 0.0)
        assert alone[1] == whole[k] and alone[2] == 7.0


def test_exponentials_of_what_has_none() -> None:
    for logs, shift, total in (
        ([-math.inf, -math.inf], 0.0, 0.0),
        ([1.0, -math.inf], 1.0, 1.0),
        ([0.0, math.nan, 0.0], 0.0, math.nan),
        ([math.inf, 0.0], 0.0, math.inf),
        ([-800.0, -900.0], -800.0, 1.0),
        ([0.0, -700.0], 0.0, 1.0),
    ):
        values = np.array(logs)
        got = raised(values, values.size, 1e-300)
        assert got == pytest.approx((shift, total), nan_ok=True)
    assert values[1] == 0.0
