"""`marginlab bench`: what it prints and writes, and what it says where the machine is too small."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.bench.cases import OTHERS, SHAPES, StepsCase
from engine.bench.kernels import recipe
from engine.bench.memory import with_peak
from engine.cli import main
from engine.cli.bench import QUICK
from engine.compiled.coverage import why_not_compiled
from engine.kernels import plan_kernel
from engine.run.problem import prepare
from engine.training.loop import Training

CPU = torch.device("cpu")
SHORT = replace(QUICK, runs=1, steps=50)


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    path = tmp_path_factory.mktemp("bench") / "found.json"
    assert main(["bench", "--quick", "--json", str(path)]) == 0
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def test_it_names_the_machine(quick: dict[str, Any]) -> None:
    assert quick["device"]["name"] and quick["device"]["title"]
    assert quick["versions"]["torch"] == torch.__version__
    assert quick["threads"] >= 1 and quick["dtype"] == "float64" and quick["quick"]


def test_the_kernels_agree_and_are_timed(quick: dict[str, Any]) -> None:
    kernel = quick["kernel"]
    assert kernel["samples"] == 60 and kernel["hidden"] == [48, 48] and kernel["runs"] == 3
    assert 0 <= kernel["difference"] < 1e-10
    assert kernel["times_faster"] > 1 and kernel["note"] == ""
    for name in ("layers_seconds", "recipe_seconds", "floor_seconds"):
        assert 0 < kernel[name]["least"] <= kernel[name]["median"] <= kernel[name]["most"], name
    assert kernel["over_floor"] > 0
    assert kernel["plan"].startswith("60 x 60 kernel: layer by layer, ")


def test_the_large_kernel_tells_its_memory(quick: dict[str, Any]) -> None:
    large = quick["large_kernel"]
    assert large["samples"] == 300 and large["seconds"] > 0
    assert large["planned_bytes"] > 8 * 300 * 300
    assert large["peak_bytes"] is None or large["peak_bytes"] >= 0


def test_training_is_counted_in_steps(quick: dict[str, Any]) -> None:
    training = quick["training"]
    assert training["preset"] == "circle-global-margin" and training["steps"] == 500
    one, plain, many = (training[f"{name}_seconds"]["median"] for name in ("lab", "plain", "many"))
    assert training["over_plain"] == pytest.approx(one / plain)
    assert training["many_over_one"] == pytest.approx(many / one)
    assert training["torch_seconds"]["median"] > 0 and training["record_seconds"]["median"] > 0
    assert training["path"].startswith("compiled")


def test_steps_are_timed_in_every_hand(quick: dict[str, Any]) -> None:
    """By the same steps: a step's products are counted, and every hand's ratio is to the compiled steps."""
    (speed,) = quick["steps"]
    assert speed["title"] == "24 x 2 - 20"
    assert speed["products"] == 24 * (2 * (40 + 20) + 20)  # up 40 + 20, down to weights as many, to inputs 20
    assert {"compiled", "torch", "plain", "products"} <= speed["by"].keys()
    assert speed["path"] and speed["ratios"]["compiled"] == 1
    for name, timed in speed["by"].items():
        assert 0 < timed["least"] <= timed["median"] <= timed["most"], name
    (share,) = quick["measurements"]
    assert share["title"] == "24 x 2 - 20" and share["share"]["median"] > 0


@pytest.mark.parametrize("case", [*SHAPES, *OTHERS], ids=lambda case: case.title)
def test_every_case_has_a_compiled_half(case: StepsCase) -> None:
    """A row that fell back unnoticed would compare torch with torch."""
    experiment = case.experiment("compiled")
    problem = prepare(experiment, None)
    assert why_not_compiled(experiment, problem) == ""
    assert [(layer.rows, layer.columns) for layer in problem.structure.layers] == case.layers


def test_it_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where memory is short: what is left out and why."""
    monkeypatch.setattr("engine.bench.kernels.free_memory", lambda device: 1000)
    monkeypatch.setattr("engine.bench.kernels.plan_kernel", partial(plan_kernel, budget=2**19))
    monkeypatch.setattr("engine.cli.bench.QUICK", SHORT)
    assert main(["bench", "--quick"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "kernel of 60 samples, hidden 48, 48" in said
    assert "the recipe would need" in said and "of 1000 B, and was left out" in said
    assert "A 300 x 300 tangent kernel needs about" in said and "there are 512.0 KiB for it" in said
    assert "plain loop, no measurement" in said and "16 replicas together" in said


def test_kernels_that_differ_are_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("engine.bench.kernels.recipe", lambda *given: recipe(*given) * (1 + 1e-9))
    monkeypatch.setattr("engine.cli.bench.QUICK", SHORT)
    assert main(["bench", "--quick", "--only", "kernel of 60"]) == 3
    assert "The kernels differ by 1.0e-09" in capsys.readouterr().err


def test_only_what_is_asked_for_is_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "found.json"
    monkeypatch.setattr("engine.cli.bench.QUICK", SHORT)
    assert main(["bench", "--quick", "--only", "Steps of 24", "--json", str(path)]) == 0
    found = json.loads(path.read_text())
    assert [speed["title"] for speed in found["steps"]] == ["24 x 2 - 20"]
    assert found["kernel"] is None and found["training"] is None and found["measurements"] == []
    assert "whole runs" not in capsys.readouterr().out
    assert main(["bench", "--quick", "--only", "steps", "--only", "surfaces"]) == 2
    assert "'surfaces' is in no title" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_refused_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--quick", "--json", str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().err


def test_the_peak_is_what_was_held_between() -> None:
    def hold() -> int:
        held = torch.ones(2**22, dtype=torch.float64)
        return held.nbytes

    size, peak = with_peak(CPU, hold)
    if peak is None:
        pytest.skip("another system: it does not tell the peak since a moment")
    assert size <= peak + 2**20 and peak <= 2 * size


@pytest.mark.parametrize(
    "case", [case for case in SHAPES if case.products < 1e7], ids=lambda case: case.title
)
def test_steps_are_timed_where_the_loss_goes_down(case: StepsCase) -> None:
    """Numbers that are none take other ways through a step, and other times."""
    run = Training(case.experiment("compiled"))
    before = run.iterate.log_loss_at(run.state.theta)
    while run.step < 100:
        run.take_steps(100)
    assert bool((run.iterate.log_loss_at(run.state.theta) < before).all())
