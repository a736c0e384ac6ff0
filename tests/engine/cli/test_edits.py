"""What was edited live, and what claims belong to, on the command line."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path

import pytest

from engine.cli import main
from engine.experiment.document import parse, to_toml
from engine.experiment.edits import specs_of
from engine.protocol.messages import Edit, Message
from engine.protocol.records import Records
from engine.protocol.run_history import RunHistory
from engine.session import Session
from engine.training.driver import Driver
from engine.training.loop import Training
from tests.engine.cli.test_cli import FAILS, HOLDS, TEXT, TWO

ETA = "optimizer.step.eta"


def edited_live(text: str) -> RunHistory:
    """Train as the engine does for a window, with an edit that comes between two slices of training."""
    document = parse(text)
    run = Driver("a", partial(Training, document.base, yield_every=0.0))
    history, asked = RunHistory(Records(document.base.replicas)), False
    messages: list[Message] = list(run.begin())
    while not run.ended:
        messages += run.go_on()
        if not asked and run.training.step >= 9:
            messages += run.obey(Edit("a", {ETA: 0.2}))
            asked = True
    for message in messages:
        history.apply(message)
    return history


def test_a_run_that_was_edited_live_is_run_again_from_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("engine.training.driver.INTERVAL", 0.0)
    text = TEXT.replace("per_decade = 10", "every = 2") + HOLDS
    live = edited_live(text)
    (edit,) = live.edits
    assert (edit.field, edit.old, edit.new) == (ETA, 0.05, 0.2) and 9 <= edit.step < 40
    file = tmp_path / "again.toml"
    document = parse(text)
    file.write_text(to_toml(document.with_edits_of("", specs_of(document.base, live.edits))), "utf-8")
    outputs = {name: tmp_path / f"again.{name}" for name in ("csv", "json", "mlab")}
    words = ["run", str(file), "--csv", str(outputs["csv"]), "--json", str(outputs["json"])]
    assert main([*words, "--out", str(outputs["mlab"])]) == 1  # the claim is void
    assert f"  edited: {edit.words}\n" in capsys.readouterr().out

    rows = list(csv.DictReader(outputs["csv"].read_text("utf-8").splitlines()))
    recorded = [row for row in rows if row["param_norm"]]
    assert [int(row["step"]) for row in recorded] == live.records.steps.tolist()
    for name in live.records.names:
        column = [float(row[name] or "nan") for row in recorded]
        assert repr(column) == repr(live.records.column(name)[:, 0].tolist()), name
    assert {row["step"]: row["edit"] for row in rows if row["edit"]} == {
        str(edit.step): f"{ETA}: 0.05 -> 0.2"
    }
    said = json.loads(outputs["json"].read_text("utf-8"))
    assert said["edits"] == [{"step": edit.step, "field": ETA, "old": 0.05, "new": 0.2}]
    assert said["experiment"]["optimizer"]["step"]["eta"] == 0.05
    assert [claim["verdict"] for claim in said["claims"]] == ["void"]
    with Session.open(outputs["mlab"]) as session:
        (entry,) = session.runs
        assert entry.edits == (edit,) and entry.described().optimizer.step.eta == 0.05  # type: ignore[union-attr]


def test_edits_are_of_their_experiment(tmp_path: Path) -> None:
    file, out = tmp_path / "two.toml", tmp_path / "two.csv"
    edits = f'\n[[edits]]\nstep = 7\nrun = "fast"\nset = {{ "{ETA}" = 0.01 }}\n'
    file.write_text(TEXT + TWO + edits, "utf-8")
    assert main(["run", str(file), "--csv", str(out)]) == 1
    rows = list(csv.DictReader(out.read_text("utf-8").splitlines()))
    assert {(row["run"], row["step"]) for row in rows if row["edit"]} == {("fast", "7")}


@pytest.mark.parametrize(("setting", "status"), [("data.n=12", 0), ("seed=3", 1), ("run.steps=41", 1)])
def test_claims_are_not_judged_on_what_they_are_not_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], setting: str, status: int
) -> None:
    file = tmp_path / "experiment.toml"
    file.write_text(TEXT + FAILS, "utf-8")
    assert main(["run", str(file), "--set", setting]) == status
    said = capsys.readouterr()
    sentence = "Left out: 1 claim of the file, made with data.n 4, not 12."
    assert (sentence in said.err) == ("based on: Tiny" in said.out) == (status == 0)
    assert ("the loss is gone" in said.out) == (status == 1)


def test_an_edit_that_the_command_line_makes_impossible_is_left_out_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "experiment.toml"
    file.write_text(TEXT + f'\n[[edits]]\nstep = 7\nset = {{ "{ETA}" = 0.01 }}\n', "utf-8")
    assert main(["run", str(file), "--set", "optimizer.step.kind=safe"]) == 0
    assert "1 edit of the file, made with optimizer.step.kind constant, not safe" in capsys.readouterr().err


def test_a_setting_that_an_edit_of_the_file_replaces_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, table = tmp_path / "longer.toml", tmp_path / "longer.csv"
    file.write_text(f'{TEXT}\n[[edits]]\nstep = 9\nset = {{ "run.steps" = 45 }}\n', "utf-8")
    assert main(["run", str(file), "--steps", "44", "--csv", str(table)]) == 0
    rows = csv.DictReader(table.read_text("utf-8").splitlines())
    assert [row["step"] for row in rows][-1] == "45"
    said = "44 is what a run starts with: the file's edits set run.steps to 45 at step 9."
    assert said in capsys.readouterr().err
    main(["run", str(file), "--steps", "45"])
    assert "starts with" not in capsys.readouterr().err
