"""The linearised twin, from a plain linear model on autograd's features, and what it owes to every run."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.experiment.experiment import with_values
from engine.measurements import equal_loss
from engine.protocol.records import RecordBatch
from engine.training.loop import Training
from engine.words.errors import Refusal
from tests.engine.cases import (
    ADAM,
    SGD,
    Plain,
    columns,
    experiment,
    history,
    plain_loss,
    plain_margins,
    trained,
)
from tests.engine.measurements.test_kernel import compared_points, cos, max_margin

CASES: dict[str, dict[str, Any]] = {
    "exponential": {"data": {"kind": "circle", "n": 8}, "network.widths": [12]},
    "logistic, one layer trained, scaled": {
        "data": {"kind": "rings", "inner": 3, "outer": 4, "append_constant": True, "test_fraction": 0.3},
        "network.widths": [10],
        "network.train": ["W1"],
        "network.output_scale": 3.0,
        "loss.kind": "logistic",
        "optimizer.step": {"kind": "safe", "c": 0.9},
    },
    "classes, deep, biases": {
        "data": {"kind": "blobs", "n": 9, "classes": 3, "d": 2},
        "network.widths": [6, 5],
        "network.bias": "all",
        "network.activation": "gelu",
        "loss.kind": "cross-entropy",
    },
    "Adam on a hyperplane, test set": {
        "data": {"kind": "hyperplane", "n": 16, "d": 4, "test_fraction": 0.4},
        "network.widths": [8],
        "optimizer": ADAM,
    },
}
TWIN = {"measure": {"groups": ["kernel"], "grid": 7, "twin": True}}


class PlainTwin:
    """A linear model w (P,) on the features grad f (N, C, P), trained by autograd on the loss itself."""

    def __init__(self, start: Plain, share: float) -> None:
        self.start, self.features = start, start.jacobian()
        self.w = torch.zeros(self.features.shape[-1], dtype=torch.float64)
        self.step = share / max(float(g.square().sum()) for g in self._margin_gradients())

    def _margin_gradients(self) -> list[Tensor]:
        rows, labels = self.features, self.start.labels
        if rows.shape[1] == 1:
            return list(rows[:, 0])
        pairs = [(n, int(y), j) for n, y in enumerate(labels) for j in range(rows.shape[1]) if j != int(y)]
        return [rows[n, y] - rows[n, j] for n, y, j in pairs]

    def f(self, features: Tensor | None = None) -> Tensor:
        return (self.features if features is None else features) @ self.w

    def loss(self) -> float:
        return float(plain_loss(self.start.member.loss.kind, self.f(), self.start.labels))

    def weight(self) -> float:
        """Return S, the sum of -l'(qt_n)."""
        f, labels = self.f(), self.start.labels
        if f.shape[1] > 1:
            return float((1 - f.softmax(1)[torch.arange(len(f)), labels.long()]).sum())
        q = f[:, 0] * labels
        return float(
            (torch.exp(-q) if self.start.member.loss.kind == "exponential" else torch.sigmoid(-q)).sum()
        )

    def advance(self) -> None:
        w = self.w.clone().requires_grad_()
        with torch.enable_grad():
            loss = plain_loss(self.start.member.loss.kind, self.features @ w, self.start.labels)
            gradient = torch.autograd.grad(loss, w)[0]
        self.w = self.w - self.step / self.weight() * gradient


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_it_is_the_linear_model_on_the_gradients(said: dict[str, Any]) -> None:
    training, thetas = history({**said, **TWIN, "run.steps": 25, "seed": 1})
    found = columns(training)
    start = Plain(training, 0, thetas[0][0])
    twin = PlainTwin(start, getattr(start.member.optimizer.step, "c", 0.5))
    data = training.problem.dataset(0)
    on_grid = torch.tensor(compared_points(training))
    grid_features = start.jacobian(on_grid)
    test_features = start.jacobian(torch.tensor(data.x_test)) if len(data.x_test) else None
    for t in range(26):
        f, norm = twin.f(), float(twin.w.norm())
        expected = {"twin_log_loss": math.log(twin.loss()), "twin_norm": norm}
        now = start.at(thetas[t][0])
        if t > 0:
            expected["twin_normalized_margin"] = float(plain_margins(f, start.labels).min()) / norm
            expected["twin_distance_train"] = float((now.f() - f).norm() / f.norm())
            linear, network = twin.f(grid_features), now.f(x=on_grid)
            expected["twin_prediction_cosine"] = cos(network.numpy(), linear.numpy())
            if f.shape[1] > 1:
                expected["twin_agreement"] = float((network.argmax(1) == linear.argmax(1)).double().mean())
            else:
                expected["twin_agreement"] = float(((network >= 0) == (linear >= 0)).double().mean())
            if data.raw.shape[1] == 2:
                expected["twin_distance_grid"] = float((network - linear).norm() / linear.norm())
            if test_features is not None:
                linear = twin.f(test_features)
                apart = now.f(x=torch.tensor(data.x_test)) - linear
                expected["twin_distance_test"] = float(apart.norm() / linear.norm())
        for name, value in expected.items():
            assert found[name][t, 0] == pytest.approx(value, rel=1e-9, abs=1e-12), (name, t)
        twin.advance()
    assert ("twin_distance_test" in found) == (test_features is not None)
    assert math.isnan(found["twin_normalized_margin"][0, 0])


