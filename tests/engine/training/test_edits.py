"""Edits of a run under way are part of it: a run that is given them takes the same steps and keeps the same records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch

from engine.experiment.edits import EditSpec, LiveEdit, specs_of
from engine.experiment.experiment import Experiment
from engine.protocol.records import RecordBatch, Snapshot
from engine.training.loop import Training
from tests.engine.cases import ADAM, SGD, experiment

Edits = Mapping[int, Mapping[str, Any]]
RATES: dict[str, tuple[dict[str, Any], str, float]] = {
    "safe": ({"kind": "steepest"}, "step.c", 0.2),
    "safe in l-infinity": ({"kind": "steepest", "norm": "linf"}, "step.kappa", 0.01),
    "constant": ({"kind": "steepest", "step": {"kind": "constant", "eta": 0.02}}, "step.eta", 0.05),
    "weight decay": ({"kind": "steepest", "weight_decay": 0.01}, "weight_decay", 0.1),
    "power": ({"kind": "steepest", "step": {"kind": "power", "eta": 0.1}}, "step.exponent", 0.2),
    "normalised": ({"kind": "steepest", "step": {"kind": "normalised", "a": 0.05}}, "step.a", 0.02),
    "normalised by a power": ({"kind": "steepest", "step": {"kind": "normalised"}}, "step.exponent", 0.5),
    "normalised by a power, by torch": (
        {"kind": "steepest", "norm": "spectral", "step": {"kind": "normalised"}},
        "step.exponent",
        0.5,
    ),
    "theory": ({"kind": "steepest", "step": {"kind": "theory", "a0": 0.05}}, "step.a0", 0.02),
    "loss-based": ({"kind": "steepest", "step": {"kind": "loss-based", "alpha": 0.5}}, "step.up", 1.05),
    "line-search": ({"kind": "steepest", "step": {"kind": "line-search"}}, "step.down", 2.0),
    "flow": ({"kind": "flow"}, "rtol", 1e-3),
    "margin flow": ({"kind": "margin-flow"}, "arc", 0.02),
    "momentum": ({"kind": "momentum", "step": {"kind": "constant", "eta": 0.02}}, "beta", 0.5),
    "adam": (ADAM, "beta2", 0.9),
    "muon": ({"kind": "muon", "step": {"kind": "constant", "eta": 0.02}}, "beta", 0.3),
    "sgd": (SGD, "step.eta", 0.1),
    "sgd without replacement": ({**SGD, "replacement": False}, "step.eta", 0.1),
    "sgd loss-based": ({"kind": "sgd", "batch": 3, "step": {"kind": "loss-based"}}, "step.down", 1.5),
}
GROUPS = ["margins", "norms"]


def said(name: str = "safe") -> dict[str, Any]:
    measure = {"per_decade": 20, "grid": 5, "groups": GROUPS}
    return {"optimizer": RATES[name][0], "replicas": 2, "run.steps": 90, "measure": measure}


def some_edits(name: str) -> Edits:
    """Return edits of the step between two records, of the records' density, of the length."""
    _, field, value = RATES[name]
    return {
        33: {f"optimizer.{field}": value},
        47: {"measure.every": 4},
        60: {"run.steps": 77, "measure.every": None},
    }


def edited(
    start: Experiment, edits: Edits, planned: tuple[EditSpec, ...] = (), resume_from: Snapshot | None = None
) -> Training:
    """Train to the end, with edits as somebody makes them while it goes on."""
    training = Training(start, resume_from=resume_from, yield_every=0, edits=planned)
    waiting = dict(edits)
    for _ in training.run():
        for step in [step for step in waiting if step <= training.step]:
            training.edit(waiting.pop(step))
    return training


def of_file(training: Training) -> tuple[EditSpec, ...]:
    """Return what the experiment file of a run says of its edits."""
    return specs_of(training.problem.experiment, training.history.edits)


def assert_same(one: Training, other: Training) -> None:
    """Compare all that two runs have told, to the last bit."""
    assert (one.step, one.history.status, one.sentence) == (other.step, other.history.status, other.sentence)
    records, others = one.history.records, other.history.records
    np.testing.assert_array_equal(records.steps, others.steps)
    assert set(records.names) == set(others.names)
    for name in records.names:
        np.testing.assert_array_equal(records.column(name), others.column(name), err_msg=name)
    assert one.history.events == other.history.events
    assert one.history.counters.keys() == other.history.counters.keys()
    for name, values in one.history.counters.items():
        np.testing.assert_array_equal(values, other.history.counters[name], err_msg=name)
    assert one.history.edits == other.history.edits


@pytest.mark.parametrize("name", RATES)
def test_a_run_with_edits_is_run_again_bit_by_bit(name: str) -> None:
    start = experiment(said(name))
    first = edited(start, some_edits(name))
    assert len(first.history.edits) == 4
    again = Training(start, edits=of_file(first))
    for _ in again.run():
        pass
    assert_same(again, first)
    plain = Training(start)
    for _ in plain.run():
        pass
    rows = min(len(plain.history.records), len(first.history.records))
    steps = first.history.records.steps[:rows]
    before = steps <= 33
    mine, others = (t.history.records.column("log_loss")[:rows] for t in (first, plain))
    np.testing.assert_array_equal(mine[before], others[before])
    assert not np.array_equal(mine[~before], others[~before])


