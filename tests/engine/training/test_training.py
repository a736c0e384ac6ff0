"""The training loop: replicas, determinism, continuing, stopping, editing, what is recorded and counted."""

from __future__ import annotations

import itertools
import math
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.losses import Loss
from engine.protocol.records import RecordBatch, Records, Snapshot, next_record, schedule
from engine.run import step_monitor
from engine.training import loop as training_module
from engine.training import stream
from engine.training.loop import Training
from engine.training.solve_references import PosedReferences
from engine.words.errors import Refusal
from tests.engine.cases import ADAM, SGD, columns, experiment, history, prepared, trained

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "safe": {"kind": "steepest"},
    "constant": {"kind": "steepest", "step": {"kind": "constant", "eta": 0.02}},
    "normalised": {"kind": "steepest", "step": {"kind": "normalised", "a": 0.05}},
    "loss-based": {"kind": "steepest", "step": {"kind": "loss-based", "alpha": 0.5}},
    "adam": ADAM,
    "adam with epsilon": {**ADAM, "epsilon": 1e-3},
    "sgd": SGD,
    "sgd without replacement": {**SGD, "replacement": False},
    "sgd loss-based": {"kind": "sgd", "batch": 3, "step": {"kind": "loss-based"}, "replacement": False},
}
VARIED: dict[str, list[Any]] = {
    "network.init.scale": [0.4, 0.7, 1.0],
    "network.output_scale": [1.0, 0.5, 2.0],
    "data.phase": [0.1, 0.2, 0.3],
}
EVERYTHING = {"data": {"kind": "circle", "n": 8}, "measure": {"grid": 7, "per_decade": 25}}


def same(
    found: dict[str, np.ndarray],
    expected: dict[str, np.ndarray],
    replica: int | None = None,
    tolerance: float = 0.0,
    leave: tuple[str, ...] = (),
    thinned: set[str] = frozenset(),  # type: ignore[assignment]
) -> None:
    """Compare columns at the steps that both have; one replica of the first, and to rounding, where asked."""
    extra = found.keys() - expected.keys() if replica is not None else set()
    assert found.keys() - extra == expected.keys()
    # another replica's kernel may separate the data where this one's does not: these columns are empty then
    from_kernel = {"ntk_prediction_cosine", "ntk_agreement", "prediction_cosine_final", "margin_over_ntk"}
    assert extra <= from_kernel
    assert all(np.isnan(found[name][:, replica]).all() for name in extra - {"prediction_cosine_final"})
    steps = np.intersect1d(found["step"], expected["step"])
    rows, others = np.isin(found["step"], steps), np.isin(expected["step"], steps)
    assert len(steps) > 1
    for name in expected.keys() - {"step", *leave}:
        here = found[name][rows] if replica is None else found[name][rows, replica : replica + 1]
        if name in thinned:  # where both were measured; the last record always is
            if found["step"][-1] == expected["step"][-1]:
                assert np.array_equal(np.isnan(here[-1]), np.isnan(expected[name][others][-1]))
            here = np.where(np.isnan(expected[name][others]), np.nan, here)
            others_values = np.where(np.isnan(here), np.nan, expected[name][others])
            np.testing.assert_allclose(here, others_values, tolerance, tolerance, err_msg=name)
        elif tolerance:
            np.testing.assert_allclose(here, expected[name][others], tolerance, tolerance, err_msg=name)
        else:
            np.testing.assert_array_equal(here, expected[name][others], err_msg=name)


