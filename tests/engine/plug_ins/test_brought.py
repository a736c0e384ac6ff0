"""What plug-ins bring is asked with care: wrong shapes and errors are sentences, memories are written in place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.data.plug_ins import own_table
from engine.experiment.columns import Column
from engine.experiment.plug_ins import loaded
from engine.experiment.plug_ins.kinds import DataPlugIn, MeasurementPlugIn, OptimizerPlugIn
from engine.experiment.plug_ins.preferences import let_in_preferred, prefer, preferred
from engine.measurements.plug_ins import of_plug_ins
from engine.optimizers.base import Pull
from engine.optimizers.geometry import L2
from engine.optimizers.memory import flat
from engine.optimizers.plug_ins import OwnOptimizer
from engine.run.problem import prepare
from engine.words.errors import Refusal
from tests.engine.cases import experiment

THETA = torch.ones(3, 4, dtype=torch.float64)
PULL = Pull(0, THETA, 2 * THETA, torch.zeros(3, dtype=torch.float64))


class Halves:
    """Keeps an average, and goes along it."""

    def __init__(self, change: Callable[[dict[str, Tensor]], Any] = lambda memory: memory["m"]) -> None:
        self.change = change

    def memory(self, theta: Tensor) -> dict[str, Tensor]:
        return {"m": torch.zeros_like(theta)}

    def direction(self, pull: Pull, memory: dict[str, Tensor]) -> Any:
        memory["m"] = 0.5 * memory["m"] + 0.5 * pull.gradient
        return self.change(memory)


def test_an_optimizer_s_memory_is_the_run_s_own_tensors() -> None:
    optimizer = OwnOptimizer("halves", Halves(), L2())
    memory = optimizer.initial_memory(THETA)
    kept = memory.kept["m"]
    for expected in (1.0, 1.5, 1.75):
        assert (optimizer.direction(PULL, memory).vector == expected).all()
        assert memory.kept["m"] is kept and (kept == expected).all()
    assert flat(memory) == {"plug_in.m": kept}, "its name in snapshots"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda memory: memory["m"][0], r"goes along \(4,\); \(3, 4\) is needed"),
        (lambda memory: 3.0, r"goes along float; \(3, 4\) is needed"),
        (lambda memory: memory["n"], "fails: KeyError, 'n'"),
        (lambda memory: memory.update(n=THETA) or memory["m"], "keeps m, n after a step; it began with m"),
        (lambda memory: memory.update(m=THETA[:1]) or THETA, r"keeps m \(1, 4\); it began with \(3, 4\)"),
    ],
)
def test_an_optimizer_that_says_something_else_is_refused(change: Any, sentence: str) -> None:
    optimizer = OwnOptimizer("halves", Halves(change), L2())
    with pytest.raises(Refusal, match=f"^optimizer.kind: 'halves' {sentence}$"):
        optimizer.direction(PULL, optimizer.initial_memory(THETA))


class Made(DataPlugIn):
    """Data for these tests."""

    title = help = "Made"
    kind: Literal["made"]
    points_of: str = "good"

    def points(self) -> tuple[Any, Any]:
        return MADE[self.points_of]


MADE: dict[str, tuple[Any, Any]] = {
    "good": ([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], [0, 1, 1]),
    "flat": ([0.0, 1.0], [0, 1]),
    "infinite": ([[np.inf], [1.0]], [0, 1]),
    "one class": ([[0.0], [1.0]], [0, 0]),
    "gap": ([[0.0], [1.0]], [0, 2]),
}


def test_data_are_judged() -> None:
    table = own_table(Made(kind="made"), Path())
    assert (table.shape.points, table.shape.inputs, table.class_names) == (3, 2, ("-1", "+1"))
    for name, words in (
        ("flat", r"makes points \(2,\) and classes \(2,\)"),
        ("infinite", "makes points that are not finite"),
        ("one class", "makes classes that are not 0, 1"),
        ("gap", "makes classes that are not 0, 1"),
        ("none", "fails to make its points: KeyError, 'none'"),
    ):
        with pytest.raises(Refusal, match=f"^data.kind: 'made' {words}"):
            own_table(Made(kind="made", points_of=name), Path())


COLUMN = Column("mean", "norms", "mean", r"\bar\theta", "Mean.")


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    point, problem = SimpleNamespace(theta=THETA), prepare(experiment())

    def measure(function: str) -> Any:
        own = MeasurementPlugIn(COLUMN, f"{__name__}:{function}")
        monkeypatch.setattr("engine.measurements.plug_ins.MEASUREMENTS", [own])
        assert of_plug_ins(problem, ["margins"]) == []
        (one,) = of_plug_ins(problem, ["norms"])
        return one.measure(point)  # type: ignore[arg-type]

    return measure


def good(point: Any) -> Tensor:
    return point.theta.mean(1)


def scalar(point: Any) -> Tensor:
    return point.theta.mean()


def test_a_measurement_is_taken_with_its_group_and_judged(measured: Callable[[str], Any]) -> None:
    assert (measured("good")["mean"] == 1).all()
    for function, sentence in (
        ("scalar", r"is \(\) of its plug-in; a tensor \(3,\) is needed"),
        ("nothing", "fails in its plug-in: AttributeError"),
    ):
        with pytest.raises(Refusal, match=f"^measure: 'mean' {sentence}"):
            measured(function)


def test_step_rules_that_do_not_go_with_a_plug_in_s_optimizer_are_told() -> None:
    class Wrong(OptimizerPlugIn):
        """For this test."""

        kind: Literal["wrong"]
        steps = ("power", "constant")

    assert loaded._wrong_steps(Wrong) == "begins with the step constant, not with power"
    Wrong.steps = ("adaptive",)
    assert loaded._wrong_steps(Wrong).startswith("takes the steps adaptive")


def test_ticks_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "below" / "plug-ins.txt"
    monkeypatch.setattr("engine.experiment.plug_ins.preferences.preferences_file", lambda: file)
    assert preferred() == []
    prefer(["one", "two"])
    assert preferred() == ["one", "two"]
    file.write_bytes(b"\xff\xfe")
    assert preferred() == []


def test_a_plug_in_that_the_lab_does_not_get_beyond_is_left_out_until_it_is_ticked_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun: list[str] = []

    def switch_on(names: list[str]) -> list[str]:
        begun.extend(names)
        if names == ["hangs"]:
            raise KeyboardInterrupt
        return []

    monkeypatch.setattr("engine.experiment.plug_ins.preferences.preferences_file", lambda: tmp_path / "a.txt")
    monkeypatch.setattr("engine.experiment.plug_ins.preferences.switch_on", switch_on)
    monkeypatch.setattr("engine.experiment.plug_ins.preferences.WRONG", wrong := {})
    prefer(["good", "hangs", "fine"])
    with pytest.raises(KeyboardInterrupt):
        let_in_preferred()
    for _ in range(2):
        begun.clear()
        let_in_preferred()
        assert begun == ["good", "fine"] and wrong["hangs"].startswith("The plug-in hangs is left out: ")
    prefer(["hangs"])
    with pytest.raises(KeyboardInterrupt):
        let_in_preferred()
