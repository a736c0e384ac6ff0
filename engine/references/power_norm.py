"""The largest margin of a linear predictor in the lp norm, 1 < p < infinity, by Newton's method on a barrier.

With z_n the points (N, D), q = p/(p - 1) and ||.||_q the dual norm,

    gamma = max_{||w||_p <= 1} min_n z_n . w = min_{lambda on the simplex} ||Z^T lambda||_q,

and the two are the solutions of

    min_w 1/2 ||w||_p^2  s.t.  Z w >= 1      and      min_{a >= 0} 1/2 ||Z^T a||_q^2 - sum a,

which have w = the gradient of 1/2 ||.||_q^2 at Z^T a, and Z^T a = that of 1/2 ||.||_p^2 at w. A norm with an exponent
of 2 or more has second derivatives everywhere, and one of p and q is such an exponent: the problem with that one is
solved. Its logarithmic barrier gives weights and a near the solution, and Newton's method on the conditions of the
samples that have weight ends at rounding. Theory.md 5.1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.references.inputs import power_of_two
from engine.references.minimum_norm import Separation
from engine.references.reference import Array, NotSolved

SHRINKAGE = 0.2
"""Of the barrier, from one stage to the next."""
FAINTEST = 1e-11
"""Weight of the barrier, relative to the value, at which it ends."""
STEPS = 2000
"""Of Newton's method, in all."""
FAINT_CURVATURE = 1e-9
"""Of a weight, relative to the largest."""
POLISHING = 60
"""Steps on the conditions of the samples that have weight, at most."""
CERTIFIED = 1e-9
"""Relative gap between the bounds up to which they certify a margin here."""
ROUNDED = 1e-15
"""Part of the value that a step has to gain."""
SETTLED = 1e-13
"""Relative gap at which nothing is left to gain."""


@dataclass(frozen=True, eq=False)
class PowerSolution:
    """Hold w (D,) of lp norm 1 and lambda (N,) on the simplex, with what they prove of the margin."""

    weights: Array
    dual: Array
    lower: float
    """min_n z_n . w."""
    upper: float
    """||Z^T lambda||_q."""

    @property
    def gap(self) -> float:
        """Return the relative gap between the bounds."""
        return (self.upper - self.lower) / self.upper


def conjugate(exponent: float) -> float:
    """Return q of 1/p + 1/q = 1."""
    return exponent / (exponent - 1.0)


def power_norm(vector: Array, exponent: float, axis: int = -1) -> Array:
    """Return the lp norms over an axis, scaled first, so that no power overflows or vanishes."""
    largest = np.abs(vector).max(axis=axis, keepdims=True)
    safe = np.where(largest > 0.0, largest, 1.0)
    total = (np.abs(vector / safe) ** exponent).sum(axis=axis)
    norms: Array = np.squeeze(safe, axis) * total ** (1.0 / exponent) * np.squeeze(largest > 0.0, axis)
    return norms


def half_square_gradient(vector: Array, exponent: float) -> Array:
    """Return the gradient (D,) of 1/2 ||v||_r^2: ||v||_r sign(v) (|v|/||v||_r)^(r - 1)."""
    size = float(power_norm(vector, exponent))
    if size == 0.0:
        return np.zeros_like(vector)
    gradient: Array = size * np.sign(vector) * (np.abs(vector) / size) ** (exponent - 1.0)
    return gradient


def largest_power_margin(points: Array, exponent: float, start: Separation) -> PowerSolution:
    """Solve the margin of points (N, D) in the lp norm, from the solution in l2.

    Raises:
        NotSolved: where no solution was certified.
    """
    unit = power_of_two(points)
    gains = points / unit / (start.lower / unit)
    best = _polished(gains, exponent, _by_barrier(gains, exponent, start))
    if not best.gap <= CERTIFIED and exponent > 2.0 and len(gains) < gains.shape[1]:
        best = _polished(gains, exponent, _by_barrier(gains, exponent, start, quickly=False))
    if not best.gap <= CERTIFIED:
        raise NotSolved(
            f"The largest margin in the lp norm with p = {exponent:g} could not be certified: its bounds are apart by "
            f"{best.gap:.1g} of their size. Take p between 1.1 and 10; in l1 and l-infinity, the norms at the two "
            "ends, it is solved by a linear programme."
        )
    return PowerSolution(best.weights, best.dual, best.lower * start.lower, best.upper * start.lower)


def _proved(gains: Array, exponent: float, weights: Array, amounts: Array) -> PowerSolution:
    """Return weights and amounts (N,), a multiple of lambda, with what they prove."""
    amounts = np.maximum(amounts, 0.0)
    dual = amounts / amounts.sum()
    weights = weights / power_norm(weights, exponent)
    lower = float((gains @ weights).min())
    upper = float(power_norm(gains.T @ dual, conjugate(exponent)))
    # rounding may put the two a few units in the last place the wrong way round
    return PowerSolution(weights, dual, min(lower, upper), upper)


