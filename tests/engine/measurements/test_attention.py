"""What is measured of attention: which tokens it selects, and its matrix beside the least ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.inspection.inspected_run import InspectedRun
from engine.inspection.neurons import NeuronAnswers
from engine.protocol.neurons import AskNeurons, NeuronsReady
from engine.training.loop import Training
from tests.engine.cases import experiment
from tests.engine.inspection.questions import ask

Said = dict[str, Any]
DESCENT = {"kind": "steepest", "scaled": False, "step": {"kind": "constant", "eta": 0.2}}
TOKENS = {"kind": "tokens", "n": 4, "tokens": 3, "d": 4}
FACTORED = {"kind": "attention", "form": "factored", "init": {"kind": "normal", "scale": 0.1}}
COLUMNS = {
    "cos_reference",
    "cos_frobenius",
    "cos_nuclear",
    "selection_ratio",
    "optimal_tokens",
    "optimal_attention",
}


def trained(**said: Any) -> Training:
    training = Training(
        experiment(
            {
                "data": TOKENS,
                "network": {"kind": "attention", "init": {"kind": "zeros"}},
                "loss.kind": "logistic",
                "optimizer": DESCENT,
                "measure.groups": ["margins", "directions"],
                "run.steps": 400,
                **said,
            }
        )
    )
    for _ in training.run():
        pass
    return training


@pytest.mark.parametrize("network", [{"kind": "attention", "init": {"kind": "zeros"}}, FACTORED])
def test_where_attention_looks_is_what_numpy_says(network: Said) -> None:
    training = trained(network=network, replicas=2, **{"data.spread": 0.5})
    problem, records = training.problem, training.history.records
    assert set(records.names) >= COLUMNS
    nuclear = network is FACTORED
    for r in range(2):
        x = problem.dataset(r).x.reshape(4, 3, 4)
        theta = training.state.theta[r].numpy()
        w = theta.reshape(-1, 4, 4)
        matrix = w[1] @ w[0] if nuclear else w[0]
        scores = np.einsum("ntd,de,ne->nt", x, matrix, x[:, 0])
        best = (problem.dataset(r).labels[:, None] * x[:, :, 0]).argmax(1)
        own = scores[np.arange(4), best]
        others = np.where(np.arange(3) == best[:, None], -np.inf, scores).max(1)
        norm = np.linalg.norm(matrix, "nuc" if nuclear else "fro")
        gamma = training.references.tokens["nuclear" if nuclear else "frobenius"][r]
        assert gamma is not None
        ratio = (own - others).min() / norm / gamma.value
        assert records.final("selection_ratio")[r] == pytest.approx(ratio) and ratio < 1
        assert records.final("optimal_tokens")[r] == (scores.argmax(1) == best).mean()
    same = "cos_nuclear" if nuclear else "cos_frobenius"
    assert (records.final("cos_reference") == records.final(same)).all()


def test_a_matrix_tends_to_the_least_frobenius_norm_and_factors_to_the_least_nuclear_one() -> None:
    whole, factors = trained(), trained(network=FACTORED)
    for training, own, other in ((whole, "frobenius", "nuclear"), (factors, "nuclear", "frobenius")):
        records = training.history.records
        assert records.final(f"cos_{own}")[0] > 0.99 > records.final(f"cos_{other}")[0]
        assert records.final("optimal_tokens")[0] == 1 and records.final("selection_ratio")[0] > 0.9


def test_what_needs_a_degree_is_absent_and_said() -> None:
    training = trained(**{"run.steps": 2})
    names = set(training.history.records.names)
    assert not names & {"normalized_margin", "smoothed_margin", "kkt_epsilon", "margin_ratio", "bregman_gap"}
    assert any("not homogeneous" in why for why in training.references.why_none.values())


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"data": {"kind": "blobs", "n": 9, "classes": 3}, "loss.kind": "cross-entropy"}, "two classes"),
        ({"data": {**TOKENS, "n": 30}}, "No key-query matrix"),
        ({"data": {"kind": "digits", "classes": [3, 8], "train": 6}}, "network.head = 'random'"),
    ],
)
def test_where_no_selection_is_solved_it_is_said_why(said: Said, words: str) -> None:
    training = trained(**said, **{"run.steps": 1})
    assert words in " ".join(training.references.why_none.values())
    assert "cos_reference" not in training.history.records.names


@pytest.mark.parametrize("data", [TOKENS, {"kind": "circle"}])
@pytest.mark.parametrize("form", ["combined", "factored"])
def test_every_group_is_measured_and_units_are_shown(data: Said, form: str) -> None:
    said: Said = {
        "data": data,
        "network": {"kind": "attention", "form": form, "rank": 3 if form == "factored" else 0},
        "loss.kind": "logistic",
        "run.steps": 2,
    }
    training = Training(experiment(said))
    for _ in training.run():
        pass
    assert training.history.status == "done" and "nc1" not in training.history.records.names
    answered = NeuronAnswers().answer(
        ask(AskNeurons, said, None), InspectedRun(training.problem), training.state.theta, None
    )
    assert isinstance(answered, NeuronsReady)
    assert answered.tiles is None and "tokens one by one" in answered.why_no_plane
