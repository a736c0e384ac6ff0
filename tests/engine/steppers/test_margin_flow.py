"""The margin flow against closed forms, against gradients of its own, and against descent that is trained for long."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from engine.measurements.limits.prediction import LimitPrediction, predicted
from engine.measurements.predictor import reference_inputs
from engine.references import linear_reference
from engine.references.minimum_norm import minimum_norm_weights
from engine.run import margin_ascent
from engine.run.cone import mixture
from engine.run.margin_ascent import ascended
from engine.run.pieces import Pieces
from engine.training.loop import Training
from engine.words.errors import Refusal
from tests.engine.cases import experiment, trained

PLANE = {
    "data": {"kind": "hyperplane", "n": 12, "d": 2, "margin": 0.2},
    "network": {"kind": "mlp", "widths": [], "init": {"kind": "normal"}},
}
CIRCLE = {"data": {"kind": "circle", "n": 8}, "network": {"kind": "mlp", "widths": [6]}}
XOR = {
    "data": {"kind": "parity", "d": 2},
    "network": {"kind": "mlp", "widths": [12], "bias": "none", "init": {"kind": "normal", "scale": 0.1}},
}


def flowed(said: dict[str, Any], steps: int = 2000, arc: float = 0.05, **more: Any) -> Training:
    """Follow the margin from the start of an experiment."""
    groups = {"measure.groups": ["margins", "norms", "directions"], "measure.every": 1}
    optimizer = {"kind": "margin-flow", "arc": arc}
    return trained({**said, "optimizer": optimizer, "run.steps": steps, **groups, **more})


def direction(training: Training, replica: int = 0) -> np.ndarray:
    """Return u (P,) of a replica."""
    theta: np.ndarray = training.state.theta[replica].double().numpy()
    return theta / np.linalg.norm(theta)


def test_a_linear_model_ends_in_the_svm_or_says_that_its_margin_is_not_positive() -> None:
    training = flowed({**PLANE, "replicas": 4})
    problem = training.problem
    assert "nothing raises the margin any further" in training.sentence and training.step < 2000
    assert "is not positive there, in 1 of 4 replicas" in training.sentence
    residual = training.state.stepper.rule.residual
    assert (
        f"at most {float(residual.max()):.0e} (that of replica {int(residual.argmax())})" in training.sentence
    )
    margins = training.history.records.final("normalized_margin")
    assert (margins > 0).sum() == 3
    for r in np.flatnonzero(margins > 0).tolist():
        best = linear_reference(reference_inputs(problem, r), problem.dataset(r).labels, 1, "l2")
        assert best.solution is not None
        exact = best.solution.ravel() / np.linalg.norm(best.solution)
        assert direction(training, r) @ exact == pytest.approx(1, abs=1e-9)


def test_the_margin_never_falls_and_the_norm_stays() -> None:
    training = flowed(CIRCLE)
    records = training.history.records
    margins = records.column("normalized_margin")[:, 0]
    assert (np.diff(margins) >= 0).all() and margins[-1] > 0 > margins[0]
    norms = records.column("param_norm")[:, 0]
    assert np.ptp(norms) < 1e-12 * norms[0]
    assert float(training.state.stepper.rule.residual[0]) < 1e-6


def test_the_network_of_two_xor_ends_at_its_closed_form_on_kinks() -> None:
    training = flowed(XOR)
    best = np.sqrt(2 / 2) / 8
    assert training.history.records.final("normalized_margin")[0] == pytest.approx(best, rel=1e-6)
    kinks = Pieces(training.problem, 0).seen(direction(training)).kinks
    assert (np.abs(kinks) < 1e-6 * np.abs(kinks).max()).sum() > 10


def test_its_way_is_the_minimum_norm_element_of_all_that_is_smallest() -> None:
    """Against torch's own gradients of a smooth network, and the references' solver, a short step at a time."""
    training = flowed({**CIRCLE, "network": {"kind": "mlp", "widths": [6], "activation": "relu2"}}, 20)
    problem, u, size = training.problem, direction(training), 0.0
    for _ in range(12):
        before, found = u, ascended(Pieces(problem, 0), u, size, 1e-4, np.asarray)
        u, size = found.direction, found.size
    point = torch.from_numpy(before)[None].requires_grad_()
    q = problem.network.outputs(point, problem.x)[0, :, 0] * problem.labels[0]
    slopes = np.stack([torch.autograd.grad(each, point, retain_graph=True)[0][0].numpy() for each in q])
    slopes -= np.outer(slopes @ before, before)
    values = q.detach().numpy()
    tied = slopes[values < values.min() + 1e-7]
    assert 1 < len(tied) < len(slopes)
    shortest = minimum_norm_weights(tied) @ tied
    assert (u - before) @ shortest / np.linalg.norm(u - before) / np.linalg.norm(shortest) > 0.9999999


def test_where_it_is_going_is_where_it_stands_with_a_certificate() -> None:
    training = flowed(CIRCLE)
    found = predicted(training.problem, 0, training.state.theta.double().numpy())
    assert isinstance(found, LimitPrediction) and found.sure
    assert found.point.residual < 1e-8 and found.error < 1e-4


def test_kinks_that_stay_0_take_no_place_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pixels of digits are 0 in whole windows, where the units of a convolution see nothing."""
    monkeypatch.setattr(margin_ascent, "MOST", 60)
    conv = {"kind": "conv", "channels": [2], "pool": "average"}
    problem = Training(
        experiment({"data": {"kind": "digits", "classes": [0, 1], "train": 6}, "network": conv})
    ).problem
    pieces, u, size, found = Pieces(problem, 0), problem.initial[0].double().numpy(), 0.0, None
    u = u / np.linalg.norm(u)
    assert (pieces.seen(u).kinks == 0).sum() > 60 and pieces.idle(u, pieces.seen(u)).sum() > 60
    while found is None or found.goes_on:
        found = ascended(pieces, u, size, 0.1, np.asarray)
        u, size = found.direction, found.size
    assert found.stationary and found.residual <= 1e-6