def _better(one: PowerSolution, other: PowerSolution) -> PowerSolution:
    """Return the better half of each."""
    primal = one if one.lower >= other.lower else other
    dual = one if one.upper <= other.upper else other
    return PowerSolution(primal.weights, dual.dual, min(primal.lower, dual.upper), dual.upper)


@dataclass(frozen=True, eq=False)
class _Barrier:
    """A problem with an exponent r >= 2 and its barrier: 1/2 ||x||_r^2 - c sum y - mu sum log s.

    In l_q x = Z^T y and s = y, the amounts, and c is 1. In lp x = y, the weights, s = Z y - 1, and c is 0.
    """

    gains: Array
    exponent: float
    dual: bool
    quickly: bool = True
    """Whether fewer samples than weights make the system that is solved."""

    def inner(self, y: Array) -> Array:
        """Return x."""
        return self.gains.T @ y if self.dual else y

    def slack(self, y: Array) -> Array:
        """Return s, all of it positive inside."""
        return y if self.dual else self.gains @ y - 1.0

    def change_of_slack(self, step: Array) -> Array:
        """Return by how much s changes with y."""
        return step if self.dual else self.gains @ step

    def value(self, y: Array, mu: float) -> float:
        """Return the value, infinite outside."""
        slack = self.slack(y)
        if not (slack > 0.0).all():
            return math.inf
        size = float(power_norm(self.inner(y), self.exponent))
        linear = float(y.sum()) if self.dual else 0.0
        return 0.5 * size * size - linear - mu * float(np.log(slack).sum())

    def newton(self, y: Array, mu: float) -> tuple[Array, float]:
        """Return Newton's step and its decrement, the squared slope along it."""
        vector, slack = self.inner(y), self.slack(y)
        size = float(power_norm(vector, self.exponent))
        shares = np.abs(vector) / size
        unit = np.sign(vector) * shares ** (self.exponent - 1.0)
        curved = (self.exponent - 1.0) * shares ** (self.exponent - 2.0)
        if self.dual:
            unit = self.gains @ unit
            gradient = size * unit - 1.0 - mu / slack
            hessian = self.gains @ (curved[:, None] * self.gains.T)
            added = mu / slack**2
        elif self.quickly and len(self.gains) < len(y):
            gradient = size * unit - mu * (self.gains.T @ (1.0 / slack))
            step = -self._few_samples(curved, slack**2 / mu, unit, gradient)
            return step, -float(gradient @ step)
        else:
            gradient = size * unit - mu * (self.gains.T @ (1.0 / slack))
            hessian = self.gains.T @ ((mu / slack**2)[:, None] * self.gains)
            added = curved
        hessian -= (self.exponent - 2.0) * np.outer(unit, unit)
        hessian[np.diag_indices_from(hessian)] += added
        step = _solved(hessian, -gradient)
        return step, -float(gradient @ step)

    def _few_samples(self, curved: Array, softness: Array, unit: Array, right: Array) -> Array:
        """Solve (diag curved + Z^T diag(1/softness) Z - (r - 2) u u^T) x = right by a system of the samples.

        Weights without a curvature of their own are given a faint one: the step is a little shorter for it.
        """
        stiff = 1.0 / np.maximum(curved, FAINT_CURVATURE * curved.max())
        both = np.column_stack([right, unit]) * stiff[:, None]
        system = (self.gains * stiff) @ self.gains.T
        system[np.diag_indices_from(system)] += softness
        both -= stiff[:, None] * (self.gains.T @ _solved(system, self.gains @ both))
        solution: Array = both[:, 0]
        bent: Array = both[:, 1]
        weight = 1.0 - (self.exponent - 2.0) * float(unit @ bent)
        if weight > 0.0:
            solution = solution + (self.exponent - 2.0) * float(unit @ solution) / weight * bent
        return solution


def _solved(matrix: Array, right: Array) -> Array:
    """Return the solution of a symmetric positive system, whose unknowns may differ by many orders of magnitude."""
    from scipy import linalg

    scale = 1.0 / np.sqrt(np.maximum(np.diag(matrix), np.finfo(np.float64).tiny))
    scaled = matrix * scale[:, None] * scale
    added = 0.0
    for _ in range(12):
        try:
            scaled[np.diag_indices_from(scaled)] += added
            factor = linalg.cho_factor(scaled, check_finite=False)
        except linalg.LinAlgError:
            added = max(10.0 * added, 1e-15)
            continue
        solution: Array = (scale * linalg.cho_solve(factor, (scale * right.T).T, check_finite=False).T).T
        return solution
    return (scale * scale * right.T).T


