"""A column that came to mean another quantity: what an earlier lab recorded under its name stays apart."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from engine.experiment.columns import column
from engine.protocol.definitions import OUTDATED, defined_anew
from engine.protocol.messages import Started
from engine.session import Session

from .material import TEXT, batch, record

FROZEN = Path(__file__).parent / "frozen" / "three.mlab"
GAP, SAME = "bregman_gap", "param_norm"


def start(session: Session, run: str, step: int, definitions: dict[str, int]) -> None:
    session.store(Started(run, step, "cpu", "float64", 1, 30, None, definitions=definitions))


def known(path: Path, name: str) -> list[int]:
    """Return the steps at which the only run of a session has a value."""
    with Session.read(path) as session:
        records = session.load_run("r").history.records
        return records.steps[~np.isnan(records.column(name)).any(1)].tolist()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "one.mlab"
    with Session.create(path) as session:
        session.add_run(TEXT, id="r", replicas=2)
    return path


def test_the_gap_from_stationarity_is_the_second_of_its_name() -> None:
    gap = column(GAP)
    assert gap is not None and defined_anew() == {GAP: gap.definition} == {GAP: 2}


def test_what_this_lab_records_is_read_as_it_is(path: Path) -> None:
    with Session.open(path) as session:
        start(session, "r", 0, defined_anew())
        record(session, "r", batch(0, 10, GAP, SAME))
    assert known(path, GAP) == known(path, SAME) == list(range(11))
    with Session.read(path) as session:
        assert not session.load_run("r").history.remarks


def test_a_run_of_an_earlier_lab_that_goes_on_has_new_values_alone(path: Path) -> None:
    with Session.open(path) as session:
        start(session, "r", 0, {})
        record(session, "r", batch(0, 10, GAP, SAME))
    assert known(path, GAP) == [] and known(path, SAME) == list(range(11))
    for at, last in ((8, 20), (15, 25)):  # it goes on, and later once more
        with Session.open(path) as session:
            session.truncate("r", at)
            start(session, "r", at, defined_anew())
            record(session, "r", batch(at + 1, last, GAP, SAME))
        assert known(path, GAP) == list(range(9, last + 1)) and known(path, SAME) == list(range(last + 1))
    with Session.read(path) as session:
        assert session.load_run("r").history.remarks == {GAP: OUTDATED}


def test_values_of_a_definition_to_come_are_not_taken_for_this_one_s(path: Path) -> None:
    with Session.open(path) as session:
        start(session, "r", 0, {GAP: 3})
        record(session, "r", batch(0, 10, GAP, SAME))
    assert known(path, GAP) == [] and known(path, SAME) == list(range(11))


def test_opening_a_session_of_before_leaves_its_values_out_and_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "three.mlab"
    shutil.copyfile(FROZEN, path)
    with Session.open(path) as session:
        histories = [session.load_run(entry.id).history for entry in session.runs]
        with_gap = [history for history in histories if GAP in history.records]
        assert with_gap and all(np.isnan(history.records.column(GAP)).all() for history in with_gap)
        assert all(history.remarks[GAP] == OUTDATED for history in with_gap)
        assert not session.changed
    assert path.read_bytes() == FROZEN.read_bytes()
