"""Compiled distances of hulls and cones against the plain solvers, and against closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.optimize import nnls

from engine.compiled import solvers as module
from engine.compiled.active_sets import lowered
from engine.compiled.jit import entry
from engine.compiled.solvers import MOST_VECTORS, CompiledSolvers
from engine.references.minimum_norm import minimum_norm_weights
from engine.steppers import have_compiled
from tests.engine.measurements.test_near_margin import exact_distance

Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def solvers() -> CompiledSolvers:
    have_compiled(torch.float64, lambda sentence: None)
    return CompiledSolvers()


def hull(seed: int, count: int, rank: int, parameters: int, distance: float) -> tuple[Array, Array]:
    """Return gradients whose tangential parts have rank-many coordinates and lie so far from the origin, and u."""
    draw = np.random.default_rng(seed)
    axes = np.linalg.qr(draw.standard_normal((parameters, rank + 1)))[0]
    points = draw.standard_normal((count, rank))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    points[:, 0] = distance * (1 + np.abs(points[:, 0]))
    return points @ axes[:, :rank].T + np.outer(draw.standard_normal(count), axes[:, rank]), axes[:, rank]


def solve(solvers: CompiledSolvers, gradients: Array, direction: Array) -> float:
    return float(solvers.hulls([(gradients, direction)])[0])


def by_plain_solver(gradients: Array, direction: Array) -> tuple[float, float]:
    """Return the distance, and the length of the longest vector."""
    points = gradients - np.outer(gradients @ direction, direction)
    mixture = minimum_norm_weights(points) @ points
    return float(np.linalg.norm(mixture)), float(np.linalg.norm(points, axis=1).max())


def duplicated(seed: int) -> tuple[Array, Array]:
    gradients, direction = hull(seed, 6, 9, 40, 0.1)
    return np.repeat(gradients, 3, axis=0), direction


def alike(seed: int) -> tuple[Array, Array]:
    """Return gradients that differ by little, as those of samples near one another do."""
    gradients, direction = hull(seed, 8, 20, 60, 0.5)
    return gradients[:1] + 1e-6 * gradients, direction


HULLS: dict[str, Callable[[int], tuple[Array, Array]]] = {
    "independent": lambda seed: hull(seed, 8, 40, 60, 0.05),
    "dependent": lambda seed: hull(seed, 24, 5, 60, 0.1),
    "near": lambda seed: hull(seed, 8, 9, 60, 1e-6),
    "more than coordinates": lambda seed: hull(seed, 50, 9, 10, 0.01),
    "two": lambda seed: hull(seed, 2, 4, 30, 0.1),
    "one": lambda seed: hull(seed, 1, 4, 30, 0.1),
    "duplicated": duplicated,
    "alike": alike,
    "large": lambda seed: hull(seed, 90, 70, 400, 0.02),
}


@pytest.mark.parametrize("name", HULLS)
def test_distances_are_the_plain_solver_s(solvers: CompiledSolvers, name: str) -> None:
    certified = 0
    for seed in range(5):
        gradients, direction = HULLS[name](seed)
        gradients = gradients * 10.0 ** (50 * seed - 100)
        distance = solve(solvers, gradients, direction)
        if math.isnan(distance):
            continue
        certified += 1
        plain, longest = by_plain_solver(gradients, direction)
        assert distance == pytest.approx(plain, rel=1e-12, abs=2e-15 * longest)
    assert certified >= 4


@pytest.mark.parametrize("name", HULLS)
def test_cones_are_as_far_as_by_the_plain_solver(solvers: CompiledSolvers, name: str) -> None:
    certified = 0
    for seed in range(5):
        gradients, direction = HULLS[name](seed)
        # on one side of the direction, as gradients of margins are, of lengths far apart
        rows = gradients + (np.abs(gradients @ direction) - gradients @ direction + 0.1)[:, None] * direction
        rows *= 10.0 ** np.random.default_rng(seed).uniform(-6, 6, (len(rows), 1))
        distance = float(solvers.cones([(rows, direction)])[0])
        if math.isnan(distance):
            continue
        certified += 1
        units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        assert distance == pytest.approx(nnls(units.T, direction)[1], rel=1e-12, abs=2e-15)
    assert certified >= 4


def test_a_cone_of_one_vector_has_a_closed_form(solvers: CompiledSolvers) -> None:
    direction = np.array([0.6, 0.8, 0.0])
    cones = [np.array([[5.0, 0.0, 0.0]]), np.array([[-1.0, 0.0, 0.0]]), direction[None] * 1e9, np.eye(3)]
    found = solvers.cones([(own, direction) for own in cones])
    assert found == pytest.approx([0.8, 1.0, 0.0, 0.0], abs=3e-16)
    assert np.isnan(solvers.cones([(np.zeros((1, 3)), direction)])).all()


def test_a_simplex_has_a_closed_form(solvers: CompiledSolvers) -> None:
    sizes = np.array([1.0, 2.0, 3.0, 5.0])
    gradients = np.hstack([np.diag(sizes), np.array([[9.0], [-4.0], [2.0], [0.0]])])
    direction = np.eye(5)[4]
    assert solve(solvers, gradients, direction) == pytest.approx((sizes**-2.0).sum() ** -0.5, rel=1e-15)


def test_a_hull_with_the_origin_has_no_distance(solvers: CompiledSolvers) -> None:
    gradients, direction = hull(4, 12, 5, 20, 0.2)
    opposite = np.concatenate([gradients, -gradients])
    assert solve(solvers, opposite, direction) <= 1e-15 * np.linalg.norm(gradients, axis=1).max()
    assert solve(solvers, np.outer([1.0, 2.0], direction), direction) <= 1e-15
    assert solve(solvers, np.zeros((3, 20)), direction) == 0


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_left(solvers: CompiledSolvers, value: float) -> None:
    for row in range(3):
        gradients, direction = hull(0, 3, 5, 20, 0.2)
        gradients[row, 7] = value
        assert math.isnan(solve(solvers, gradients, direction))
        assert np.isnan(solvers.cones([(gradients, direction)])).all()


def test_a_distance_depends_on_no_other_hull(solvers: CompiledSolvers) -> None:
    hulls = [hull(seed, 3 + 4 * seed, 12, 37 + seed, 0.1) for seed in range(5)]
    hulls[2][0][0, 0] = math.nan
    together = solvers.hulls(hulls)
    alone = np.array([solve(solvers, own, u) for own, u in hulls])
    assert together.tobytes() == alone.tobytes()
    assert np.isnan(together).tolist() == [False, False, True, False, False]
    cones = solvers.cones(hulls)
    assert cones.tobytes() == np.concatenate([solvers.cones([own]) for own in hulls]).tobytes()
    assert solvers.hulls([]).size == solvers.cones([]).size == 0


def test_many_vectors_are_left_to_the_plain_solver(
    solvers: CompiledSolvers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In few dimensions their exchanges would go on for very long; those of others in the batch do not wait."""
    few, many, most = hull(1, 8, 9, 40, 0.1), hull(2, 2600, 9, 10, 0.1), hull(3, MOST_VECTORS, 5, 6, 0.1)
    for solve_all in (solvers.hulls, solvers.cones):
        found = solve_all([many, few, most, many])
        assert np.isnan(found[[0, 3]]).all() and found[1:3].tobytes() == solve_all([few, most]).tobytes()
        assert np.isfinite(found[1])
        monkeypatch.setattr(module, "solve_cones", None)
        assert np.isnan(solve_all([many, many])).all()
        monkeypatch.undo()


