"""Points and their keys, and which of them train together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.experiment.document import Document
from engine.sweep import plan
from engine.sweep.plan import planned
from engine.sweep.points import points_of
from engine.words.errors import Refusal
from tests.engine.sweep.material import SCALE, WIDTHS, a_map


def keys(document: Document) -> list[str]:
    return [point.key for point in points_of(document)]


def test_points_come_in_the_order_of_axes_and_seeds_within() -> None:
    points = list(points_of(a_map([SCALE, WIDTHS], seeds=2)))
    assert [point.number for point in points] == list(range(12))
    assert [point.experiment.seed for point in points[:4]] == [0, 1, 0, 1]
    assert len({point.key for point in points}) == 12


@pytest.mark.parametrize(
    "changes",
    [{"title": "Other"}, {"run.threads": 2}, {"run.device": "auto"}],
    ids=["title", "threads", "device"],
)
def test_what_decides_no_record_changes_no_key(changes: dict[str, Any]) -> None:
    assert keys(a_map()) == keys(a_map(changes=changes))


def test_an_edited_axis_keeps_the_keys_of_its_values_and_all_else_changes_them() -> None:
    before = keys(a_map())
    longer = {**SCALE, "values": [0.25, *SCALE["values"]]}
    assert set(before) < set(keys(a_map([longer])))
    assert set(before) < set(keys(a_map(seeds=2)))
    claim = {"text": "it ends", "check": "final", "of": "margin", "at_least": 0}
    for other in (
        a_map(changes={"run.steps": 21}),
        a_map(keep="records"),
        a_map(claims=[claim]),
        a_map(changes={"data.seed": 1}),
    ):
        assert not set(before) & set(keys(other))


def test_a_changed_file_of_data_changes_every_key(tmp_path: Path) -> None:
    def document() -> Document:
        made = a_map(changes={"data": {"kind": "csv", "path": "d.csv"}})
        return made.model_copy(update={"folder": tmp_path})

    file = tmp_path / "d.csv"
    file.write_text("a,b,label\n1,2,0\n3,4,1\n")
    before = keys(document())
    assert before == keys(document())
    file.write_text("a,b,label\n1,2,0\n3,5,1\n")
    assert not set(before) & set(keys(document()))


def test_two_values_that_make_one_point_are_refused_with_their_axis() -> None:
    steps = [{"kind": "constant"}, {"kind": "safe"}, {"kind": "constant", "eta": 0.1}]
    with pytest.raises(Refusal, match="its values 1 and 3; leave one of them out") as refused:
        keys(a_map([SCALE, {"path": "optimizer.step", "values": steps}]))
    assert (refused.value.field, refused.value.value) == ("sweep.axes[1].path", "optimizer.step")
    steps[1:] = [{"kind": "constant", "eta": 0.2}]
    written_over = [
        {"path": "optimizer.step.eta", "values": [0.3, 0.3]},
        {"path": "optimizer.step", "values": steps},
    ]
    with pytest.raises(
        Refusal, match=r"make one point of eta 0\.3, step constant and of eta 0\.3, step constant 0\.2"
    ):
        keys(a_map(written_over, order="zip"))


def test_points_of_one_shape_share_a_run_as_replicas() -> None:
    document = a_map([SCALE, WIDTHS], seeds=2)
    points = list(points_of(document))
    tasks = planned(document, points)
    assert sorted(len(task.points) for task in tasks) == [6, 6]
    for task in tasks:
        for replica, number in enumerate(task.points):
            member = task.experiment.replica(replica).model_copy(
                update={"measure": points[number].experiment.measure}
            )
            assert member == points[number].experiment


def test_points_of_unlike_lengths_optimizers_or_stop_rules_train_apart() -> None:
    kinds = {"path": "optimizer.kind", "values": ["steepest", "momentum"]}
    lengths = {"path": "run.steps", "values": [10, 20]}
    for axes in ([kinds], [lengths]):
        document = a_map(axes)
        assert [len(task.points) for task in planned(document, points_of(document))] == [1, 1]
    document = a_map([SCALE], {"run.stop": {"log_loss": -1.0}})
    assert [len(task.points) for task in planned(document, points_of(document))] == [1, 1, 1]


def test_tasks_are_of_about_equal_length_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    document = a_map(seeds=100)
    monkeypatch.setattr(plan, "MOST", 128)
    tasks = planned(document, points_of(document))
    assert [len(task.points) for task in tasks] == [100, 100, 100]
    assert sorted(number for task in tasks for number in task.points) == list(range(300))
    monkeypatch.setattr(plan, "SECONDS", (tasks[0].seconds - plan.AT_LEAST) / 10)
    few = planned(document, points_of(document))
    sizes = [len(task.points) for task in few]
    assert len(few) >= 30 and max(sizes) <= 10 and sum(size < max(sizes) for size in sizes) <= 3


def test_a_map_that_keeps_last_values_measures_the_last_record_alone() -> None:
    def every(**said: Any) -> int | None:
        document = a_map(changes=said.pop("changes", None), **said)
        return planned(document, points_of(document))[0].experiment.measure.every

    assert every() == 20
    assert every(keep="records") is None
    assert every(columns=["norm_l1"]) == 20 and every(columns=["path_left"]) is None
    assert every(changes={"run.stop": {"log_loss": -1.0}}) is None
    assert every(claims=[{"text": "it ends", "check": "final", "of": "margin", "at_least": 0}]) is None


def test_each_point_of_an_axis_of_stop_rules_is_measured_as_its_own_rule_needs() -> None:
    document = a_map([{"path": "run.stop", "values": [{"seconds": 60.0}, {"log_loss": -1.0}]}])
    tasks = {task.points: task for task in planned(document, points_of(document))}
    assert {points: task.at_the_end for points, task in tasks.items()} == {(0,): True, (1,): False}
    assert [tasks[points].experiment.measure.every for points in ((0,), (1,))] == [20, None]
