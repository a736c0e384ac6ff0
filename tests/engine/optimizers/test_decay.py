"""Weight decay is a term of the loss: torch's own, closed forms, losses of 1e-1000, and what theorems say of it."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.special import lambertw

from engine.claims import judge, judge_all
from engine.experiment.claims import Claim
from engine.experiment.document import Document
from engine.experiment.structure import Ends, structure
from engine.measurements.predictor import linear_predictor
from engine.optimizers.decay import Decay
from engine.optimizers.geometry import geometry
from engine.run.problem import prepare
from engine.theory import facts
from engine.training.loop import Training
from engine.training.solve_references import _has_asymptote
from engine.words.errors import Refusal
from tests.engine.cases import ADAM, SGD, experiment, prepared, trained
from tests.engine.optimizers.test_optimizers import NETWORKS, agree, by_torch

Said = dict[str, Any]
CONSTANT = {"kind": "constant", "eta": 0.02}
HEAVY = {"kind": "momentum", "beta": 0.8, "step": CONSTANT}
TORCHS: list[tuple[Said, type[torch.optim.Optimizer], Said]] = [
    ({"kind": "steepest", "step": CONSTANT}, torch.optim.SGD, {}),
    ({**SGD, "batch": 4, "replacement": False, "step": CONSTANT}, torch.optim.SGD, {}),
    ({**HEAVY, "nesterov": True}, torch.optim.SGD, {"momentum": 0.8, "nesterov": True}),
    ({**ADAM, "epsilon": 1e-8}, torch.optim.Adam, {"betas": (0.9, 0.95), "eps": 1e-8}),
    ({"kind": "adagrad", "epsilon": 0.0, "step": CONSTANT}, torch.optim.Adagrad, {"eps": 0.0}),
    ({"kind": "rmsprop", "epsilon": 0.0, "step": CONSTANT}, torch.optim.RMSprop, {"alpha": 0.95, "eps": 0.0}),
]
ONE_WEIGHT: Said = {
    "data": {"kind": "points", "x": [[1.0], [-1.0]], "y": [1.0, -1.0]},
    "network": {"kind": "mlp", "widths": [], "init": {"kind": "zeros"}},
    "loss": {"kind": "exponential", "reduction": "mean"},
    "measure.groups": ["norms", "margins"],
}


@pytest.mark.parametrize(("optimizer", "torchs", "options"), TORCHS)
def test_weight_decay_is_torchs(optimizer: Said, torchs: type[torch.optim.Optimizer], options: Said) -> None:
    said = {
        **NETWORKS["gelu with biases"],
        "loss": {"kind": "logistic", "reduction": "mean"},
        "optimizer": {**optimizer, "weight_decay": 0.3},
        "run.steps": 30,
    }
    agree(said, by_torch(said, torchs, lr=0.02, weight_decay=0.3, **options), tolerance=1e-8)


def numbers(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def test_losses_far_below_floats_pull_with_what_they_have_beside_the_decay() -> None:
    theta, gradient = numbers(2.0, -1.0), numbers(0.5, 3.0)
    for log_weight in (900.0, 3.0, -6.0, -40.0, -2500.0):
        pulled = Decay(numbers(1e-3)).pull(theta[None], gradient[None], numbers(log_weight))
        unit = mpmath.exp(log_weight) + mpmath.mpf(1e-3)
        assert pulled.log_weight.item() == pytest.approx(float(mpmath.log(unit)), rel=1e-12)
        for found, of_loss, at in zip(pulled.gradient[0], gradient, theta, strict=True):
            whole = mpmath.exp(log_weight) * of_loss.item() - mpmath.mpf(1e-3) * at.item()
            assert found.item() == pytest.approx(float(whole / unit), rel=1e-11)


@pytest.mark.parametrize(
    ("optimizer", "steps", "near"),
    [
        ({"kind": "steepest"}, 1200, 1e-9),
        ({"kind": "steepest", "norm": "linf"}, 1200, 1e-9),
        # a loss that is lowered by no more than rounding is not lowered
        ({"kind": "steepest", "step": {"kind": "line-search"}}, 300, 1e-6),
        ({"kind": "steepest", "step": {"kind": "loss-based"}}, 300, 1e-6),
        ({"kind": "sgd", "batch": 1, "step": {"kind": "loss-based"}}, 300, 1e-6),
        ({"kind": "flow"}, 250, 1e-5),
    ],
)
def test_one_weight_comes_to_rest_where_loss_and_decay_balance(
    optimizer: Said, steps: int, near: float
) -> None:
    """e^-w = lambda w at w = W(1/lambda), Lambert's W; every replica has its own decay."""
    decays = [1.0, 1e-3, 1e-200]
    said = {**ONE_WEIGHT, "optimizer": optimizer, "vary": {"optimizer.weight_decay": decays}}
    run = trained({**said, "run.steps": steps})
    known = np.array([lambertw(1 / decay).real for decay in decays])
    assert run.state.theta[:, 0].numpy() == pytest.approx(known, rel=near)


