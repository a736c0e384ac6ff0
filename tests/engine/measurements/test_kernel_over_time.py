"""Spectrum, limit and own maximum margin of the tangent kernel, from autograd's Jacobians and a general solver."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from engine.experiment.columns import formula_of, title_of
from engine.measurements import vector_history
from engine.measurements.kernel_spectrum import effective_rank
from tests.engine.cases import Plain, columns, history, trained
from tests.engine.measurements.test_kernel import CASES, cos, kernel, max_margin

OWN = ("ntk_own_margin_ratio", "ntk_own_cosine")


def margin_gradients(plain: Plain) -> np.ndarray:
    """Return grad q_n, or grad s_nj for every other class (K, P)."""
    rows, labels = plain.jacobian().numpy(), plain.labels.numpy()
    if plain.outputs_count == 1:
        return np.asarray(rows[:, 0] * labels[:, None])
    pairs = [(n, int(y), j) for n, y in enumerate(labels) for j in range(plain.outputs_count) if j != y]
    return np.stack([rows[n, y] - rows[n, j] for n, y, j in pairs])


@pytest.mark.parametrize(
    "said", [CASES["plane"], CASES["constant"], CASES["classes"]], ids=["plane", "constant", "classes"]
)
def test_every_formula(said: dict[str, Any]) -> None:
    training, thetas = history({**said, "run.steps": 60, "seed": 1})
    found = columns(training)
    start = Plain(training, 0, thetas[0][0])
    last = kernel(start.at(thetas[-1][0]))
    for t in (0, 20, 60):
        now = start.at(thetas[t][0])
        matrix, gradients, theta = kernel(now), margin_gradients(now), thetas[t][0].numpy()
        values = np.linalg.svd(now.jacobian().flatten(1).numpy(), compute_uv=False) ** 2
        for k in range(min(8, len(values))):
            expected = values[k] if values[k] > 1e-12 * values[0] else 0.0
            assert found[f"ntk_eigenvalue.{k + 1}"][t, 0] == pytest.approx(
                expected, rel=1e-6, abs=1e-12 * values[0]
            )
        shares = values / values.sum()
        entropy = -sum(p * math.log(p) for p in shares if p > 1e-14)
        assert found["ntk_effective_rank"][t, 0] == pytest.approx(math.exp(entropy), rel=1e-6)
        assert found["ntk_limit_alignment"][t, 0] == pytest.approx(cos(matrix, last), abs=1e-9)
        gram = gradients @ gradients.T
        dual = max_margin(gram, np.ones(len(gram)))
        weights = dual @ gradients
        gamma, length = np.linalg.norm(weights), np.linalg.norm(theta)
        ratio = (gradients @ theta).min() / (length * gamma)
        assert found[OWN[0]][t, 0] == pytest.approx(ratio, abs=1e-4)
        assert found[OWN[1]][t, 0] == pytest.approx(weights @ theta / (length * gamma), abs=1e-3)
    assert found["ntk_limit_alignment"][-1, 0] == 1
    # the mean over the dual weights is no smaller than the smallest
    assert (found[OWN[0]] <= found[OWN[1]] + 1e-9).all() and found[OWN[1]].max() <= 1 + 1e-9
    names = [f"ntk_eigenvalue.{k + 1}" for k in range(min(8, len(last)))]
    leading = np.stack([found[name][:, 0] for name in names])
    assert (np.diff(leading, axis=0) <= 0).all()


def test_effective_ranks_in_closed_form() -> None:
    values = torch.tensor([[3.0, 3, 3, 3], [5, 0, 0, 0], [1, 1, 0, 0]], dtype=torch.float64)
    assert effective_rank(values).tolist() == pytest.approx([4, 1, 2])


def test_at_a_kkt_point_theta_is_its_own_kernels_answer() -> None:
    """Lyu & Li's Corollary 4.5, on a run that comes near one; on the way there it is not."""
    said = {"data": {"kind": "circle", "n": 24}, "network.widths": [20], "network.init.scale": 0.1}
    found = columns(trained({**said, "measure.groups": ["kernel", "directions"], "run.steps": 6000}))
    assert found[OWN[0]][0, 0] < 0.5
    assert 0.99 < found[OWN[0]][-1, 0] <= found[OWN[1]][-1, 0] <= 1 + 1e-9
    # alignment with a single gradient says the same, of this run's own weights p instead of the best ones
    assert found[OWN[1]][-1, 0] >= found["cos_gradient"][-1, 0] - 1e-3


