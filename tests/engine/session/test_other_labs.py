"""Sessions between labs of other versions, and vectors in them that cannot be read: nothing is lost unsaid."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.protocol.messages import SnapshotTaken
from engine.protocol.records import THETAS, KeptVectors, Snapshot, vector_lists
from engine.session import Session
from engine.words.errors import Refusal
from tests.engine.session.material import TEXT, batch, record

THETA = np.ones((2, 3))


def kept(*names: str) -> dict[str, KeptVectors]:
    return {name: KeptVectors(np.array([0, 4, 9]), np.ones((3, 2, 3))) for name in names}


def state() -> Snapshot:
    lists = vector_lists({"ntk": [0, 4, 9]}, {0: 0, 4: 1, 9: 2})
    return Snapshot(9, {"theta": THETA, **lists}, resumable=True)


def make(path: Path, *names: str) -> str:
    with Session.create(path) as session:
        run = session.add_run(TEXT, title="Run 7", replicas=2)
        record(session, run, batch(0, 9))
        session.store(SnapshotTaken(run, state(), kept(*names)))
    return run


def asked(path: Path, statement: str) -> object:
    with closing(sqlite3.connect(path)) as database, database:
        return database.execute(statement).fetchone()


@pytest.mark.parametrize(("names", "schema"), [(("ntk",), 1), ((THETAS,), 2)])
def test_labs_that_would_lose_kept_parameters_refuse_the_session(
    names: tuple[str, ...], schema: int, tmp_path: Path
) -> None:
    """Those of schema 1 say of any higher number that a newer lab wrote the file."""
    path = tmp_path / "a.mlab"
    run = make(path, *names)
    assert asked(path, "PRAGMA user_version") == (schema,)
    with Session.open(path) as session:
        session.save_as(tmp_path / "copy.mlab")
        assert session.state(run, 9) is not None
    rescued, _ = Session.rescue(path)
    with rescued:
        rescued.save_as(tmp_path / "rescued.mlab")
    for file in ("copy.mlab", "rescued.mlab"):
        assert asked(tmp_path / file, "PRAGMA user_version") == (schema,)


def test_what_a_newer_lab_says_of_a_run_outlives_a_change_here(tmp_path: Path) -> None:
    path = tmp_path / "a.mlab"
    run = make(path, "ntk")
    asked(path, "UPDATE run SET entry = json_set(entry, '$.mood', json('[1, \"calm\"]')) RETURNING 1")
    with Session.open(path) as session:
        session.change_run(run, title="another")
    said = json.loads(str(asked(path, "SELECT entry FROM run")[0]))  # type: ignore[index]
    assert said["mood"] == [1, "calm"] and said["title"] == "another"


DAMAGES = {
    "no array": "UPDATE vector SET data = 'x' WHERE step = 4 RETURNING 1",
    "another length": "UPDATE vector SET data = substr(data, 1, 150) WHERE step = 4 RETURNING 1",
    "no step": "UPDATE vector SET step = 'four' WHERE step = 4 RETURNING 1",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_vectors_are_refused_by_run_and_step_and_nothing_else_is_lost(
    damage: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.mlab"
    run = make(path, "ntk", THETAS)
    asked(path, DAMAGES[damage])
    with Session.open(path) as session:
        with pytest.raises(Refusal, match=r"'Run 7' cannot go on from step 9: .*pictures are still there"):
            session.state(run, 9)
        picture = session.snapshot(run, 9)
        assert picture is not None and np.array_equal(picture.arrays["theta"], THETA)
        assert len(session.load_run(run).history.records) == 10


def test_a_rescued_session_says_that_vectors_were_lost(tmp_path: Path) -> None:
    path = tmp_path / "a.mlab"
    run = make(path, "ntk")
    asked(path, DAMAGES["another length"])
    rescued, said = Session.rescue(path)
    there = rescued.state(run, 9)
    rescued.discard()
    assert said.lost == ["what 'Run 7' compares with its end, at some records"]
    assert there is not None and there.vectors("ntk") is not None


@pytest.mark.parametrize(
    ("name", "damaged", "asking"),
    [
        ("history.ntk.known", None, lambda state: state.vectors("ntk")),
        ("history.ntk.known", np.arange(2), lambda state: state.vectors("ntk")),
        ("history.ntk.known", np.array([0, 4, 9.5]), lambda state: state.vectors("ntk")),
        ("history.numbers", np.arange(3), Snapshot.record_numbers),
        ("history.numbers", np.array([["0", "one"]]), Snapshot.record_numbers),
    ],
)
def test_a_state_that_does_not_fit_its_vectors_is_refused(
    name: str, damaged: np.ndarray | None, asking: Callable[[Snapshot], object]
) -> None:
    whole = state().with_vectors(kept("ntk"))
    arrays = {key: array for key, array in whole.arrays.items() if key != name}
    broken = replace(whole, arrays=arrays if damaged is None else arrays | {name: damaged})
    with pytest.raises(Refusal, match="the state at step 9 is damaged"):
        asking(broken)


@pytest.mark.parametrize("shape", [(3, 2, 4, 1), (3, 3, 3), (3, 2)])
def test_kept_vectors_of_another_size_are_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    with Session.create(tmp_path / "a.mlab") as session:
        run = session.add_run(TEXT, title="Run 7", replicas=2)
        record(session, run, batch(0, 9))
        session.store(SnapshotTaken(run, state(), {"ntk": KeptVectors(np.array([0, 4, 9]), np.ones(shape))}))
        with pytest.raises(Refusal, match="does not fit its state"):
            session.state(run, 9)