@pytest.mark.parametrize("at", [20, 33, 40, 60])
@pytest.mark.parametrize("name", ["safe", "adam", "sgd without replacement"])
def test_a_run_that_was_broken_off_goes_on_with_its_edits(name: str, at: int) -> None:
    """Those before its last state are in it, those after it are taken again."""
    start, edits = experiment(said(name)), some_edits(name)
    whole = edited(start, edits)
    killed = Training(start, yield_every=0, edits=of_file(whole))
    for _ in killed.run():
        if killed.step >= at:
            break
    state = killed.snapshot(resumable=True)
    on = Training(start, resume_from=state, edits=of_file(whole))
    told = [edit for edit in whole.history.edits if edit.step <= state.step]
    assert on.untold == on.history.edits == told
    for _ in on.run():
        pass
    assert (on.step, on.history.edits) == (whole.step, whole.history.edits)
    records, others = on.history.records, whole.history.records
    steps = np.intersect1d(records.steps, others.steps)
    assert set(others.steps[others.steps > at]) <= set(steps) and len(steps) > 2
    for name in others.names:
        mine, expected = (r.column(name)[np.isin(r.steps, steps)] for r in (records, others))
        np.testing.assert_array_equal(mine, expected, err_msg=name)


def test_single_steps_record_more_and_change_nothing() -> None:
    start = experiment({**said(), "measure.groups": [*GROUPS, "directions"], "measure.every": 10})
    stepped = Training(start, yield_every=0)
    for batch in stepped.run():
        if isinstance(batch, RecordBatch) and stepped.step == 20:
            stepped.record_every_step(13)
    plain = edited(start, {})
    records, others = stepped.history.records, plain.history.records
    assert set(records.steps) - set(others.steps) == {21, 22, 23, 24, 25, 26, 27, 28, 29, 31, 32, 33}
    for name in others.names:
        mine = records.column(name)[np.isin(records.steps, others.steps)]
        np.testing.assert_array_equal(mine, others.column(name), err_msg=name)


def test_what_single_steps_record_ends_no_run() -> None:
    start = experiment({**said(), "measure.every": 20})
    at = edited(start, {}).history.records.column("log_loss")[:, 0]
    limit = {"run.stop.log_loss": float(0.3 * at[2] + 0.7 * at[1])}
    plain = edited(start.__class__.model_validate({**start.model_dump(), "replicas": 1}), {0: limit})
    assert plain.step == 40 and "ln loss fell below" in plain.sentence
    stepped = Training(plain.problem.experiment, yield_every=0, edits=of_file(plain))
    for batch in stepped.run():
        if isinstance(batch, RecordBatch) and stepped.step == 20:
            stepped.record_every_step(15)
    assert (stepped.step, stepped.sentence) == (40, plain.sentence)


def test_edits_of_one_field_at_one_step_are_one_and_none_where_it_is_set_back() -> None:
    training = Training(experiment(said()), yield_every=0)
    for _ in training.run():
        if training.step == 30:
            training.edit({"optimizer.step.c": 0.1, "optimizer.step.kappa": 0.01})
            training.edit({"optimizer.step.c": 0.2})
            training.edit({"optimizer.step.kappa": 0.02})
            training.edit({"optimizer.step.c": 0.2})
        if training.step == 50:
            training.edit({"optimizer.step.c": 0.5})
    path = "optimizer.step.c"
    assert training.history.edits == [LiveEdit(30, path, 0.5, 0.2), LiveEdit(50, path, 0.2, 0.5)]
    assert [edit.words for edit in training.history.edits] == ["c 0.5 to 0.2 at 30", "c 0.2 to 0.5 at 50"]


def test_an_edit_of_a_run_that_has_ended_is_none() -> None:
    """It would be in the record of a run that never took it."""
    training = Training(experiment({**said(), "run.steps": 20}))
    for _ in training.run():
        if training.step == 20:
            training.edit({"run.steps": 40, "optimizer.step.c": 0.1})
    assert (training.step, training.history.edits, training.untold) == (20, [], [])


def test_an_edit_after_a_replica_was_lost_changes_nothing_of_what_went_before() -> None:
    """The steps since the last record are taken again without it: with the settings that they were taken with."""
    start = experiment(
        {
            "optimizer": {"kind": "steepest", "step": {"kind": "constant", "eta": 0.02}},
            "vary": {"network.output_scale": [1.0, 1e150]},
            "run.steps": 60,
            "measure": {"groups": ["norms"], "every": 50},
        }
    )
    first = edited(start, {40: {"optimizer.step.eta": 0.05}})
    lost = first.history.events["diverged_step"][1]
    assert lost is not None and lost < 40
    untouched = edited(start, {})
    assert untouched.history.events["diverged_step"] == first.history.events["diverged_step"]
    again = edited(start, {}, of_file(first))
    assert_same(again, first)
    stands = [t.state.theta[1] for t in (first, untouched)]
    assert torch.equal(*stands) and torch.isfinite(stands[0]).all()
