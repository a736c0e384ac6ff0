"""The global maximum margin of two-layer ReLU networks of any width: the variation-norm margin."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from engine.references.contradiction import relu_features_contradict, relu_networks_contradict
from engine.references.directions import extreme_directions, on_circle
from engine.references.inputs import finite_matrix, power_of_two, signs
from engine.references.linear_programme import Programme, best_weights, exact_weights
from engine.references.reference import (
    Array,
    NotApplicable,
    NotSeparable,
    NotSolved,
    Reference,
    support_of,
)

MOST_DIMENSIONS = 3
MOST_SAMPLES = {1: 10_000, 2: 10_000, 3: 1_000}
"""Largest number of samples by the dimension that they span; seconds to two minutes at the limit."""
RANK_TOLERANCE = 1e-10
"""Singular value, relative to the largest, below which the inputs do not span a direction."""
TOLERANCE = 1e-10
"""Relative width of the certificate at which the search for directions ends."""
ROUNDS = 120
IDLE_ROUNDS = 10
ADDED_PER_ROUND = 64
APART = 0.02
"""Least angle in radians between directions that are added in one round."""
RELATIVE_ZERO = 1e-9
"""Margin, relative to the longest input, that counts as none."""


def f1_margin(x: ArrayLike, labels: ArrayLike) -> Reference:
    """Solve gamma_F1 = max_{|nu|_TV <= 1} min_i y_i int relu(u . x_i) dnu(u) over the unit sphere.

    This is the largest margin of a two-layer ReLU network without output bias per unit of
    sum_j |a_j| ||v_j||, over every width (Chizat and Bach 2020). Since 2 sum_j |a_j| ||v_j|| <=
    ||W||_F^2, the normalised margin obeys min_i q_i / ||W||_F^2 <= gamma_F1 / 2, attained by a wide
    enough balanced network (theory.md 6; Telgarsky 2022). A measure on at most N directions suffices.

    Method: a linear programme over finitely many directions gives a measure, hence a lower bound,
    and dual weights p. The exact maximum over all directions of |sum_i p_i y_i relu(u . x_i)| is an
    upper bound, and its maximisers join the directions (column generation) until the bounds meet.

    Args:
        x: (N, d) inputs; a bias is a constant column. Their rank must not exceed 3.
        labels: (N,) in {-1, +1}.

    Returns:
        A reference with value = lower, solution nu_k (K,), sum |nu_k| = 1, on unit `directions`
        u_k (K, d), and dual p (N,). The relative gap is normally below 1e-9.

    Raises:
        NotApplicable: the rank of the inputs exceeds 3, or there are too many samples.
        NotSeparable: no two-layer ReLU network without output bias separates the classes.
        NotSolved: a margin may exist but is too small to be certified.
        ValueError: x is no finite table, or labels do not fit it.
    """
    started = time.perf_counter()
    inputs, targets, scale = _checked(x, labels)
    axes = _row_space(inputs / scale)
    if len(inputs) > MOST_SAMPLES[len(axes)]:
        raise NotApplicable(
            f"The global (F1) margin is computed for at most {MOST_SAMPLES[len(axes)]} samples in "
            f"{len(axes)} dimensions; these are {len(inputs)}. Choose fewer samples."
        )
    points = inputs / scale @ axes.T
    bounds = _search(points, targets)
    network = "a two-layer ReLU network of any width"
    proved = partial(relu_networks_contradict, inputs, targets)
    _refuse_without_margin(bounds.lower, bounds.upper, scale, network, proved)
    return Reference(
        kind="f1",
        title="F1 margin (two-layer ReLU, any width)",
        norm="variation",
        value=bounds.lower * scale,
        lower=bounds.lower * scale,
        upper=bounds.upper * scale,
        solution=bounds.weights,
        dual=bounds.dual,
        support=support_of(bounds.dual),
        seconds=time.perf_counter() - started,
        directions=bounds.directions @ axes,
    )


def fixed_directions_margin(x: ArrayLike, labels: ArrayLike, directions: ArrayLike) -> Reference:
    """Solve max_{sum |nu_k| <= 1} min_i y_i sum_k nu_k relu(u_k . x_i) for given directions u_k.

    The variation-norm margin of a network whose hidden weights may change in length only (the
    setting without rotation of Telgarsky 2022): a lower bound of `f1_margin`, in any dimension.
    The certificate is that of a linear programme: min_i y_i f(x_i) and max_k |sum_i p_i y_i relu(u_k . x_i)|.

    Args:
        x: (N, d) inputs.
        labels: (N,) in {-1, +1}.
        directions: (K, d), no row zero; only their direction counts.

    Returns:
        A reference with value = lower, solution nu_k (K,), and unit `directions` (K, d).

    Raises:
        NotSeparable: no combination of these directions separates the classes.
        NotSolved: a margin may exist but is too small to be certified.
        ValueError: a table is not finite, the widths differ, or a direction is zero.
    """
    started = time.perf_counter()
    inputs, targets, scale = _checked(x, labels)
    units = finite_matrix(directions, "directions")
    if units.shape[1] != inputs.shape[1]:
        raise ValueError(f"directions: {inputs.shape[1]} columns are needed as in x, not {units.shape[1]}.")
    lengths = np.linalg.norm(units, axis=1)
    if not lengths.all():
        raise ValueError(f"directions: row {int(np.argmin(lengths))} is zero, which is no direction.")
    units = units / lengths[:, None]
    programme = exact_weights(_gains(inputs / scale, targets, units), "l1")
    lower = min(programme.lower, programme.upper)
    network = "a network on these fixed directions"
    given = np.asarray(directions, dtype=np.float64)
    proved = partial(relu_features_contradict, inputs, targets, given, programme.dual)
    _refuse_without_margin(lower, programme.upper, scale, network, proved)
    return Reference(
        kind="f1-fixed-directions",
        title="F1 margin on fixed directions",
        norm="variation",
        value=lower * scale,
        lower=lower * scale,
        upper=programme.upper * scale,
        solution=programme.weights,
        dual=programme.dual,
        support=support_of(programme.dual),
        seconds=time.perf_counter() - started,
        directions=units,
    )


@dataclass(frozen=True, eq=False)
class _Bounds:
    """Hold the best measure and the best dual weights found so far, with the bounds they prove."""

    lower: float
    weights: Array
    directions: Array
    upper: float
    dual: Array

    @property
    def gap(self) -> float:
        """Return the relative distance of the bounds."""
        return (self.upper - self.lower) / self.upper if self.upper > 0.0 else 0.0


def _search(points: Array, targets: Array) -> _Bounds:
    """Return the bounds for points (N, r), the longest of length 1, by column generation.

    Directions are added where the programme's dual weights are violated and where their middle with
    the best dual weights so far is, which keeps degenerate programmes from jumping between corners.
    """
    directions = _first_directions(points.shape[1])
    programme = best_weights(_gains(points, targets, directions), "l1")
    best = _Bounds(*_one_atom_per_cell(points, targets, directions, programme), np.inf, programme.dual)
    improved, idle = True, 0
    for _ in range(ROUNDS):
        before = best
        added = [best.directions]
        for dual in (programme.dual, (programme.dual + best.dual) / 2.0):
            extremes, values = extreme_directions(points, dual * targets)
            heights = np.abs(values)
            if heights.max() < best.upper:
                best = replace(best, upper=max(float(heights.max()), best.lower), dual=dual)
            added.append(_spread(extremes, heights, programme.lower))
        if best.gap <= TOLERANCE or idle == IDLE_ROUNDS:
            break
        if improved:
            directions = _nearly_extreme(programme, directions, best.gap)
        directions = np.vstack([directions, *added])
        programme = best_weights(_gains(points, targets, directions), "l1", best.lower)
        lower, weights, atoms = _one_atom_per_cell(points, targets, directions, programme)
        # While the measure stands still the dual weights alone move, and every direction holds them.
        improved = lower > best.lower * (1.0 + 1e-6)
        if lower > best.lower:
            best = replace(best, lower=lower, weights=weights, directions=atoms, upper=max(best.upper, lower))
        idle = 0 if best.gap < 0.7 * before.gap else idle + 1
    return best


def _first_directions(dimension: int) -> Array:
    """Return both directions of a line, 256 of the circle, or 1,000 of the sphere (Fibonacci)."""
    if dimension == 1:
        return np.array([[1.0], [-1.0]])
    if dimension == 2:
        return on_circle(np.linspace(0.0, 2.0 * np.pi, 256, endpoint=False))
    steps = np.arange(1000, dtype=np.float64) + 0.5
    height = 1.0 - 2.0 * steps / 1000.0
    turn = on_circle(steps * float(np.pi * (3.0 - np.sqrt(5.0))))
    return np.column_stack([np.sqrt(1.0 - height**2)[:, None] * turn, height])


def _gains(points: Array, targets: Array, directions: Array) -> Array:
    """Return y_i relu(u_k . x_i), (N, K): what weight on a direction adds to each margin."""
    return targets[:, None] * np.maximum(points @ directions.T, 0.0)


def _one_atom_per_cell(
    points: Array, targets: Array, directions: Array, programme: Programme
) -> tuple[float, Array, Array]:
    """Return the measure with atoms of one sign and one active set merged, and its margin.

    On such atoms every relu(u . x_i) is linear, so replacing nu_1 u_1, nu_2 u_2 by their sum changes
    no output and does not increase the total variation.
    """
    merged: dict[tuple[bytes, bool], Array] = {}
    for index in np.flatnonzero(programme.weights):
        weight, direction = programme.weights[index], directions[index]
        key = ((points @ direction > 0.0).tobytes(), bool(weight > 0.0))
        merged[key] = merged.get(key, np.zeros(len(direction))) + abs(weight) * direction
    if not merged:
        return 0.0, np.zeros(1), directions[:1]
    atoms = np.array(list(merged.values()))
    lengths = np.linalg.norm(atoms, axis=1)
    units = atoms / lengths[:, None]
    weights = np.array([1.0 if positive else -1.0 for _, positive in merged]) * lengths / lengths.sum()
    outputs = np.maximum(points @ units.T, 0.0) @ weights
    return float((targets * outputs).min()), weights, units


def _nearly_extreme(programme: Programme, directions: Array, gap: float) -> Array:
    """Return the directions that the next programme may still use; those in use are among them."""
    near = programme.heights >= (1.0 - max(3.0 * gap, 1e-3)) * programme.lower
    kept = np.flatnonzero(near | (programme.weights != 0.0))
    return directions[kept]


def _spread(extremes: Array, heights: Array, level: float) -> Array:
    """Return the highest directions above a level, the highest first, some way apart."""
    order = np.argsort(-heights, kind="stable")
    order = order[heights[order] > level]
    chosen: list[int] = []
    while order.size and len(chosen) < ADDED_PER_ROUND:
        chosen.append(int(order[0]))
        order = order[extremes[order] @ extremes[order[0]] < np.cos(APART)]
    return extremes[chosen]


def _checked(x: ArrayLike, labels: ArrayLike) -> tuple[Array, Array, float]:
    """Return the inputs, the labels and the length of the longest input, or raise."""
    inputs = finite_matrix(x, "x")
    targets = signs(labels, len(inputs))
    something = inputs.any(axis=1)
    if not something.all():
        raise NotSeparable(
            f"Sample {int(np.argmin(something))} is zero, where every network without bias is zero. "
            "Append a constant input, or remove the sample."
        )
    unit = power_of_two(inputs)
    return inputs, targets, float(np.linalg.norm(inputs / unit, axis=1).max()) * unit


def _row_space(inputs: Array) -> Array:
    """Return orthonormal axes (r, d) of the span of the inputs, or raise if r exceeds 3."""
    _, lengths, axes = np.linalg.svd(inputs, full_matrices=False)
    rank = int((lengths > RANK_TOLERANCE * lengths[0]).sum())
    if rank > MOST_DIMENSIONS:
        raise NotApplicable(
            f"The global (F1) margin is computed for inputs that span at most {MOST_DIMENSIONS} "
            f"dimensions, a constant input included; these span {rank}."
        )
    return np.asarray(axes[:rank], dtype=np.float64)


def _refuse_without_margin(
    lower: float, upper: float, scale: float, network: str, proved: Callable[[], bool]
) -> None:
    """Raise unless the lower bound, relative to the longest input, is a positive margin."""
    if lower > RELATIVE_ZERO:
        return
    if proved():
        raise NotSeparable(
            f"The classes cannot be separated by {network} without an output bias. The usual "
            "reasons are samples with different labels on one ray from the origin, or opposite pairs x, -x "
            "with opposite labels. Append a constant input, or remove them."
        )
    raise NotSolved(
        f"The margin of {network}, if there is one, is too small to certify: at most {upper * scale:.3g} "
        f"beside inputs of length {scale:.3g}. Append a constant input, center or scale the inputs "
        '(normalize = "center" or "standardize"), or remove samples of different labels that lie nearly on one line '
        "through the origin."
    )
