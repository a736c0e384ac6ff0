"""Loss, margins, norms and steps, each against its formula written out on plain tensors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from engine.experiment.columns import COLUMNS, column, formula_of, title_of
from engine.experiment.measure import GROUP_TITLES
from tests.engine.cases import ADAM, SGD, Plain, columns, history, measured, prepared, trained

CASES: dict[str, dict[str, Any]] = {
    "relu": {},
    "deep relu2, first bias": {
        "network": {
            "kind": "mlp",
            "widths": [4, 3],
            "activation": "relu2",
            "bias": "first",
            "init": {"bias": 0.3},
        }
    },
    "linear": {"network.widths": [], "data": {"kind": "hyperplane", "n": 9, "d": 3}},
    "maxout": {"network.activation": "maxout", "loss.kind": "logistic"},
    "one of three layers": {
        "network": {"kind": "mlp", "widths": [4, 3], "train": ["W2"], "output_scale": 2.0}
    },
    "classes": {"data": {"kind": "blobs", "n": 9, "classes": 3}, "loss.kind": "cross-entropy"},
    "classes, exponential": {"data": {"kind": "blobs", "n": 9, "classes": 3}},
    "adam": {"optimizer": ADAM, "network.widths": [3]},
    "sgd, test set": {
        "optimizer": SGD,
        "data": {"kind": "rings", "test_fraction": 0.3},
        "loss.kind": "logistic",
    },
    "not homogeneous": {"network.activation": "tanh", "network.bias": "all"},
}


def slowly(plain: Plain) -> dict[str, float]:
    """Return what theory.md 0, 1 and 10 say of one replica, one formula a line."""
    theta, q, loss = plain.theta.numpy(), plain.q().numpy(), plain.loss().item()
    exponential = plain.member.loss.kind == "exponential"
    threshold = 1.0 if exponential else math.log(2)
    least, rho = q.min(), math.sqrt((theta**2).sum())
    found = {
        "log_loss": math.log(loss),
        "accuracy": (q > 0).mean(),
        "separated": float(loss < threshold),
        "fitted": float(least > 0),
        "margin": least,
        "param_norm": rho,
        "norm_l1": np.abs(theta).sum(),
        "norm_linf": np.abs(theta).max(),
        "support_count": (q < least + math.log(100)).sum(),
    }
    layers = {f"W{k + 1}": layer for k, layer in enumerate(plain.layers)}
    if plain.fields.train != "all":
        layers = {name: layer for name, layer in layers.items() if name in plain.fields.train}
    for name, layer in layers.items():
        found[f"layer_norm.{name}"] = math.sqrt(sum((part**2).sum().item() for part in layer))
    if plain.degree is None:
        return found
    inverse = -math.log(loss) if exponential else -math.log(math.expm1(loss))
    adam = plain.member.optimizer.kind == "adam"
    degree = plain.degree
    found |= {
        "normalized_margin": least / rho**degree,
        "margin_l2": least / rho**degree,
        "margin_l1": least / np.abs(theta).sum() ** degree,
        "margin_linf": least / np.abs(theta).max() ** degree,
        "margin_spectral": least / max(np.linalg.norm(whole(w), 2) for w in layers.values()) ** degree,
        "smoothed_margin": inverse / rho**degree,
        "smoothed_margin_own": inverse / (np.abs(theta).max() if adam else rho) ** degree,
    }
    found |= {
        f"margin_percentile.{percent}": np.percentile(q, percent) / rho**degree
        for percent in (10, 25, 50, 75, 90)
    }
    if len(layers) > 1:
        # the degree in layer k alone: k_phi^(number of activations above it)
        power = {"relu2": 2, "relu3": 3}.get(plain.fields.activation, 1)
        depth = len(plain.layers)
        product = 1.0
        for name in layers:
            product *= found[f"layer_norm.{name}"] ** (power ** (depth - int(name[1:])))
        found["layer_product_margin"] = least / product
    return found


def whole(layer: list[torch.Tensor]) -> np.ndarray:
    """Return a layer as one matrix, its biases a further column."""
    return np.column_stack([part.numpy() for part in layer])


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_every_formula(said: dict[str, Any]) -> None:
    training, thetas = history(
        {**said, "run.steps": 40, "replicas": 2, "measure.groups": ["margins", "norms", "stationarity"]}
    )
    found = columns(training)
    for r in range(2):
        plain = Plain(training, r)
        for t in (0, 1, 7, 40):
            expected = slowly(plain.at(thetas[t][r]))
            for name, value in expected.items():
                assert found[name][t, r] == pytest.approx(value, rel=1e-9, abs=1e-12), (name, t)
    others = {"step", "gradient_norm", "step_size", "log_learning_rate", "log_time", "margin_ratio"}
    others |= {"kkt_epsilon", "kkt_delta", "stationarity", "tangential_residual", "test_accuracy"}
    others |= {"best_margin", "step_bound", "log_rate", "norm_growth"}
    others |= {name for name in found if name.endswith(("_decreases", "_worst_drop"))}
    others |= {name for name in found if name.startswith("margin_ratio_") or name == "certified_ratio"}
    assert found.keys() - others == expected.keys()  # and nothing applies that should not


@pytest.mark.parametrize("activation", ["relu", "relu2"])
def test_later_biases_are_no_part_of_the_product_of_layer_norms(activation: str) -> None:
    network = {
        "kind": "mlp",
        "widths": [4, 3],
        "activation": activation,
        "bias": "all",
        "init": {"bias": 0.5},
    }
    training, thetas = history({"network": network, "run.steps": 5, "measure.groups": ["margins"]})
    plain = Plain(training, 0, thetas[5][0])
    (first, first_bias), *later = plain.layers
    norms = [math.hypot(first.norm(), first_bias.norm()), *(weights.norm().item() for weights, _ in later)]
    degrees = {"relu": [1, 1, 1], "relu2": [4, 2, 1]}[activation]
    product = math.prod(norm**degree for norm, degree in zip(norms, degrees, strict=True))
    found = columns(training)["layer_product_margin"][-1, 0]
    assert found == pytest.approx(plain.q().min().item() / product, rel=1e-9)


def test_accuracy_on_the_test_set() -> None:
    training, thetas = history(CASES["sgd, test set"])
    x, labels = training.problem.x_test[0], training.problem.labels_test[0]
    assert len(labels) == 8
    for t in (0, 60):
        f = Plain(training, 0, thetas[t][0]).f(x=x)[:, 0]
        right = ((f * labels) > 0).double().mean().item()
        assert columns(training)["test_accuracy"][t, 0] == pytest.approx(right)
    assert "test_accuracy" not in columns(trained({"run.steps": 1}))


@pytest.mark.parametrize("kind", ["exponential", "logistic"])
def test_gradient_norm_is_that_of_the_normalised_gradient(kind: str) -> None:
    training, thetas = history({"loss.kind": kind, "run.steps": 10})
    for t in (0, 5, 10):
        plain = Plain(training, 0, thetas[t][0])
        q = plain.q()
        weight = (torch.exp(-q) if kind == "exponential" else torch.sigmoid(-q)).sum()
        expected = (plain.gradient() / weight).norm().item()
        assert columns(training)["gradient_norm"][t, 0] == pytest.approx(expected, rel=1e-10)


def test_margins_where_the_loss_is_below_float64() -> None:
    """At log loss -3000 nothing that is recorded is lost."""
    training = prepared({"data": {"kind": "circle"}, "network.widths": [20]})
    fitted = trained({"data": {"kind": "circle"}, "network.widths": [20], "run.steps": 1500})
    theta = fitted.state.theta
    small, large = measured(training, theta), measured(training, 40 * theta)
    assert large["log_loss"] < -1500
    q = large["margin"]
    for name in ("normalized_margin", "layer_product_margin", "margin_linf", "margin_ratio"):
        assert large[name] == pytest.approx(small[name], rel=1e-10)
    assert large["smoothed_margin"] == pytest.approx(large["normalized_margin"], rel=math.log(24) / q.item())
    assert large["smoothed_margin"] <= large["normalized_margin"]
    assert large["kkt_delta"] < 0.02
    assert all(
        np.isfinite(v).all()
        for name, v in large.items()
        if name not in ("step_size", "log_time", "log_learning_rate", "cos_previous")
        and name not in ("cos_gradient_mean", "cos_gradient_own_mean")  # of 200 steps
        and name not in ("log_rate", "norm_growth")  # no step led here
        and name not in ("path_left", "path_left_error")  # nor a path
    )


# references -------------------------------------------------------------------------------------


def svm_margin(z: np.ndarray) -> float:
    """Return max_{||w|| <= 1} min_n z_n.w = 1/min ||w|| subject to z w >= 1, by a general solver."""
    best = minimize(
        lambda w: w @ w / 2,
        np.linalg.lstsq(z, np.ones(len(z)), rcond=None)[0],
        jac=lambda w: w,
        constraints={"type": "ineq", "fun": lambda w: z @ w - 1, "jac": lambda w: z},
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert best.success
    return float(1 / np.linalg.norm(best.x))


@pytest.mark.parametrize("bias", ["none", "first"])
@pytest.mark.parametrize("widths", [[], [4, 3]])
def test_margin_ratio_of_linear_networks(widths: list[int], bias: str) -> None:
    said = {
        "data": {"kind": "hyperplane", "n": 9, "d": 3},
        "network": {
            "kind": "mlp",
            "widths": widths,
            "activation": "linear",
            "bias": bias,
            "init": {"bias": 0.2},
        },
        "measure.groups": ["margins", "directions"],
    }
    training, thetas = history({**said, "run.steps": 300})
    plain = Plain(training)
    x = plain.x.numpy()
    inputs = np.column_stack([x, np.ones(9)]) if bias == "first" else x
    best = svm_margin(plain.labels.numpy()[:, None] * inputs)
    found = columns(training)
    for t in (0, 100, 300):
        first, *above = plain.at(thetas[t][0]).layers
        product = torch.cat([first[0], first[1][:, None]], 1) if bias == "first" else first[0]
        for layer in above:
            product = layer[0] @ product
        w = product.numpy().ravel()
        margin = plain.at(thetas[t][0]).q().min().item()
        assert found["margin_ratio"][t, 0] == pytest.approx(margin / np.linalg.norm(w) / best, rel=1e-6)
        assert margin / np.linalg.norm(w) <= best * (1 + 1e-9)
    assert found["cos_reference"][300, 0] > found["cos_reference"][10, 0]


def test_margin_ratio_of_two_relu_layers_is_over_half_the_f1_margin() -> None:
    """By the linear programme's value for the 24 points of the circle, theory.md 8, P7."""
    said = {
        "data": {"kind": "circle"},
        "network.widths": [20],
        "network.init": {"scale": 0.1},
        "run.steps": 4000,
    }
    training = trained({**said, "measure.groups": ["margins"]})
    found = columns(training)
    assert found["margin_ratio"] == pytest.approx(found["normalized_margin"] / (0.0461480 / 2), rel=2e-6)
    assert 0.9 < found["margin_ratio"][-1, 0] <= 1
    scaled = prepared({**said, "network.output_scale": 3.0, "measure.groups": ["margins"]})
    assert measured(scaled, training.state.theta)["margin_ratio"] == pytest.approx(found["margin_ratio"][-1])


