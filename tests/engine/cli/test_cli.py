"""The command line as a user meets it: files that come out, exit statuses, a sentence for what goes wrong."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich._emoji_codes import EMOJI

from engine import catalog
from engine.cli import COMMANDS, main
from engine.cli import progress as progress_module
from engine.cli.outputs import json_text
from engine.experiment.experiment import experiment_from
from engine.protocol.messages import Message, Recorded
from engine.session import Session

from .material import FAILS, HOLDS, TEXT, TWO, reread

# run --------------------------------------------------------------------------------------------------------


def test_run_writes_what_the_contract_says(written: Callable[[str], str], tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    assert main(["run", written(TEXT + HOLDS), "--replicas", "3", "--seed", "5", "--json", str(file)]) == 0
    said = reread(file)
    assert list(said) == [
        "status",
        "steps",
        "seconds",
        "experiment",
        "final",
        "events",
        "edits",
        "environment",
        "data",
        "claims",
    ]
    assert said["environment"]["steps"] in ("compiled", "torch") and "torch" in said["environment"]
    data = said["data"]
    assert list(data) == ["samples", "inputs", "classes", "sha256"] and len(data["sha256"]) == 64
    assert (said["status"], said["steps"]) == ("done", 40)
    assert said["seconds"] > 0
    experiment = experiment_from(said["experiment"])
    assert (experiment.seed, experiment.replicas, experiment.run.steps) == (5, 3, 40)
    assert all(len(values) == 3 for values in said["final"].values())
    assert {"log_loss", "normalized_margin", "param_norm"} <= set(said["final"])
    assert len(said["events"]["separated_step"]) == 3
    assert said["claims"] == [
        {
            "text": "the loss is a number",
            "check": "final",
            "verdict": "holds",
            "expect": "holds",
            "value": said["final"]["log_loss"],
        }
    ]


def test_what_is_not_finite_is_null() -> None:
    said = {"final": {"margin": [math.nan, 0.1 + 0.2]}, "value": (math.inf, 3), "text": "±"}
    assert json.loads(json_text(said)) == {
        "final": {"margin": [None, 0.1 + 0.2]},
        "value": [None, 3],
        "text": "±",
    }


def test_several_experiments_give_several_runs(written: Callable[[str], str], tmp_path: Path) -> None:
    file = tmp_path / "run.json"
    assert main(["run", written(TEXT + TWO), "--json", str(file)]) == 0
    said = reread(file)
    assert list(said) == ["runs", "claims"]
    assert list(said["runs"]) == ["slow", "fast"]
    assert said["runs"]["slow"]["experiment"]["optimizer"]["step"]["eta"] == 0.001
    assert [claim["verdict"] for claim in said["claims"]] == ["holds", "holds"]
    assert [claim["check"] for claim in said["runs"]["fast"]["claims"]] == ["final"]


def test_a_claim_that_does_not_end_as_expected_is_status_1(
    written: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", written(TEXT + FAILS)]) == 1
    said = capsys.readouterr().out
    assert "fails" in said
    assert "above -100 by" in said
    assert main(["run", written(TEXT + FAILS + 'expect = "fails"')]) == 0


def test_hints_are_printed_with_what_to_set(
    written: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["run", written(TEXT + TWO), "--steps", "2"])
    said = capsys.readouterr().out.partition("Hints")[2]
    assert said.count("fast: Not separated: margins are void. Train ten times as long: --steps 20\n") == 1


def test_a_session_keeps_the_runs(written: Callable[[str], str], tmp_path: Path) -> None:
    file, out = tmp_path / "run.json", tmp_path / "kept.mlab"
    assert main(["run", written(TEXT + TWO), "--json", str(file), "--out", str(out)]) == 0
    with Session.open(out) as session:
        assert [(run.experiment, run.status) for run in session.runs] == [("slow", "done"), ("fast", "done")]
        for run in session.runs:
            stored = session.load_run(run.id)
            final = reread(file)["runs"][run.experiment]["final"]
            assert list(stored.history.records.final("log_loss")) == final["log_loss"]
            assert stored.history.records.steps[-1] == 40
            assert run.started is not None
            assert run.started.facts
            assert run.described().optimizer.step.kind == "constant"
            assert session.resumable_step(run.id) == 40
            assert session.snapshot_steps(run.id)[0] == 0


def test_a_session_that_is_there_is_never_written_over(
    written: Callable[[str], str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "kept.mlab"
    out.write_text("mine")
    assert main(["run", written(TEXT), "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert out.read_text() == "mine"


# what goes wrong --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["run", "circle-global-margn"], "did you mean 'circle-global-margin'?"),
        (["run", "FILE", "--set", "data.phas=3"], "data.phas: is not a known field; did you mean 'phase'?"),
        (["run", "FILE", "--set", "data.n"], "--set: 'data.n' must be written path=value"),
        (
            ["run", "FILE", "--set", "optimizer.step.kind=newton"],
            "optimizer.step.kind: 'newton' is not a known kind",
        ),
        (["run", "FILE", "--steps", "0"], "run.steps: 0 is too small; it must be at least 1"),
        (
            ["run", "FILE", "--steps", "many"],
            "run.steps: 'many' is of the wrong type; it must be a whole number",
        ),
        (["run", "FILE", "--replicas", "-1"], "replicas: -1 is too small"),
        (["run", "FILE", "--device", "cuda:7"], "run.device: 'cuda:7' is not available"),
        (["run", "FILE", "--device", "gpu"], "run.device: 'gpu' must be auto, cpu"),
        (
            ["run", "FILE", "--json", "no/folder/x.json"],
            "--json: 'no/folder/x.json' is in a folder that does not exist",
        ),
        (["run", "FILE", "--csv", "."], "--csv: '.' is a folder"),
        (["run", "FILE", "--stepz", "3"], "--stepz"),
        (["run"], "EXPERIMENT"),
        (["verify", "circle"], "neither a preset nor a file"),
        (["verify", "--seeds", "0"], "--seeds"),
        (["verify", "--seeds", "many"], "--seeds"),
        (["presets", "extra"], "extra"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(
    words: list[str], sentence: str, written: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([written(TEXT) if word == "FILE" else word for word in words]) == 2
    said = capsys.readouterr()
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert said.out == ""


def test_a_refused_run_leaves_no_session_behind(written: Callable[[str], str], tmp_path: Path) -> None:
    text = TEXT.replace('kind = "circle"\nn = 4\nphase = 0.5', 'kind = "csv"\npath = "missing.csv"')
    assert main(["run", written(text), "--out", str(tmp_path / "kept.mlab")]) == 2
    assert not (tmp_path / "kept.mlab").exists()


@pytest.mark.usefixtures("failing")
def test_an_engine_that_fails_is_status_3_and_loses_nothing(
    written: Callable[[str], str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, out = tmp_path / "run.json", tmp_path / "kept.mlab"
    assert main(["run", written(TEXT + TWO), "--json", str(file), "--out", str(out)]) == 3
    said = capsys.readouterr().err
    assert said == "The engine failed: out of luck (RuntimeError).\n"
    assert reread(file)["runs"]["slow"]["status"] == "failed"
    with Session.open(out) as session:
        assert [run.status for run in session.runs] == ["failed"]
        assert len(session.load_run(session.runs[0].id).history.records) > 0
    assert main(["run", written(TEXT), "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err
    monkeypatch.setenv("MARGINLAB_DEBUG", "1")
    assert main(["run", written(TEXT)]) == 3
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_keeps_what_is_there(
    times: int, written: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [None] * times

    def interrupt(lines: object, step: int, remark: str) -> None:
        while step >= 100 and left:
            left.pop()
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(progress_module._PlainLines, "show", interrupt)
    before = signal.getsignal(signal.SIGINT)
    file, out = tmp_path / "run.json", tmp_path / "kept.mlab"
    words = ["run", written(TEXT + TWO), "--steps", "1000000000", "--json", str(file), "--out", str(out)]
    assert main(words) == 130
    assert signal.getsignal(signal.SIGINT) is before
    said = reread(file)
    assert list(said["runs"]) == ["slow"]
    assert said["runs"]["slow"]["status"] == "stopped"
    assert 100 <= said["runs"]["slow"]["steps"] < 10**9
    assert said["claims"][0]["verdict"] == "not yet"
    with Session.open(out) as session:
        assert session.runs[0].status == "stopped"
        # broken off within a step, there is nothing to go on from
        expected = said["runs"]["slow"]["steps"] if times == 1 else None
        assert session.resumable_step(session.runs[0].id) == expected


def test_ctrl_c_between_two_listeners_loses_no_record(
    written: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, left = Session.store, [None]

    def interrupt(session: Session, message: Message) -> None:
        if isinstance(message, Recorded) and message.step >= 100 and left:
            left.pop()
            raise KeyboardInterrupt
        store(session, message)

    monkeypatch.setattr(Session, "store", interrupt)
    csv, out = tmp_path / "run.csv", tmp_path / "kept.mlab"
    assert main(["run", written(TEXT), "--steps", "100000", "--csv", str(csv), "--out", str(out)]) == 130
    with Session.open(out) as session:
        kept = session.load_run(session.runs[0].id).history.records
    assert len(kept) == len(csv.read_text("utf-8").splitlines()) - 1


def test_ctrl_c_while_preparing(written: Callable[[str], str], monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.training.loop import Training

    def interrupt(training: Training) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Training, "solve", interrupt)
    assert main(["run", written(TEXT)]) == 130


# lists, and what is imported --------------------------------------------------------------------------------


def test_presets_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    catalog.own_folder().mkdir(parents=True)
    (catalog.own_folder() / "broken.toml").write_text("version = 1\nspeed = 2")
    assert main(["presets", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said[0] == {
        "id": "circle-global-margin",
        "title": catalog.load_preset("circle-global-margin").base.title,
        "paper": catalog.load_preset("circle-global-margin").about.paper,
    }
    assert "speed" in said[-1]["error"]
    assert main(["presets"]) == 0
    assert "speed: is not a known field" in capsys.readouterr().out


def test_devices_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices"]) == 0
    assert "cpu" in capsys.readouterr().out


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    overview = capsys.readouterr().out
    for command in COMMANDS:
        assert command in overview
        assert main([command, "-h"]) == 0
        assert not any(sign in capsys.readouterr().out for sign in EMOJI.values()), command
    assert main(["--version"]) == 0


@pytest.mark.parametrize(
    "words", [["--help"], ["presets", "--json"], ["run", "--help"], ["run", "nothing-like-it"]]
)
def test_quick_commands_import_nothing_slow(words: list[str]) -> None:
    code = (
        "import sys; from gui.__main__ import main; main(sys.argv[1:]); "
        "sys.stderr.write(str(sorted({'torch', 'PySide6', 'matplotlib'} & set(sys.modules))))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
    ).stderr
    assert said.endswith("[]")


# progress ---------------------------------------------------------------------------------------------------


def test_progress_without_a_terminal_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(float(second) for second in range(0, 1_000, 4))
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: next(clock))
    with progress_module.progress() as shown:
        shown.begin("circle", 100)
        for step in range(0, 100, 10):
            shown.show(step, "log10 loss -3")
    lines = capsys.readouterr().err.splitlines()
    assert 2 <= len(lines) <= 4
    assert lines[0].startswith("circle: step 20 of 100, about 48 s left, log10 loss -3")


def test_progress_counts_in_any_unit_and_without_an_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter(float(second) for second in range(0, 1_000, 11))
    monkeypatch.setattr(progress_module.time, "monotonic", lambda: next(clock))
    with progress_module.progress() as shown:
        shown.begin("pictures (1 of 4)", 9_912, "kB")
        shown.show(2_478, "somewhere.org")
        shown.begin("labels (2 of 4)", 0, "kB")
        shown.show(28, "somewhere.org")
    assert capsys.readouterr().err.splitlines() == [
        "pictures (1 of 4): 2,478 of 9,912 kB, about 33 s left, somewhere.org",
        "labels (2 of 4): 28 kB, somewhere.org",
    ]


def test_no_title_steers_a_terminal(
    written: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    title = "\\u001b[2J\\u001b]0;owned\\u0007 [red]Tiny[/]"
    assert main(["run", written(TEXT.replace('title = "Tiny"', f'title = "{title}"')), "--steps", "2"]) == 0
    said = "".join(capsys.readouterr())
    assert "\x1b" not in said and "\x07" not in said
    assert "[2J ]0;owned [red]Tiny[/]" in said
