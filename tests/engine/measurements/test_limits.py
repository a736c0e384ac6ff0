"""Where a run is going: extrapolated, refined, certified."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import nnls

import engine
from engine.measurements.limits.extrapolation import extrapolated
from engine.measurements.limits.prediction import CURVED, LimitPrediction, limit_of, predicted
from engine.measurements.limits.refinement import refined
from engine.measurements.predictor import linear_predictor
from engine.references import f1_margin, hard_margin_svm
from engine.run.cone import nearest
from engine.run.pieces import Pieces
from engine.run.problem import Problem, prepare

HEAD = """
version = 1
[loss]
kind = "exponential"
[optimizer]
kind = "{optimizer}"
[measure]
groups = ["norms"]
[run]
steps = {steps}
backend = "torch"
"""
DEEP = '[data]\nkind = "hyperplane"\nn = 16\nd = 4\nmargin = 0.2\n[network]\nkind = "mlp"\nactivation = "linear"\n'
CUBE = '[data]\nkind = "parity"\nd = 3\nk = 2\n[network]\nkind = "mlp"\nwidths = [4]\n'
CIRCLE = '[data]\nkind = "circle"\n[network]\nkind = "mlp"\nwidths = [20]\ninit = { kind = "fan-in", scale = 0.1 }\n'


def trained(text: str, steps: int, optimizer: str = "steepest") -> tuple[Problem, np.ndarray]:
    """Return a problem, and the parameters (T, P) that its training left at its stored steps."""
    document = engine.load(HEAD.format(steps=steps, optimizer=optimizer) + text)
    run = engine.train(document, snapshots=True).run
    thetas = [run.snapshots[step].arrays["theta"][0] for step in sorted(run.snapshots)]
    return prepare(next(iter(document.experiments().values()))), np.stack(thetas).astype(float)


def prediction(text: str, steps: int) -> tuple[Problem, LimitPrediction]:
    """Return what is predicted of a run."""
    problem, thetas = trained(text, steps)
    found = predicted(problem, 0, thetas)
    assert isinstance(found, LimitPrediction), found
    return problem, found


def test_a_network_too_wide_for_linear_systems_is_refined_along_the_margin_flow() -> None:
    problem, found = prediction(CIRCLE.replace("[20]", "[400]"), 1500)
    data = problem.dataset(0)
    assert problem.structure.parameters > CURVED and found.stationary
    assert found.point.margin == pytest.approx(f1_margin(data.x, data.labels).value / 2, rel=1e-5)


def test_a_relu_network_on_the_circle_goes_to_the_global_margin() -> None:
    problem, found = prediction(CIRCLE, 1500)
    data = problem.dataset(0)
    best = f1_margin(data.x, data.labels)
    assert found.point.margin == pytest.approx(best.value / 2, rel=1e-4)
    assert best.lower / 2 * (1 - 1e-9) <= found.point.margin <= best.upper / 2 * (1 + 1e-9)
    assert found.sure
    assert found.point.residual < 1e-9


@pytest.mark.parametrize("widths", ["[]", "[3]", "[3, 3]"])
def test_linear_networks_go_to_the_svm(widths: str) -> None:
    problem, found = prediction(f"{DEEP}widths = {widths}\n", 400)
    data = problem.dataset(0)
    svm = hard_margin_svm(data.labels[:, None] * data.x)
    predictor = linear_predictor(problem, torch.from_numpy(found.point.direction)[None])[0, 0].numpy()
    assert svm.solution is not None
    assert float(svm.solution @ predictor / np.linalg.norm(predictor)) > 1 - 1e-9
    assert set(np.unique(found.point.pairs)) <= set(svm.support.tolist())


def test_a_limit_on_kinks_is_found_from_beside_it() -> None:
    """The four units of 2-XOR bend at points of the cube: theory.md 6, margin sqrt(2/d)/8."""
    document = engine.load(HEAD.format(steps=1, optimizer="steepest") + CUBE)
    problem = prepare(next(iter(document.experiments().values())))
    signs = np.array([[1, 1, 0], [-1, -1, 0], [1, -1, 0], [-1, 1, 0]]) / np.sqrt(2)
    exact = np.concatenate([signs.ravel(), [1.0, 1.0, -1.0, -1.0]])
    start = exact + 0.02 * np.random.default_rng(0).standard_normal(16)
    found = refined(Pieces(problem, 0), start)
    assert found is not None
    assert found.margin == pytest.approx(np.sqrt(2 / 3) / 8, rel=1e-6)
    assert found.kinks > 0
    assert found.residual < 1e-6


def test_the_certificate_is_that_of_all_selections_tried_one_by_one() -> None:
    rng = np.random.default_rng(1)
    gradients, added = rng.standard_normal((3, 6)), rng.standard_normal((5, 6))
    owners = np.array([0, 0, 1, 1, 2])
    direction = rng.standard_normal(6)
    corners = [
        gradients[k] + sum(s * v for s, v in zip(taken, added[owners == k], strict=True))
        for k in range(3)
        for taken in itertools.product((0, 1), repeat=int((owners == k).sum()))
    ]
    element = nearest(direction, gradients, added, owners)
    assert element.residual == pytest.approx(nnls(np.array(corners).T, direction)[1], rel=1e-7)
    assert (element.selections <= element.multipliers[owners]).all()


def test_curvature_is_the_change_of_gradients() -> None:
    document = engine.load(HEAD.format(steps=1, optimizer="steepest") + CUBE)
    pieces = Pieces(prepare(next(iter(document.experiments().values()))), 0)
    rng = np.random.default_rng(2)
    theta, pairs, weights = rng.standard_normal(16), np.array([1, 4]), np.array([0.7, 1.3])
    masks = (pieces.seen(theta).kinks > 0).astype(float)
    none = np.empty(0, np.int64)

    def pull(point: np.ndarray) -> np.ndarray:
        found = pieces.gradients(point, pairs, masks[pairs], (none, none), np.empty((0, 4)))[2]
        return weights @ found

    bent = pieces.curvature(theta, pairs, weights, (none, none), np.empty(0), masks)
    moved = 1e-6 * rng.standard_normal(16)
    assert bent @ moved == pytest.approx((pull(theta + moved) - pull(theta - moved)) / 2, abs=1e-12)


def test_a_direction_that_tends_like_a_power_is_extrapolated_with_its_error() -> None:
    h = np.geomspace(1, 0.1, 12)
    limit, way = np.array([0.6, 0.8, 0.0]), np.array([0.1, -0.05, 0.2])
    path = limit + h[:, None] ** 0.35 * way
    found = extrapolated(path, h)
    assert found is not None
    assert found.power == pytest.approx(0.35, rel=0.15)
    true = float(np.linalg.norm(found.direction - limit))
    assert true <= found.error < 0.1
    assert true < 0.3 * float(np.linalg.norm(path[-1] / np.linalg.norm(path[-1]) - limit))


def test_a_run_that_keeps_its_distance_is_not_told_to_go_there() -> None:
    problem, thetas = trained(f"{DEEP}widths = []\n", 400)
    pieces = Pieces(problem, 0)
    point = refined(pieces, thetas[-1])
    assert point is not None
    beside = point.direction + 0.01 * np.array([1.0, -1.0, 1.0, -1.0])
    beside /= np.linalg.norm(beside)
    found = limit_of(pieces, np.stack([beside, beside]), np.array([0.1, 0.01]))
    assert not found.nears and not found.sure
    assert found.error >= 2 * found.now > 0


def test_what_is_not_solved_for_is_said_in_words() -> None:
    problem, thetas = trained(CIRCLE, 20, "adam")
    assert "another norm" in str(predicted(problem, 0, thetas))
    problem, thetas = trained(CIRCLE, 3)
    assert "not fitted yet" in str(predicted(problem, 0, thetas))
