"""The public Python interface: its names stay, are cheap to ask for, and do what docs/python.md says."""

from __future__ import annotations

import re
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import engine
from engine.cli import main
from engine.protocol.records import LOOKED_AT
from engine.training.loop import Training

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "python.md").read_text("utf-8")
LINEAR = """
version = 1
title = "Linear"
[data]
kind = "blobs"
n = 10
[network]
kind = "mlp"
[loss]
kind = "exponential"
[optimizer]
kind = "steepest"
[run]
steps = 40
"""
SEVERAL = (
    LINEAR
    + """
[[experiments]]
name = "slow"
set = { "optimizer.step" = { kind = "constant", eta = 0.01 } }
[[experiments]]
name = "fast"
set = { "optimizer.step" = { kind = "constant", eta = 0.1 } }
[[claims]]
text = "A larger step is faster."
check = "order"
of = "log_loss"
compare = ["slow", "fast"]
"""
)


def fresh(code: str) -> str:
    """Return what a fresh Python prints."""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- names ---


def test_every_name_is_there_documented_and_explained() -> None:
    assert set(engine.__all__) == set(engine._HOMES) <= set(dir(engine))
    named = set(re.findall(r"`(\w+)[`(]", PAGE.partition("## Load")[0]))
    assert set(engine.__all__) <= named
    for name in engine.__all__:
        assert getattr(engine, name).__doc__


def test_names_for_types_are_names_for_imports() -> None:
    source = (ROOT / "engine" / "__init__.py").read_text("utf-8")
    block = source.partition("if TYPE_CHECKING:\n")[2].partition("\n\n")[0]
    lines = re.findall(r"from \.(\S+) import (.+)", block)
    homes = {name: module for module, names in lines for name in names.split(", ")}
    assert homes == engine._HOMES


def test_importing_costs_nothing_and_loading_no_torch() -> None:
    count = "import sys; before = set(sys.modules); import engine; print(*set(sys.modules) - before)"
    brought = {name for name in fresh(count).split() if name.partition(".")[0] not in sys.stdlib_module_names}
    assert brought == {"engine"}
    load = "import engine, sys; engine.load('circle-global-margin'); engine.figure; engine.open_session"
    assert fresh(f"{load}; print('torch' in sys.modules)") == "False"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'engine' has no attribute 'trian'"):
        _ = engine.trian


def test_a_renamed_name_goes_on_and_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(engine._RENAMED, "fetch", ("load", "0.3"))
    with pytest.warns(DeprecationWarning, match=r"engine\.fetch is called engine\.load now.*0\.3") as caught:
        assert engine.fetch is engine.load
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert engine.load("circle-global-margin")


def test_what_was_renamed_has_a_new_name() -> None:
    assert {new for new, _ in engine._RENAMED.values()} <= set(engine.__all__)
    assert not set(engine._RENAMED) & set(engine.__all__)


# --- the page ---


def test_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) > 6
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), names)
    assert (tmp_path / "losses.pdf").read_bytes().startswith(b"%PDF")
    assert "network.widths: -1 is too small" in capsys.readouterr().out


# --- loading ---


def test_an_experiment_is_a_preset_a_file_a_text_or_a_document(tmp_path: Path) -> None:
    file = tmp_path / "linear.toml"
    file.write_text(LINEAR, "utf-8")
    text = engine.load(LINEAR, folder=tmp_path)
    assert engine.load(file) == engine.load(str(file)) == text
    assert engine.load(text) is text
    assert engine.load(text, set={"data.n": 12}).base.data.n == 12
    assert engine.load("circle-global-margin").base.title.startswith("Circle")
    assert {entry.id for entry in engine.presets()} >= {"circle-global-margin"}


def test_values_are_set_in_every_experiment() -> None:
    document = engine.load(SEVERAL, set={"run.steps": 7, "optimizer.step.eta": 0.5})
    assert [(e.run.steps, e.optimizer.step.eta) for e in document.experiments().values()] == [(7, 0.5)] * 2


@pytest.mark.parametrize(
    ("values", "sentence"),
    [({"network.widths": [-1]}, "network.widths"), ({"data.m": 3}, "data.m")],
)
def test_refusals_say_field_and_remedy(values: dict[str, object], sentence: str) -> None:
    with pytest.raises(engine.Refusal, match=re.escape(sentence)):
        engine.load("circle-global-margin", set=values)


# --- training ---


def test_records_are_those_of_the_command_line(tmp_path: Path) -> None:
    session = tmp_path / "run.mlab"
    assert main(["run", "circle-global-margin", "--steps", "60", "--seed", "2", "--out", str(session)]) in (
        0,
        1,
    )
    run = engine.train("circle-global-margin", steps=60, seed=2).run
    (stored,) = engine.open_session(session)
    assert np.array_equal(run.steps, stored.steps)
    assert run.records.keys() == stored.records.keys()
    for name, values in run.records.items():
        assert np.array_equal(values, stored.records[name], equal_nan=True), name
    assert run.events == stored.events
    assert [r.values for r in run.references] == [r.values for r in stored.references]
    assert (run.status, run.title, run.remarks) == (stored.status, stored.title, stored.remarks)
    assert run.environment == stored.environment