def test_of_a_linear_model_it_is_the_distance_to_the_support_vector_machine() -> None:
    """Its gradients are the samples whatever theta is."""
    said = {"network.widths": [], "data": {"kind": "hyperplane", "d": 3, "n": 12}, "run.steps": 300}
    found = columns(trained({**said, "measure.groups": ["kernel", "margins", "directions"]}))
    defined = ~np.isnan(found[OWN[0]][:, 0])
    assert defined.sum() > 3
    for own, known in zip(OWN, ("margin_ratio", "cos_reference"), strict=True):
        np.testing.assert_allclose(found[own][defined], found[known][defined], rtol=1e-6)


def test_where_it_cannot_be_said_the_reason_is() -> None:
    too_many = {"data": {"kind": "blobs", "n": 1200, "d": 2}, "network.widths": [2]}
    pairs = {
        "data": {"kind": "blobs", "n": 240, "classes": 3, "d": 2},
        "network.widths": [2],
        "loss.kind": "cross-entropy",
    }
    lambdas = {"data": {"kind": "circle", "n": 8}, "network": {"kind": "quasi"}}
    for said, reason in (
        (too_many, "subset of the samples"),
        (pairs, "480 pairs"),
        (lambdas, "different λ"),
    ):
        training = trained({**said, "measure": {"groups": ["kernel"], "grid": 3}, "run.steps": 1})
        notes = {c: m.note for m in training.measurements for c in m.columns}
        assert reason in notes["ntk_margin"]
        assert not set(OWN) & set(training.history.records.names)


def test_the_limit_is_compared_within_a_bound_on_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {**CASES["plane"], "run.steps": 40, "measure": {"groups": ["kernel"], "grid": 3, "every": 1}}
    exact = columns(trained(said))["ntk_limit_alignment"][:, 0]
    monkeypatch.setattr(vector_history, "MEMORY", 10 * 8 * 64)
    thinned = columns(trained(said))["ntk_limit_alignment"][:, 0]
    there = ~np.isnan(thinned)
    assert 4 <= there.sum() <= 10 and there[0] and there[-1]
    np.testing.assert_allclose(thinned[there], exact[there], rtol=1e-12)


def test_eigenvalues_are_named_by_their_number() -> None:
    assert title_of("ntk_eigenvalue.3") == "kernel eigenvalue 3"
    assert formula_of("ntk_eigenvalue.3") == r"\lambda_{3}(K_t)"
    assert formula_of("layer_alignment.W2") == r"|\langle v_{3},u_{2}\rangle|"


def test_float32_runs_have_the_margins_of_float64() -> None:
    """Solvers get a kernel in float64, without which it is not positive semi-definite to their precision."""
    found = {}
    for dtype in ("float64", "float32"):
        said = {"run.dtype": dtype, "data.n": 12, "network.widths": [60], "run.steps": 200}
        found[dtype] = columns(trained({**said, "measure.groups": ["kernel"]}))
    for name in ("ntk_margin", "ntk_own_margin_ratio", "ntk_own_cosine"):
        double, single = found["float64"][name], found["float32"][name]
        assert not np.isnan(single).any(), name
        np.testing.assert_allclose(single, double, rtol=2e-3, atol=2e-4, err_msg=name)


def test_the_margin_over_the_kernel_s_compares_the_same_problem_only() -> None:
    """One output and all samples: one against the rest, or a subset, has another margin."""
    assert "margin_over_ntk" in columns(trained({"run.steps": 2}))
    classes = {"data": {"kind": "blobs", "n": 9, "classes": 3}, "loss.kind": "cross-entropy"}
    assert "margin_over_ntk" not in columns(trained({**classes, "run.steps": 2}))
    many = {"data": {"kind": "blobs", "n": 1100, "separation": 9.0}, "network.widths": [9], "run.steps": 1}
    training = trained({**many, "measure.groups": ["kernel"]})
    assert "margin_over_ntk" not in training.history.records.names
    said = {name: m.note for m in training.measurements for name in m.columns}
    for name in ("ntk_drift", "ntk_effective_rank", "ntk_margin", "ntk_prediction_cosine"):
        assert "subset of 1000 samples" in said[name], name
