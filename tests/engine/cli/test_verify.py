"""`marginlab verify`: every claim of every preset, one after the other or side by side."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest
from pebble import ProcessExpired

from engine import catalog
from engine.cli import main
from engine.cli.side_by_side import Mute, verified_here, verified_side_by_side
from engine.cli.signals import StopSignals
from engine.cli.status import Status
from engine.cli.verified import Planned, Verified
from engine.words.errors import Refusal

from .material import FAILS, HOLDS, TEXT, reread


def test_verify_tells_whether_every_claim_ends_as_expected(
    written: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "verify.json"
    preset = catalog.save_preset(catalog.find(written(TEXT + HOLDS)), "holds").stem
    assert main(["verify", preset, "--seeds", "2", "--jobs", "1", "--json", str(file)]) == 0
    assert "2 of 2 claims ended as expected." in capsys.readouterr().out
    said = reread(file)
    assert said["as_expected"] is True
    assert [(one["id"], one["seed"]) for one in said["presets"]] == [("holds", 0), ("holds", 1)]
    values = [one["claims"][0]["value"][0] for one in said["presets"]]
    assert values[0] != values[1]
    assert main(["verify", preset, written(TEXT + FAILS), "--jobs", "1", "--json", str(file)]) == 1
    assert [one["as_expected"] for one in reread(file)["presets"]] == [True, False]


def test_verify_judges_the_same_claims_by_every_backend(
    written: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, both = tmp_path / "verify.json", ["--backend", "compiled", "--backend", "torch"]
    assert main(["verify", written(TEXT + HOLDS), *both, "--jobs", "1", "--json", str(file)]) == 0
    found = reread(file)["presets"]
    assert [one["backend"] for one in found] == ["compiled", "torch"]
    assert [one["runs"][""]["steps_by"] for one in found] == ["compiled", "torch"]
    assert all([claim["verdict"] for claim in one["claims"]] == ["holds"] for one in found)
    assert "2 of 2 claims" in capsys.readouterr().out
    assert main(["verify", written(TEXT + HOLDS), "--backend", "numba"]) == 2
    assert "run.backend" in capsys.readouterr().err


@pytest.mark.usefixtures("failing")
def test_verify_goes_on_after_the_engine_failed(
    written: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    short = catalog.save_preset(catalog.find(written(TEXT.replace("40", "5") + HOLDS)), "short").stem
    assert main(["verify", written(TEXT + HOLDS), short, "--jobs", "1"]) == 3
    said = capsys.readouterr()
    assert "out of luck" in said.err
    assert "1 of 2 claims ended as expected." in said.out
    assert main(["verify", written(TEXT + HOLDS), "--seeds", "2", "--jobs", "1"]) == 3
    said = capsys.readouterr()
    assert all(f"seed {seed}: The engine failed" in said.err for seed in (0, 1))


def test_without_names_verify_takes_the_shipped_presets(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def find(name: str) -> None:
        asked.append(name)
        raise Refusal("", name, "is enough for this test")

    monkeypatch.setattr("engine.cli.verify.find", find)
    catalog.save_preset(catalog.load_preset("circle-global-margin"), "mine")
    assert main(["verify"]) == 2
    assert asked == [next(entry.id for entry in catalog.presets())]


def test_side_by_side_ends_as_one_after_the_other(written: Callable[[str], str]) -> None:
    runs = [
        ("holds", catalog.find(written(TEXT + HOLDS)), "holds, seed 0"),
        ("diverges", catalog.find(written(TEXT.replace("0.05", "1e300") + FAILS)), "diverges"),
        (
            "refused",
            catalog.find(written(TEXT.replace("steps = 40", 'steps = 40\ndevice = "cuda:9"'))),
            "refused",
        ),
    ]
    found = verified_side_by_side(runs, 1, Mute(), StopSignals())
    assert list(found) == [title for _, _, title in runs]
    for run in runs:
        here, there = verified_here(*run), found[run[2]]
        assert [verdict.status for verdict in there.verdicts] == [verdict.status for verdict in here.verdicts]
        assert there.failure == here.failure
        assert there.as_expected is here.as_expected
    assert found["refused"].failure is not None
    assert found["refused"].failure.status is Status.BAD_INPUT


def test_a_signal_leaves_undone_what_has_not_ended(written: Callable[[str], str]) -> None:
    signals = StopSignals()
    signals.number = 2
    assert verified_side_by_side([("holds", catalog.find(written(TEXT)), "holds")], 1, Mute(), signals) == {}


def test_a_process_that_dies_costs_one_run_and_its_claims_count(
    written: Callable[[str], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Pool:
        def schedule(self, work: Callable[..., Verified], args: Planned) -> Future[Verified]:
            future = Future[Verified]()
            if args[2].endswith("seed 1"):
                future.set_exception(ProcessExpired("gone", 9))
            else:
                future.set_result(work(*args))
            return future

        def close(self) -> None: ...
        def join(self) -> None: ...

    monkeypatch.setattr("engine.cli.side_by_side.pool_of", lambda *asked: Pool())
    file = tmp_path / "verify.json"
    assert main(["verify", written(TEXT + HOLDS), "--seeds", "3", "--json", str(file)]) == 3
    said = capsys.readouterr()
    assert "seed 1: The engine failed: its process ended by itself" in said.err
    assert "2 of 3 claims ended as expected." in said.out
    assert [one["as_expected"] for one in reread(file)["presets"]] == [True, False, True]
