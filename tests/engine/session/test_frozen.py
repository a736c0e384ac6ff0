"""Sessions of the first lab, kept as they were written, open and go on as they did then.

Each was left as a killed lab leaves it: the state to go on from lies before the last record, so that the file itself
says what going on from there comes to. `three.mlab` has a twin, an edit, replicas of which one diverged, notes and
what the window showed; `optimizers.mlab` has every further kind of state.
"""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.experiment.edits import LiveEdit
from engine.session import Session
from engine.training.loop import Training

FOLDER = Path(__file__).parent / "frozen"
THREE, OPTIMIZERS = FOLDER / "three.mlab", FOLDER / "optimizers.mlab"
RUNS = [
    (THREE, "Adam"),
    (THREE, "batches"),
    (THREE, "line search"),
    *(
        (OPTIMIZERS, name)
        for name in (
            "sgd, loss-based",
            "sgd with replacement",
            "momentum",
            "adagrad",
            "muon",
            "shampoo",
            "flow",
        )
    ),
]
COARSE = {"homogeneity_order": 1e-6, "ntk_margin": 1e-7, "ntk_own_margin_ratio": 1e-7, "ntk_own_cosine": 1e-7}
"""Columns that rounding moves further, as a ratio of differences, or that the first lab knew to about 5e-8."""
REDEFINED = ("bregman_gap",)
"""Columns that are another quantity now."""
ONCE_UNDEFINED = ("sharpness",)
"""Columns that the first lab could not always tell."""
ROUNDED = ("worst_drop", "nc2_")
"""Columns that are 0 up to rounding here."""


def in_file(path: Path) -> dict[str, tuple[dict[str, Any], dict[str, np.ndarray]]]:
    """Return by experiment what the file says of each run and what it recorded, read without the lab's own code."""
    found = {}
    with sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True) as database:
        for (text,) in database.execute("SELECT entry FROM run ORDER BY place"):
            entry = json.loads(text)
            rows: dict[int, dict[str, np.ndarray]] = {}
            query = "SELECT steps, names, columns FROM chunk WHERE run = ? ORDER BY id"
            for steps, names, columns in database.execute(query, (entry["id"],)):
                table = np.load(io.BytesIO(columns))
                for i, step in enumerate(np.load(io.BytesIO(steps)).tolist()):
                    rows.setdefault(step, {}).update(zip(json.loads(names), table[:, i], strict=True))
            columns = {name: None for row in rows.values() for name in row}
            unknown = np.full(entry["replicas"], np.nan)
            recorded = {name: np.array([row.get(name, unknown) for row in rows.values()]) for name in columns}
            found[entry["experiment"]] = entry, {"step": np.array(list(rows)), **recorded}
    database.close()
    return found


