"""Compiled steps beside torch's: the same way, to rounding, for every kind that has a compiled half."""

from __future__ import annotations

from itertools import islice

import pytest

from engine.experiment.experiment import Experiment

from .beside import STEPS, beside
from .drawing import experiments

ONCE_EACH = 28
"""So many pairs of an optimizer and a step rule there are, a norm each; `tests/soak/both_paths.py` draws more."""
DRAWN = list(islice(experiments(0), ONCE_EACH))


@pytest.mark.parametrize("experiment", [e for _, e in DRAWN], ids=[words for words, _ in DRAWN])
def test_both_go_the_same_way(experiment: Experiment) -> None:
    came = beside(experiment)
    assert not came.far, (experiment.model_dump(exclude_defaults=True), came)
    assert came.ended or came.steps <= STEPS
