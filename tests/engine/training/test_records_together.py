"""Records that are measured together are what each would have been alone, bit for bit, however they come together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.measurements import record_point
from engine.protocol.messages import Advance, Pause
from engine.protocol.records import RecordBatch
from engine.training.driver import Driver
from engine.training.loop import Training
from tests.engine.cases import ADAM, SGD, columns, experiment
from tests.engine.training.test_training import EVERYTHING

AT_ONCE = 1e9
"""Seconds that no run takes: nothing is measured before it must be."""
SAFE: dict[str, Any] = {"kind": "steepest"}
KINDS: dict[str, dict[str, Any]] = {
    "safe": {"optimizer": SAFE, "replicas": 2},
    "by torch": {"optimizer": SAFE, "run.backend": "torch"},
    "adam": {"optimizer": ADAM, "data.phase": 0.2},
    "sgd": {"optimizer": SGD, "vary": {"data.phase": [0.1, 0.2]}},
    "twin": {"optimizer": SAFE, "measure.twin": True, "replicas": 2},
    "line search": {"optimizer": {"kind": "steepest", "step": {"kind": "loss-based"}}},
    "flow": {"optimizer": {"kind": "flow"}},
    "tanh": {"optimizer": SAFE, "network.activation": "tanh", "network.widths": [5, 4]},
    "dying": {
        "optimizer": {"kind": "steepest", "step": {"kind": "constant", "eta": 0.01}},
        "vary": {"optimizer.step.eta": [0.01, 50.0]},
    },
}


def run(said: dict[str, Any], yield_every: float, **more: Any) -> Training:
    training = Training(experiment(said), yield_every=yield_every, **more)
    for _ in training.run():
        pass
    return training


def equal(found: Training, expected: Training) -> None:
    """Compare all that a run leaves behind, bit for bit."""
    there, meant = columns(found), columns(expected)
    assert there.keys() == meant.keys()
    for name, values in meant.items():
        np.testing.assert_array_equal(there[name], values, err_msg=name)
    assert (found.step, found.sentence, found.history.status) == (
        expected.step,
        expected.sentence,
        expected.history.status,
    )
    assert found.history.events == expected.history.events
    assert found.history.counters.keys() == expected.history.counters.keys()
    for name, counted in expected.history.counters.items():
        np.testing.assert_array_equal(found.history.counters[name], counted, err_msg=name)
    states = found.state.tensors()
    for name, tensor in expected.state.tensors().items():
        np.testing.assert_array_equal(states[name].numpy(), tensor.numpy(), err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_which_records_are_measured_together_changes_no_bit(kind: str) -> None:
    """One by one, all together, or in two parts of a run that was held and went on."""
    said = {**EVERYTHING, **KINDS[kind], "run.steps": 90, "measure.per_decade": 12}
    together, alone = run(said, AT_ONCE), run(said, 0)
    assert record_point.records_at_once(together.problem) > record_point.FEW
    equal(alone, together)
    held = Training(experiment(said), yield_every=0)
    for _ in held.run():
        if held.step >= 23:
            break
    rest = run(said, AT_ONCE, resume_from=held.snapshot(resumable=True))
    later = columns(together)["step"] > held.step
    for name, values in columns(rest).items():
        if name in columns(together) and name != "step":
            own = columns(rest)["step"] > held.step
            np.testing.assert_array_equal(values[own], columns(together)[name][later], err_msg=name)


@pytest.mark.parametrize("kind", ["safe", "sgd", "twin", "tanh"])
def test_values_are_those_of_records_measured_one_by_one(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {**EVERYTHING, **KINDS[kind], "run.steps": 60, "measure.per_decade": 6}
    together = columns(run(said, AT_ONCE))
    monkeypatch.setattr(record_point, "MOST", 1)
    training = run(said, AT_ONCE)
    assert record_point.records_at_once(training.problem) == 1
    for name, values in columns(training).items():
        np.testing.assert_allclose(together[name], values, 1e-8, 1e-9, err_msg=name)


@pytest.mark.parametrize("stop", [{"log_loss": -1.0}, {"plateau": 0.02}], ids=["loss", "plateau"])
def test_a_run_stops_at_the_record_that_meets_a_rule(stop: dict[str, float]) -> None:
    """Whatever was trained beyond it by the time that it was measured."""
    said = {"data.n": 4, "network.widths": [12], "measure": {"per_decade": 20, "groups": ["margins"]}}
    said |= {"run": {"stop": stop, "steps": 20_000}, "replicas": 2}
    together = run(said, AT_ONCE)
    assert together.sentence and together.step < 20_000
    equal(together, run(said, 0))


def test_a_rule_that_was_met_before_all_diverged_ends_the_run_first() -> None:
    said = {"optimizer": {"kind": "steepest", "step": {"kind": "constant", "eta": 50.0}}, "run.steps": 300}
    said |= {"run.stop": {"log_loss": 1e9}, "measure.groups": ["norms"]}
    together = run(said, AT_ONCE)
    assert (together.step, together.history.status) == (0, "done") and "fell below" in together.sentence
    assert together.history.events["diverged_step"] == [None]


def test_every_measurement_has_a_value_at_every_record_that_its_pace_means() -> None:
    said = {**EVERYTHING, "run.steps": 1000, "measure.per_decade": 30, "network.widths": [200]}
    training = Training(experiment(said), yield_every=AT_ONCE)
    training.solve()
    for _ in training.run():
        pass
    records = training.history.records
    marks = records.steps.tolist()
    thinned = [m for m in training.measurements if not m.pace.full]
    assert any(m.columns == ("sharpness",) for m in training.measurements)
    for measurement in training.measurements:
        due = [
            measurement.pace.due(number, before, step) or step == marks[-1]
            for number, (before, step) in enumerate(zip([-1, *marks], marks, strict=False))
        ]
        for name in set(measurement.columns) & {"log_loss", "param_norm", "sharpness", "ntk_eigenvalue.1"}:
            np.testing.assert_array_equal(~np.isnan(records.column(name)[:, 0]), due, err_msg=name)
    assert thinned


def test_records_are_told_in_parts_that_the_window_waits_for() -> None:
    """A few at first, then as many as are measured at once; the first of all where somebody holds the run there."""
    said = {**EVERYTHING, "run.steps": 200, "measure": {"every": 1, "groups": ["norms"]}}
    training = Training(experiment(said), yield_every=AT_ONCE)
    batches = [batch for batch in training.run() if isinstance(batch, RecordBatch) and not batch.closing]
    sizes = [len(batch.steps) for batch in batches]
    many, few = record_point.records_at_once(training.problem), record_point.FEW
    assert sizes[0] == few and set(sizes[1:-1]) == {many} and sum(sizes) == 201
    held = Training(experiment(said), yield_every=AT_ONCE)
    held.yield_at(0)
    first = next(held.run())
    assert first is not None and first.steps.tolist() == [0] and held.step == 0


def test_steps_taken_singly_leave_out_no_record_that_was_due_where_the_run_was_held() -> None:
    """It is held with as many records as are measured at once behind it, and the next one still to be taken."""
    said = {**EVERYTHING, "run.steps": 400, "measure": {"every": 2, "groups": ["norms"]}}
    run = Driver("a", lambda: Training(experiment(said), yield_every=AT_ONCE))
    list(run.begin())
    list(run.go_on())
    at, records = run.training.step, run.training.history.records
    assert at == 2 * record_point.FEW and records.steps[-1] == at - 2
    list(run.obey(Pause("a")))
    list(run.obey(Advance("a", 2)))
    while not run.paused:
        list(run.go_on())
    assert records.steps[-4:].tolist() == [at - 2, at, at + 1, at + 2]
