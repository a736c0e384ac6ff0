"""Runs that blow up: they end at their last finite state, say so, and leave other replicas alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.experiment.experiment import Experiment
from engine.optimizers.step_rules import LossBasedStep
from engine.run.iterate import Iterate
from engine.training.loop import Training
from tests.engine.cases import ADAM, SGD, Plain, columns, experiment, history, trained

WILD: dict[str, tuple[dict[str, Any], str]] = {
    "constant": (
        {"kind": "steepest", "step": {"kind": "constant", "eta": 50.0}},
        "optimizer.step.eta (now 50)",
    ),
    "normalised": (
        {"kind": "steepest", "step": {"kind": "normalised", "a": 1e200}},
        "optimizer.step.a (now 1e+200)",
    ),
    "sgd": ({**SGD, "step": {"kind": "constant", "eta": 50.0}}, "optimizer.step.eta (now 50)"),
    "adam": ({**ADAM, "step": {"kind": "constant", "eta": 1e200}}, "optimizer.step.eta (now 1e+200)"),
}


@pytest.mark.parametrize(("optimizer", "named"), WILD.values(), ids=WILD)
@pytest.mark.parametrize("every", [1, 50])
def test_a_far_too_large_step_ends_the_run_at_its_last_finite_state(
    optimizer: dict[str, Any], named: str, every: int
) -> None:
    said = {"optimizer": optimizer, "run.steps": 400, "measure": {"every": every, "grid": 5}}
    training = trained(said)
    told = training.history
    assert (told.status, told.finished) == ("diverged", True)
    assert f"diverged after step {training.step}" in training.sentence
    assert f"lower {named}" in training.sentence
    assert told.events["diverged_step"] == [training.step + 1]
    assert torch.isfinite(training.state.theta).all()
    found = columns(training)
    assert found["step"][-1] == training.step < 400
    assert np.isfinite(found["log_loss"]).all() and np.isfinite(found["param_norm"]).all()
    # the next step, taken by hand, is where it ends
    finite = [t for t in history({"optimizer": optimizer, "run.steps": 400})[1] if torch.isfinite(t).all()]
    assert len(finite) == training.step + 1
    assert torch.equal(finite[-1], training.state.theta)


@pytest.mark.parametrize("optimizer", ["constant", "sgd", "normalised"])
def test_other_replicas_go_on_as_if_nothing_had_happened(optimizer: str) -> None:
    own, _ = WILD[optimizer]
    field = {"constant": "eta", "normalised": "a"}[own["step"]["kind"]]
    large = own["step"][field]
    said = {"optimizer": own, "run.steps": 120, "measure": {"every": 40, "groups": ["margins", "norms"]}}
    together = trained({**said, "vary": {f"optimizer.step.{field}": [0.02, large, 0.03]}})
    assert together.history.status == "done"
    assert [s is None for s in together.history.events["diverged_step"]] == [True, False, True]
    for r, member in enumerate(together.problem.members):
        alone = trained(member)
        assert alone.history.events["diverged_step"][0] == together.history.events["diverged_step"][r]
        if r == 1:
            kept = together.state.theta[1:2]
            assert torch.allclose(kept, alone.state.theta, rtol=1e-9)
            assert torch.isfinite(kept).all()
            continue
        for name, values in columns(alone).items():
            if name != "step":
                assert columns(together)[name][:, r] == pytest.approx(values[:, 0], rel=1e-9, nan_ok=True)
        for name, counts in together.history.counters.items():
            assert counts[r] == pytest.approx(alone.history.counters[name][0], rel=1e-9, abs=1e-15), name


def test_a_replica_that_is_over_stays_where_it_was_and_is_recorded_no_longer() -> None:
    said = {"vary": {"optimizer.step.eta": [0.01, 50.0]}, "run.steps": 300}
    said |= {
        "optimizer.step": {"kind": "constant"},
        "measure": {"every": 30, "groups": ["norms", "directions"]},
    }
    training, thetas = history(said)
    over = training.history.events["diverged_step"][1]
    assert over is not None
    assert all(torch.equal(theta[1], thetas[over - 1][1]) for theta in thetas[over - 1 :])
    found = columns(training)
    later = found["step"] >= over
    assert later.any() and np.isfinite(found["log_loss"][~later]).all()
    for name, values in found.items():
        if name != "step":
            assert np.isnan(values[later, 1]).all(), name
    assert np.isfinite(found["log_loss"][:, 0]).all()
    assert training.lost_words == f"1 of 2 replicas diverged: replica 1 after step {over - 1}"
    # a step of length 0 has no logarithm: a gap, not minus infinity
    assert not any(np.isinf(values).any() for name, values in found.items() if name != "step")


BY_MATRIX: dict[str, dict[str, Any]] = {
    "spectral": {"kind": "steepest", "norm": "spectral", "step": {"kind": "constant", "eta": 0.05}},
    "muon": {"kind": "muon", "step": {"kind": "constant", "eta": 1e200}},
    "shampoo": {"kind": "shampoo", "step": {"kind": "constant", "eta": 1e200}},
}


@pytest.mark.parametrize("optimizer", BY_MATRIX.values(), ids=BY_MATRIX)
def test_decompositions_of_what_is_no_longer_finite_end_their_own_replica(optimizer: dict[str, Any]) -> None:
    large = optimizer["step"]["eta"]
    said = {"data": {"kind": "circle", "n": 24}, "network.widths": [8], "optimizer": optimizer}
    said |= {"run.steps": 120, "measure": {"every": 50}}
    together = trained({**said, "vary": {"optimizer.step.eta": [1e-4, large]}})
    small, wild = (trained(member) for member in together.problem.members)
    assert (wild.history.status, wild.step < 120) == ("diverged", True)
    assert f"lower optimizer.step.eta (now {large:g})" in wild.sentence
    assert together.history.status == small.history.status == "done"
    assert together.history.events["diverged_step"] == [None, wild.step + 1]
    for theta, alone in zip(together.state.theta, (small, wild), strict=True):
        assert torch.isfinite(theta).all()
        # two replicas at once round otherwise, and Shampoo's roots of small eigenvalues show it
        assert torch.allclose(theta, alone.state.theta[0], rtol=1e-9, atol=1e-7)


def test_an_edit_between_records_and_a_divergence_after_it() -> None:
    """What is done again to find the last finite state is done as it was: first with one step size, then another."""
    own, large = "network.output_scale", [1.0, 30.0]
    said = {"vary": {own: large}, "run.steps": 100, "measure": {"every": 100, "groups": ["norms"]}}
    said |= {"optimizer.step": {"kind": "constant", "eta": 1e-6}}

    def edited(one: Experiment) -> Training:
        training = Training(one, yield_every=0)
        for _ in training.run():
            if training.step == 40 and training.experiment.optimizer.step.eta < 0.01:  # type: ignore[union-attr]
                training.edit({"optimizer.step.eta": 0.02})
        return training

    together = edited(experiment(said))
    assert together.history.events["diverged_step"][0] is None
    assert together.history.events["diverged_step"][1] > 40  # type: ignore[operator]
    for r, member in enumerate(together.problem.members):
        alone = edited(member)
        assert alone.history.events["diverged_step"][0] == together.history.events["diverged_step"][r]
        assert torch.allclose(alone.state.theta[0], together.state.theta[r], rtol=1e-12)


def test_replicas_that_end_at_different_steps() -> None:
    said = {"vary": {"optimizer.step.eta": [2.0, 50.0, 8.0]}, "run.steps": 500}
    training = trained({**said, "optimizer.step": {"kind": "constant"}, "measure.groups": ["norms"]})
    steps = training.history.events["diverged_step"]
    assert None not in steps and len(set(steps)) > 1
    assert training.history.status == "diverged"
    assert training.step == max(s for s in steps if s is not None) - 1


def test_where_replicas_are_lost_is_found_by_halves_and_not_step_by_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[int] = []
    finite = Iterate.finite

    def counting(iterate: Iterate) -> torch.Tensor:
        looked.append(1)
        return finite(iterate)

    monkeypatch.setattr(Iterate, "finite", counting)
    said = {
        "optimizer.step": {"kind": "constant"},
        "run.steps": 4_000,
        "measure": {"every": 4_000, "grid": 5},
    }
    together = trained({**said, "vary": {"optimizer.step.eta": [0.01, 50.0, 1e200]}})
    assert together.step == 4_000 and len(looked) < 100
    first, second, third = together.history.events["diverged_step"]
    assert first is None and second is not None and third is not None
    for r in (1, 2):
        alone = trained({**together.problem.members[r].model_dump(), "measure": {"every": 1, "grid": 5}})
        assert alone.history.events["diverged_step"] == [(second, third)[r - 1]]


def test_huge_but_finite_is_no_divergence() -> None:
    said = {
        "network.init": {"scale": 1e20},
        "run.steps": 5,
        "optimizer.step": {"kind": "normalised", "a": 1.0},
    }
    training = trained({**said, "measure.groups": ["margins", "norms"]})
    assert training.history.status == "done"
    assert columns(training)["log_loss"][0, 0] > 1e30


def test_a_start_that_is_not_finite_says_so() -> None:
    training = trained({"network.init": {"scale": 1e300}, "run.steps": 30, "measure.groups": ["norms"]})
    assert training.history.status == "diverged"
    assert training.step == 0
    assert training.sentence.startswith("diverged at its start: the loss is not finite there")


def test_loss_based_epochs_survive_steps_that_blow_up() -> None:
    """An epoch whose loss is not finite is undone like any other."""
    said = {"optimizer.step": {"kind": "loss-based", "alpha": 1e30}, "run.steps": 20, "measure.every": 1}
    training = trained({**said, "measure.groups": ["norms"]})
    assert training.history.status == "done"
    assert (np.diff(columns(training)["log_loss"][:, 0]) < 0).all()
    assert LossBasedStep.patience >= 400


def test_a_dead_network_stays_where_it_is() -> None:
    """No unit active on any sample: no gradient, no curvature, and that is no divergence."""
    data = {"kind": "points", "x": [[1.0, 1.0], [0.5, 1.0]], "y": [1.0, -1.0]}
    for optimizer in ({"kind": "steepest"}, ADAM, {"kind": "steepest", "step": {"kind": "normalised"}}):
        said = {"data": data, "network.widths": [1], "optimizer": optimizer, "run.steps": 30}
        for seed in range(20):
            training = trained({**said, "seed": seed, "run.steps": 1, "measure.groups": []})
            if not Plain(training).f().any():
                break
        training = trained({**said, "seed": seed})
        assert not Plain(training).f().any()
        assert training.history.status == "done"
        assert torch.equal(training.state.theta, training.problem.initial)


def test_safe_steps_leave_a_zero_start() -> None:
    """A relative step of a parameter vector at 0 would be none at all."""
    network = {"kind": "mlp", "init": {"kind": "zeros"}}
    data = {"kind": "hyperplane", "n": 8, "d": 3}
    training = trained({"network": network, "data": data, "run.steps": 400})
    found = columns(training)
    assert training.history.events["fitted_step"][0] is not None
    assert found["margin_ratio"][-1, 0] > 0.5
    assert found["direction_path"][0, 0] == 0 and np.isfinite(found["direction_path"]).all()
    assert np.isnan(found["cos_initial"]).all()
    assert not any(np.isinf(values).any() for name, values in found.items() if name != "step")


def test_deep_networks_at_zero_stay_there() -> None:
    network = {"kind": "mlp", "widths": [4], "init": {"kind": "zeros"}}
    training = trained({"network": network, "run.steps": 20})
    assert training.history.status == "done"
    assert not training.state.theta.any()
    assert experiment({"network": network}).network.init.kind == "zeros"


@pytest.mark.parametrize("scale", [1e-200, 1e-100, 1e100])
def test_extreme_starts_break_no_measurement(scale: float) -> None:
    for network in ({"widths": [5]}, {"widths": [4, 3], "activation": "relu2"}, {}):
        said = {"network": {"kind": "mlp", **network, "init": {"scale": scale}}, "run.steps": 12}
        training = trained({**said, "measure.grid": 3, "replicas": 2})
        assert training.history.status in ("done", "diverged")
        found = columns(training)
        assert not any(np.isinf(values).any() for values in found.values())
        assert np.isfinite(found["log_loss"]).all() or training.history.status == "diverged"
