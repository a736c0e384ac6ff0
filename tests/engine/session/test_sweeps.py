"""Maps in a session's file: everything of a point comes back, and damage costs the damaged point alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.protocol.points import PointResult
from engine.session import Session, sweeps
from engine.session.session_file import SessionFile, Write
from engine.words.errors import Refusal
from tests.engine.sweep.material import a_map

SWEEP = sweeps.StoredSweep("m", "A map", "version = 1", "/data", "2026-01-01T00:00:00+00:00")
FULL = PointResult(
    1,
    "done",
    20,
    0.5,
    {"margin": 0.25, "norm": 3.0},
    {"fitted_step": 4},
    ("holds", "void"),
    "",
    np.array([0, 20]),
    {"margin": np.array([0.0, 0.25])},
    np.array([1.0, 2.0], np.float32),
    place="node-7",
)
LOST = PointResult(0, "failed", 0, 0.0, why="its process ended by itself (signal 9), 2 times")
KEYS = {0: "a", 1: "b", 2: "c"}


def points(database: sqlite3.Connection) -> dict[str, PointResult]:
    return sweeps.points(*sweeps.rows_of(database, "m", -1, 99))


@pytest.fixture
def file(tmp_path: Path) -> SessionFile:
    file = SessionFile.create(tmp_path / "map.mlab")
    file.write(lambda database: sweeps.add(database, SWEEP))
    return file


def test_points_come_back_as_they_were_written(file: SessionFile, tmp_path: Path) -> None:
    file.write(lambda database: sweeps.write_points(database, "m", KEYS, [LOST, FULL]))
    later = PointResult(2, "diverged", 7, 0.1, {"other": 1.0, "norm": 2.0})
    file.write(lambda database: sweeps.write_points(database, "m", KEYS, [later]))
    file.close()
    again = SessionFile.open(tmp_path / "map.mlab", only_read=True)
    with again.reading() as database:
        assert sweeps.sweeps(database) == [SWEEP]
        found = points(database)
        whole = sweeps.with_curves(database, "m", found["b"])
    again.close()
    assert list(found) == ["a", "b", "c"] and found["a"] == LOST and found["c"] == later
    assert (found["b"].finals, found["b"].events, found["b"].verdicts) == (
        FULL.finals,
        FULL.events,
        FULL.verdicts,
    )
    assert (found["b"].place, found["a"].place) == ("node-7", "")
    assert whole.steps is not None and whole.theta is not None
    np.testing.assert_array_equal(whole.steps, [0, 20])
    np.testing.assert_array_equal(whole.curves["margin"], [0.0, 0.25])
    assert whole.theta.tolist() == [1.0, 2.0] and whole.theta.dtype == np.float32


def test_a_point_that_is_trained_again_takes_the_place_of_what_was_known(file: SessionFile) -> None:
    better = PointResult(0, "done", 20, 0.1, {"margin": 1.0})
    for result in (LOST, better):
        file.write(lambda database, result=result: sweeps.write_points(database, "m", KEYS, [result]))
    with file.reading() as database:
        assert points(database) == {"a": better}
    file.close()


DAMAGES = [
    ("finals", "5"),
    ("events", "5"),
    ("events", '{"a": 1e999}'),
    ("status", "5"),
    ("verdicts", "[" * 9999),
]


@pytest.mark.parametrize(("column", "damage"), DAMAGES)
def test_damage_costs_the_damaged_point_alone(file: SessionFile, column: str, damage: str) -> None:
    file.write(lambda database: sweeps.write_points(database, "m", KEYS, [LOST, FULL]))
    statement = f"UPDATE point SET {column} = ? WHERE number = 0"
    file.write(lambda database: database.execute(statement, (damage,)))
    with file.reading() as database:
        assert list(points(database)) == ["b"]
    file.close()


def test_a_removed_map_leaves_nothing(file: SessionFile) -> None:
    file.write(lambda database: sweeps.write_points(database, "m", KEYS, [FULL]))
    file.write(lambda database: sweeps.remove(database, "m"))
    with file.reading() as database:
        assert sweeps.sweeps(database) == [] and points(database) == {}
        for table in ("point", "curve"):
            assert database.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
    file.close()


def test_sessions_of_before_have_no_maps(tmp_path: Path) -> None:
    file = SessionFile.create(tmp_path / "old.mlab")
    for table in ("curve", "point", "sweep"):
        file.write(lambda database, table=table: database.execute(f"DROP TABLE IF EXISTS {table}"))
    with file.reading() as database:
        assert sweeps.sweeps(database) == [] and points(database) == {}
    file.close()


def test_a_rescued_session_has_its_maps(file: SessionFile, tmp_path: Path) -> None:
    file.write(lambda database: sweeps.write_points(database, "m", KEYS, [LOST, FULL]))
    file.write(lambda database: database.execute("UPDATE point SET finals = 'no array' WHERE number = 0"))
    file.close()
    rescued, _ = SessionFile.rescue(tmp_path / "map.mlab")
    with rescued.reading() as database:
        assert sweeps.sweeps(database) == [SWEEP]
        found = points(database)
        assert list(found) == ["b"]
        assert sweeps.with_curves(database, "m", found["b"]).theta is not None
    rescued.close(remove=True)


def test_a_session_keeps_maps_when_it_is_saved_elsewhere_while_points_end(tmp_path: Path) -> None:
    session = Session.unsaved(tmp_path)
    session.maps.add(SWEEP)
    session.maps.take("m", KEYS, [LOST])
    session.flush()

    def meanwhile(work: Callable[[], None]) -> None:
        session.maps.take("m", KEYS, [FULL])
        session.flush()
        work()

    session.save_as(tmp_path / "named.mlab", meanwhile)
    later = PointResult(2, "diverged", 7, 0.1, {"norm": 2.0})
    session.maps.take("m", KEYS, [later])
    assert set(session.maps.points("m")) == {"a", "b", "c"}, "what waits is there as well"
    session.close()
    with Session.read(tmp_path / "named.mlab") as again:
        assert again.maps.all == [SWEEP]
        found = again.maps.points("m")
        assert [result.status for result in found.values()] == ["failed", "done", "diverged"]
        assert again.maps.whole("m", found["b"]).theta is not None


def test_a_map_is_deleted_with_its_points(tmp_path: Path) -> None:
    session = Session.create(tmp_path / "map.mlab")
    session.maps.add(SWEEP)
    session.maps.take("m", KEYS, [LOST, FULL])
    session.flush()
    session.maps.take_out("m")
    session.maps.delete_taken_out()
    session.maps.take("m", KEYS, [FULL])
    session.close()
    with Session.read(tmp_path / "map.mlab") as again:
        assert again.maps.all == [] and again.maps.points("m") == {}


def test_a_session_whose_file_is_gone_goes_on_with_its_maps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    session = Session.create(tmp_path / "map.mlab")
    session.maps.add(SWEEP)
    session.maps.take("m", KEYS, [LOST])
    session.flush()
    (tmp_path / "map.mlab").unlink()
    session.maps.take("m", KEYS, [FULL])
    session.go_on_elsewhere()
    assert set(session.maps.points("m")) == {"a", "b"}
    session.discard()


@pytest.mark.parametrize("damage", ["no list", "[1]", "[" * 9999])
def test_a_map_whose_names_are_damaged_is_read_and_goes_on_and_so_does_all_else(
    tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "map.mlab"
    with Session.create(path) as session:
        session.maps.add(SWEEP)
        session.maps.take("m", KEYS, [FULL])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE sweep SET names = ?", (damage,))
    later = PointResult(2, "done", 7, 0.1, {"norm": 2.0})
    with Session.open(path) as session:
        session.notes = "beside it"
        session.maps.take("m", KEYS, [later])
    with Session.read(path) as again:
        found = again.maps.points("m")
        assert again.notes == "beside it" and found["c"].finals == {"norm": 2.0}
        assert found["b"].finals == {"unnamed_1": 0.25, "unnamed_2": 3.0} and found["b"].status == "done"


def test_a_session_with_a_map_has_a_document(tmp_path: Path) -> None:
    """Earlier labs delete unsaved sessions that have neither runs nor notes nor a document."""
    session = Session.unsaved(tmp_path)
    session.maps.add(SWEEP)
    session.maps.take("m", KEYS, [FULL])
    session.flush()
    with Session.read(session.path or tmp_path) as there:
        assert (there.document, there.document_folder) == ("version = 1", "/data")
    session.document = "version = 1 # edited"
    session.flush()
    with Session.read(session.path or tmp_path) as there:
        assert there.document == "version = 1 # edited"
    session.discard()


def test_what_was_deleted_goes_once_all_else_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "map.mlab"
    session = Session.create(path)
    session.maps.add(SWEEP)
    session.maps.take("m", KEYS, [FULL])
    run = session.add_run("version = 1")
    session.flush()
    session.maps.take_out("m")
    session.notes = "not written yet"

    def full(self: SessionFile, write: Write) -> None:
        raise Refusal("", str(path), "the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(SessionFile, "write", full)
        with pytest.raises(Refusal):
            session.close([run])
    session.maps.put_back("m")
    assert run in session and session.maps.all == [SWEEP] and list(session.maps.points("m")) == ["b"]
    session.maps.take_out("m")
    session.close([run])
    with Session.read(path) as again:
        assert again.maps.all == [] and again.runs == [] and again.notes == "not written yet"


def known(session: Session, numbers: dict[str, int]) -> tuple[dict[int, PointResult], dict[int, PointResult]]:
    """Return what the map n has of points, and what it lacks and other maps have."""
    there, found = session.maps.there("n", numbers), dict[int, PointResult]()
    for part in session.maps.elsewhere("n", numbers, there):
        found |= part
    return there, found


def test_a_point_trained_again_is_known_by_its_new_key_alone(tmp_path: Path) -> None:
    """Its data were changed: nothing of before is told of the file as it was, written or not."""
    session = Session.unsaved(tmp_path)
    for id in ("m", "n"):
        session.maps.add(replace(SWEEP, id=id))
    session.maps.take("m", KEYS, [FULL])
    session.flush()
    again = replace(FULL, finals={"margin": 0.75}, curves={"margin": np.array([0.0, 0.75])})
    session.maps.take("m", {1: "changed"}, [again])
    for _ in ("while it waits", "once it is written"):
        assert session.maps.points("m").keys() == {"changed"}
        there, found = known(session, {"b": 0, "changed": 5})
        assert not there and list(found) == [5]
        assert (found[5].point, found[5].finals) == (5, {"margin": 0.75})
        np.testing.assert_array_equal(found[5].curves["margin"], [0.0, 0.75])
        session.flush()
    session.discard()


def test_a_damaged_curve_of_another_map_costs_that_point_alone(tmp_path: Path) -> None:
    path = tmp_path / "map.mlab"
    session = Session.create(path)
    for id in ("m", "n", "o"):
        session.maps.add(replace(SWEEP, id=id))
    session.maps.take("m", KEYS, [FULL, replace(FULL, point=2)])
    session.maps.take("o", KEYS, [FULL])
    session.close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE curve SET columns = 'no array' WHERE sweep = 'm' AND number = 2")
        database.execute("UPDATE curve SET steps = 'no array' WHERE sweep = 'm' AND number = 1")
    session = Session.open(path)
    there, found = known(session, {"b": 1, "c": 2})
    assert not there and found.keys() == {1} and found[1].theta is not None, "as another map has it"
    points = session.maps.points("m")
    assert session.maps.whole("m", points["c"]) == points["c"], "it is seen without curves"
    session.discard()


def test_a_map_on_other_files_of_the_same_names_is_another_one_unless_its_folder_was_moved(
    tmp_path: Path,
) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    reads = a_map(changes={"data": {"kind": "csv", "path": "d.csv"}})
    here, there = (reads.model_copy(update={"folder": folder}) for folder in folders)
    assert not sweeps.are_alike(here, there)
    assert sweeps.likeness(sweeps.stored(here), there) == "edited", "points that are alike are taken over"
    made, elsewhere = (a_map().model_copy(update={"folder": folder}) for folder in folders)
    assert sweeps.are_alike(made, elsewhere)
    folders[0].rmdir()
    assert sweeps.likeness(sweeps.stored(here), there) == "same"
