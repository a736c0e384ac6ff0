"""How far a step goes: the compiled halves of the step rules, one replica each."""

from __future__ import annotations

import math

from .jit import compiled
from .plan import Given, Kinds, Remembered, Stepping

NORMALISED, THEORY = int(Stepping.NORMALISED), int(Stepping.THEORY)
LOSS_BASED, LINE_SEARCH = int(Stepping.LOSS_BASED), int(Stepping.LINE_SEARCH)


@compiled
def safe(given: Given, r: int, norm: float, dual: float, of_loss: float, memory: Remembered) -> float:
    """Return min(c / B^2, kappa ||theta|| / ||ghat||_*), B^2 taken along by the degree from where it was measured.

    of_loss: what the loss has of what pulls; the rest is weight decay's, and has a bound of its own.
    """
    bound = memory.curvature[r]
    if not math.isnan(given.degree) and given.degree != 1.0:
        bound *= (norm / memory.norm[r]) ** (2 * given.degree - 2)
    if of_loss != 1.0:
        bound = of_loss * bound + (1.0 - of_loss) * given.widest
    size = given.step[r, 0] / bound
    cap = given.step[r, 1] * norm / dual if norm > 0 else math.inf
    if math.isnan(cap) or cap < size:
        size = cap
    # without any gradient both are infinite, and nothing moves
    return 0.0 if math.isnan(size) or size == math.inf else size


@compiled
def scheduled(
    kinds: Kinds,
    given: Given,
    memory: Remembered,
    r: int,
    step: int,
    log_unit: float,
    log_loss: float,
    log_weight: float,
) -> float:
    """Return the size of a step whose rule looks at no curvature."""
    if kinds.rule == NORMALISED:
        length: float = given.step[r, 0]
        return length if given.step[r, 1] == 0 else length * math.exp(-given.step[r, 1] * math.log(step + 1))
    if kinds.rule == THEORY:
        power = given.step[r, 1]
        log_x = min(log_loss, -power)
        log_kappa = log_x + (power * math.log(-log_x) if power != 0 else 0.0)
        return math.exp(given.step[r, 0] + log_weight - log_kappa)
    if kinds.rule == LOSS_BASED:
        return math.exp(memory.log_size[r] - memory.log_loss[r] + log_unit)
    if kinds.rule == LINE_SEARCH:
        return math.exp(memory.log_size[r])
    return math.exp(given.step[r, 0] + log_unit - given.step[r, 1] * math.log(step + 1))