def test_of_too_many_pieces_the_nearest_are_solved_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(margin_ascent, "MOST", 30)
    sizes = []
    solve = mixture

    def counted(gradients: np.ndarray, added: np.ndarray, *more: Any) -> Any:
        sizes.append((len(gradients), len(added)))
        return solve(gradients, added, *more)

    monkeypatch.setattr(margin_ascent, "mixture", counted)
    wide = {"kind": "mlp", "widths": [40]}
    training = flowed({"data": {"kind": "circle", "n": 100}, "network": wide}, 20, 0.1)
    assert training.step == 20
    assert max(pairs + kinks for pairs, kinks in sizes) == 30 and max(kinks for _, kinks in sizes) > 0


def test_an_end_that_is_not_stationary_says_so_and_can_be_gone_on_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(margin_ascent, "SHARE", np.inf)
        stuck = flowed({**CIRCLE, "replicas": 2}, 5)
    assert stuck.step == 0 and "in 2 of 2 replicas no step was found" in stuck.sentence
    assert (
        "take a smaller optimizer.arc" in stuck.sentence
        and "0 of 2 replicas are stationary" in stuck.sentence
    )
    again = Training(stuck.experiment, resume_from=stuck.snapshot(True))
    list(again.run())
    assert again.step == 5 and not again.sentence


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"data": {"kind": "circle", "n": 5000}}, "data.n", "5,000 margins"),
        ({"network": {"kind": "mlp", "widths": [9000]}}, "network.widths", "27,000 parameters"),
    ],
)
def test_what_is_too_large_is_refused_before_it_runs(changes: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        Training(experiment({**CIRCLE, "optimizer": {"kind": "margin-flow"}, **changes}))
    assert refused.value.field == field and words in str(refused.value)


def test_replicas_flow_alone() -> None:
    together = flowed({**CIRCLE, "replicas": 2}, 30)
    for r in range(2):
        alone = flowed({**CIRCLE, "seed": r}, 30)
        assert direction(together, r) @ direction(alone) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"network.activation": "gelu"}, "optimizer.kind", "homogeneous"),
        ({"network.bias": "all"}, "optimizer.kind", "take flow or steepest"),
        ({"network.init": {"kind": "zeros"}}, "network.init.kind", "0 has none"),
        ({"optimizer.weight_decay": 0.1}, "optimizer.weight_decay", "is not a known field"),
        ({"data": {"kind": "digits"}, "network": {"kind": "conv"}}, "network.pool", "take average or none"),
    ],
)
def test_what_has_no_margin_flow_is_refused_in_words(changes: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        experiment({**CIRCLE, "optimizer": {"kind": "margin-flow"}, **changes})
    assert refused.value.field == field and words in str(refused.value)
