"""Stored steps of one replica, folded into the replica axis a few at a time."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from ..protocol.stored_steps import StoredSteps
from .inspected_run import InspectedRun

NUMBERS = 2e7
"""Parameters and layers' outputs that are computed at once."""
SAMPLES = 1000
"""Samples that every step is taken to see."""


def folds(run: InspectedRun, stored: StoredSteps) -> Iterator[tuple[list[int], Tensor]]:
    """Yield steps with their parameters (T, P); those at which a parameter is not finite are left out."""
    kept = stored.finite()
    problem = run.problem
    a_step = problem.step_numbers(min(problem.samples, SAMPLES)) / problem.replicas
    at_once = max(1, int(NUMBERS // a_step))
    for start in range(0, len(kept.steps), at_once):
        part = slice(start, start + at_once)
        yield kept.steps[part].tolist(), run.parameters(kept.theta[part])
