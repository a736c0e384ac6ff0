"""A session of very many runs in the window: how much is read, drawn and told at once. Work is counted, not timed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from engine.experiment.document import parse, to_toml
from engine.protocol.messages import Finished, RunStatus
from engine.session import Session
from gui.main_window import MainWindow
from gui.model import changed_runs, run_reader
from gui.model.drawn_runs import MOST_DRAWN
from gui.model.session_contents import READ_AT_ONCE
from gui.views.run_rows import RunRow
from tests.engine.session.material import batch, record

from .lab import CIRCLE, Lab

MANY = 3 * READ_AT_ONCE


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A session of many runs of two experiments."""
    texts = [to_toml(parse(CIRCLE.format(title=title, steps=20))) for title in ("first", "second")]
    path = tmp_path / "many.mlab"
    with Session.create(path) as session:
        for place in range(MANY):
            run = session.add_run(texts[place // (MANY - 20)], id=f"{place:04}", title=f"Run {place + 1}")
            record(session, run, batch(1, 10, "log_loss", "margin_ratio", replicas=1))
            session.store(Finished(run, RunStatus.DONE, 10, "done", 1.0))
    return path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note which runs' records are read."""
    ids: list[str] = []
    load_run = Session.load_run
    monkeypatch.setattr(Session, "load_run", lambda self, id: ids.append(id) or load_run(self, id))
    return ids


@pytest.fixture
def many(quick: Lab, window: MainWindow, path: Path, read: list[str]) -> Lab:
    """The window with such a session."""
    assert window.files.open_path(path)
    quick.until(lambda: len(quick.rows) == MANY)
    quick.until(lambda: not window.model.reader._timer.isActive())
    return quick


def row(lab: Lab, id: str) -> RunRow:
    return next(row for row in lab.rows if row.id == id)


def test_the_list_is_filled_at_once_and_records_are_read_where_they_are_looked_at(
    many: Lab, window: MainWindow, read: list[str]
) -> None:
    assert [row.name for row in many.rows] == [f"Run {place + 1}" for place in range(MANY)]
    assert [row.heading for row in many.rows if row.heading] == ["first", "second"]
    assert all(row.status is RunStatus.DONE for row in many.rows)
    in_view = {f"{place:04}" for place in range(40)}
    latest = {f"{place:04}" for place in range(MANY - READ_AT_ONCE, MANY)}
    assert len(read) == len(set(read)) and set(read) <= in_view | latest
    far = f"{MANY // 2:04}"
    assert far not in read and row(many, far).final == ""
    view = window.parts.side.runs.view
    view.scrollTo(window.parts.side.runs.model.index(MANY // 2))
    many.until(lambda: "of its reference" in row(many, far).final)
    assert row(many, far).differs == "the same experiment"
    assert len(read) < MANY
    before = len(read)
    window.model.run_list.select("0100")
    assert read[before:] in ([], ["0100"]) and window.model.run_list.selected.history.step == 10


def test_the_list_says_how_many_runs_are_out_of_sight_and_leads_to_the_table_of_all(
    many: Lab, window: MainWindow
) -> None:
    more = window.parts.side.runs.more
    many.until(lambda: more.isVisible() and int(more.text().split()[0]) > MANY - 40)
    many.press(more)
    many.until(lambda: window.model.table.count == MANY and window.parts.tabs["runs"].is_shown)
    window.model.run_list.delete([f"{place:04}" for place in range(1, MANY)])
    many.until(lambda: not more.isVisible())


def test_of_hundreds_of_visible_runs_some_are_drawn_and_the_window_says_which(
    many: Lab, window: MainWindow
) -> None:
    plots = window.parts.plots
    shown = [f"{place:04}" for place in range(MANY - MOST_DRAWN, MANY)]
    many.until(lambda: len(plots.plots["loss"].series) == MOST_DRAWN)
    assert [run for run, _ in plots.plots["loss"].series] == shown
    assert (
        f"{MOST_DRAWN} of {MANY} visible runs" in plots.left_out.note.text()
        and plots.left_out.note.isVisible()
    )
    window.model.run_list.select("0000")  # what is looked at is drawn, whatever else is
    many.until(lambda: ("0000", "log_loss") in plots.plots["loss"].series)
    assert len(plots.plots["loss"].series) == MOST_DRAWN
    assert window.commands["export_figure"].isEnabled()
    window.model.run_list.show_only(["0000", "0001"])
    many.until(lambda: {run for run, _ in plots.plots["loss"].series} == {"0000", "0001"})
    assert not plots.left_out.note.text() and not plots.left_out.note.isVisible()
    window.model.run_list.show_only([])
    many.until(lambda: "Earlier runs are hidden" in plots.plots["loss"].canvas.message)


def test_many_runs_change_with_one_signal_and_are_all_written(
    many: Lab, window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, told = window.model, []
    model.run_list.runs_changed.connect(told.append)
    model.run_list.show_only(["0007"])
    assert len(told) == 1 and len(told[0]) == MANY - 1
    many.until(lambda: not model.store.session.changed and not model.changed_runs._waiting)
    with Session.read(path) as session:
        assert [entry.id for entry in session.runs if not entry.hidden] == ["0007"]
    gone: list[list[str]] = []
    model.run_list.runs_removed.connect(gone.append)
    model.run_list.delete([f"{place:04}" for place in range(MANY)])
    assert len(gone) == 1 and not model.run_list.runs
    model.undo_stack.undo()
    assert [run.name for run in model.run_list.runs] == [f"Run {place + 1}" for place in range(MANY)]
    model.run_list.delete(["0003", "0005"])
    model.save_as(path.with_name("other.mlab"))
    monkeypatch.setattr(changed_runs, "NOTED_AT_ONCE", 10)
    model.run_list.show_only([f"{place:04}" for place in range(100)])
    model.close()  # at once: what was not yet noted is written all the same
    with Session.read(path.with_name("other.mlab")) as session:
        assert len(session.runs) == MANY - 2
        assert [entry.id for entry in session.runs if not entry.hidden] == [
            f"{place:04}" for place in range(100) if place not in (3, 5)
        ]


def test_a_damaged_run_that_was_only_listed_is_told_when_it_is_looked_at_and_stays_in_the_file(
    quick: Lab, window: MainWindow, path: Path
) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE chunk SET columns = zeroblob(50) WHERE run = '0100'")
        database.execute("UPDATE run SET entry = replace(entry, 'widths', 'witdhs') WHERE id = '0101'")
    assert window.files.open_path(path)
    quick.until(lambda: len(quick.rows) == MANY)
    assert not [words for words in quick.sentences if "cannot be read" in words]
    window.model.run_list.select("0000")
    for id, why in (("0100", "damaged"), ("0101", "witdhs")):
        window.model.run_list.select(id)
        assert window.model.run_list.selected_id == "0000" and window.model.run_list.get(id) is None
        assert [words for words in quick.sentences if "cannot be read" in words and why in words]
    window.model.close()
    with Session.read(path) as session:
        assert len(session.runs) == MANY


def test_what_nobody_looks_at_is_let_go_and_read_again(
    many: Lab, window: MainWindow, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_reader, "MOST_AT_HAND", 0)
    model = window.model
    run = model.run_list.get(f"{MANY - READ_AT_ONCE:04}")
    assert run.is_at_hand
    trained = many.run_through("new")
    model.run_list.show_only([f"{MANY - 1:04}", trained.id])
    many.until(lambda: sum(run.is_at_hand for run in model.run_list.runs) < 50)
    assert not run.is_at_hand and trained.is_at_hand
    assert run.status is RunStatus.DONE and run.has_records and run.title == "first"
    model.run_list.select(run.id)
    assert run.is_at_hand and len(run.history.records) == 10