def test_its_margin_becomes_its_kernels_largest() -> None:
    """As every linear model's; the largest from a general solver, over classes on the differences of gradients."""
    for said in ({**CASES["exponential"], "network.widths": [40]}, CASES["classes, deep, biases"]):
        training = trained({**said, "measure": {"groups": ["margins"], "twin": True}, "run.steps": 5000})
        plain = PlainTwin(Plain(training, 0, training.problem.initial[0]), 0.5)
        rows = torch.stack(plain._margin_gradients()).numpy()
        if plain.features.shape[1] == 1:
            rows = rows * plain.start.labels.numpy()[:, None]
        gram = rows @ rows.T
        dual = max_margin(gram, np.ones(len(gram)))
        best = math.sqrt(dual @ gram @ dual)
        found = training.history.records
        assert 0.99 * best < found.final("twin_normalized_margin")[0] < best * (1 + 1e-6)
        ratio = found.final("twin_normalized_margin")[0] / best
        assert found.final("twin_margin_ratio")[0] == pytest.approx(ratio, rel=1e-6)
        assert (np.diff(found.column("twin_log_loss")[:, 0]) < 0).all()


def test_a_linear_model_is_its_own_twin() -> None:
    said = {
        "data": {"kind": "hyperplane", "n": 20, "d": 3, "test_fraction": 0.2},
        "network": {"kind": "mlp", "init": {"kind": "zeros"}},
        "optimizer.step": {"kind": "safe", "kappa": 1e9},
        "run.steps": 200,
    }
    found = columns(trained({**said, **TWIN}))
    for name in ("twin_distance_train", "twin_distance_test"):
        assert found[name][1:].max() < 1e-12
    assert found["twin_log_loss"] == pytest.approx(found["log_loss"], abs=1e-12)
    assert found["twin_margin_at_equal_loss"][2:] == pytest.approx(
        found["twin_normalized_margin"][2:], rel=1e-9
    )


def test_a_lazy_network_follows_its_twin_and_a_rich_one_does_not() -> None:
    """Its distance falls like 1/alpha: the output's second derivative is that much smaller beside its first."""
    said = {
        "data": {"kind": "circle", "n": 8},
        "network": {
            "kind": "mlp",
            "widths": [40],
            "activation": "gelu",
            "init": {"kind": "fan-in", "symmetrized": True},
        },
        "vary": {"network.output_scale": [0.1, 1.0, 10.0, 100.0]},
        "optimizer.step": {"kind": "safe", "refresh": 1},
        "run.steps": 100,
    }
    last = columns(trained({**said, **TWIN}))["twin_distance_train"][-1]
    assert last[0] > 0.5
    assert last[2] / last[3] == pytest.approx(10, rel=0.3)


