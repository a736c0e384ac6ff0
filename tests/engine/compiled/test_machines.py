"""Compiled maximum margins of kernels against the plain solver, and against closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from engine.compiled import solvers as module
from engine.compiled.jit import entry
from engine.compiled.solvers import CompiledSolvers
from engine.compiled.twofold import heights, two_product, two_sum
from engine.experiment.experiment import experiment_from
from engine.kernels import exact_initial_kernel, kernel_inputs, solve_kernel_references
from engine.references import ReferenceUnavailable, asked_anew, kernel_max_margin
from engine.run.problem import prepare
from engine.steppers import have_compiled
from tests.engine.cases import tables

Array = NDArray[np.float64]


@pytest.fixture(scope="module")
def solvers() -> CompiledSolvers:
    have_compiled(torch.float64, lambda sentence: None)
    return CompiledSolvers()


def separated(seed: int, count: int, rank: int, margin: float) -> tuple[Array, Array]:
    """Return the kernel and labels of samples at least so far, of their lengths, from a plane through the origin."""
    draw = np.random.default_rng(seed)
    points = draw.standard_normal((count, rank))
    labels = np.where(np.arange(count) % 2, 1.0, -1.0)
    points[:, 0] = labels * (margin + 0.1 * margin * draw.random(count))
    points[:, 1:] /= np.linalg.norm(points[:, 1:], axis=1, keepdims=True) if rank > 1 else 1.0
    return points @ points.T, labels


def solve(solvers: CompiledSolvers, kernel: Array, labels: Array) -> tuple[float, Array]:
    margins, duals = solvers.machines(kernel[None], labels[None, None], [0])
    return float(margins[0, 0]), duals[0, 0]


def duplicated(seed: int) -> tuple[Array, Array]:
    kernel, labels = separated(seed, 10, 6, 0.1)
    twice = np.repeat(np.arange(10), 2)
    return kernel[np.ix_(twice, twice)], labels[twice]


def apart_in_length(seed: int) -> tuple[Array, Array]:
    kernel, labels = separated(seed, 20, 30, 0.3)
    lengths = 10.0 ** np.random.default_rng(seed).uniform(-3, 3, 20)
    return kernel * np.outer(lengths, lengths), labels


KERNELS: dict[str, Callable[[int], tuple[Array, Array]]] = {
    "full rank": lambda seed: separated(seed, 24, 40, 0.2),
    "deficient": lambda seed: separated(seed, 24, 5, 0.1),
    "nearly singular": lambda seed: separated(seed, 24, 3, 1e-3),
    "small margin": lambda seed: separated(seed, 12, 20, 3e-5),
    "one dimension": lambda seed: separated(seed, 7, 1, 2.0),
    "duplicated": duplicated,
    "apart in length": apart_in_length,
    "two": lambda seed: separated(seed, 2, 3, 0.1),
    "large": lambda seed: separated(seed, 120, 60, 0.05),
}


@pytest.mark.parametrize("name", KERNELS)
def test_margins_are_the_plain_solver_s(solvers: CompiledSolvers, name: str) -> None:
    certified = 0
    for seed in range(4):
        kernel, labels = KERNELS[name](seed)
        kernel *= 10.0 ** (20 * seed - 30)
        margin, dual = solve(solvers, kernel, labels)
        if math.isnan(margin):
            continue
        certified += 1
        plain = kernel_max_margin(kernel, labels)
        assert plain.gap <= 1e-12
        assert margin == pytest.approx(plain.value, rel=2e-12, abs=0)
        assert (dual >= 0).all()
        assert dual.sum() == pytest.approx(1, rel=1e-14)
        # p may be another of several; the maximiser is one
        signed, apart = kernel * np.outer(labels, labels), dual - plain.dual
        assert math.sqrt(abs(apart @ signed @ apart)) <= 1e-5 * plain.value
    assert certified >= 3


def test_orthogonal_features_have_a_closed_form(solvers: CompiledSolvers) -> None:
    squares = np.array([1.0, 4.0, 9.0, 25.0])
    margin, dual = solve(solvers, np.diag(squares), np.array([1.0, -1.0, 1.0, -1.0]))
    assert margin == pytest.approx(1 / math.sqrt((1 / squares).sum()), rel=1e-15)
    assert dual == pytest.approx((1 / squares) / (1 / squares).sum(), rel=1e-15)
    margin, dual = solve(solvers, np.array([[9.0]]), np.ones(1))
    assert (margin, dual.tolist()) == (3.0, [1.0])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_left(solvers: CompiledSolvers, value: float) -> None:
    kernel, labels = separated(0, 9, 9, 0.1)
    for i, j in ((0, 0), (8, 8), (3, 5)):
        broken = kernel.copy()
        broken[i, j] = broken[j, i] = value
        margin, dual = solve(solvers, broken, labels)
        assert math.isnan(margin)
        assert np.isnan(dual).all()


def test_what_is_no_kernel_or_hardly_separates_is_left(solvers: CompiledSolvers) -> None:
    kernel, labels = separated(1, 24, 6, 0.1)
    assert math.isnan(solve(solvers, np.zeros((3, 3)), np.ones(3))[0])
    assert math.isnan(solve(solvers, *separated(2, 24, 3, 3e-7))[0])
    lopsided = kernel.copy()
    lopsided[0, 1] *= 1.001
    assert math.isnan(solve(solvers, lopsided, labels)[0])


def test_what_is_not_separated_has_no_margin(solvers: CompiledSolvers) -> None:
    for seed in range(4):
        kernel, labels = separated(seed, 24, 6, 0.1)
        mixed = labels.copy()
        mixed[:8] *= -1
        margin, dual = solve(solvers, kernel, mixed)
        assert margin == 0
        assert np.isnan(dual).all()
        with pytest.raises(ReferenceUnavailable):
            kernel_max_margin(kernel, mixed)
        assert solve(solvers, *separated(seed, 24, 3, 1e-12))[0] == 0
    assert solve(solvers, np.ones((2, 2)), np.array([1.0, -1.0]))[0] == 0
    assert solve(solvers, np.diag([1.0, 0.0]), np.ones(2))[0] == 0
    assert solve(solvers, np.diag([1.0, 1e-12]), np.ones(2))[0] > 0


def test_a_margin_depends_on_no_other_kernel(solvers: CompiledSolvers) -> None:
    kernels = np.stack([separated(seed, 24, 10 + seed, 0.1)[0] for seed in range(8)])
    kernels[5] = math.nan
    labels = separated(0, 24, 9, 0.1)[1]
    signs = np.stack([np.stack([labels, np.ones(24)]), np.stack([-labels, labels])])
    together, weights = solvers.machines(kernels, signs, [0, 1, 2, 5, 7])
    assert np.isnan(together[[3, 4, 5, 6]]).all()
    for m in (0, 1, 2, 7):
        alone, own = solvers.machines(kernels[m : m + 1], signs[m % 2][None], [0])
        assert alone.tobytes() == together[m : m + 1].tobytes()
        assert own.tobytes() == weights[m : m + 1].tobytes()
        assert np.isfinite(alone).any()


@pytest.mark.parametrize("classes", [2, 3])
def test_references_of_all_replicas_are_the_plain_solver_s(solvers: CompiledSolvers, classes: int) -> None:
    data = {"kind": "blobs", "n": 21, "classes": classes, "d": 3, "separation": 6.0}
    loss = {"kind": "exponential" if classes == 2 else "cross-entropy"}
    problem = prepare(experiment_from(tables({"data": data, "replicas": 3, "loss": loss})))
    kernels = exact_initial_kernel(problem, kernel_inputs(problem))
    kernels[1] = 1.0  # separates nothing
    together, why = solve_kernel_references(problem, kernels, asked_anew, solvers.machines)
    one_by_one, why_then = solve_kernel_references(problem, kernels, asked_anew)
    assert why == why_then and "none for replica 1" in why and together[1] == ()
    for r in (0, 2):
        assert [each.title for each in together[r]] == [each.title for each in one_by_one[r]]
        for each, other in zip(together[r], one_by_one[r], strict=True):
            assert each.value == pytest.approx(other.value, rel=1e-11) and 0.0 <= each.gap <= 2e-12
            assert each.solution is not None and other.solution is not None
            cosine = each.solution @ kernels[r] @ other.solution / (each.value * other.value)
            assert cosine == pytest.approx(1.0, abs=1e-10)


def test_many_samples_are_left_to_the_plain_solver(
    solvers: CompiledSolvers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "solve_machines", None)
    margins, duals = solvers.machines(np.empty((2, 3000, 3000)), np.ones((1, 1, 3000)), [0, 1])
    assert margins.shape == (2, 1) and duals.shape == (2, 1, 3000)
    assert np.isnan(margins).all() and np.isnan(duals).all()


@entry
def in_thirty_digits(
    pairs: Array, out: Array, matrix: Array, chosen: NDArray[np.int64], amounts: Array, room: Array
) -> None:
    for i in range(pairs.shape[0]):
        out[i, 0], out[i, 1] = two_sum(pairs[i, 0], pairs[i, 1])
        out[i, 2], out[i, 3] = two_product(pairs[i, 0], pairs[i, 1])
    heights(matrix, chosen, chosen.size, amounts, room)


def test_rounding_errors_are_known_to_the_last_bit() -> None:
    draw = np.random.default_rng(3)
    pairs = draw.standard_normal((300, 2)) * 10.0 ** draw.uniform(-9, 9, (300, 2))
    matrix, chosen = draw.standard_normal((40, 19)), np.arange(1, 40, 2)
    amounts = np.stack([draw.standard_normal(40) * 1e6, draw.standard_normal(40) * 1e-12])
    out, room = np.empty((300, 4)), np.empty((2, 19))
    in_thirty_digits(pairs, out, matrix, chosen, amounts, room)
    for (a, b), row in zip(pairs.tolist(), out.tolist(), strict=True):
        assert Fraction(row[0]) + Fraction(row[1]) == Fraction(a) + Fraction(b)
        assert Fraction(row[2]) + Fraction(row[3]) == Fraction(a) * Fraction(b)
    for i in range(19):
        terms = [Fraction(matrix[k, i]) * (Fraction(amounts[0, k]) + Fraction(amounts[1, k])) for k in chosen]
        found = Fraction(room[0, i]) + Fraction(room[1, i])
        assert abs(found - sum(terms)) <= Fraction(1, 2**96) * sum(map(abs, terms))
