"""How much of a predicted limit is believed, and of which runs none is predicted."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import pytest

from engine.experiment.edits import LiveEdit
from engine.experiment.plug_ins.kinds import OptimizerPlugIn
from engine.measurements.limits import prediction as limits
from engine.measurements.limits import refinement
from engine.measurements.limits.extrapolation import Extrapolation
from engine.measurements.limits.prediction import SURE, LimitPrediction, predicted, why_no_limit
from engine.measurements.limits.refinement import (
    AT_ONCE,
    BESIDE,
    SAME,
    SOLVING,
    WIDE,
    Effort,
    Refined,
    TooLarge,
    _columns,
    _element,
    face_at,
)
from engine.run.pieces import Pieces, PiecesSeen
from engine.run.problem import prepare
from tests.engine.cases import experiment

SAID = {"data": {"kind": "hyperplane", "n": 8, "d": 2, "margin": 0.3}, "network.widths": []}


def prediction(**changes: Any) -> LimitPrediction:
    """Return one that is told but for what is changed."""
    nothing = np.empty(0)
    said: dict[str, Any] = {
        "point": Refined(np.array([1.0, 0.0]), 0.5, 1e-9, nothing, np.empty(0, np.int64), 0),
        "now": 0.01,
        "extrapolation": None,
        "apart": 0.01,
        "margin_now": 0.4,
        "spread": 1e-5,
        "approach": 1.0,
    }
    return LimitPrediction(**(said | changes))


def extrapolation(error: float) -> Extrapolation:
    return Extrapolation(np.array([1.0, 0.0]), 1.0, error, 5)


def test_an_extrapolation_elsewhere_lengthens_the_error_bar_and_one_that_agrees_shortens_it() -> None:
    assert prediction().error == pytest.approx(0.01)
    assert prediction(extrapolation=extrapolation(1e-3), apart=0.6).error > 1
    assert prediction(extrapolation=extrapolation(1e-3), apart=5e-4).error == pytest.approx(3e-3)


def test_a_limit_is_sure_where_its_error_bar_is_below_four_digits_of_its_cosine() -> None:
    assert not prediction(now=0.05).sure and prediction(now=0.05).rough
    assert (
        prediction(now=0.03, tested=0.01).error == pytest.approx(0.01)
        and prediction(now=0.03, tested=0.01).sure
    )
    assert math.isclose(1 - SURE**2 / 2, 0.9999, abs_tol=1e-12), "a distance between unit vectors"
    for contradicted in ({"approach": 0.1}, {"extrapolation": extrapolation(1e-4), "apart": 0.02}):
        assert not prediction(now=0.03, tested=0.01, **contradicted).sure


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 0.1 / 3), (0.01, 0.1 / 3), (0.5, 0.1163), (0.9, 0.271)]
)
def test_what_earlier_directions_are_refined_to_tells_how_far_the_limit_may_be(
    share: float, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit, off = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    across, nothing = np.array([0.0, 0.0, 1.0]), np.empty(0)

    def beside(_pieces: Pieces, start: np.ndarray) -> Refined:
        # off by a share of what the start is off, as where solutions are no single points
        away = share * float(np.linalg.norm(start - limit))
        return Refined(limit + away * across, 0.5, 1e-9, nothing, np.empty(0, np.int64), 0)

    monkeypatch.setattr(limits, "_refined", beside)
    pieces = Pieces(prepare(experiment(SAID)), 0)
    directions = limit + np.array([0.9, 0.3, 0.15, 0.1])[:, None] * off
    own = beside(pieces, directions[-1])
    now = float(np.linalg.norm(directions[-1] - own.direction))
    tested = limits._tested(pieces, directions, own, prediction(point=own, now=now))
    assert tested >= np.linalg.norm(own.direction - limit)
    assert tested == pytest.approx(expected, rel=0.01)
    assert limits._tested(pieces, directions[-1:], own, prediction(point=own, now=now)) == math.inf


def test_only_two_starts_that_agree_make_a_limit_sure() -> None:
    assert prediction().sure
    assert not prediction(spread=math.inf).sure and prediction(spread=math.inf).rough
    assert not prediction(spread=0.01).sure


def test_a_network_that_is_homogeneous_in_the_limit_alone_is_told_less_of() -> None:
    assert prediction(now=0.03, tested=0.01).sure
    assert not prediction(now=0.03, tested=0.01, in_the_limit_alone=True).sure
    meanwhile = prediction(now=0.05, in_the_limit_alone=True)
    assert meanwhile.error == pytest.approx(0.1) and meanwhile.rough and not meanwhile.sure
    assert prediction(now=0.005, in_the_limit_alone=True).sure


def judged(optimizer: dict[str, Any], edits: tuple[LiveEdit, ...] = ()) -> str:
    problem = prepare(experiment({**SAID, "optimizer": {"kind": "steepest", **optimizer}}))
    best = problem.dataset(0).x.T @ problem.dataset(0).labels
    return str(predicted(problem, 0, np.array([best]), edits))


def test_learning_rates_with_a_finite_sum_reach_no_limit() -> None:
    assert "finite sum" in judged({"step": {"kind": "power", "exponent": 2.0}})
    assert "finite sum" not in judged({"step": {"kind": "power", "exponent": 1.0}})


@pytest.mark.parametrize(
    ("step", "field", "value", "said"),
    [
        ({"kind": "constant"}, "optimizer.weight_decay", 0.01, "weight decay"),
        ({"kind": "power"}, "optimizer.step.exponent", 1.5, "finite sum"),
    ],
)
def test_a_run_is_judged_by_what_it_has_become(
    step: dict[str, Any], field: str, value: float, said: str
) -> None:
    assert said not in judged({"step": step})
    assert said in judged({"step": step}, (LiveEdit(10, field, 0.0, value),))
    back = (LiveEdit(10, field, 0.0, value), LiveEdit(20, field, value, 0.0))
    assert said not in judged({"step": step}, back)


def test_a_plug_in_that_names_no_norm_has_no_limit_of_its_own() -> None:
    class Nameless(OptimizerPlugIn):
        """For this test."""

        kind: Literal["nameless"]

    class Named(Nameless):
        """For this test."""

        @property
        def geometry(self) -> Literal["l2"]:
            return "l2"

    problem = prepare(experiment(SAID))
    for kind, refused in ((Nameless, True), (Named, False)):
        brought = problem.members[0].model_copy(update={"optimizer": kind(kind="nameless")})
        assert ("does not say in which norm" in why_no_limit(brought, problem.structure, 8)) == refused


def test_of_too_many_margins_the_nearer_ones_are_solved_for_and_a_crowd_is_refused() -> None:
    said = {"data": {"kind": "circle", "n": 1500}, "network.widths": [64]}
    pieces = Pieces(prepare(experiment(said)), 0)
    samples, theta = len(pieces.x), np.random.default_rng(1).standard_normal(pieces.parameters)
    margins, kinks = np.linspace(1, 1.9, samples), np.random.default_rng(0).uniform(-1, 1, (samples, 64))
    near = face_at(pieces, theta, PiecesSeen(margins, kinks), WIDE, BESIDE)
    assert 100 < _columns(pieces, near) <= AT_ONCE
    assert near.pairs[0] == 0 and near.pairs[-1] < samples / 2
    crowd = PiecesSeen(np.ones(samples), np.where(kinks < 0, 0.0, kinks))
    with pytest.raises(TooLarge, match="more than the 2,500"):
        _element(pieces, theta, face_at(pieces, theta, crowd, SAME, SAME), None)


def test_quadratic_programmes_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = prepare(experiment(SAID))
    best = problem.dataset(0).x.T @ problem.dataset(0).labels
    pieces, spent = Pieces(problem, 0), Effort(9)
    refinement.judged(pieces, best, effort=spent)
    assert spent.solving < SOLVING
    monkeypatch.setattr(refinement, "Effort", lambda left: Effort(left, 0.0))
    found = refinement.refined(pieces, best)
    assert found is not None and found.residual > 0.1, "the start is judged, and no face is tried"