def test_a_run_without_one_records_and_keeps_none() -> None:
    training = trained({"measure": {"groups": ["kernel"]}, "run.steps": 3})
    assert training.twin is None
    assert not [
        n for n in [*training.state.tensors(), *training.history.records.names] if n.startswith("twin")
    ]


def test_replicas_are_their_own_runs() -> None:
    said = {**CASES["exponential"], **TWIN, "run.steps": 40}
    together = columns(trained({**said, "replicas": 3}))
    alone = columns(trained({**said, "seed": 2}))
    for name in (n for n in alone if n.startswith("twin")):
        np.testing.assert_allclose(
            together[name][:, 2], alone[name][:, 0], rtol=1e-9, atol=1e-12, err_msg=name
        )


@pytest.mark.parametrize(
    "optimizer",
    [{"kind": "steepest"}, {**SGD, "step": {"kind": "constant", "eta": 0.01}}],
    ids=["full batch", "mini-batches"],
)
def test_a_run_held_and_continued_is_the_same(optimizer: dict[str, Any]) -> None:
    said = {**CASES["exponential"], **TWIN, "optimizer": optimizer, "run.steps": 90}
    whole = trained(said)
    first = Training(experiment(said))
    for batch in first.run():
        if isinstance(batch, RecordBatch) and batch.steps[-1] >= 41:
            break
    rest = trained(said, resume_from=first.snapshot(resumable=True))
    assert torch.equal(whole.state.twin.coefficients, rest.state.twin.coefficients)
    one, two = whole.history.records, rest.history.records
    later = one.steps >= two.steps[0]
    for name in (n for n in one.names if n.startswith("twin")):
        np.testing.assert_array_equal(one.column(name)[later], two.column(name), err_msg=name)
    # what is filled in when a run ends reaches back to its beginning, also after it was continued
    steps, margins = next(m for m in rest.measurements if "twin_norm" in m.columns).finish()  # type: ignore[misc]
    np.testing.assert_array_equal(steps, one.steps[np.isin(one.steps, steps)])
    assert len(steps) > later.sum()
    filled = one.column("twin_margin_at_equal_loss")[np.isin(one.steps, steps)]
    np.testing.assert_array_equal(margins["twin_margin_at_equal_loss"].numpy(), filled)


def test_a_replica_that_diverges_leaves_the_others_twins_alone() -> None:
    said = {
        **CASES["exponential"],
        **TWIN,
        "vary": {"optimizer.step.eta": [0.01, 50.0]},
        "optimizer.step": {"kind": "constant", "eta": 0.01},
        "network.activation": "relu2",
        "run.steps": 300,
    }
    both = trained(said)
    assert both.state.diverged[0] < 0 <= both.state.diverged[1]
    alone = trained({**{k: v for k, v in said.items() if k != "vary"}})
    torch.testing.assert_close(
        both.state.twin.coefficients[0], alone.state.twin.coefficients[0], rtol=1e-10, atol=1e-12
    )


def test_its_step_is_edited_with_the_runs() -> None:
    """From an edit on it takes the run's new share of the curvature bound, also when continued."""
    said = {**CASES["exponential"], **TWIN, "measure.every": 1, "run.steps": 20}
    training, steps = Training(experiment(said), yield_every=0), []
    for batch in training.run():
        if isinstance(batch, RecordBatch):
            steps.append(training.state.twin.coefficients.clone())
            if batch.steps[-1] == 10:
                training.edit({"optimizer.step.c": 0.25})
                expected = trained(
                    with_values(training.experiment, {"run.steps": 20}),
                    resume_from=training.snapshot(resumable=True),
                )
    moved = [float((b - a).abs().sum()) for a, b in pairwise(steps)]
    assert moved[9] / moved[10] == pytest.approx(2)
    assert torch.equal(training.state.twin.coefficients, expected.state.twin.coefficients)