@pytest.mark.parametrize(
    ("network", "why"),
    [
        ({"widths": [4, 3]}, "two-layer ReLU"),
        ({"widths": [4], "activation": "gelu"}, "not homogeneous"),
        ({"widths": [4], "train": ["W1"]}, "some layers do not train"),
        ({"widths": [4], "activation": "relu2"}, "two-layer ReLU"),
    ],
)
def test_without_a_reference_the_window_is_told_why(network: dict[str, Any], why: str) -> None:
    training = trained({"network": {"kind": "mlp", **network}, "run.steps": 2})
    assert "margin_ratio" not in training.history.records
    assert why in training.references.why_none["margin reference"]


def test_a_replica_without_a_reference_has_gaps() -> None:
    """Flipped labels on a line cannot be separated: that replica has none, the other keeps its own."""
    said = {
        "data": {"kind": "hyperplane", "n": 12, "d": 2},
        "network.widths": [],
        "vary": {"data.label_noise": [0.0, 0.4]},
        "run.steps": 20,
    }
    training = trained(said)
    found, alone = columns(training), columns(trained(training.problem.members[0]))
    for name in ("margin_ratio", "cos_reference", "ntk_prediction_cosine", "ntk_agreement"):
        assert np.isnan(found[name][:, 1]).all()
        np.testing.assert_allclose(found[name][:, 0], alone[name][:, 0], rtol=1e-9)
    assert "none for replica 1: " in training.references.why_not_all["margin reference"]
    both = trained({**said, "vary": {"data.label_noise": [0.4, 0.4]}})
    assert "margin_ratio" not in both.history.records
    assert "cannot be separated" in both.references.why_none["margin reference"]