@pytest.mark.parametrize("optimizer", ["steepest", "sgd"])
def test_steps_go_on_where_decay_alone_makes_them_worth_taking(optimizer: str) -> None:
    """From a norm that is too large the loss rises, and loss and decay together fall; the edit is made live."""
    said = {**ONE_WEIGHT, "optimizer": {"kind": optimizer, "step": {"kind": "loss-based"}}}
    training = Training(experiment({**said, "run.steps": 150}), yield_every=0)
    for _ in training.run():
        if training.step == 50:
            training.edit({"optimizer.weight_decay": 0.1})
            before = training.state.theta.item()
    assert before > 2 * training.state.theta.item()
    assert training.state.theta.item() == pytest.approx(lambertw(10).real, rel=1e-2)


def test_the_flow_of_decay_alone_shrinks_like_an_exponential_of_its_time() -> None:
    """Time is that of the summed loss, of which two samples have twice their mean."""
    init = {"kind": "fan-in", "scale": 800.0}
    flow = {"kind": "flow", "weight_decay": 0.25}
    training = trained({**ONE_WEIGHT, "network.init": init, "optimizer": flow, "run.steps": 2})
    assert training.iterate.evaluation.log_loss.item() < -60
    shrunk = training.state.theta.item() / training.problem.initial.item()
    assert math.log(shrunk) == pytest.approx(-0.5 * training.state.log_time.exp().item(), rel=1e-5)
    assert shrunk < 0.99


@pytest.mark.parametrize("norm", ["l2", "linf", "l1", "spectral"])
def test_no_vector_is_longer_than_a_norm_allows(norm: Any) -> None:
    network = prepared({"network.widths": [4], "network.bias": "first"}).problem.network
    chosen = geometry(norm, network)
    drawn = torch.randn(400, 16, generator=torch.Generator().manual_seed(0)).double()
    longest = [drawn, chosen.steepest(drawn, None)]
    squares = torch.cat([v.square().sum(1) / chosen.norm(v, None).square() for v in longest])
    assert squares.max().item() == pytest.approx(chosen.widest(16), rel=1e-9)


def test_conditions_on_the_loss_alone_refuse_weight_decay_in_words() -> None:
    theory = {"kind": "steepest", "step": {"kind": "theory"}, "weight_decay": 0.1}
    with pytest.raises(Refusal, match=r"set optimizer.weight_decay to 0"):
        experiment({"optimizer": theory})
    with pytest.raises(Refusal, match=r"set optimizer.weight_decay to 0"):
        experiment(
            {"optimizer": {**theory, "weight_decay": 0.0}, "vary": {"optimizer.weight_decay": [0.0, 0.1]}}
        )


