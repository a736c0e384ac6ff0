"""Mirror descent and steepest descent in lp: their steps, their limits, what they refuse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.experiment.experiment import experiment_from
from engine.optimizers import Pull
from engine.optimizers.geometry import Lp
from engine.optimizers.mirror import Mirror
from engine.protocol.records import RecordBatch, joined
from engine.theory import facts
from engine.training.loop import Training
from engine.words.errors import Refusal
from tests.engine.cases import experiment, prepared

LINEAR = {"kind": "mlp", "widths": []}
DATA = {"kind": "hyperplane", "n": 12, "d": 5}


def recorded(said: dict[str, Any]) -> dict[str, NDArray[np.float64]]:
    """Train, and return every column (T, R)."""
    training = Training(experiment({**said, "measure.groups": ["margins", "directions"]}))
    training.solve()
    return dict(joined([batch for batch in training.run() if isinstance(batch, RecordBatch)]).columns)


def mirror(step: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a linear model under mirror descent."""
    return {"data": DATA, "network": LINEAR, "optimizer": {"kind": "mirror", "step": step, **more}}


@pytest.mark.parametrize("step", [{"kind": "constant", "eta": 0.2}, {"kind": "normalised", "a": 0.3}])
def test_p_2_is_gradient_descent(step: dict[str, Any]) -> None:
    one = recorded({**mirror(step, p=2.0), "run": {"steps": 60}})
    descent = {"data": DATA, "network": LINEAR, "optimizer": {"kind": "steepest", "step": step}}
    other = recorded({**descent, "run": {"steps": 60}})
    assert np.allclose(one["log_loss"], other["log_loss"], rtol=1e-11)


@pytest.mark.parametrize("backend", ["torch", "compiled"])
@pytest.mark.parametrize("p", [1.2, 3.0, 7.0])
def test_constant_steps_add_gradients_in_the_dual_variable(p: float, backend: str) -> None:
    """Against z computed from scratch: w = sign(z)|z|^(q - 1), z the sum of all gradients from that of the start."""
    said = {**mirror({"kind": "constant", "eta": 0.05}, p=p), "run": {"steps": 30, "backend": backend}}
    training = prepared(said, 30)
    x = training.problem.x[0].numpy() * training.problem.labels[0].numpy()[:, None]
    w = training.problem.initial[0].numpy()
    z = np.sign(w) * np.abs(w) ** (p - 1)
    for _ in range(30):
        z = z + 0.05 * x.T @ np.exp(-x @ w)
        w = np.sign(z) * np.abs(z) ** (1 / (p - 1))
    assert np.allclose(training.state.theta[0].numpy(), w, rtol=1e-8)


def stepped(p: float, theta: list[float], gradient: list[float], size: float) -> tuple[Mirror, torch.Tensor]:
    """Return a mirror descent by length, and where one step of it leads."""
    start = torch.tensor([theta], dtype=torch.float64)
    chosen = Mirror(Lp(torch.tensor([p], dtype=torch.float64)), by_length=True)
    memory = chosen.initial_memory(start)
    pull = Pull(0, start, torch.tensor([gradient], dtype=torch.float64), torch.zeros(1, dtype=torch.float64))
    moved = chosen.direction(pull, memory)
    assert moved.move is not None
    moved.move(start, torch.tensor([size], dtype=torch.float64), moved.vector)
    return chosen, start


@pytest.mark.parametrize("p", [1.1, 2.5, 40.0])
@pytest.mark.parametrize("theta", [[0.0, 0.0], [3.0, -1e-3], [1e150, 0.0]])
def test_the_norm_grows_by_the_reach_at_most(p: float, theta: list[float]) -> None:
    chosen, start = stepped(p, theta, [0.5, 2.0], 0.1)
    reach = 0.1 * chosen.geometry.dual_norm(torch.tensor([[0.5, 2.0]], dtype=torch.float64), None)
    before = chosen.geometry.norm(torch.tensor([theta], dtype=torch.float64), None)
    after = chosen.geometry.norm(start, None)
    assert (after <= before + reach * (1 + 1e-9) + 1e-12 * before).all()
    if not before.any():
        assert torch.allclose(after, reach)


def test_weights_that_nothing_pulls_at_stay_to_the_last_bit() -> None:
    for p in (1.1, 3.0):
        _, start = stepped(p, [0.3, 0.7], [0.0, 0.0], 0.5)
        assert start.tolist() == [[0.3, 0.7]]


def test_a_run_is_meaningful_far_below_the_smallest_number() -> None:
    step = {"kind": "normalised", "a": 20.0}
    seen = recorded({**mirror(step, p=1.5), "run": {"steps": 400}})
    assert seen["log_loss"][-1, 0] < -800
    assert seen["margin_ratio"][-1, 0] > 0.98


@pytest.mark.parametrize("optimizer", [{"kind": "mirror"}, {"kind": "steepest", "norm": "lp"}])
def test_every_replica_has_its_own_p(optimizer: dict[str, Any]) -> None:
    said = {"data": DATA, "network": LINEAR, "run": {"steps": 500}}
    step = {"kind": "normalised", "a": 0.1}
    exponents = [1.3, 2.0, 3.0]
    vary = {"optimizer.p": exponents, "seed": [0, 0, 0]}
    both = recorded({**said, "optimizer": {**optimizer, "step": step}, "vary": vary})
    assert (both["margin_ratio"][-1] > 0.9).all()
    for r, p in enumerate(exponents):
        alone = recorded({**said, "optimizer": {**optimizer, "step": step, "p": p}})
        for column in (
            "margin_lp",
            "margin_ratio",
            "cos_reference",
            "smoothed_margin_own",
            "certified_ratio",
        ):
            assert both[column][-1, r] == pytest.approx(alone[column][-1, 0], rel=1e-6)


def test_networks_and_safe_steps_with_a_large_p_are_refused_with_the_remedy() -> None:
    said = experiment(mirror({"kind": "normalised"})).model_dump()
    with pytest.raises(Refusal, match=r"for linear models.*widths"):
        experiment_from({**said, "network": {"kind": "mlp", "widths": [4]}})
    optimizer = {"kind": "mirror", "step": {"kind": "safe"}}
    with pytest.raises(Refusal, match=r"no bound with p = 3.*take normalised"):
        experiment_from({**said, "optimizer": optimizer})
    assert experiment_from({**said, "optimizer": {**optimizer, "p": 1.5}})


def test_theorems_say_in_which_norm() -> None:
    training = prepared(mirror({"kind": "normalised"}, p=1.5))
    words = {
        fact.subject: fact.text for fact in facts(training.problem.experiment, training.problem.structure)
    }
    about = next(words[subject] for subject in words if subject.startswith("Sun et al. 2022"))
    assert about == "applies with small steps: the l1.5 margin"
