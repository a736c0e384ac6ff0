"""The distance from the cone of near gradients, and the nearest point to 0 of their hull, beside 50 digits."""

from __future__ import annotations

import importlib

import mpmath
import numpy as np
import pytest

stationarity = importlib.import_module(
    "engine.measurements.stationarity"
)  # the package has a function of that name
Nearest = stationarity.Nearest

Rows = list[int]


def exact_distance(rows: np.ndarray, target: np.ndarray, first: Rows) -> float:
    """Return the distance of a point from the cone of rows, by the active set that meets all conditions."""
    matrix, point, chosen = mpmath.matrix(rows.tolist()), mpmath.matrix(target.tolist()), list(first)
    for _ in range(60):
        some = mpmath.matrix([[matrix[i, j] for j in range(matrix.cols)] for i in chosen])
        weights = mpmath.lu_solve(some * some.T, some * point)
        left = point - some.T * weights
        negative = [i for i, weight in zip(chosen, weights, strict=True) if weight < 0]
        heights = [(matrix[i, :] * left)[0] / mpmath.norm(matrix[i, :]) for i in range(matrix.rows)]
        above = [i for i in range(matrix.rows) if i not in chosen and heights[i] > mpmath.mpf(10) ** -40]
        if negative:
            chosen.remove(negative[0])
        elif above:
            chosen.append(max(above, key=lambda i: heights[i]))
        else:
            return float(mpmath.norm(left))
    raise AssertionError("the active set goes round in circles")


HARD = {
    "apart": (1e-3, 1.0),
    "nearly dependent, nearly in the cone": (1e-6, 1e-4),
    "dependent but for 1e-9": (1e-9, 1e-6),
    "dependent but for 1e-11": (1e-11, 1e-8),
    "in the cone but for 1e-10": (1e-4, 1e-10),
}


@pytest.mark.parametrize(("apart", "away"), HARD.values(), ids=HARD)
def test_the_distance_from_the_cone_is_exact_to_sixteen_digits_of_the_direction(
    apart: float, away: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradients of lengths from 1e-6 to 1e6 near a space of three dimensions."""
    noise = np.random.default_rng(5)
    rows = np.abs(noise.standard_normal((8, 3))) @ noise.standard_normal((3, 50))
    rows = (rows + apart * noise.standard_normal(rows.shape)) * 10.0 ** noise.uniform(-6, 6, (8, 1))
    units = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    target = np.abs(noise.standard_normal(8)) @ units
    target = target / np.linalg.norm(target) + away * noise.standard_normal(50) / 50**0.5
    target /= np.linalg.norm(target)
    monkeypatch.setattr(stationarity, "REDUCED", 0)
    near = Nearest.of(rows, target)
    assert near.gradients.shape == (8, 9)
    with mpmath.workdps(50):
        wanted = exact_distance(rows, target, list(range(8)))
    assert near.residual() == pytest.approx(wanted, rel=0, abs=4e-16)


def test_the_tangential_residual_is_that_of_all_coordinates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two gradients whose tangential parts point apart, by 1e-7 of their length."""
    noise = np.random.default_rng(7)
    axes = np.linalg.qr(noise.standard_normal((40, 3)))[0].T
    rows = np.array([[1.0, 1e-7, 3e-8], [2.0, -1e-7, 3e-8]]) @ axes
    monkeypatch.setattr(stationarity, "REDUCED", 0)
    near = Nearest.of(rows, axes[0])
    assert near.tangential_residual() == pytest.approx(3e-8, rel=1e-8)


def test_gradients_beyond_squares_keep_their_angles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stationarity, "REDUCED", 0)
    rows = np.array([[3e200, 0.0, 4e200, 0.0], [0.0, 0.0, 1e200, 0.0]])
    near = Nearest.of(rows, np.array([0.0, 0.6, 0.8, 0.0]))
    assert near.residual() == pytest.approx(0.6, abs=1e-15)


@pytest.mark.parametrize("row", [[0.0, 0.0], [1e-320, 1e-320], [np.inf, 0.0], [np.nan, 1.0]])
def test_gradients_of_no_length_have_no_residual(row: list[float]) -> None:
    near = Nearest.of(np.array([row, [1.0, 0.2]]), np.array([0.6, 0.8]))
    assert np.isnan(near.residual())
    assert np.isnan(near.tangential_residual()) == (not np.isfinite(row).all())


@pytest.mark.parametrize("direction", [[np.nan, 1.0], [np.inf, 0.0]])
def test_no_direction_has_no_residual(direction: list[float]) -> None:
    near = Nearest.of(np.array([[0.5, 0.5], [1.0, 0.2]]), np.array(direction))
    assert np.isnan([near.residual(), near.tangential_residual()]).all()
