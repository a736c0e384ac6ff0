"""Compiled steps are the same to the last bit however they are divided into calls, and where a run goes on."""

from __future__ import annotations

import random
from itertools import islice
from typing import Any

import pytest
import torch

from engine.device import computing
from engine.experiment.experiment import Experiment, with_values
from engine.run.state import Saved, copied
from engine.training.loop import Training
from tests.engine.cases import experiment

from .drawing import experiments, pairs

LAST = 60
PAIRS = pairs()
DRAWN = [e for _, e in islice(experiments(3), len(PAIRS))]


def taken(run: Training, stops: list[int]) -> Training:
    """Go on, and stop at these steps."""
    with computing(run.problem.threads):
        if run.twin is not None:
            run.twin.prepare()
        if run.step:
            run.iterate.reevaluate()
        else:
            run.iterate.update()
            if run.iterate.full_batch:
                run.observe()
        for stop in stops:
            while run.step < stop and not run.sentence:
                run.take_steps(stop)
    return run


def left(run: Training) -> Saved:
    """Return all that a run left behind."""
    run._monitor.flush(run.state)
    return copied(run.state) | {"step": torch.tensor([run.step])}


@pytest.mark.parametrize("number", range(len(DRAWN)), ids=[words for words, _ in PAIRS])
def test_a_run_goes_on_bit_by_bit(number: int) -> None:
    drawn: Experiment = with_values(DRAWN[number], {"run.backend": "compiled"})
    chance = random.Random(number)
    whole = left(taken(Training(drawn), [LAST]))
    first, second = sorted(chance.sample(range(1, LAST), 2))
    here = taken(Training(drawn), [first, second])
    snapshot = here.snapshot(resumable=True)
    onward = left(taken(here, [LAST]))
    others = [onward]
    if not here.sentence:  # what has ended does not go on
        others.append(left(taken(Training(drawn, resume_from=snapshot), [LAST])))
    for other in others:
        differing = [name for name in whole if not same_bits(whole[name], other[name])]
        assert not differing, (first, second, drawn.model_dump(exclude_defaults=True))


def same_bits(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Say whether two tensors are the same; of numbers that are none, no bit counts."""
    return a.shape == b.shape and torch.equal(a.nan_to_num(0.123), b.nan_to_num(0.123))


@pytest.mark.parametrize("rule", [{"kind": "line-search", "a": 0.5}, {"kind": "loss-based", "alpha": 0.5}])
def test_a_search_ends_at_the_same_step_however_divided(rule: dict[str, Any]) -> None:
    """One replica finds nothing any more while the other goes on, and ends the run where it finds nothing, too."""
    said = {"seed": 3, "replicas": 2, "data.n": 6, "network.widths": [1], "loss.kind": "logistic"}
    whole, *parts = (
        taken(
            Training(experiment({**said, "optimizer.step": rule, "run.backend": "compiled"})),
            list(range(every, 210, every)),
        )
        for every in (209, 7, 1)
    )
    assert whole.sentence and not bool(whole.state.alive.any()) and 20 < whole.step < 200
    for part in parts:
        assert part.sentence == whole.sentence
        assert [name for name, a in left(whole).items() if not same_bits(a, left(part)[name])] == []