@pytest.mark.parametrize("kind", ["steepest", "adamw", "flow", "adagrad"])
def test_no_theorem_about_margins_speaks_of_weights_that_decay(kind: str) -> None:
    said = experiment({"optimizer": {"kind": kind}, "vary": {"optimizer.weight_decay": [0.0, 0.25]}})
    told = facts(said, structure(said.network, Ends(2, 1)))
    assert not any(fact.holds for fact in told if fact.standing == "proved")
    if kind != "adamw":
        assert any("weight decay of 0.25 keeps the norm bounded" in fact.text for fact in told)


def test_margins_that_should_never_fall_are_judged_void_where_weights_decay() -> None:
    said = {"run.steps": 300, "vary": {"optimizer.weight_decay": [0.0, 1e-3]}}
    history = trained(said).history
    claim = Claim(text="it grows", check="non_decreasing", of="smoothed_margin")
    verdict = judge(claim, {"": history})
    assert verdict.status == "void" and "Weight decay keeps the norm bounded" in verdict.sentence
    decreases = history.counters["smoothed_margin_decreases"]
    assert decreases[0] == 0 and math.isnan(decreases[1])


@pytest.mark.parametrize(("widths", "power"), [([], 2), ([4], 1)])
def test_the_decayed_minimiser_is_the_convex_problems(widths: list[int], power: int) -> None:
    """One layer: lambda/2 ||w||^2; two: lambda ||w||, what balanced factors of w have. Theory section 0.3."""
    decays = [0.1, 1e-4]
    data = {"kind": "hyperplane", "n": 20, "d": 4, "margin": 0.3}
    network = {"kind": "mlp", "widths": widths, "activation": "linear"}
    steps = {"kind": "steepest", "step": {"kind": "safe", "c": 1.0, "kappa": 0.1}}
    said = {"data": data, "network": network, "loss": {"kind": "logistic"}, "optimizer": steps}
    run = trained(
        {**said, "measure.groups": ["norms"], "run.steps": 2500, "vary": {"optimizer.weight_decay": decays}}
    )
    z = run.problem.dataset(0).labels[:, None] * run.problem.dataset(0).x
    found = linear_predictor(run.problem, run.state.theta)[:, 0].numpy()
    for decay, w in zip(decays, found, strict=True):

        def objective(w: np.ndarray, decay: float = decay) -> float:
            return float(np.logaddexp(0, -z @ w).sum() + decay / power * np.linalg.norm(w) ** power)

        slow = minimize(objective, z.mean(0), method="Nelder-Mead", options={"xatol": 1e-8, "maxiter": 4000})
        assert objective(w) <= slow.fun * (1 + 1e-9)
        assert w == pytest.approx(slow.x, rel=1e-3, abs=1e-3)


def test_counters_end_where_a_live_edit_lets_weights_decay() -> None:
    training = prepared({"replicas": 2}, steps=5)
    training.edit({"optimizer.weight_decay": 0.1})
    training.edit({"optimizer.weight_decay": 0.0})
    training.measure_now()
    counters = training.state.counters
    assert counters and all(value.isnan().all() for value in counters.values())


@pytest.mark.parametrize(("of", "void"), [("normalized_margin", True), ("param_norm", False)])
def test_a_margin_that_nobody_counts_is_not_judged_where_weights_decay(of: str, void: bool) -> None:
    said = experiment(
        {"optimizer": {**SGD, "weight_decay": 0.01}, "run.steps": 20, "measure.groups": ["margins"]}
    )
    claims = (Claim(text="it grows", check="non_decreasing", of=of),)
    (found,) = judge_all(Document(base=said, claims=claims), {"": trained(said).history})
    assert ("Weight decay keeps the norm bounded" in found.sentence) == void


@pytest.mark.parametrize(("change", "there"), [({}, True), ({"optimizer.weight_decay": 0.1}, False)])
def test_weights_that_decay_follow_no_asymptote(change: Said, there: bool) -> None:
    assert _has_asymptote(prepare(experiment({"network.widths": [], **change}))) == there