def _by_barrier(gains: Array, exponent: float, start: Separation, quickly: bool = True) -> PowerSolution:
    """Follow the barrier's path down to `FAINTEST`."""
    count, dual_side = len(gains), exponent <= 2.0
    if dual_side:
        power = conjugate(exponent)
        problem = _Barrier(gains, power, dual=True)
        y = 0.9 * start.dual + 0.1 / count
        y = y / float(power_norm(gains.T @ y, power)) ** 2
    else:
        problem = _Barrier(gains, exponent, dual=False, quickly=quickly)
        y = 2.0 * start.direction / float((gains @ start.direction).min())
    taken, best = 0, None
    size = float(power_norm(problem.inner(y), problem.exponent)) ** 2
    mu, last = size / count, FAINTEST * size
    while True:
        for _ in range(STEPS):
            step, decrement = problem.newton(y, mu)
            taken += 1
            if not decrement > max(1e-6 * mu, ROUNDED * size) or taken > STEPS:
                break
            before, y = y, _moved(problem, y, step, decrement, mu)
            if y is before:  # rounding leaves nothing to gain
                break
        if dual_side:
            found = _proved(gains, exponent, half_square_gradient(gains.T @ y, problem.exponent), y)
        else:
            found = _proved(gains, exponent, y, mu / problem.slack(y))
        best = found if best is None else _better(best, found)
        mu *= SHRINKAGE
        if best.gap <= SETTLED or mu < last or taken > STEPS:
            return best


def _moved(problem: _Barrier, y: Array, step: Array, decrement: float, mu: float) -> Array:
    """Return y after a step that is shortened until it stays inside and lowers the value."""
    change, slack = problem.change_of_slack(step), problem.slack(y)
    falling = change < 0.0
    length = min(1.0, 0.99 * float((slack[falling] / -change[falling]).min(initial=math.inf)))
    value = problem.value(y, mu)
    for _ in range(50):
        if problem.value(y + length * step, mu) <= value - 1e-4 * length * decrement:
            return y + length * step
        length *= 0.5
    return y


def _polished(gains: Array, exponent: float, found: PowerSolution) -> PowerSolution:
    """Return the solution after Newton's method on 1/2 d||w||_p^2 = Z_A^T a, Z_A w = 1, A the samples with weight."""
    best = found
    for threshold in (1e-8, 1e-6, 1e-4):
        best = _better(best, _with_support(gains, exponent, found, found.dual > threshold * found.dual.max()))
        if best.gap <= SETTLED:
            break
    return best


def _with_support(gains: Array, exponent: float, found: PowerSolution, active: Array) -> PowerSolution:
    """Solve the conditions of the samples A that are said to have weight, and return the best of what comes by."""
    active = active.astype(bool)
    support, best = gains[active], found
    scale = float((gains @ found.weights).min())
    weights, amounts = found.weights / scale, found.dual[active] / (scale * found.upper)
    power, dual_side = conjugate(exponent), exponent <= 2.0
    idle = settled = 0
    for _ in range(POLISHING):
        if dual_side:
            vector = support.T @ amounts
            weights = half_square_gradient(vector, power)
            system = support @ _hessian(vector, power) @ support.T
            amounts = amounts + _least_squares(system, 1.0 - support @ weights)
            weights = half_square_gradient(support.T @ amounts, power)
        else:
            count = len(support)
            system = np.block(
                [[_hessian(weights, exponent), -support.T], [support, np.zeros((count, count))]]
            )
            missing = support.T @ amounts - half_square_gradient(weights, exponent)
            change = _least_squares(system, np.append(missing, 1.0 - support @ weights))
            weights, amounts = weights + change[: len(weights)], amounts + change[len(weights) :]
        if not (np.isfinite(amounts).all() and np.isfinite(weights).all() and (amounts > 0.0).any()):
            break
        everywhere = np.zeros(len(gains))
        everywhere[active] = amounts
        reached = _proved(gains, exponent, weights, everywhere)
        if reached.gap <= SETTLED:  # the margin is known before the direction: the last one is the best
            best, settled = reached, settled + 1
        after = _better(best, reached)
        idle = 0 if after.gap < best.gap else idle + 1
        best = after
        if settled > 3 or idle > 4:
            break
    return best


def _least_squares(system: Array, right: Array) -> Array:
    """Return the solution of a square system; the shortest where there are many, or none."""
    try:
        solution: Array = np.asarray(np.linalg.solve(system, right), dtype=np.float64)
    except np.linalg.LinAlgError:
        solution = np.full(len(right), np.nan)
    # a nearly singular one leaves more than rounding
    if not np.abs(system @ solution - right).max() <= 1e-6 * np.abs(right).max():
        solution = np.asarray(np.linalg.lstsq(system, right, rcond=1e-14)[0], dtype=np.float64)
    return solution


def _hessian(vector: Array, exponent: float) -> Array:
    """Return the second derivatives (D, D) of 1/2 ||v||_r^2, r >= 2."""
    size = float(power_norm(vector, exponent))
    shares = np.abs(vector) / size
    unit = np.sign(vector) * shares ** (exponent - 1.0)
    hessian: Array = np.diag((exponent - 1.0) * shares ** (exponent - 2.0)) - (exponent - 2.0) * np.outer(
        unit, unit
    )
    return hessian
