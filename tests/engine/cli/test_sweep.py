"""`marginlab sweep` as a user meets it; tasks are trained in this process, but for what processes are about."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main, verified_map
from engine.cli import sweep as command
from engine.experiment.document import Document
from engine.experiment.word_values import split
from engine.protocol.points import PointResult, Task
from engine.session import Session
from engine.session.session_maps import SessionMaps
from engine.sweep.conduct import SweepProgress
from engine.sweep.order import order_of
from engine.training.points import train
from engine.words.errors import Refusal
from tests.engine.cli.material import FAILS, HOLDS, TEXT
from tests.engine.sweep.material import Here

SWEEP = """
[sweep]
seeds = 2
axes = [
  { path = "network.init.scale", values = [0.5, 1.0] },
  { path = "network.widths", values = [[3], [4]] },
]
"""
RISES = """
[[claims]]
text = "the norm rises with the initial scale"
check = "order"
of = "param_norm"
over = "network.init.scale"
"""


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """Train here; return the points of every task, as they come."""
    tasks: list[tuple[int, ...]] = []

    def workers(document: Document, points: Any, on: str) -> Here:
        order = order_of(document, (point.experiment.data for point in points))

        def do(task: Task) -> Any:
            tasks.append(task.points)
            return train(task, order)

        return Here(do)

    for place in (command, verified_map):
        monkeypatch.setattr(place, "workers_of", workers)
    return tasks


@pytest.fixture
def a_map(tmp_path: Path) -> Callable[..., Path]:
    def written(more: str = "") -> Path:
        file = tmp_path / "map.toml"
        file.write_text(TEXT + SWEEP + more)
        return file

    return written


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_every_point_and_seed_is_a_row(
    a_map: Callable[..., Path], tmp_path: Path, trained: list[tuple[int, ...]]
) -> None:
    out = tmp_path / "points.csv"
    assert main(["sweep", str(a_map()), "--csv", str(out)]) == 0
    rows = rows_of(out)
    assert list(rows[0])[:6] == ["point", "seed", "network.init.scale", "network.widths", "status", "steps"]
    told = [(r["point"], r["seed"], r["network.init.scale"], r["network.widths"]) for r in rows[:4]]
    assert told == [
        ("0", "0", "0.5", "[3]"),
        ("0", "1", "0.5", "[3]"),
        ("1", "0", "0.5", "[4]"),
        ("1", "1", "0.5", "[4]"),
    ]
    assert len(rows) == 8 and {row["status"] for row in rows} == {"done"}
    assert all(float(row["param_norm"]) > 0 for row in rows)


def test_the_json_has_points_and_the_claims_about_the_map(
    a_map: Callable[..., Path],
    tmp_path: Path,
    trained: list[tuple[int, ...]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "map.json"
    assert main(["sweep", str(a_map(RISES)), "--json", str(out)]) == 0
    told = json.loads(out.read_text())
    assert (told["status"], len(told["points"])) == ("done", 8)
    assert told["points"][3]["values"] == {"network.init.scale": 0.5, "network.widths": [4]}
    assert [(claim["check"], claim["verdict"]) for claim in told["claims"]] == [("order", "holds")]
    printed = capsys.readouterr()
    assert "4 points with 2 seeds each, 8 runs" in printed.err and "8 done" in printed.out
    falls = RISES + "at_most = 0\n"
    assert main(["sweep", str(a_map(falls))]) == 1


def test_the_same_command_goes_on_and_another_map_is_refused(
    a_map: Callable[..., Path],
    tmp_path: Path,
    trained: list[tuple[int, ...]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    session, once, twice = tmp_path / "m.mlab", tmp_path / "1.csv", tmp_path / "2.csv"
    words = ["sweep", str(a_map()), "--out", str(session)]
    assert main([*words, "--csv", str(once)]) == 0
    assert sorted(number for task in trained for number in task) == list(range(8))
    trained.clear()
    assert main([*words, "--csv", str(twice)]) == 0
    assert trained == [] and once.read_text() == twice.read_text()
    assert main([*words, "--set", "run.steps=9"]) == 2
    assert "holds something else than this map" in capsys.readouterr().err


def test_last_values_of_what_diverged_stand_in_no_file(
    a_map: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(task: Task) -> list[PointResult]:
        return [
            PointResult(
                point,
                "done" if point else "diverged",
                9,
                0.1,
                {"param_norm": 1.0 + point},
                {"fitted_step": 3},
            )
            for point in task.points
        ]

    monkeypatch.setattr(command, "workers_of", lambda document, points, on: Here(lost))
    table, whole = tmp_path / "points.csv", tmp_path / "map.json"
    assert main(["sweep", str(a_map()), "--csv", str(table), "--json", str(whole)]) == 0
    first, second, *_ = rows_of(table)
    assert (first["status"], first["param_norm"], first["fitted_step"]) == ("diverged", "", "3")
    assert (second["status"], second["param_norm"]) == ("done", "2.0")
    points = json.loads(whole.read_text())["points"]
    assert points[0]["final"] == {} and points[1]["final"] == {"param_norm": 2.0}


def test_claims_about_each_point_are_judged_with_those_about_the_map(
    a_map: Callable[..., Path],
    tmp_path: Path,
    trained: list[tuple[int, ...]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "map.json"
    assert main(["sweep", str(a_map(RISES + FAILS)), "--json", str(out)]) == 1
    claims = json.loads(out.read_text())["claims"]
    assert [claim["verdict"] for claim in claims] == ["holds", "fails"]
    assert "holds in 0 of 8 runs" in " ".join(capsys.readouterr().out.split())


def test_an_edited_axis_and_more_seeds_add_only_what_is_new(
    a_map: Callable[..., Path], tmp_path: Path, trained: list[tuple[int, ...]]
) -> None:
    session, out = tmp_path / "m.mlab", tmp_path / "points.csv"
    words = ["sweep", str(a_map()), "--out", str(session), "--csv", str(out)]
    assert main(words) == 0
    before = rows_of(out)
    trained.clear()
    edited = ["--axis", "network.init.scale=0.25,0.5,1.0"]
    assert main([*words, *edited]) == 0
    assert sorted(number for task in trained for number in task) == [0, 1, 2, 3]
    assert [{**row, "point": ""} for row in rows_of(out)[4:]] == [{**row, "point": ""} for row in before]
    trained.clear()
    assert main([*words, *edited, "--seeds", "3"]) == 0
    assert len(trained) and {number % 3 for task in trained for number in task} == {2}
    trained.clear()
    assert main(words) == 0 and trained == []
    with Session.read(session) as kept:
        counts = [len(kept.maps.points(sweep.id)) for sweep in kept.maps.all]
        assert counts == [8, 12, 18] and "network.init.scale" in kept.document


def trained_on_a_file(data: Path, session: Path) -> list[str]:
    """Train a map on a file of data; return the command."""
    data.write_text("a,b,label\n1,2,0\n3,4,1\n")
    file = data.with_name("map.toml")
    circle, csv = 'kind = "circle"\nn = 4\nphase = 0.5\n', f'kind = "csv"\npath = "{data.name}"\n'
    file.write_text(TEXT.replace(circle, csv) + SWEEP)
    words = ["sweep", str(file), "--out", str(session)]
    assert main(words) == 0
    return words


def test_points_on_a_file_that_was_changed_are_trained_anew_and_said(
    tmp_path: Path, trained: list[tuple[int, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    data, session = tmp_path / "d.csv", tmp_path / "m.mlab"
    figure = ["--figure", "sweep_map", "--out", str(tmp_path / "map.csv")]
    words = trained_on_a_file(data, session)
    data.write_text("a,b,label\n1,2,0\n3,5,1\n")
    trained.clear()
    assert main(["export", str(session), *figure]) == 2
    assert "8 runs were trained before d.csv was changed" in capsys.readouterr().err
    assert main(words) == 0
    assert "8 runs were trained before d.csv was changed: trained anew." in capsys.readouterr().err
    assert sorted(number for task in trained for number in task) == list(range(8))
    assert main(["export", str(session), *figure]) == 0


def test_other_claims_of_a_map_are_judged_on_the_points_that_are_there(
    a_map: Callable[..., Path],
    tmp_path: Path,
    trained: list[tuple[int, ...]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    session = tmp_path / "m.mlab"
    words = ["--out", str(session)]
    assert main(["sweep", str(a_map(RISES)), *words]) == 0
    trained.clear()
    assert main(["sweep", str(a_map(RISES + "at_most = 0\n")), *words]) == 1 and trained == []
    with Session.read(session) as kept:
        assert len(kept.maps.all) == 1 and "at_most" in kept.maps.all[0].text
    capsys.readouterr()
    assert main(["sweep", str(a_map('keep = "records"\n')), *words]) == 0
    assert "m.mlab has of these points was kept or judged otherwise: trained anew" in capsys.readouterr().err
    assert sorted(number for task in trained for number in task) == list(range(8))


def test_other_words_of_a_claim_train_nothing(
    a_map: Callable[..., Path], tmp_path: Path, trained: list[tuple[int, ...]]
) -> None:
    words = ["--out", str(tmp_path / "m.mlab")]
    assert main(["sweep", str(a_map(FAILS)), *words]) == 1
    trained.clear()
    expected = FAILS.replace('text = "', 'expect = "fails"\ntext = "It is told that ')
    assert main(["sweep", str(a_map(expected)), *words]) == 0 and trained == []


def test_what_another_map_has_of_a_changed_file_is_not_trained_anew(
    tmp_path: Path, trained: list[tuple[int, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    data, session = tmp_path / "d.csv", tmp_path / "m.mlab"
    words = trained_on_a_file(data, session)
    data.write_text("a,b,label\n1,2,0\n3,5,1\n")
    assert main([*words, "--axis", "network.init.scale=0.25,0.5,1.0"]) == 0
    trained.clear()
    capsys.readouterr()
    assert main(words) == 0 and trained == []
    assert "anew" not in capsys.readouterr().err


def test_a_session_that_cannot_be_read_whole_is_left_closed(
    a_map: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trained: list[tuple[int, ...]],
) -> None:
    session = tmp_path / "m.mlab"

    def damaged(*_: object) -> None:
        raise Refusal("", None, "the session is damaged")

    with monkeypatch.context() as broken:
        broken.setattr(SessionMaps, "points", damaged)
        assert main(["sweep", str(a_map()), "--out", str(session)]) == 2
    with Session.open(session) as again:
        assert not again.only_read


def test_what_ended_before_a_stop_is_kept(
    a_map: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trained: list[tuple[int, ...]],
) -> None:
    session = tmp_path / "m.mlab"
    words = ["sweep", str(a_map()), "--out", str(session)]
    whole = command.Conductor.results

    def stopped(self: Any, workers: Here) -> Any:
        for results, progress in whole(self, workers):
            yield results, progress
            if results:
                raise Refusal("", None, "the power is gone")

    with monkeypatch.context() as broken:
        broken.setattr(command.Conductor, "results", stopped)
        assert main(words) == 2
    assert len(trained) == 1
    assert main(words) == 0
    assert sorted(number for task in trained for number in task) == list(range(8))


def test_axes_and_seeds_of_the_command_line_make_a_map_of_a_run(
    tmp_path: Path, trained: list[tuple[int, ...]]
) -> None:
    file, out = tmp_path / "run.toml", tmp_path / "points.csv"
    file.write_text(TEXT)
    axes = [
        "--axis",
        "network.init.scale=log:0.1:10:3",
        "--axis",
        "optimizer.step={kind='safe'},{kind='constant',eta=0.1}",
    ]
    assert main(["sweep", str(file), *axes, "--seeds", "2", "--csv", str(out)]) == 0
    rows = rows_of(out)
    assert len(rows) == 12
    assert [row["network.init.scale"] for row in rows[::4]] == ["0.1", "1.0", "10.0"]
    assert rows[2]["optimizer.step"] == '{"kind" = "constant", "eta" = 0.1}'


def test_replicas_of_what_becomes_a_map_are_its_seeds(tmp_path: Path, trained: list[tuple[int, ...]]) -> None:
    file, out = tmp_path / "run.toml", tmp_path / "points.csv"
    file.write_text(f"replicas = 4\n{TEXT}")
    assert main(["sweep", str(file), "--axis", "network.init.scale=0.1,1", "--csv", str(out)]) == 0
    assert len(rows_of(out)) == 8


def test_an_axis_of_the_command_line_takes_the_place_of_the_file_s(
    a_map: Callable[..., Path], tmp_path: Path, trained: list[tuple[int, ...]]
) -> None:
    out = tmp_path / "points.csv"
    assert main(["sweep", str(a_map()), "--axis", "network.widths=[5]", "--csv", str(out)]) == 0
    assert {row["network.widths"] for row in rows_of(out)} == {"[5]"} and len(rows_of(out)) == 4


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--axis", "data.n"], "--axis: 'data.n' must be written PATH=v1,v2,"),
        (
            ["--axis", "data.n=log:1:x:3"],
            "--axis: 'data.n=log:1:x:3' must be written log:from:to:how-many",
        ),
        (
            ["--axis", "network.init.scal=3"],
            "'network.init.scal' is not a known field; did you mean 'network.init.scale'?",
        ),
        (["--axis", "scale=3"], "path: 'scale' is not a known field; did you mean 'network.init.scale'?"),
        (
            ["--axis", "data.n=8", "--axis", "foo.bar=1,2"],
            "sweep.axes[1].path: 'foo.bar' is not a known field; allowed are fields of data, network, ",
        ),
        (
            ["--axis", "data.n=8", "--axis", "data.n=9"],
            "--axis: 'data.n=9' is a second axis of this field; give all its values in one --axis",
        ),
        (["--axis", "data.n=8", "--out", "-"], "--out: '-' would be standard output"),
        ([], "sweep: is missing: this is a run, not a map"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(
    words: list[str],
    sentence: str,
    tmp_path: Path,
    trained: list[tuple[int, ...]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "run.toml"
    file.write_text(TEXT)
    assert main(["sweep", str(file), *words]) == 2
    assert sentence in capsys.readouterr().err and trained == []


def test_a_place_that_there_is_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "run.toml"
    file.write_text(TEXT)
    for on in ("locale", "local:0", "local:two", "tcp://somewhere"):
        assert main(["sweep", str(file), "--axis", "data.n=8", "--on", on]) == 2
        assert f"--on: '{on}' is no place to train" in capsys.readouterr().err


def test_verify_trains_a_map_once_and_judges_it_and_its_points(
    a_map: Callable[..., Path],
    tmp_path: Path,
    trained: list[tuple[int, ...]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "verify.json"
    assert main(["verify", str(a_map(RISES + HOLDS)), "--seeds", "3", "--json", str(file)]) == 0
    (found,) = json.loads(file.read_text())["presets"]
    assert (found["points"]["count"], found["points"]["done"]) == (8, 8)
    assert [claim["verdict"] for claim in found["claims"]] == ["holds", "holds"]
    said = capsys.readouterr().out
    assert "a map: as expected" in said and "2 of 2 claims" in said and "8 of 8 runs" in said
    assert main(["verify", str(a_map(RISES + FAILS))]) == 1
    assert "0 of 8 runs" in capsys.readouterr().out
    assert sorted(number for task in trained[: len(trained) // 2] for number in task) == list(range(8))


def test_run_refuses_a_map(a_map: Callable[..., Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(a_map())]) == 2
    assert "sweep: makes this file a map, not a run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("1,2,3", ["1", "2", "3"]),
        ("[1,2],[3]", ["[1,2]", "[3]"]),
        ("{kind='safe', c=0.5},{kind='constant'}", ["{kind='safe', c=0.5}", "{kind='constant'}"]),
        ("'a,b',c", ["'a,b'", "c"]),
        ("]a,b", ["]a", "b"]),
    ],
)
def test_values_are_split_at_commas_outside_brackets_and_quotes(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_one_lost_worker_is_one() -> None:
    told = [command._remark(Here(lambda task: []), SweepProgress(9, 0, 1, lost)) for lost in (0, 1, 2)]
    assert told == ["here", "here, 1 worker lost", "here, 2 workers lost"]