@pytest.mark.parametrize("path", [THREE, OPTIMIZERS], ids=lambda path: path.stem)
def test_everything_in_a_frozen_session_is_found_and_the_file_stays(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / path.name
    shutil.copyfile(path, copy)
    known, before = in_file(path), copy.stat().st_mtime_ns
    with Session.open(copy) as session:
        assert [entry.experiment for entry in session.runs] == list(known)
        assert session.notes == "Frozen: every byte of this file stays."
        for entry in session.runs:
            said, recorded = known[entry.experiment]
            for name in ("id", "title", "text", "folder", "replicas", "colour", "hidden", "notes", "created"):
                assert getattr(entry, name) == said[name], name
            assert dict(entry.events) == said["events"] and dict(entry.remarks) == said["remarks"]
            assert entry.started is not None
            assert [[f.subject, f.text] for f in entry.started.facts] == [
                [f["subject"], f["text"]] for f in said["started"]["facts"]
            ]
            assert [[r.kind, *r.values, *r.gaps, r.note] for r in entry.references] == [
                [r["kind"], *r["values"], *r["gaps"], r["note"]] for r in said["references"]
            ]
            assert entry.described().replicas == entry.replicas
            records = session.load_run(entry.id).history.records
            np.testing.assert_array_equal(records.steps, recorded.pop("step"))
            assert records.names == list(recorded)
            for name, values in recorded.items():
                if name in REDEFINED:
                    values = np.full_like(values, np.nan)
                np.testing.assert_array_equal(records.column(name), values, err_msg=name)
        assert not session.changed
    assert copy.read_bytes() == path.read_bytes() and copy.stat().st_mtime_ns == before
    assert [file.name for file in tmp_path.glob("*.mlab*")] == [copy.name]


def test_what_is_known_of_the_three_runs() -> None:
    with Session.open(THREE) as session:
        adam, batches, search = session.runs
        shown = [(run.title, run.status, run.hidden, run.colour, run.notes) for run in session.runs]
        assert shown == [
            ("Adam", "stopped", False, 3, "Watch the twin."),
            ("batches, hidden", "stopped", True, 1, ""),
            ("line search", "stopped", False, 2, ""),
        ]
        # the last one was still running when its lab was killed
        assert {run.sentence for run in session.runs} == {
            "The lab ended while this run was under way; it can go on from its last resumable snapshot."
        }
        assert adam.events["separated_step"] == [22] and search.events["strongly_separated_step"] == [33]
        assert batches.events["diverged_step"] == [None, 3, None]
        assert batches.events["separated_step"] == [46, None, 46]
        assert [reference.kind for reference in adam.references] == ["kernel-svm", "margin reference"]
        assert adam.references[0].values == pytest.approx([0.574163876874985], rel=1e-9)
        for run in session.runs:
            log = session.load_run(run.id).history
            assert log.records.steps[-1] == 100 and session.resumable_step(run.id) == 68
            assert len(session.snapshot_steps(run.id)) > 3 and log.finished
        assert "twin_log_loss" in session.load_run(adam.id).history.records
        assert sorted(session.snapshot(adam.id, 31).arrays) == ["theta", "twin.coefficients"]
        assert adam.described().optimizer.step.eta == 0.02
        assert session.views["runs"][adam.id]["edits"] == [[31, {"optimizer.step.eta": 0.02}]]
        edit = LiveEdit(31, "optimizer.step.eta", None, 0.02)
        assert adam.edits == (edit,) and session.load_run(adam.id).history.edits == [edit]
        assert not batches.edits and not session.changed
        assert session.views["selected"] == adam.id and session.views["plots"]["horizontal"] == "log_step"


def test_edits_of_before_outlive_the_views_that_they_stood_among(tmp_path: Path) -> None:
    copy = tmp_path / THREE.name
    shutil.copyfile(THREE, copy)
    with Session.open(copy) as session:
        session.views = {"runs": {}}
    with Session.open(copy) as session:
        assert [edit.words for edit in session.runs[0].edits] == ["eta to 0.02 at 31"]
        assert [run.edits for run in session.runs[1:]] == [(), ()]


@pytest.mark.parametrize(("path", "name"), RUNS, ids=[name for _, name in RUNS])
def test_a_frozen_run_goes_on_as_it_did(path: Path, name: str) -> None:
    """To a tolerance and not bit for bit: this holds on any processor."""
    with Session.open(path) as session:
        (entry,) = (entry for entry in session.runs if entry.experiment == name)
        known = session.load_run(entry.id).history
        at = session.resumable_step(entry.id)
        assert at is not None and known.records.steps[-1] > at
        snapshot = session.state(entry.id, at)
        assert snapshot is not None and snapshot.resumable
        experiment = entry.described()
    training = Training(experiment, resume_from=snapshot)
    for _ in training.run():
        pass
    assert training.history.status == "done" and training.step == experiment.run.steps
    assert training.history.events == known.events
    records, before = training.history.records, known.records
    steps = before.steps[before.steps > at]
    rows = np.searchsorted(records.steps, steps)
    np.testing.assert_array_equal(records.steps[rows], steps)
    assert set(before.names) <= set(records.names)
    for column in (name for name in before.names if name not in REDEFINED):
        expected, found = before.column(column)[-len(steps) :], records.column(column)[rows]
        for r, lost in enumerate(known.events["diverged_step"]):
            if lost is not None:  # the first lab recorded on where a replica had stood last
                assert np.isnan(found[steps >= lost, r]).all()
                expected, found = np.delete(expected, r, 1), np.delete(found, r, 1)
        if column in ONCE_UNDEFINED:
            found = np.where(np.isnan(expected), np.nan, found)
        tolerance = 1e-12
        if column.startswith("ntk_eigenvalue."):  # small ones are differences of large ones
            tolerance = 1e-9 * float(np.nanmax(before.column("ntk_eigenvalue.1")))
        elif any(part in column for part in ROUNDED):
            tolerance = 1e-9
        np.testing.assert_allclose(
            found, expected, rtol=COARSE.get(column, 1e-9), atol=tolerance, err_msg=column
        )


def test_what_a_later_lab_put_into_the_views_is_kept_when_they_are_stored_again(tmp_path: Path) -> None:
    copy = tmp_path / "copy.mlab"
    shutil.copyfile(THREE, copy)
    unknown = {"unknown": [1, None, "two"]}
    with Session.open(copy) as session:
        views = session.views
        assert views["of a later lab"] == unknown
        session.views = {**views, "tab": 2}
        session.save_as(tmp_path / "elsewhere.mlab")
    for file, tab in ((copy, 2), (tmp_path / "elsewhere.mlab", 2)):
        with Session.open(file) as session:
            assert session.views == {**views, "tab": tab}