# replicas ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("varied", [False, True], ids=["seeds", "varied"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_each_replica_is_its_own_run(optimizer: dict[str, Any], varied: bool) -> None:
    said: dict[str, Any] = {**EVERYTHING, "optimizer": optimizer, "seed": 3, "run.steps": 40}
    said |= {"measure": {"grid": 7, "per_decade": 4}}
    number = {"constant": "eta", "normalised": "a", "loss-based": "alpha", "safe": "c"}
    kind = optimizer.get("step", {"kind": "safe"})["kind"]
    own = {f"optimizer.step.{number[kind]}": [0.02, 0.04, 0.1]}
    together = trained({**said, "vary": VARIED | own} if varied else {**said, "replicas": 3})
    assert together.problem.replicas == 3
    for r, member in enumerate(together.problem.members):
        alone = trained(member)
        measured = [*together.measurements, *alone.measurements]  # costly ones thin with their cost
        thinned = {name for m in measured if not m.pace.full for name in m.columns}
        if "ntk_agreement" in thinned:
            thinned.add("prediction_cosine_final")
        same(columns(together), columns(alone), r, tolerance=1e-9, thinned=thinned)
        assert {k: v[r] for k, v in together.history.events.items()} == {
            k: v[0] for k, v in alone.history.events.items()
        }
        for name, values in together.history.counters.items():
            assert values[r] == pytest.approx(alone.history.counters[name][0], rel=1e-6, abs=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_seed_gives_the_same_bits(optimizer: dict[str, Any]) -> None:
    said = {**EVERYTHING, "optimizer": optimizer, "replicas": 2, "run.steps": 30, "measure.per_decade": 10}
    first, second = trained(said), trained(said)
    same(columns(first), columns(second))
    assert first.history.events == second.history.events
    other = trained({**said, "seed": 7, "run.steps": 1})
    assert not np.array_equal(columns(first)["log_loss"][:2], columns(other)["log_loss"])


# continuing -------------------------------------------------------------------------------------


@cache
def never_stopped(name: str) -> Training:
    """Train an optimizer to the end, once for all the places where the others stop."""
    return trained(to_continue(name))


def to_continue(name: str) -> dict[str, Any]:
    said = {**EVERYTHING, "optimizer": OPTIMIZERS[name], "replicas": 2, "run.steps": 100}
    return said | {"measure.per_decade": 8, "network.init": {"scale": 0.5}}


def interrupted(said: dict[str, Any], at: int) -> tuple[Snapshot, Records]:
    """Train to a step, recorded or not; return a resumable snapshot there, as pausing takes it, and the records."""
    training = Training(experiment(said), yield_every=0)
    for _ in training.run():
        if training.step >= at:
            return training.snapshot(resumable=True), training.history.records
    raise AssertionError("the run ended too early")


def held(said: dict[str, Any], at: int) -> Snapshot:
    """Train to a step, recorded or not, and take a resumable snapshot there."""
    return interrupted(said, at)[0]


@pytest.mark.parametrize(
    ("name", "at"),
    [*itertools.product(OPTIMIZERS, (56, 71)), ("safe", 0), ("safe", 1), ("sgd", 0), ("adam", 1)],
)
def test_going_on_from_a_snapshot_equals_never_having_stopped(name: str, at: int) -> None:
    """Bit for bit: all columns, counters and events; the schedule has 56, but not 71."""
    said, whole = to_continue(name), never_stopped(name)
    assert {56, 71} & set(schedule(100, 8, None)) == {56}
    snapshot, records = interrupted(said, at)
    assert snapshot.step >= at
    rest = Training(experiment(said), resume_from=snapshot)
    for batch in rest.run():
        if batch is not None:
            records.extend(batch)
    np.testing.assert_array_equal(records.steps, whole.history.records.steps)
    assert set(records.names) == set(whole.history.records.names)
    for column in records.names:
        np.testing.assert_array_equal(
            records.column(column), whole.history.records.column(column), err_msg=column
        )
    assert rest.history.events == whole.history.events
    assert rest.history.counters.keys() == whole.history.counters.keys()
    for counter, values in whole.history.counters.items():
        np.testing.assert_array_equal(rest.history.counters[counter], values)
    rest_of_state = rest.state.tensors()
    for key, tensor in whole.state.tensors().items():
        np.testing.assert_array_equal(rest_of_state[key].numpy(), tensor.numpy(), err_msg=key)


def test_what_happened_between_the_last_record_and_the_snapshot_is_kept() -> None:
    step = {"kind": "normalised", "a": 0.3}
    said = {
        "data.n": 4,
        "network.widths": [8],
        "run.steps": 600,
        "optimizer": {"kind": "steepest", "step": step},
    }
    said |= {"measure": {"every": 1000, "groups": ["margins"]}}
    whole = trained(said)
    separated = whole.history.events["separated_step"][0]
    assert separated is not None and whole.history.counters["smoothed_margin_decreases"][0] > 10
    for at in (separated + 1, 400):
        rest = trained(said, resume_from=held(said, at))
        assert rest.history.events == whole.history.events
        for counter, values in whole.history.counters.items():
            np.testing.assert_array_equal(rest.history.counters[counter], values)


def test_a_longer_run_goes_on_from_the_end_of_a_shorter_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step of the shorter is not in the longer one's schedule; thinned columns stay aligned."""
    monkeypatch.setattr("engine.measurements.pace.GRANT", 4e7)
    said = {**EVERYTHING, "run.steps": 173, "measure.per_decade": 30, "network.widths": [200]}
    short = trained(said)
    assert 173 not in schedule(400, 30, None)
    assert any(not m.pace.full for m in short.measurements)
    assert short.history.records.steps[-1] == 173
    rest = trained({**said, "run.steps": 400}, resume_from=short.snapshot(resumable=True))
    whole = trained({**said, "run.steps": 400})
    assert [m.pace for m in rest.measurements] == [m.pace for m in whole.measurements]
    late = columns(whole)
    assert 173 not in columns(rest)["step"]
    own = columns(rest)["step"] > 173
    same({name: values[own] for name, values in columns(rest).items()}, late)
    thinned = [name for m in whole.measurements if not m.pace.full for name in m.columns if name in late]
    assert thinned and all(
        np.isnan(late[name]).any() and not np.isnan(late[name][-1]).any() for name in thinned
    )


def test_only_whole_snapshots_can_be_continued() -> None:
    training = Training(experiment(), yield_every=0)
    steps = training.run()
    while training.step < 5:
        next(steps)
    with pytest.raises(ValueError, match="snapshot at step 5 cannot be continued"):
        Training(experiment(), resume_from=training.snapshot(resumable=False))
    assert list(training.snapshot(resumable=False).arrays) == ["theta"]
    before = training.snapshot(resumable=True).arrays["theta"]
    while training.step < 8:
        next(steps)
    assert not np.array_equal(before, training.snapshot(resumable=True).arrays["theta"])  # a copy


def test_snapshots_are_log_spaced() -> None:
    training = Training(experiment({"run.steps": 2000, "measure.groups": ["norms"]}))
    steps = []
    for batch in training.run():
        if isinstance(batch, RecordBatch):
            steps += [one.step for one in training.take_snapshots() if not one.resumable]
    assert steps[0] == 0 and len(steps) < 16 * math.log10(2000) + 3
    ratios = [b / a for a, b in itertools.pairwise(steps) if a >= 20]
    assert max(ratios) < 1.25 and min(ratios) > 1.05


# ends -------------------------------------------------------------------------------------------


def test_a_run_ends_at_its_last_step() -> None:
    training = trained({"run.steps": 37})
    history = training.history
    assert (history.status, history.finished, training.step, training.sentence) == ("done", True, 37, "")
    assert history.records.steps.tolist() == schedule(37, 100, None)


def stopped_at(said: dict[str, Any], at: int) -> Training:
    training = Training(experiment(said), yield_every=0)
    for batch in training.run():
        if isinstance(batch, RecordBatch) and training.step >= at:
            training.stop()
    return training


def test_stop_ends_where_it_is() -> None:
    training = stopped_at({"run.steps": 500, "network.widths": [200], "measure.per_decade": 30}, 50)
    history = training.history
    assert (history.status, history.finished) == ("stopped", True)
    assert training.step == history.records.steps[-1] == next(s for s in schedule(500, 30, None) if s >= 50)
    early = ("log_rate", "norm_growth", "path_left", "path_left_error")  # these wait
    names = [name for name in history.records.names if name not in early]
    assert not any(np.isnan(history.records.column(name)[-1]).any() for name in names)
    assert history.records.column("cos_previous")[-1].item() != 1.0


@pytest.mark.parametrize("replicas", [1, 3])
def test_stop_below_a_loss(replicas: int) -> None:
    said = {"run.stop": {"log_loss": -1.0}, "run.steps": 5000, "replicas": replicas, "measure.every": 1}
    training = trained({**said, "data.n": 4, "network.widths": [12]})
    losses = columns(training)["log_loss"]
    assert training.history.status == "done"
    assert training.sentence == "ln loss fell below -1"
    assert (losses[-1] < -1).all() and not (losses[-2] < -1).all()
    assert 1 < training.step < 5000


def test_stop_on_a_plateau() -> None:
    said = {"run.stop": {"plateau": 0.01}, "run.steps": 20_000, "measure.groups": ["margins"]}
    training = trained({**said, "data.n": 4, "network.widths": [12]})
    found = columns(training)
    margin, steps = found["normalized_margin"][:, 0], found["step"]

    def grown(i: int) -> float:
        before = margin[np.searchsorted(steps, steps[i] // 2)]
        return math.inf if before <= 0 else (margin[i] - before) / before

    assert "grew by less than 0.01 while the steps doubled" in training.sentence
    assert 100 <= training.step < 20_000
    assert grown(len(steps) - 1) < 0.01
    assert all(grown(i) >= 0.01 for i in range(len(steps) - 1) if steps[i] >= 100)
    # resumed half way there it looks at the records of before, too
    at = training.step - training.step // 4
    rest = trained(
        {**said, "data.n": 4, "network.widths": [12]},
        resume_from=held({**said, "data.n": 4, "network.widths": [12]}, at),
    )
    assert (rest.step, rest.sentence) == (training.step, training.sentence)
    # steps taken singly record more, and shift nothing
    seldom = {**said, "data.n": 4, "network.widths": [12], "measure.per_decade": 4}
    whole, stepped = trained(seldom), Training(experiment(seldom), yield_every=0)
    for _ in stepped.run():
        stepped.record_every_step(whole.step)
    assert len(stepped.history.records) > whole.step // 2 > len(whole.history.records)
    assert (stepped.step, stepped.sentence) == (whole.step, whole.sentence)


class Clock:
    """A clock of the training loop's own, on which a hundredth of a second passes whenever it is looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        for module in (training_module, stream):  # who decides by seconds, and who counts them
            monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=self.tick))

    def tick(self) -> float:
        self.now += 0.01
        return self.now


@pytest.mark.parametrize("backend", ["torch", "compiled"])
def test_stop_after_seconds_does_not_wait_for_a_record(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch)
    said = {
        "run.stop": {"seconds": 0.3},
        "run.steps": 10**9,
        "run.backend": backend,
        "measure": {"per_decade": 1, "groups": ["norms"]},
    }
    training = trained(said)
    assert 0.3 < training.history.seconds < 0.5
    *_, before, last = training.history.records.steps
    assert before < last < next_record(before, 2**62, 1, None)
    assert training.history.status == "done"
    assert training.sentence == "0.3 seconds of training have passed"
    assert last == training.step


def test_seconds_leave_out_references_and_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, solve = Clock(monkeypatch), PosedReferences.solved

    def slowly(posed: PosedReferences, *asked: Any) -> Any:
        clock.now += 1000
        return solve(posed, *asked)

    monkeypatch.setattr(PosedReferences, "solved", slowly)
    training = Training(experiment({"run.steps": 20, "measure.groups": ["norms"]}))
    for _ in training.run():
        clock.now += 1000
    assert 0 < training.history.seconds < 1000


# edits ------------------------------------------------------------------------------------------


def test_edits_of_length_and_density() -> None:
    training = Training(
        experiment({"run.steps": 50, "measure": {"every": 10, "groups": ["norms"]}}), yield_every=0
    )
    for batch in training.run():
        if isinstance(batch, RecordBatch) and training.step == 20:
            training.edit({"run.steps": 60, "measure.every": 3})
        if isinstance(batch, RecordBatch) and training.step == 30:
            training.edit({"run.steps": 40})
    assert training.history.records.steps.tolist() == [0, 10, 20, 21, 24, 27, 30, 33, 36, 39, 40]


def test_a_length_below_the_step_ends_the_run_there() -> None:
    training = Training(experiment({"run.steps": 50, "measure.every": 10}), yield_every=0)
    for batch in training.run():
        if isinstance(batch, RecordBatch) and training.step == 20:
            training.edit({"run.steps": 5})
    assert (training.step, training.history.status) == (20, "done")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"optimizer.step.c": -1.0}, "optimizer.step.c: -1.0 is too small"),
        ({"optimizer.step.eta": 0.1}, "optimizer.step.eta: is not a known field"),
        ({"network.widths": [9]}, "network.widths: .* takes effect with a new run"),
        (
            {"optimizer.step.kind": "constant"},
            "optimizer.step.kind: 'constant' .* takes effect with a new run",
        ),
        ({"data.n": 12}, "data.n: 12 .* takes effect with a new run"),
        ({"run.steps": 60, "seed": 4}, "seed: 4 .* takes effect with a new run"),
        ({"network.output_scale": 2.0}, "network.output_scale: 2.0 differs between replicas"),
    ],
)
def test_edits_that_cannot_be_taken_change_nothing(changes: dict[str, Any], sentence: str) -> None:
    training = prepared({"run.steps": 30, "vary": {"network.output_scale": [1.0, 2.0]}}, steps=10)
    before = training.experiment
    with pytest.raises(Refusal, match=sentence):
        training.edit(changes)
    assert training.experiment is before


# records ----------------------------------------------------------------------------------------


def test_single_steps_record_each() -> None:
    training = Training(
        experiment({"run.steps": 1000, "measure": {"every": 100, "groups": ["norms"]}}), yield_every=0
    )
    steps = training.run()
    while next(steps) is None or training.step < 100:
        pass
    training.record_every_step(3)
    for expected in (101, 102, 103):
        while next(steps) is None:
            pass
        assert training.step == expected
    while next(steps) is None:
        pass
    assert training.step == 200


def test_recording_more_often_changes_no_value() -> None:
    """Records look and do not touch: what two densities both record is the same, but for cos_previous."""
    for optimizer in (OPTIMIZERS["safe"], ADAM, SGD):
        said = {**EVERYTHING, "optimizer": optimizer, "run.steps": 45}
        rare, dense = trained({**said, "measure.every": 15}), trained({**said, "measure.every": 1})
        events = ("separated", "fitted")  # with batches, counters and events look at records
        thinned = {
            name for one in (rare, dense) for m in one.measurements if not m.pace.full for name in m.columns
        }
        thinned |= {"prediction_cosine_final"} if "ntk_agreement" in thinned else set()
        same(columns(rare), columns(dense), leave=("cos_previous",), thinned=thinned)
        if optimizer is not SGD:
            assert rare.history.counters.keys() == dense.history.counters.keys()
            assert all(rare.history.events[f"{e}_step"] == dense.history.events[f"{e}_step"] for e in events)
            for name, values in dense.history.counters.items():
                np.testing.assert_array_equal(rare.history.counters[name], values)


@pytest.mark.parametrize("optimizer", [OPTIMIZERS["constant"], OPTIMIZERS["normalised"], ADAM], ids=str)
@pytest.mark.parametrize("kind", ["exponential", "logistic"])
def test_counters_and_events_by_brute_force(
    optimizer: dict[str, Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recomputed from a record of every step; rarely recorded runs must count the same."""
    step = {**optimizer["step"]}
    step["eta" if step["kind"] == "constant" else "a"] *= 6  # large enough for drops
    said = {"data.n": 4, "network.widths": [8], "loss.kind": kind, "run.steps": 300, "replicas": 3}
    said |= {"optimizer": {**optimizer, "step": step}, "measure.groups": ["margins"]}
    training, _ = history(said)
    monkeypatch.setattr(step_monitor, "CAPACITY", 17)  # steps that are kept before they are folded in
    rare = trained({**said, "measure.every": 130})
    found = columns(training)
    threshold = 0.0 if kind == "exponential" else math.log(math.log(2))
    own = training.stepper.optimizer.geometry.name != "l2"
    drops_seen = 0
    for r in range(3):
        separated = np.flatnonzero(found["log_loss"][:, r] < threshold)
        fitted = np.flatnonzero(found["margin"][:, r] > 0)
        for event, when in (("separated_step", separated), ("fitted_step", fitted)):
            expected = int(when[0]) if when.size else None
            assert training.history.events[event][r] == rare.history.events[event][r] == expected
        for name in ("smoothed_margin", "smoothed_margin_own") if own else ("smoothed_margin",):
            values = found[name][:, r]
            since = separated[0] if separated.size else len(values)
            drops = (values[since:-1] - values[since + 1 :]) / np.abs(values[since:-1])
            count, worst = int((drops > 1e-12).sum()), max([0.0, *drops])
            drops_seen += count
            for account in (training.history, rare.history):
                assert account.counters[f"{name}_decreases"][r] == count
                assert account.counters[f"{name}_worst_drop"][r] == pytest.approx(worst, rel=1e-9)
    assert own or "smoothed_margin_own_decreases" not in training.history.counters
    assert drops_seen > 0 or training.experiment.optimizer.step.kind == "constant"


def test_batches_count_nothing_between_records() -> None:
    """A run that does not look at every step must not claim to have counted them."""
    training = trained({"optimizer": SGD, "run.steps": 300})
    assert training.history.counters == {}
    assert set(training.history.events) == {
        "separated_step",
        "fitted_step",
        "late_stage_step",
        "diverged_step",
    }


def test_networks_without_a_degree_or_order_have_no_smoothed_margin() -> None:
    training = trained({"network.activation": "tanh"})
    assert training.history.counters == {}
    assert not {"smoothed_margin", "normalized_margin", "kkt_epsilon"} & set(training.history.records.names)
    assert training.history.events["fitted_step"] is not None


def test_log_loss_is_the_sums_whatever_the_reduction() -> None:
    for kind in ("exponential", "logistic"):
        losses = [
            columns(trained({"loss": {"kind": kind, "reduction": reduction}, "run.steps": 1}))["log_loss"][
                0, 0
            ]
            for reduction in ("sum", "mean")
        ]
        assert losses[0] == losses[1]
        zeros = {"kind": "mlp", "init": {"kind": "zeros"}}
        zero = trained({"loss.kind": kind, "network": zeros, "run.steps": 1})
        at_zero = Loss(kind, zero.problem.labels, 1).log_at_zero
        assert columns(zero)["log_loss"][0, 0] == pytest.approx(math.log(8) + at_zero)