def test_columns_have_a_row_a_record_and_a_column_a_replica() -> None:
    run = engine.train(LINEAR, replicas=3, device="cpu").run
    assert run.replicas == 3 and run.steps[0] == 0 and run.steps[-1] == 40
    assert {values.shape for values in run.records.values()} == {(len(run.steps), 3)}
    assert run.final("log_loss").shape == (3,)
    assert np.array_equal(run.final("log_loss"), run.records["log_loss"][-1])


def test_several_experiments_come_by_name_with_verdicts() -> None:
    results = engine.train(SEVERAL)
    assert list(results.runs) == ["slow", "fast"] and results.run is results.runs["slow"]
    (verdict,) = results.verdicts
    assert verdict.status == "holds"
    assert results.runs["slow"].final("log_loss")[0] > results.runs["fast"].final("log_loss")[0]


def test_a_run_grows_as_it_streams_and_leaving_the_loop_stops_it() -> None:
    lengths = []
    stream = engine.stream(LINEAR, steps=10**9)
    for run in stream:
        assert run.status == "running" and np.isfinite(run.records["log_loss"]).all()
        lengths.append(len(run.steps))
        if len(lengths) == 3:
            break
    stream.close()  # type: ignore[attr-defined]
    assert lengths == sorted(lengths) and 0 < lengths[0] < lengths[-1]
    assert run.status == "stopped" and len(run.steps) >= lengths[-1]


def test_a_run_that_ends_is_yielded_with_all_it_has() -> None:
    *_, last = engine.stream(LINEAR)
    assert last.status == "done" and last.steps[-1] == 40 and last.sentence == ""


def test_what_the_engine_fails_with_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object) -> None:
        raise ZeroDivisionError("odd")

    monkeypatch.setattr(Training, "run", fail)
    with pytest.raises(ZeroDivisionError, match="odd"):
        engine.train(LINEAR)


def test_snapshots_are_kept_where_asked_for() -> None:
    assert engine.train(LINEAR).run.snapshots == {}
    run = engine.train(LINEAR, snapshots=True, replicas=2).run
    assert len(run.snapshots) > 3 and set(run.snapshots) <= set(run.steps.tolist())
    assert max(run.snapshots) == run.steps[-1]
    assert run.snapshots[0].arrays["theta"].shape[0] == 2


def test_snapshots_kept_hold_parameters_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.training.keeping.Keeping.due", True)
    monkeypatch.setattr("engine.training.driver.INTERVAL", 0.0)
    run = engine.train(LINEAR, snapshots=True).run
    assert run.history.resumable_step == run.steps[-1]
    assert not any(snapshot.resumable for snapshot in run.snapshots.values())
    assert {name for snapshot in run.snapshots.values() for name in snapshot.arrays} <= set(LOOKED_AT)


def test_references_are_those_of_the_run() -> None:
    alone, trained = engine.references_of(LINEAR), engine.train(LINEAR, steps=1).run.references
    assert alone and [(r.kind, r.values) for r in alone] == [(r.kind, r.values) for r in trained]


# --- figures and sessions ---


@pytest.mark.parametrize(("suffix", "start"), [(".pdf", b"%PDF"), (".svg", b"<?xml"), (".png", b"\x89PNG")])
def test_figures_are_written_and_returned(tmp_path: Path, suffix: str, start: bytes) -> None:
    results = engine.train(SEVERAL, steps=10)
    path = tmp_path / f"figure{suffix}"
    drawn = engine.figure(results, "loss", path, columns=["log_loss"], width_mm=100, title="Losses")
    assert path.read_bytes().startswith(start)
    assert drawn.get_figwidth() == pytest.approx(100 / 25.4)
    (axes,) = drawn.axes  # no second one for accuracy
    assert sum(len(line.get_xdata()) > 2 for line in axes.lines) == 2, "one curve a run"


def test_two_runs_of_one_name_are_told_apart() -> None:
    run = engine.train(LINEAR, steps=5).run
    drawn = engine.figure([run, run], "loss", columns=["log_loss"])
    (legend,) = drawn.legends or [drawn.axes[0].get_legend()]
    words = [text.get_text() for text in legend.get_texts()]
    assert "Linear" in words and "Linear (2)" in words


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"plot": "margin"}, "did you mean 'margins'"),
        ({"horizontal": "steps"}, "did you mean 'step'"),
        ({"style": "papers"}, "did you mean 'paper'"),
        ({"width_mm": 1.0}, "must be from"),
        ({"path": "x.gif"}, "is no kind of figure"),
    ],
)
def test_figures_that_are_not_possible_are_refused(changes: dict[str, object], sentence: str) -> None:
    run = engine.train(LINEAR, steps=2).run
    with pytest.raises(engine.Refusal, match=sentence):
        engine.figure(run, **changes)  # type: ignore[arg-type]


def test_sessions_are_read_with_their_snapshots_and_stay_as_they_are(tmp_path: Path) -> None:
    session, file = tmp_path / "run.mlab", tmp_path / "several.toml"
    file.write_text(SEVERAL, "utf-8")
    assert main(["run", str(file), "--out", str(session)]) == 0
    before = session.read_bytes()
    runs = engine.open_session(str(session), snapshots=True)
    assert [run.name for run in runs] == ["slow", "fast"]
    assert all(run.snapshots for run in runs)
    assert runs[1].experiment.optimizer.step.eta == 0.1
    assert session.read_bytes() == before
    with pytest.raises(engine.Refusal, match="does not exist"):
        engine.open_session(tmp_path / "none.mlab")