def test_at_equal_loss_its_margin_is_that_of_the_step_where_it_had_the_loss() -> None:
    """Slower or faster than the network: by interpolation over the whole recorded curve."""
    for a in (0.02, 0.05):
        said = {**CASES["exponential"], **TWIN, "optimizer.step": {"kind": "normalised", "a": a}}
        found = columns(trained({**said, "run.steps": 400, "measure.every": 1}))
        twin, network = found["twin_log_loss"][:, 0], found["log_loss"][:, 0]
        margins = found["twin_normalized_margin"][:, 0]
        reached = (network >= twin.min()) & (network <= twin[1])
        expected = np.interp(-network[reached], -twin, margins)
        np.testing.assert_allclose(found["twin_margin_at_equal_loss"][reached, 0], expected, rtol=1e-9)
        assert np.isnan(found["twin_margin_at_equal_loss"][~reached, 0]).all()
        assert reached.sum() > 20
        assert (network[-1] < twin[-1]) == (a > 0.03)


def test_the_curve_is_thinned_where_records_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {
        **CASES["exponential"],
        "measure": {"groups": ["margins"], "twin": True, "every": 1},
        "run.steps": 300,
    }
    exact = columns(trained(said))["twin_margin_at_equal_loss"]
    monkeypatch.setattr(equal_loss, "CAPACITY", 64)
    training = trained(said)
    assert training.state.twin.curve.shape[2] == 64
    thinned = columns(training)["twin_margin_at_equal_loss"]
    both = ~np.isnan(exact) & ~np.isnan(thinned)
    assert both.sum() > 30
    np.testing.assert_allclose(thinned[both], exact[both], rtol=0.02)


def test_too_large_a_kernel_is_refused_with_what_would_fit() -> None:
    said = {"data": {"kind": "blobs", "n": 4000, "d": 2}, "network.widths": [2], "run.steps": 1}
    with pytest.raises(
        Refusal, match=r"measure\.twin.* needs 488\.3 MiB .*4,000 samples.*2,896 samples would fit"
    ) as caught:
        Training(experiment({**said, "measure.twin": True, "replicas": 4}))
    assert "of 4 replicas" in str(caught.value)


def test_many_samples_have_a_twin_without_an_exact_margin() -> None:
    said = {"data": {"kind": "blobs", "n": 1100, "d": 2}, "network.widths": [2], "run.steps": 2}
    training = trained({**said, "measure": {"groups": ["margins"], "twin": True}})
    assert (
        "twin_normalized_margin" in training.history.records
        and "twin_margin_ratio" not in training.history.records
    )
    assert "1,100 samples are too many" in training.references.why_none["linearised twin's margin"]


def test_a_twin_that_nothing_moves_has_no_predictions() -> None:
    """The circle's labels pull no linear model: what is left is rounding, and is not compared."""
    found = columns(trained({"network": {"kind": "diagonal"}, "data.n": 8, "run.steps": 20, **TWIN}))
    for name in ("twin_prediction_cosine", "twin_distance_train", "twin_normalized_margin"):
        assert np.isnan(found[name]).all(), name
    assert (found["twin_norm"] == 0).all()


def test_weight_decay_is_refused_beside_it_from_the_start_and_live() -> None:
    with pytest.raises(Refusal, match=r"^measure.twin: .*is trained without weight decay"):
        Training(experiment({**CASES["exponential"], **TWIN, "optimizer.weight_decay": 0.01}))
    training = Training(experiment({**CASES["exponential"], **TWIN}))
    with pytest.raises(Refusal, match=r"^measure.twin"):
        training.edit({"optimizer.weight_decay": 0.01})
    assert training.experiment.optimizer.weight_decay == 0 and not training.history.edits
