"""What the first run of a process would wait for: libraries that come with their first use, and code to be read."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from ..experiment.experiment import experiment_from
from ..references import asked_anew
from ..references.answers import solvers
from ..steppers.first_use import SMALLEST, is_kept
from .loop import Training

STEPS = 3


def warm_up() -> Iterator[None]:
    """Train the smallest experiment for a few steps, in parts; nothing of it stays but what is loaded.

    Its steps are compiled where they need not be compiled first.
    """
    backend = "auto" if is_kept(torch.float64) else "torch"
    run = {"steps": STEPS, "threads": 1, "device": "cpu", "backend": backend}
    training = Training(experiment_from(SMALLEST | {"run": run}), ask=asked_anew)
    yield
    training.solve()
    solvers()  # what kept answers are known by
    yield
    for _ in training.run():
        yield
