"""What was edited live, and what claims belong to, on the command line."""

from __future__ import annotations

import csv
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.experiment.document import parse, to_toml
from engine.experiment.edits import specs_of
from engine.protocol.messages import Edit, Message
from engine.protocol.records import Records
from engine.protocol.run_history import RunHistory
from engine.public.experiments import load
from engine.session import Session
from engine.training.driver import Driver
from engine.training.loop import Training
from tests.engine.cli.material import FAILS, HOLDS, TEXT, TWO

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


STEP = "optimizer.step"


@pytest.mark.parametrize(
    ("words", "left_out", "kept"),
    [
        (["--steps", "20"], ["steps 20 to 45 at 9"], {ETA: [0.02, 0.03]}),
        (["--steps", "45"], [], {ETA: [0.02, 0.03]}),
        (["--set", "run={ steps = 20 }"], ["steps 20 to 45 at 9"], {ETA: [0.02, 0.03]}),
        (["--set", f"{ETA}=.1"], ["eta 0.1 to 0.02 at 7", "eta 0.02 to 0.03 at 9"], {"run.steps": [45]}),
        (
            ["--set", f'{STEP}={{ kind = "constant", eta = 0.1 }}'],
            ["eta 0.1 to 0.02 at 7", "eta 0.02 to 0.03 at 9"],
            {"run.steps": [45]},
        ),
        (
            ["--set", f'vary={{ "{ETA}" = [0.1, 0.2] }}'],
            ["eta 0.05 to 0.02 at 7", "eta 0.02 to 0.03 at 9"],
            {"run.steps": [45]},
        ),
        (["--seed", "3", "--device", "cpu", "--replicas", "2"], [], {ETA: [0.02, 0.03], "run.steps": [45]}),
    ],
)
def test_what_the_command_line_sets_leaves_out_edits_of_the_same_fields(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], left_out: list[str], kept: Any
) -> None:
    file, out = tmp_path / "edited.toml", tmp_path / "edited.json"
    tables = (
        f'{{ "{STEP}" = {{ kind = "constant", eta = 0.02 }} }}',
        f'{{ "run.steps" = 45, "{ETA}" = 0.03 }}',
    )
    edits = (f"\n[[edits]]\nstep = {step}\nset = {set}\n" for step, set in zip((7, 9), tables, strict=True))
    file.write_text(TEXT + "".join(edits), "utf-8")
    assert main(["run", str(file), *words, "--json", str(out)]) == 0
    said = f"Left out of the file's edits, for what the command line sets: {', '.join(left_out)}."
    assert [line for line in capsys.readouterr().err.splitlines() if "Left out" in line] == [said][
        : len(left_out)
    ]
    made = json.loads(out.read_text("utf-8"))
    taken: dict[str, list[float]] = {}
    for edit in made["edits"]:
        taken.setdefault(edit["field"], []).append(edit["new"])
    taken_up = {field: values for field, values in taken.items() if field in kept}
    assert taken_up == {f: v for f, v in kept.items() if (f, words) != ("run.steps", ["--steps", "45"])}
    assert set(taken) <= set(kept)
    assert made["steps"] == (45 if "run.steps" in kept or words[-1] == "45" else 20)


def test_python_leaves_out_edits_of_what_it_sets() -> None:
    text = f'{TEXT}\n[[edits]]\nstep = 9\nset = {{ "run.steps" = 45, "{ETA}" = 0.01 }}\n'
    (edit,) = load(text, set={"run.steps": 20}).edits
    assert edit.set == {ETA: 0.01}


def test_edits_of_several_experiments_are_left_out_of_each() -> None:
    edits = (
        f'\n[[edits]]\nstep = 7\nrun = "{run}"\nset = {{ "{ETA}" = 0.01, "run.steps" = {steps} }}\n'
        for run, steps in (("fast", 30), ("slow", 50))
    )
    document = load(TEXT + TWO + "".join(edits), set={ETA: 0.3})
    assert {edit.run: edit.set for edit in document.edits} == {
        "fast": {"run.steps": 30},
        "slow": {"run.steps": 50},
    }
