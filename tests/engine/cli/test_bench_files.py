"""Files of `marginlab bench`: read again, put together from pieces, and compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.bench import BenchFound, Change, MeasuringShare, StepSpeed, Timed, TrainingSpeed, changes
from engine.bench.kernels import SideBySide
from engine.cli import main
from engine.cli.bench_files import bench_json
from engine.experiment.run import Device


def timed(median: float, spread: float = 0.01) -> Timed:
    return Timed(median, (1 - spread) * median, (1 + spread) * median)


def speed(title: str, compiled: float, plain: float) -> StepSpeed:
    by = {"compiled": timed(compiled), "torch": timed(90 * compiled), "plain": timed(plain)}
    return StepSpeed(title, 1000, "1 thread", by, {hand: t.median / compiled for hand, t in by.items()})


SHARE = MeasuringShare("24 x 2 - 20", 100, timed(0.5))
KERNEL = SideBySide(
    60, (48,), 3, "a plan", timed(0.1), timed(0.02), 5.0, None, None, None, "the recipe would need too much"
)
TRAINING = TrainingSpeed(
    "circle", 500, 3, "cpu", "compiled", *(timed(s) for s in (1.0, 5.0, 4.0, 2.0)), 0.5, 5.0, 4.0, timed(0.03)
)
FOUND = BenchFound(
    device=Device("cpu", "a processor", 2**30),
    machine="Linux",
    versions={"python": "3.12"},
    threads=1,
    dtype="float64",
    quick=False,
    kernel=KERNEL,
    steps=(speed("24 x 2 - 20", 2.0, 200.0), speed("50 x 2 - 50", 8.0, 240.0)),
    training=TRAINING,
    measurements=(SHARE,),
)


def written(path: Path, found: BenchFound) -> str:
    path.write_text(json.dumps(bench_json(found)))
    return str(path)


def changed(now: BenchFound) -> dict[str, Change]:
    return {change.title: change for change in changes(FOUND, now)}


def test_a_file_is_shown_as_it_was_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = tmp_path / "again.json"
    file = written(tmp_path / "a.json", FOUND)
    assert main(["bench", "--from", file, "--json", str(again)]) == 0
    assert json.loads(again.read_text()) == json.loads(Path(file).read_text())
    said = " ".join(capsys.readouterr().out.split())
    assert "24 x 2 - 20 2 ±1% 180 ±1% (90) 200 ±1% (100)" in said
    assert "kernel of 60 samples, hidden 48 0.1 s ±1% layer by layer" in said
    assert "the recipe would need too much" in said and "+50 % ±1% beyond 100 steps alone" in said
    assert "training circle, 500 steps, on cpu 1 s ±1% compiled, 500 steps/s" in said


def test_pieces_are_put_together(tmp_path: Path) -> None:
    """Each row once, the last file's where two have it; what only one has stays."""
    first = written(tmp_path / "a.json", FOUND)
    later = replace(
        FOUND, kernel=None, training=None, measurements=(), steps=(speed("50 x 2 - 50", 7.0, 1.0),)
    )
    second, whole = written(tmp_path / "b.json", later), tmp_path / "whole.json"
    assert main(["bench", "--from", first, "--from", second, "--json", str(whole)]) == 0
    found = json.loads(whole.read_text())
    compiled = {row["title"]: row["by"]["compiled"]["median"] for row in found["steps"]}
    assert compiled == {"24 x 2 - 20": 2.0, "50 x 2 - 50": 7.0}
    assert found["kernel"]["samples"] == 60 and found["training"]["preset"] == "circle"


def test_the_machine_is_told_from_the_lab() -> None:
    """On a machine twice as slow compiled steps take twice as long, and that is not the lab's doing."""
    loaded = replace(FOUND, steps=(speed("24 x 2 - 20", 4.0, 400.0), speed("50 x 2 - 50", 12.0, 240.0)))
    found = changed(loaded)
    same, slower = found["steps of 24 x 2 - 20, compiled"], found["steps of 50 x 2 - 50, compiled"]
    assert same.ratio == pytest.approx(2) and same.own == pytest.approx(1) and same.verdict == ""
    assert slower.ratio == pytest.approx(1.5) == slower.own and slower.verdict == "slower"
    faster = {change.title: change for change in changes(loaded, FOUND)}
    assert faster["steps of 50 x 2 - 50, compiled"].verdict == "faster"


def test_what_lies_within_the_spread_is_no_change() -> None:
    def now(share: Timed) -> str:
        measurements = (replace(SHARE, share=share),)
        return changed(replace(FOUND, measurements=measurements))[
            "default measurements of 24 x 2 - 20"
        ].verdict

    assert now(timed(0.505)) == "" and now(timed(0.55)) == "slower" and now(timed(0.45)) == "faster"
    assert now(timed(0.55, spread=0.2)) == ""
    assert now(Timed.of([5.0])) == "", "measured once: nobody knows how far that spreads"


def test_only_figures_of_both_are_compared() -> None:
    steps = (speed("200 x 20 - 200", 100.0, 400.0),)
    other = replace(FOUND, steps=steps, kernel=replace(KERNEL, samples=61), training=None)
    assert list(changed(other)) == ["default measurements of 24 x 2 - 20"]


def test_a_comparison_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = written(tmp_path / "before.json", FOUND)
    now = replace(FOUND, versions={"python": "3.13"}, steps=(speed("24 x 2 - 20", 3.0, 200.0),))
    assert main(["bench", "--from", written(tmp_path / "now.json", now), "--against", before]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "python 3.12 instead of 3.13" not in said and "measured with python 3.13 instead of 3.12" in said
    assert "steps of 24 x 2 - 20, compiled 2 us ±1% 3 us ±1% 1.50 1.00 1.50 slower" in said


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--from", "a.json", "--quick"], "was measured already; leave out --quick and --only"),
        (
            ["--from", "a.json", "--from", "b.json"],
            "was measured otherwise than a.json: threads 2 instead of 1",
        ),
        (["--from", "none.json"], "cannot be read"),
        (["--against", "text.json"], "is no file that `marginlab bench --json` of this version wrote"),
        (["--against", "other.json"], "steps: Input should be"),
        (["--from", "a.json", "--json", "a.json"], "choose another file"),
        (["--from", "-"], "has to be a file"),
    ],
)
def test_files_that_will_not_do_are_refused(
    options: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Before anything is measured."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "a.json", FOUND)
    written(tmp_path / "b.json", replace(FOUND, threads=2))
    (tmp_path / "text.json").write_text("not JSON")
    (tmp_path / "other.json").write_text(json.dumps(bench_json(FOUND) | {"steps": 7}))
    assert main(["bench", *options]) == 2
    assert words in capsys.readouterr().err