# invariances ------------------------------------------------------------------------------------

SCALE_FREE = (
    "normalized_margin", "layer_product_margin", "margin_l1", "margin_linf", "margin_spectral", "margin_ratio",
    "cos_initial", "layer_rank_ratio.W1", "layer_alignment.W1", "ntk_alignment", "ntk_prediction_cosine",
    "ntk_agreement", "accuracy", "fitted", "stationarity",
)  # fmt: skip


@settings(max_examples=15)
@given(st.floats(0.05, 20), st.integers(0, 10**6))
def test_margins_and_angles_do_not_see_the_scale(factor: float, seed: int) -> None:
    training = fitted_circle()
    theta = training.problem.initial + 0.0
    theta += 0.02 * torch.randn(theta.shape, dtype=theta.dtype, generator=torch.Generator().manual_seed(seed))
    before, after = measured(training, theta), measured(training, factor * theta)
    for name in SCALE_FREE:
        assert after[name] == pytest.approx(before[name], rel=1e-8, abs=1e-9, nan_ok=True), name
    assert after["margin"] == pytest.approx(factor**2 * before["margin"], rel=1e-9)
    assert after["param_norm"] == pytest.approx(factor * before["param_norm"], rel=1e-9)


@settings(max_examples=15)
@given(st.permutations(range(6)), st.integers(0, 10**6))
def test_nothing_sees_the_order_of_units(order: list[int], seed: int) -> None:
    training = fitted_circle()
    theta = training.problem.initial + 0.1 * torch.randn(
        1, 18, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    )
    incoming, outgoing = theta[0, :12].view(6, 2), theta[0, 12:]
    permuted = torch.cat([incoming[order].flatten(), outgoing[order]])[None]
    before, after = measured(training, theta), measured(training, permuted)
    for name in before.keys() - {
        "cos_initial",
        "cos_previous",
        "cos_gradient_mean",
        "balance_drift",
        "direction_path",
        "rotation",
        "hidden_distance",
        "hidden_change",  # the start is not permuted
    }:
        assert after[name] == pytest.approx(before[name], rel=1e-8, abs=1e-9, nan_ok=True), name


