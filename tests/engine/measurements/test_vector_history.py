"""What histories hold in memory: vectors within a bound, and parameters only where these are smaller and asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.measurements import vector_history
from engine.measurements.record_point import RecordPoint
from engine.measurements.vector_history import VectorHistory
from engine.protocol.records import KeptVectors
from engine.training.driver import Driver
from engine.training.loop import Training
from engine.words.errors import Refusal
from tests.engine.cases import experiment

BOUND = 2**14
SMALL: dict[str, Any] = {
    "network.widths": [3],
    "measure": {"groups": ["kernel"], "grid": 9, "every": 1},
    "run.steps": 60,
}


@dataclass
class OneRecord:
    """A record of R replicas and P parameters, as a history sees it."""

    step: int
    theta: Tensor

    number = property(lambda self: self.step)
    scheduled = True

    def frame(self, _place: int) -> OneRecord:
        return self

    def at(self, vectors: Tensor, _place: int) -> Tensor:
        return vectors


def held(records: int, replicas: int, vector: int, parameters: int) -> VectorHistory:
    """Return a history after records without anybody asking for a state."""
    history = VectorHistory("ntk", lambda _point: torch.ones(replicas, vector, dtype=torch.float64))
    history.keeps_parameters = True
    for step in range(records):
        theta = torch.zeros(replicas, parameters, dtype=torch.float64)
        history.take_up(cast(RecordPoint, OneRecord(step, theta)), 0)
    return history


def parameters_of(history: VectorHistory) -> int:
    """Return the bytes of the parameters that a history holds."""
    thetas = [record.theta for record in history.records.values() if record.theta is not None]
    return sum(theta.numel() * theta.element_size() for theta in thetas)


@pytest.mark.parametrize(
    ("records", "replicas", "vector", "parameters"),
    [(2000, 1, 16, 20), (300, 64, 4, 7), (40, 1, 30, 100_000), (40, 1, 100_000, 30)],
    ids=["long run", "many replicas", "wide network", "large kernel"],
)
def test_memory_is_bounded_though_nobody_asks_for_a_state(
    records: int, replicas: int, vector: int, parameters: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_history, "MEMORY", BOUND)
    history = held(records, replicas, vector, parameters)
    one = 8 * replicas * vector
    assert len(history.steps) * one <= max(BOUND, 3 * one)
    assert parameters_of(history) <= vector_history.AT_MOST * len(history.steps) * one
    assert history.records.keys() <= set(history.steps)
    assert len(history.take_untold()) == len(history.steps)


def theta_bytes(run: Training) -> int:
    return sum(parameters_of(history) for history in run.measuring.histories)


@pytest.mark.parametrize("told", [{"snapshots": False}, {"resumable": False}, {}])
def test_parameters_are_kept_until_a_state_is_told_and_never_where_none_is(told: dict[str, bool]) -> None:
    run = Driver("a", partial(Training, experiment(SMALL)), **told)
    list(run.begin())
    training, most = run.training, 0
    batches = training.run()
    for _ in batches:
        most = max(most, theta_bytes(training))
    assert bool(most) == (not told)
    training.resumable()
    assert theta_bytes(training) == 0


def test_vectors_of_another_size_than_those_gone_on_from_are_refused_at_the_first_record() -> None:
    history = VectorHistory("ntk")
    history.restore(KeptVectors(np.array([1]), np.ones((1, 2, 4))), torch.ones(2))
    with pytest.raises(Refusal, match="does not fit its state"):
        history.add(2, torch.ones(2, 3))
