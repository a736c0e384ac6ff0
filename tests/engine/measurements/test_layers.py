"""Spectra, alignment and balance of layers, by brute force; and that what should be conserved is."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.cases import Plain, columns, history, measured, prepared, trained
from tests.engine.networks.plain_networks import BIASES

DEEP = {
    "deep linear": {"kind": "mlp", "widths": [4, 3], "activation": "linear"},
    "two layers": {"kind": "mlp", "widths": [5]},
    "relu, biases": {"kind": "mlp", "widths": [4, 3], "bias": "all", "init": {"bias": 0.3}},
    "relu2": {"kind": "mlp", "widths": [4, 3], "activation": "relu2", "bias": "first", "init": {"bias": 0.3}},
    "maxout": {"kind": "mlp", "widths": [4, 3], "activation": "maxout"},
    "three outputs": {"kind": "mlp", "widths": [4], "activation": "linear"},
}
POWERS = {"relu2": 2, "relu3": 3}
BLOBS = {"kind": "blobs", "n": 9, "classes": 3, "d": 3}


def invariants(plain: Plain) -> list[np.ndarray]:
    """Return what gradient flow conserves between each layer and the next.

    Linear without biases: W_{k+1}^T W_{k+1} - W_k W_k^T. Else, unit by unit, power ||outgoing||^2 minus the squared
    norm of all that comes in (both pieces of a maxout unit, and biases).
    """
    layers = [[part.numpy() for part in layer] for layer in plain.layers]
    found = []
    for below, above in itertools.pairwise(layers):
        if plain.fields.activation == "linear" and plain.fields.bias == "none":
            found.append(above[0].T @ above[0] - below[0] @ below[0].T)
            continue
        units = above[0].shape[1]
        differences = np.zeros(units)
        for j in range(units):
            rows = [j, j + units] if plain.fields.activation == "maxout" else [j]
            incoming = sum((below[0][i] ** 2).sum() for i in rows)
            incoming += sum(below[1][i] ** 2 for i in rows) if len(below) > 1 else 0.0
            power = POWERS.get(plain.fields.activation, 1)
            differences[j] = power * (above[0][:, j] ** 2).sum() - incoming
        found.append(differences)
    return found


def rank_one_bound(weights: list[np.ndarray]) -> float:
    """Return D of Ji & Telgarsky 2019, Lemma 2, from the initial weights."""
    frobenius = [np.linalg.norm(w) ** 2 for w in weights]
    spectral = [np.linalg.norm(a @ a.T - b.T @ b, ord=2) for a, b in itertools.pairwise(weights)]
    return float(max(frobenius) - frobenius[-1] + sum(spectral))


@pytest.mark.parametrize("network", DEEP.values(), ids=DEEP)
def test_every_formula(network: dict[str, Any]) -> None:
    data = BLOBS if network == DEEP["three outputs"] else {"kind": "circle", "n": 8}
    said = {"network": network, "data": data, "run.steps": 30, "replicas": 2, "measure.groups": ["layers"]}
    training, thetas = history(said)
    found = columns(training)
    names = set()
    for r in range(2):
        plain = Plain(training, r)
        start = plain.at(thetas[0][r])
        first = invariants(start)
        for t in (0, 12, 30):
            now = plain.at(thetas[t][r])
            decomposed = [np.linalg.svd(layer[0].numpy(), full_matrices=False) for layer in now.layers]
            expected = {}
            for k, (_, sigma, _) in enumerate(decomposed, start=1):
                if len(sigma) > 1:
                    expected[f"layer_rank_ratio.W{k}"] = sigma[1] / sigma[0]
                    expected[f"layer_spectral_share.W{k}"] = sigma[0] / np.linalg.norm(now.layers[k - 1][0])
            if network.get("activation") != "maxout":
                for k in range(1, len(decomposed)):
                    u, v = decomposed[k - 1][0][:, 0], decomposed[k][2][0]
                    expected[f"layer_alignment.W{k}"] = abs(u @ v)
            expected["rank_one_defect"] = max((s**2).sum() - s[0] ** 2 for _, s, _ in decomposed)
            drifts = [n - f for n, f in zip(invariants(now), first, strict=True)]
            expected["balance_drift"] = max(np.linalg.norm(d) for d in drifts)
            totals = [np.trace(d) if d.ndim == 2 else d.sum() for d in drifts]
            expected["layer_norm_drift"] = max(abs(v) for v in totals)
            if network.get("activation") == "linear":
                bound = rank_one_bound([layer[0].numpy() for layer in start.layers])
                expected["balance_bound"] = bound
                before = [np.linalg.norm(layer[0], ord=2) ** 2 for layer in start.layers]
                for k in range(1, len(before)):
                    grown = decomposed[k][1][0] ** 2
                    least = 1 - (bound + before[k] + before[k - 1]) / grown
                    expected[f"layer_alignment_bound.W{k}"] = np.sqrt(max(0.0, least))
            if network == DEEP["three outputs"]:
                product = now.layers[1][0].numpy() @ now.layers[0][0].numpy()
                sizes = np.linalg.svd(product, compute_uv=False)
                expected |= {f"component.{k}": size for k, size in enumerate(sizes, start=1)}
                expected["component_count"] = (sizes > sizes[0] / 10).sum()
            for name, value in expected.items():
                assert found[name][t, r] == pytest.approx(value, rel=1e-8, abs=1e-11), (name, t)
            names |= expected.keys()
    assert found.keys() - {"step", "log_loss", "accuracy", "separated", "fitted"} == names


@pytest.mark.parametrize("bias", BIASES)
@pytest.mark.parametrize("activation", ["relu", "leaky-relu", "relu2", "relu3", "abs", "linear", "maxout"])
def test_balance_is_conserved_by_gradient_flow(activation: str, bias: str) -> None:
    """Half the step, over the same time, halves the drift: in the limit of gradient flow there is none."""
    network = {"kind": "mlp", "widths": [4, 3], "activation": activation, "bias": bias}
    network["init"] = {"kind": "normal", "scale": 0.5, "bias": 0.3}
    drifts, moves = [], []
    for steps, eta in ((40, 2e-4), (80, 1e-4)):
        said = {
            "network": network,
            "loss.kind": "logistic",
            "run.steps": steps,
            "data.phase": 0.3,
            "data.n": 5,
        }
        training = trained(
            {**said, "optimizer.step": {"kind": "constant", "eta": eta}, "measure.groups": ["layers"]}
        )
        drifts.append(training.history.records.final("balance_drift")[0])
        moves.append((training.state.theta - training.problem.initial).norm().item())
    assert moves[1] == pytest.approx(moves[0], rel=0.01)
    assert drifts[0] < 0.02 * moves[0]
    assert drifts[1] == pytest.approx(drifts[0] / 2, rel=0.05)


def test_lemma_2_holds_along_a_deep_linear_run() -> None:
    said = {
        "data": {"kind": "hyperplane", "n": 20, "d": 5},
        "network": {"kind": "mlp", "widths": [5, 4], "activation": "linear", "init": {"scale": 0.05}},
        "run.steps": 2000,
        "replicas": 2,
        "measure.groups": ["layers", "margins"],
    }
    found = columns(trained(said))
    bound = found["balance_bound"]
    assert np.ptp(bound, axis=0) == pytest.approx(0, abs=1e-15)
    defect = found["rank_one_defect"]
    measured_there = ~np.isnan(defect)  # costly: not at every record
    assert measured_there.sum() > 10 and (defect <= bound)[measured_there].all()
    for k in (1, 2):
        aligned, least = found[f"layer_alignment.W{k}"], found[f"layer_alignment_bound.W{k}"]
        assert (aligned >= least)[~np.isnan(aligned)].all() and (least[-1] > 0.5).all()
    assert (found["layer_rank_ratio.W1"][-1] < 0.2).all()
    assert (found["layer_alignment.W1"][-1] > 0.99).all()


def test_what_does_not_apply_is_absent() -> None:
    def recorded(network: dict[str, Any]) -> set[str]:
        said = {"network": {"kind": "mlp", **network}, "run.steps": 2, "measure.groups": ["layers"]}
        return set(columns(trained(said)))

    always = {"step", "log_loss", "accuracy", "separated", "fitted"}
    assert recorded({}) == always  # one layer has no neighbours, and one row no second singular value
    assert not {"balance_drift", "layer_norm_drift"} & recorded({"widths": [4], "activation": "tanh"})
    assert "balance_bound" not in recorded({"widths": [4]})
    assert "balance_bound" not in recorded({"widths": [4], "activation": "linear", "bias": "first"})
    assert not {"balance_drift"} & recorded({"widths": [4], "train": ["W1"]})
    assert "layer_rank_ratio.W2" not in recorded({"widths": [4, 3], "train": ["W1"]})


@settings(max_examples=20)
@given(st.integers(0, 10**6), st.floats(0.01, 100))
def test_rotations_between_linear_layers_change_nothing(seed: int, factor: float) -> None:
    """With W2 R and R^T W1 the function, its spectra and its balance are the same; scaling keeps ratios."""
    training = linear()
    random = np.random.default_rng(seed)
    first, second = random.normal(size=(4, 2)), random.normal(size=(1, 4))
    rotation = np.linalg.qr(random.normal(size=(4, 4)))[0]

    def at(one: np.ndarray, two: np.ndarray) -> dict[str, np.ndarray]:
        return measured(training, torch.from_numpy(np.concatenate([one.ravel(), two.ravel()])[None]))

    before = at(first, second)
    turned, scaled = at(rotation.T @ first, second @ rotation), at(factor * first, factor * second)
    for name in ("layer_rank_ratio.W1", "layer_alignment.W1"):
        assert turned[name] == pytest.approx(before[name], abs=1e-9)
        assert scaled[name] == pytest.approx(before[name], abs=1e-9)
    for name in ("margin", "rank_one_defect", "layer_norm_drift", "layer_product_margin"):
        assert turned[name] == pytest.approx(before[name], rel=1e-8, abs=1e-10)


CACHE: list[Any] = []


def linear() -> Any:
    if not CACHE:
        network = {"kind": "mlp", "widths": [4], "activation": "linear"}
        CACHE.append(prepared({"network": network, "measure.groups": ["layers", "margins"]}))
    return CACHE[0]
