"""Axes in one line, and fields that can be axes."""

from __future__ import annotations

import pytest

from engine.catalog import load_preset
from engine.experiment.axis_text import axis_from, axis_text
from engine.experiment.sweep import Grid, SweepAxis, SweepSpec
from engine.experiment.sweep_fields import can_be_axis, suggested, sweepable
from engine.words.errors import Refusal


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("0.1, 0.2", SweepAxis(path="a", values=[0.1, 0.2])),
        ("[16], [64, 64]", SweepAxis(path="a", values=[[16], [64, 64]])),
        (
            '{"kind" = "constant", "eta" = 0.1}',
            SweepAxis(path="a", values=[{"kind": "constant", "eta": 0.1}]),
        ),
        ("adam, true", SweepAxis(path="a", values=["adam", True])),
        ("lin:0:1:5", SweepAxis(path="a", lin=(0.0, 1.0, 5))),
        (" log : 0.001 : 1 : 7 ", SweepAxis(path="a", log=(0.001, 1.0, 7))),
    ],
)
def test_an_axis_is_written_in_one_line(text: str, axis: SweepAxis) -> None:
    assert axis_from("a", text) == axis
    assert axis_from("a", axis_text(axis)) == axis


@pytest.mark.parametrize(
    "text", ["1e6, -2.5e6, 0.0, 12000.0, 1000000", "log:1.0:1e6:7", "random-lin:0.0:3e5:4"]
)
def test_large_round_numbers_stay_as_short_as_they_are_typed(text: str) -> None:
    axis = axis_from("a", text)
    assert axis_text(axis) == text and axis_from("a", axis_text(axis)) == axis


def test_values_drawn_at_random_are_written_in_one_line() -> None:
    axis = axis_from("a", "random-log:0.001:1:20")
    assert axis.random is not None and (axis.random.log, axis.random.n) == ((0.001, 1.0), 20)
    assert axis_from("a", axis_text(axis)) == axis


@pytest.mark.parametrize("text", ["", "log:0:1:5", "log:1:2", "lin:a:b:3", "log:0.1:1:2.5", "lin:0:1:0"])
def test_a_line_that_is_no_axis_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        axis_from("a", text)
    assert refused.value.field == "sweep"


@pytest.mark.parametrize("preset", ["circle-global-margin", "schechtman-late-stage", "tsilivis-networks"])
def test_every_field_that_is_offered_begins_with_values_that_the_experiment_takes(preset: str) -> None:
    base = load_preset(preset).base.model_copy(update={"vary": {}, "replicas": 1})
    offered = sweepable(base)
    assert {"network.init.scale", "run.steps"} <= {path for path, _ in offered}
    assert all(can_be_axis(path) for path, _ in offered)
    for path, _ in offered:
        try:
            axis = suggested(base, path)
        except Refusal:  # it says that there is no other value
            continue
        grid = Grid.of(base, SweepSpec(axes=(axis,)))
        assert grid.points >= 2
        for setting in grid.settings():
            grid.experiment(setting)
