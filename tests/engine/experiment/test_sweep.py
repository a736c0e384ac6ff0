"""Maps as files say them: values of axes, their order, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest

from engine.experiment.document import document_from, parse, to_toml
from engine.experiment.sweep import Grid
from engine.words.errors import Refusal
from tests.engine.cases import tables


def a_map(axes: list[dict[str, Any]], changes: dict[str, Any] | None = None, **said: Any) -> Grid:
    document = document_from({**tables(changes), "sweep": {"axes": axes, **said}})
    assert parse(to_toml(document)) == document
    assert document.sweep is not None
    return Grid.of(document.base, document.sweep)


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ({"path": "network.init.scale", "lin": [0.1, 0.4, 4]}, (0.1, 0.2, 0.3, 0.4)),
        ({"path": "network.init.scale", "log": [0.001, 1.0, 4]}, (0.001, 0.01, 0.1, 1.0)),
        ({"path": "network.init.scale", "log": [2.0, 8.0, 1]}, (2.0,)),
        ({"path": "data.n", "log": [10, 1000, 3]}, (10, 100, 1000)),
        ({"path": "data.n", "lin": [8, 10, 5]}, (8, 9, 10)),  # whole numbers, each once
        ({"path": "network.widths", "values": [[16], [64, 8]]}, ([16], [64, 8])),
        ({"path": "optimizer.kind", "values": ["steepest", "adam"]}, ("steepest", "adam")),
    ],
)
def test_an_axis_takes_the_values_that_it_says(said: dict[str, Any], values: tuple[Any, ...]) -> None:
    assert a_map([said]).axes == (values,)


def test_random_values_lie_between_the_ends_and_follow_from_the_seed() -> None:
    axis = {"path": "network.init.scale", "random": {"log": [0.01, 1.0], "n": 200}}
    grid, again = a_map([axis]), a_map([axis])
    (values,) = grid.axes
    assert grid.axes == again.axes != a_map([axis], {"seed": 1}).axes
    assert min(values) >= 0.01 and max(values) <= 1.0
    assert 60 < sum(value < 0.1 for value in values) < 140  # half of them, evenly in the logarithm
    twice = a_map([axis, {"path": "optimizer.step.c", "random": {"lin": [0.0, 1.0], "n": 200}}]).axes
    assert len(set(twice[0]) & set(twice[1])) == 0


def test_crossed_axes_make_every_combination_the_last_fastest_and_side_by_side_ones_pairs() -> None:
    axes = [
        {"path": "data.n", "values": [8, 12]},
        {"path": "network.widths", "values": [[3], [4]]},
    ]
    grid = a_map(axes, seeds=3)
    assert (grid.shape, grid.points, grid.runs) == ((2, 2), 4, 12)
    settings = list(grid.settings())
    assert [(s.values["data.n"], s.values["network.widths"]) for s in settings] == [
        (8, [3]),
        (8, [4]),
        (12, [3]),
        (12, [4]),
    ]
    assert settings[1].words == "n 8, widths [4]"
    point = grid.experiment(settings[3], seed=2)
    assert (point.data.n, point.network.widths, point.seed) == (12, (4,), 2)  # type: ignore[union-attr]
    pairs = a_map(axes, order="zip")
    assert [tuple(s.values.values()) for s in pairs.settings()] == [(8, [3]), (12, [4])]


def test_whole_tables_are_values_too() -> None:
    steps = [{"kind": "safe"}, {"kind": "constant", "eta": 0.1}]
    grid = a_map([{"path": "optimizer.step", "values": steps}])
    kinds = [grid.experiment(setting).optimizer.step.kind for setting in grid.settings()]
    assert kinds == ["safe", "constant"]


@pytest.mark.parametrize(
    ("sweep", "sentence"),
    [
        ({}, "sweep.axes: is missing"),
        ({"axes": []}, "sweep.axes: [] is too short"),
        (
            {"axes": [{"path": "data.n"}]},
            "sweep.axes[0].values: is missing; give one of values, lin, log or random",
        ),
        (
            {"axes": [{"path": "data.n", "values": [8], "lin": [1, 2, 3]}]},
            "sweep.axes[0].lin: is one too many",
        ),
        ({"axes": [{"path": "data.n", "values": []}]}, "sweep.axes[0].values: [] is empty"),
        (
            {"axes": [{"path": "data.n", "log": [0, 1, 3]}]},
            "sweep.axes[0].log: [0.0, 1.0] has an end without",
        ),
        (
            {"axes": [{"path": "data.n", "lin": [0, 1, 0]}]},
            "sweep.axes[0].lin: [0.0, 1.0, 0] must ask for 1 to",
        ),
        ({"axes": [{"path": "data.n", "random": {"n": 3}}]}, "sweep.axes[0].random: needs either lin"),
        ({"axes": [{"path": "seed", "values": [1]}]}, "sweep.axes[0].path: 'seed' cannot be an axis"),
        ({"axes": [{"path": "run.device", "values": ["cpu"]}]}, "sweep.axes[0].path: 'run.device' cannot be"),
        (
            {"axes": [{"path": "data.n", "values": [8]}, {"path": "data.n", "values": [9]}]},
            "sweep.axes[1].path: 'data.n' is an axis already",
        ),
        ({"axes": [{"path": "data.n", "values": [8]}], "columns": ["margn"]}, "did you mean 'margin'?"),
        (
            {
                "order": "zip",
                "axes": [{"path": "data.n", "values": [8]}, {"path": "network.widths", "values": [[1], [2]]}],
            },
            "sweep.axes[1]: has 2 values where data.n has 1",
        ),
        (
            {"axes": [{"path": "data.n", "lin": [1, 2000000, 1000000]}], "seeds": 2},
            "where 1,000,000 are allowed",
        ),
    ],
)
def test_maps_that_cannot_be_are_refused_with_the_field(sweep: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        document_from({**tables(), "sweep": sweep})
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("axes", "sentence"),
    [
        (
            [{"path": "network.widht", "values": [3]}],
            "sweep.axes[0].path: 'network.widht' is not a known field",
        ),
        ([{"path": "data.n", "values": [8, -1]}], "sweep.axes[0].values[1]: -1 is too small"),
        (
            [{"path": "optimizer.kind", "values": ["steepest", "adm"]}],
            "sweep.axes[0].values[1]: 'adm' is not a known kind; did you mean 'adam'?",
        ),
    ],
)
def test_a_point_that_is_refused_names_its_axis_and_value(axes: list[dict[str, Any]], sentence: str) -> None:
    grid = a_map(axes)
    with pytest.raises(Refusal) as refused:
        list(map(grid.experiment, grid.settings()))
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"replicas": 2}, "replicas"),
        ({"vary": {"network.init.scale": [0.1, 1.0]}}, "vary"),
        ({"edits": [{"step": 3, "set": {"run.steps": 9}}]}, "edits"),
        ({"experiments": [{"name": "a"}]}, "experiments"),
    ],
)
def test_a_map_is_one_experiment_of_one_replica(said: dict[str, Any], field: str) -> None:
    axes = [{"path": "data.n", "values": [8]}]
    with pytest.raises(Refusal, match=r"does not go with \[sweep\]") as refused:
        document_from({**tables(), **said, "sweep": {"axes": axes}})
    assert refused.value.field == field


def test_claims_about_axes_name_one_that_there_is() -> None:
    claim = {"text": "it rises", "check": "order", "of": "margin", "over": "data.m"}
    with pytest.raises(Refusal, match=r"claims\[0\].over: 'data.m' is not an axis; did you mean 'data.n'\?"):
        document_from({**tables(), "claims": [claim], "sweep": {"axes": [{"path": "data.n", "values": [8]}]}})
    with pytest.raises(Refusal, match="this file is no map"):
        document_from({**tables(), "claims": [claim]})
    with pytest.raises(Refusal, match="goes with order and slope alone"):
        document_from({**tables(), "claims": [claim | {"check": "final", "at_least": 0}]})


def test_seeds_can_differ_between_replicas_as_a_list_says() -> None:
    grid = a_map([{"path": "data.n", "values": [8]}])
    tables_ = {**grid.base.model_dump(), "vary": {"seed": [5, 3]}, "replicas": 1}
    members = type(grid.base).model_validate(tables_).members()
    assert [member.seed for member in members] == [5, 3]


SCALES = "network.init.scale"
TWICE = {
    "numbers": ({"path": SCALES, "values": [0.1, 1, 0.5, 1.0]}, "has the value 1 twice, as values 2 and 4"),
    "lists": ({"path": "network.widths", "values": [[3], [4], [3]]}, "has the value [3] twice"),
    "tables": (
        {
            "path": "optimizer.step",
            "values": [{"kind": "constant", "eta": 1}, {"eta": 1.0, "kind": "constant"}],
        },
        "twice, as values 1 and 2",
    ),
    "one end": ({"path": SCALES, "lin": [0.1, 0.1, 3]}, "has the value 0.1 twice"),
    "no room between": ({"path": SCALES, "log": [1.0, 1.0000000000001, 9]}, "has the value 1"),
    "drawn": ({"path": SCALES, "random": {"lin": [0.5, 0.5], "n": 3}}, "has the value 0.5 twice"),
}


@pytest.mark.parametrize("case", TWICE)
def test_an_axis_that_has_a_value_twice_is_refused_with_both(case: str) -> None:
    axis, told = TWICE[case]
    with pytest.raises(Refusal, match=re.escape(told)) as refused:
        a_map([axis])
    assert refused.value.field == "sweep.axes[0].path" and refused.value.value == axis["path"]


def test_side_by_side_it_is_the_points_that_must_differ() -> None:
    axes = [{"path": SCALES, "values": [0.5, 0.5, 1]}, {"path": "network.widths", "values": [[3], [4], [4]]}]
    assert a_map(axes, order="zip").points == 3
    axes[1]["values"] = [[3], [3], [4]]
    with pytest.raises(Refusal, match=r"say 0\.5, \[3\] twice, as values 1 and 2"):
        a_map(axes, order="zip")


def test_a_whole_table_says_nothing_of_where_a_run_computes_and_keeps_it() -> None:
    tables_of_run = [{"steps": 10}, {"steps": 20}]
    grid = a_map([{"path": "run", "values": tables_of_run}], {"run.threads": 2})
    assert [grid.experiment(setting).run.threads for setting in grid.settings()] == [2, 2]
    tables_of_run[1]["threads"] = 1
    with pytest.raises(Refusal, match=r"axes\[0\]\.values\[1\]\.threads: 1 cannot be an axis"):
        a_map([{"path": "run", "values": tables_of_run}])


@pytest.mark.parametrize("order", ["grid", "zip"])
def test_every_file_of_an_axis_is_told_and_nothing_is_judged_for_axes_that_choose_none(
    order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"path": "data.path", "values": [f"{number}.csv" for number in range(1000)]}
    scale = {"path": "network.init.scale", "lin": [0.1, 1.0, 1000]}
    noise = {"path": "data.noise", "lin": [0.0, 0.1, 1000]}
    made, judged = Grid.experiment, list[object]()
    monkeypatch.setattr(Grid, "experiment", lambda *said: judged.append(said) or made(*said))
    beside = a_map([files, scale], changes={"data": {"kind": "csv", "path": "a.csv"}}, order=order)
    assert [data.named_file for data in beside.data_of_axes()] == files["values"] and len(judged) == 1
    without = a_map([noise, scale], changes={"data": {"kind": "circle"}}, order=order)
    assert not list(without.data_of_axes()) and len(judged) == 1
