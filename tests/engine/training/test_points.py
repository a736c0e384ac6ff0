"""What a worker says of a task's points: the same as runs of their own, whatever becomes of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from engine.experiment.columns import COLUMNS, column
from engine.experiment.document import Document
from engine.protocol.points import PointResult
from engine.sweep.order import order_of
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from engine.training.loop import Training
from engine.training.points import train
from tests.engine import cases
from tests.engine.sweep.material import SCALE, WIDTHS, a_map

OF_EARLIER = {known.name for known in COLUMNS if known.of_earlier}


def trained(document: Document) -> dict[int, PointResult]:
    tasks = planned(document, points_of(document))
    return {result.point: result for task in tasks for result in train(task, order_of(document))}


@pytest.mark.parametrize("optimizer", ["steepest", "adam", "sgd"])
def test_every_point_ends_as_a_run_of_its_own(optimizer: str) -> None:
    step = {} if optimizer == "steepest" else {"step": {"kind": "constant", "eta": 0.05}}
    document = a_map([SCALE, WIDTHS], {"optimizer": {"kind": optimizer, **step}}, seeds=2)
    found = trained(document)
    points = list(points_of(document))
    assert sorted(found) == [point.number for point in points]
    for point in points[::5]:
        training = Training(point.experiment)
        for _ in training.run():
            pass
        result = found[point.number]
        records = training.history.records
        assert (result.status, result.step) == ("done", 20)
        last = {name for name in records.names if not math.isnan(records.column(name)[-1, 0])}
        assert last - OF_EARLIER <= result.finals.keys() and not OF_EARLIER & result.finals.keys()
        for name, value in result.finals.items():
            if math.isnan(records.column(name)[-1, 0]):
                continue  # a run of its own measured it last before its end
            np.testing.assert_allclose(
                value, records.column(name)[-1, 0], rtol=1e-9, atol=1e-11, err_msg=name
            )
        happened = {name: steps[0] for name, steps in training.history.events.items() if steps[0] is not None}
        assert dict(result.events) == happened


def test_a_point_that_may_end_early_is_measured_alike_whether_its_map_or_an_axis_says_so() -> None:
    changes = {"run.steps": 200, "run.stop": {"log_loss": 1.5}}
    (said,) = trained(a_map([{**SCALE, "values": [1.0]}], changes)).values()
    stops = {"path": "run.stop.log_loss", "values": [1.5]}
    (chosen,) = trained(a_map([stops], {"run.steps": 200, "network.init.scale": 1.0})).values()
    assert said.step == chosen.step < 200
    assert dict(chosen.finals) == pytest.approx(dict(said.finals))
    assert "cos_previous" in chosen.finals


def test_a_value_that_depends_on_earlier_records_is_there_where_a_map_asks_for_it() -> None:
    document = a_map([SCALE], {"run.steps": 3000}, columns=["path_left"])
    found = trained(document)
    runs = [cases.trained(point.experiment) for point in points_of(document)]
    alone = [cases.columns(run)["path_left"][-1, 0] for run in runs]
    assert np.isfinite(alone).any()
    np.testing.assert_allclose(
        [found[n].finals.get("path_left", math.nan) for n in range(3)], alone, rtol=1e-6
    )


@pytest.mark.parametrize(
    "name", ["ntk_drift", "ntk_prediction_cosine", "prediction_cosine_final", "twin_norm"]
)
def test_what_else_a_measurement_keeps_takes_no_value_away(name: str) -> None:
    point = trained(a_map([SCALE], {"measure.twin": True}, columns=[name]))[0]
    (run, *_) = points_of(a_map([SCALE], {"measure.twin": True}))
    alone = cases.columns(cases.trained(run.experiment))[name][-1, 0]
    assert dict(point.finals) == pytest.approx({name: alone}, rel=1e-9)


def test_a_diverged_point_keeps_its_step_and_the_others_go_on() -> None:
    steps = {"path": "optimizer.step.eta", "values": [0.01, 1e200]}
    found = trained(a_map([steps], {"optimizer.step": {"kind": "constant", "eta": 0.1}}))
    assert [found[k].status for k in (0, 1)] == ["done", "diverged"]
    assert found[0].step == 20 and found[1].step < 20


def test_a_point_that_cannot_be_trained_keeps_its_reason() -> None:
    document = a_map(changes={"run.device": "cuda:7"})
    found = trained(document)
    assert {result.status for result in found.values()} == {"failed"}
    assert "run.device: 'cuda:7' is not available" in found[0].why


def test_only_the_measurements_that_were_asked_for_are_kept() -> None:
    found = trained(a_map(columns=["normalized_margin", "layer_norm.*"]))
    assert set(found[0].finals) == {"normalized_margin", "layer_norm.W1", "layer_norm.W2"}


@pytest.mark.parametrize("group", ["margins", "directions", "stationarity", "kernel"])
def test_measurements_of_one_group_are_the_same_without_the_others(group: str) -> None:
    """What compares with a reference has it, though references of other groups are not solved."""
    whole = trained(a_map([SCALE]))[0].finals
    wanted = sorted(
        {named.name for named in map(column, whole) if named is not None and named.group == group}
    )
    alone = trained(a_map([SCALE], columns=wanted))[0].finals
    assert wanted and len(alone) < len(whole)
    assert dict(alone) == pytest.approx({name: whole[name] for name in alone}, rel=1e-9)
    assert {name for name in whole if (named := column(name)) and named.group == group} == set(alone)


@pytest.mark.parametrize("keep", ["records", "snapshot"])
def test_curves_and_last_parameters_are_kept_where_asked(keep: str) -> None:
    result = trained(a_map(keep=keep))[1]
    assert result.steps is not None and result.steps[-1] == 20
    assert result.curves["log_loss"][-1] == result.finals["log_loss"]
    assert (result.theta is not None) == (keep == "snapshot")


def test_claims_about_a_run_are_judged_on_every_point() -> None:
    claim: dict[str, Any] = {"text": "small", "check": "final", "of": "param_norm", "at_most": 3.0}
    found = trained(a_map(claims=[claim]))
    norms = {number: result.finals["param_norm"] for number, result in found.items()}
    assert {number: result.verdicts for number, result in found.items()} == {
        number: ("holds" if norm <= 3.0 else "fails",) for number, norm in norms.items()
    }
    assert len({result.verdicts for result in found.values()}) == 2