def test_exchanges_end() -> None:
    """As many may be taken up as are said, in all."""
    count = 5
    for most, left in ((3, 0), (count, 0), (count + 1, 1), (9, 4)):
        table, room = np.eye(count), np.zeros((3, count))
        sizes, slack, bearing = np.ones(count), np.ones(count), np.zeros(count, np.int64)
        assert exchanged(table, sizes, room[0], slack, bearing, room[1], most) == left
        assert bearing.sum() == min(most, count)


@entry
def exchanged(
    table: Array,
    sizes: Array,
    amounts: Array,
    slack: Array,
    bearing: NDArray[np.int64],
    row: Array,
    most: int,
) -> int:
    return lowered(table, sizes, amounts, slack, bearing, 1e-10, row, most)


def test_cones_hardly_on_one_side_are_exact_or_left(solvers: CompiledSolvers) -> None:
    """Vectors nearly square to u, some nearly opposite: weights may be large, and the error with them."""
    certified = 0
    for t in (0.1, 1e-3, 1e-5):
        for seed in (1, 3, 5):
            draw = np.random.default_rng(seed)
            direction = draw.standard_normal(9)
            direction /= np.linalg.norm(direction)
            rows = draw.standard_normal((8, 9))
            rows -= np.outer(rows @ direction, direction)
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            rows[4:] = -rows[:4] + t * draw.standard_normal((4, 9))
            rows -= np.outer(rows @ direction, direction)
            rows += t * (1 + draw.random((8, 1))) * direction
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
            distance = float(solvers.cones([(rows, direction)])[0])
            if not math.isnan(distance):
                with mpmath.workdps(50):
                    exact = exact_distance(rows, direction, [0])
                assert distance == pytest.approx(exact, rel=1e-12, abs=1e-13)
                certified += 1
    assert certified
