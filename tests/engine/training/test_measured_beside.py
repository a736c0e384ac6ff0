"""Records that are measured while steps go on are those of a run that waits for them, bit for bit."""

from __future__ import annotations

import contextlib
import gc
import threading
import weakref
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
import pytest

from engine.measurements import Measurement, RecordPoint
from engine.protocol.messages import Advance, Edit, Message, Pause, Paused, Recorded, SnapshotTaken
from engine.training.driver import Driver
from engine.training.loop import Training
from engine.training.recording import Recorder
from tests.engine.cases import columns, experiment
from tests.engine.training.test_records_together import AT_ONCE, KINDS, equal
from tests.engine.training.test_training import EVERYTHING

IMPATIENT = 1e-9
"""Seconds after which a look is due at once."""
COMPILED = {kind: KINDS[kind] for kind in ("safe", "sgd", "twin", "line search", "dying")}


def training_beside(said: dict[str, Any], **more: Any) -> Training:
    """Prepare a run whose records a thread measures, however many cores there are."""
    training = Training(experiment(said), yield_every=IMPATIENT, **more)
    training._core_to_spare = True
    return training


def run(training: Training) -> Training:
    for _ in training.run():
        pass
    return training


def whole(said: dict[str, Any]) -> Training:
    """Run with every record measured before the next step."""
    return run(Training(experiment(said), yield_every=0))


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a thread be done only where somebody waits for it: steps are as far ahead as they can be."""
    monkeypatch.setattr(Recorder, "has_measured", property(lambda recorder: False))


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """List how many records threads were given at a time."""
    given: list[int] = []
    measure = Recorder.measure_beside

    def counted(recorder: Recorder, *args: Any) -> None:
        given.append(len(recorder.waiting))
        measure(recorder, *args)

    monkeypatch.setattr(Recorder, "measure_beside", counted)
    return given


@pytest.mark.parametrize("kind", COMPILED)
def test_no_bit_depends_on_how_far_steps_are_ahead(kind: str, beside: list[int]) -> None:
    said = {**EVERYTHING, **COMPILED[kind], "run.steps": 90, "measure.per_decade": 12}
    equal(run(training_beside(said)), whole(said))
    assert sum(beside) >= 8


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("kind", ["sgd", "twin"])
def test_a_run_goes_on_from_a_state_asked_for_while_records_are_measured(
    kind: str, beside: list[int]
) -> None:
    said = {**EVERYTHING, **COMPILED[kind], "run.steps": 90, "measure.per_decade": 12}
    held = training_beside(said)
    for _ in held.run():
        if held.step >= 23:
            break
    snapshot = held.snapshot(resumable=True)
    assert held.history.records.steps[-1] >= held.step - 3 and sum(beside) > 4
    rest = run(training_beside(said, resume_from=snapshot))
    later = columns(whole(said))
    for name, values in columns(rest).items():
        if name in later and name != "step":
            own, meant = columns(rest)["step"] > held.step, later["step"] > held.step
            np.testing.assert_array_equal(values[own], later[name][meant], err_msg=name)


@pytest.mark.usefixtures("late")
@pytest.mark.parametrize("stop", [{"log_loss": -1.0}, {"plateau": 0.02}], ids=["loss", "plateau"])
def test_a_run_ends_at_the_record_that_meets_a_rule(stop: dict[str, float], beside: list[int]) -> None:
    said = {"data.n": 4, "network.widths": [12], "measure": {"per_decade": 20, "groups": ["margins"]}}
    said |= {"run": {"stop": stop, "steps": 20_000}, "replicas": 2}
    found = run(training_beside(said))
    assert found.sentence and beside
    equal(found, whole(said))


@pytest.mark.usefixtures("late")
def test_a_run_that_diverges_ends_where_it_would_have() -> None:
    said = {**EVERYTHING, "optimizer.step": {"kind": "constant"}, "measure.every": 2, "run.steps": 500}
    said |= {"vary": {"optimizer.step.eta": [2.0, 50.0, 8.0]}}
    found = run(training_beside(said))
    assert found.history.status == "diverged"
    equal(found, whole(said))


@pytest.mark.usefixtures("late")
def test_all_records_are_told_before_a_run_is_paused_or_kept() -> None:
    said = {**EVERYTHING, "optimizer": {"kind": "steepest"}, "run.steps": 4000, "measure.every": 7}
    now = [0.0]
    driver = Driver("a", partial(training_beside, said), clock=lambda: now[0])
    told: list[int] = []

    def listen(messages: Iterable[Message]) -> None:
        for message in messages:
            now[0] += 0.05
            if isinstance(message, Recorded):
                told.extend(message.batch.steps.tolist())
            if isinstance(message, Paused) or (
                isinstance(message, SnapshotTaken) and message.snapshot.resumable
            ):
                step = driver.training.step
                assert told == list(range(0, step + 1, 7)), type(message)
                kept.append(step)

    kept: list[int] = []
    listen(driver.begin())
    for _ in range(12):
        listen(driver.go_on())
    assert kept
    listen(driver.obey(Edit("a", {"measure.every": 7})))
    listen(driver.obey(Pause("a")))
    assert driver.paused and len(kept) > 2


@pytest.mark.usefixtures("late")
def test_what_a_thread_cannot_measure_is_measured_once_more(beside: list[int]) -> None:
    said = {**EVERYTHING, "optimizer": {"kind": "steepest"}, "run.steps": 40, "measure.every": 1}
    training, failed = training_beside(said), []
    training.solve()

    def failing(measurement: Measurement) -> Callable[[RecordPoint], Any]:
        def measure(point: RecordPoint) -> Any:
            if threading.current_thread() is not threading.main_thread():
                failed.append(point)
                raise MemoryError
            return measurement.measure(point)

        return measure

    first = training.measurements[0]
    object.__setattr__(first, "measure", failing(Measurement(first.columns, first.measure)))
    found = run(training)
    assert failed and beside
    equal(found, whole(said))


@pytest.mark.usefixtures("late")
def test_a_run_that_is_broken_off_tells_what_was_being_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {**EVERYTHING, "optimizer": {"kind": "steepest"}, "run.steps": 400, "measure.every": 1}
    driver = Driver("a", partial(training_beside, said))
    list(driver.begin())
    take = Training.take_steps

    def interrupted(training: Training, last: int) -> None:
        if training.step >= 37:
            raise KeyboardInterrupt
        take(training, last)

    monkeypatch.setattr(Training, "take_steps", interrupted)
    told: list[int] = []

    def listen(messages: Iterable[Message]) -> None:
        for message in messages:
            if isinstance(message, Recorded):
                told.extend(message.batch.steps.tolist())

    with contextlib.suppress(KeyboardInterrupt):
        while not driver.ended:
            listen(driver.go_on())
    assert not driver.ended
    listen(driver.break_off("interrupted"))
    assert told == list(range(38))


@pytest.mark.usefixtures("late")
def test_a_run_is_held_where_single_steps_end_also_where_a_state_is_kept_there() -> None:
    said = {"data.n": 8, "network.widths": [4], "run.steps": 100_000}
    said |= {"measure": {"per_decade": 30, "groups": ["margins"]}}
    now = [0.0]
    driver = Driver("a", partial(training_beside, said), paused=True, clock=lambda: now[0])
    list(driver.begin())
    for steps, at in ((21, 21), (2, 23)):
        list(driver.obey(Advance("a", steps)))
        while not driver.paused:
            now[0] += 2.0  # a state is due each time
            list(driver.go_on())
        assert driver.training.step == at


@pytest.mark.parametrize("yield_every", [IMPATIENT, AT_ONCE])
def test_a_rule_that_is_met_while_one_replica_diverges(yield_every: float) -> None:
    said = {"data.n": 4, "network.widths": [12], "replicas": 2}
    said |= {
        "measure": {"per_decade": 20, "groups": ["margins"]},
        "run": {"steps": 1500, "stop": {"log_loss": 0.5}},
    }
    said |= {"optimizer.step": {"kind": "constant"}, "vary": {"optimizer.step.eta": [0.3, 1e6]}}
    found = training_beside(said)
    found._yield_every = yield_every
    run(found)
    assert found.sentence and found.history.events["diverged_step"] == [None, 2]
    equal(found, whole(said))


@pytest.mark.parametrize("ends", [True, False], ids=["at its end", "dropped"])
def test_a_training_is_let_go_of(ends: bool) -> None:
    """With all of its tensors, at once: a hand that steers leaves many behind."""
    gc.collect()
    gc.disable()
    try:
        training = training_beside({"run.steps": 30, "measure.groups": ["norms"]})
        for _ in training.run():
            if not ends and training.step > 5:
                break
        if not ends:
            training.close()
        gone = weakref.ref(training)
        del training
        assert gone() is None
    finally:
        gc.enable()