CACHE: list[Any] = []


def fitted_circle() -> Any:
    if not CACHE:
        CACHE.append(prepared({"network.widths": [6], "measure.grid": 5}))
    return CACHE[0]


@given(st.permutations(range(8)))
@settings(max_examples=6)
def test_nothing_sees_the_order_of_samples(order: list[int]) -> None:
    x = [[math.cos(k), math.sin(k)] for k in range(8)]
    y = [1.0 if a * b > 0 else -1.0 for a, b in x]

    def run(rows: list[int]) -> dict[str, np.ndarray]:
        data = {"kind": "points", "x": [x[i] for i in rows], "y": [y[i] for i in rows]}
        return columns(trained({"data": data, "run.steps": 15, "measure.grid": 5}))

    before, after = run(list(range(8))), run(order)
    assert before.keys() == after.keys()
    for name, values in before.items():
        near = 0.05 if name == "input_margin" else 1e-7  # rounding decides at kinks which way its search goes
        assert after[name] == pytest.approx(values, rel=near, abs=1e-9, nan_ok=True), name


# what applies -----------------------------------------------------------------------------------


def test_groups_choose_what_is_measured() -> None:
    always = {"step", "log_loss", "accuracy", "separated", "fitted"}
    for group in GROUP_TITLES:
        found = columns(trained({"measure.groups": [group], "run.steps": 3}))
        assert {column(name).group for name in found.keys() - always} == {group}  # type: ignore[union-attr]
    assert columns(trained({"measure.groups": [], "run.steps": 3})).keys() == always


def test_adam_has_no_learning_rate_of_the_gradient() -> None:
    found = columns(trained({"optimizer": ADAM, "run.steps": 5}))
    assert not {"log_time", "log_learning_rate"} & found.keys()
    assert found["step_size"][1:] == pytest.approx(0.02)


@pytest.mark.parametrize("said", CASES.values(), ids=CASES)
def test_every_column_explains_itself(said: dict[str, Any]) -> None:
    for name in columns(trained({**said, "run.steps": 3})).keys() - {"step"}:
        known = column(name)
        assert known is not None, name
        assert known.help and known.formula and title_of(name) and formula_of(name)
        assert known.group in {*GROUP_TITLES, "loss"}
    assert len({c.name for c in COLUMNS}) == len(COLUMNS)
