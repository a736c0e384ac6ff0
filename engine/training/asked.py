"""What an engine process is asked to train, and what it says of itself before."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import torch

from ..device import devices, versions
from ..experiment.experiment import with_values
from ..protocol.messages import Ready, Train, TrainDraft
from ..references import Ask, answered
from .loop import Training
from .stop_rules import WATCHED

PATIENCE, SLICE = 0.28, 0.1
"""Seconds after which a draft that has not ended tells what it has, as a hand that moves waits for it; and those that
it takes at a time."""
PER_DECADE = 30
"""Records of a draft while a hand moves: as many as a plot shows apart."""


def ready_since(started: float, predictors: Mapping[str, str]) -> Ready:
    """Return what a process says of itself that is ready now, and began to be at a moment of the process's clock."""
    return Ready(devices(), versions(), time.perf_counter() - started, predictors)


def asked_training(
    command: Train | TrainDraft, ask: Ask = answered, *, ready: Callable[[torch.dtype], bool]
) -> Training:
    """Make the training that a command asks for.

    Args:
        command: what the window said.
        ask: what gives the answers of the solvers of its references.
        ready: says of a dtype whether compiled steps are there.

    Raises:
        Refusal: where the experiment cannot be run here.
    """
    ref = command.document
    document = ref.document()
    experiment = document.experiments()[ref.name]
    yield_every = WATCHED
    if isinstance(command, TrainDraft) and command.at_hand:
        yield_every = SLICE  # records are measured the more at once
        thinned = {"measure.per_decade": min(experiment.measure.per_decade, PER_DECADE)}
        experiment = with_values(experiment, thinned)
    return Training(
        experiment,
        document.folder,
        command.resume_from if isinstance(command, Train) else None,
        yield_every=yield_every,
        edits=document.edits_of(ref.name),
        known=ref.known,
        ask=ask,
        ready=ready,
        steps=command.steps if isinstance(command, Train) else "",
    )
