"""Maps in the window whose data have changed since, or whose lab has: old values are said, and trained anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from engine.protocol.points import PointResult, Task
from engine.session import Session
from engine.session.sweeps import stored
from engine.sweep import points
from engine.sweep.points import points_of
from engine.words.errors import Refusal
from gui.main_window import MainWindow
from gui.maps.map_page import MapPage
from gui.model.maps.lab_map import LabMap, ReadMap, document_of
from gui.tabs.map_tab import MapTab
from tests.engine.sweep.material import SCALE, Here, a_map
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window
BEFORE, AFTER = "a,b,label\n1,2,0\n3,4,1\n", "a,b,label\n1,2,0\n3,5,1\n"


def done(task: Task) -> Sequence[PointResult]:
    return [PointResult(point, "done", 20, 0.1, {"param_norm": 2.0}) for point in task.points]


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A session with a map of three points, all done, on the data of a file beside it."""
    (tmp_path / "d.csv").write_text(BEFORE)
    made = a_map([SCALE], {"data": {"kind": "csv", "path": "d.csv"}, "title": "Own"})
    document, path = made.model_copy(update={"folder": tmp_path}), tmp_path / "kept.mlab"
    with Session.create(path) as session:
        session.maps.add(told := stored(document))
        keys = {point.number: point.key for point in points_of(document)}
        results = [PointResult(number, "done", 20, 0.1, {"param_norm": 1.0}) for number in keys]
        session.maps.take(told.id, keys, results)
    return path


def opened(quick: Lab, path: Path) -> MapPage:
    model = quick.window.model
    model.maps.make_workers = lambda document, data: Here(done)
    assert quick.window.files.open_path(path)
    quick.window.parts.tabs.bring("maps")
    quick.until(lambda: model.maps.shown is not None and model.maps.shown.is_read)
    tab = quick.window.parts.tabs["maps"]
    assert isinstance(tab, MapTab)
    return tab.view


def test_what_shows_a_map_is_made_with_the_first_one_in_a_turn_of_its_own(quick: Lab, kept: Path) -> None:
    tab = quick.window.parts.tabs["maps"]
    quick.window.parts.tabs.bring("maps")
    quick.until(tab.view.nothing.isVisible)
    assert not tab.view.has_body
    begun: list[bool] = []
    tab.view.body_made.connect(lambda body: begun.append(body.cells.seen is not None))
    page = opened(quick, kept)
    quick.until(lambda: page.has_body and page.body.cells.seen is not None)
    assert begun == [False] and page.body.isVisible()


def known(window: MainWindow) -> dict[int, float]:
    shown = window.model.maps.shown
    assert shown is not None and shown.table.known == len(shown.results)
    return {number: result.finals["param_norm"] for number, result in shown.results.items()}


def trained(quick: Lab, page: MapPage) -> None:
    quick.until(page.training.run.isEnabled)
    quick.press(page.training.run)
    quick.until(lambda: quick.window.model.maps.under_way is None and len(known(quick.window)) == 3)
    quick.until(lambda: not page.training.run.isEnabled())


def test_a_session_with_a_map_alone_opens_with_its_axes_and_all_that_is_so_still(
    quick: Lab, window: MainWindow, kept: Path
) -> None:
    page = opened(quick, kept)
    assert known(window) == dict.fromkeys(range(3), 1.0) and list(page.axes.lines) == [SCALE["path"]]
    quick.until(lambda: not page.training.run.isEnabled())
    window.model.maps.look_again()
    quick.until(lambda: not window.model.maps._reading.working)
    assert known(window) == dict.fromkeys(range(3), 1.0)


def test_points_on_a_file_that_was_changed_are_said_and_trained_anew(
    quick: Lab, window: MainWindow, kept: Path
) -> None:
    kept.with_name("d.csv").write_text(AFTER)
    page = opened(quick, kept)
    assert known(window) == {}
    told = "0 of 3; 3 runs were trained before d.csv was changed; Run map trains that anew"
    assert told in window.model.maps.words(window.model.editor.document)
    trained(quick, page)
    assert known(window) == dict.fromkeys(range(3), 2.0) and "changed" not in window.model.maps.words(
        window.model.editor.document
    )


def test_a_file_that_changes_while_its_map_is_looked_at_is_noticed_and_so_is_one_that_is_put_back(
    quick: Lab, window: MainWindow, kept: Path
) -> None:
    page = opened(quick, kept)
    quick.until(lambda: not page.training.run.isEnabled())
    window.parts.tabs.bring("plots")
    kept.with_name("d.csv").write_text(AFTER)
    window.parts.tabs.bring("maps")
    quick.until(page.training.run.isEnabled)
    assert known(window) == {} and page.training.run.text() == "Run map"
    kept.with_name("d.csv").write_text(BEFORE)
    window.parts.tabs.bring("plots")
    window.parts.tabs.bring("maps")
    quick.until(lambda: len(known(window)) == 3)


def test_a_map_that_is_edited_and_not_looked_at_is_to_train_again_once_its_file_is_another(
    quick: Lab, window: MainWindow, kept: Path
) -> None:
    model, folder = window.model, kept.parent / "b"
    folder.mkdir()
    (folder / "d.csv").write_text(BEFORE)
    opened(quick, kept)
    first, document = model.maps.shown_id, model.editor.document
    there = document.model_copy(update={"folder": folder})
    assert model.maps.of(there) is None, "what lies elsewhere reads other files"
    model.maps.train(there)
    quick.until(lambda: model.maps.under_way is None and len(known(window)) == 3)
    assert model.maps.shown_id != first and set(known(window).values()) == {1.0}, (
        "points alike are taken over"
    )
    assert not model.maps.is_to_train(document)
    kept.with_name("d.csv").write_text(AFTER)
    model.maps.look_again()
    quick.until(lambda: model.maps.is_to_train(document))
    quick.until(lambda: not model.maps._reading.working)
    assert len(known(window)) == 3
    (folder / "d.csv").write_text(AFTER)
    model.maps.look_again()
    quick.until(lambda: bool(model.maps.shown and model.maps.shown.stale))
    assert "trains that anew" in model.maps.words(there)
    assert "anew" not in model.maps.words(document), "its button trains another map"


def test_files_that_stayed_the_same_cost_no_reading_of_points(
    quick: Lab, window: MainWindow, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(quick, kept)
    asked: list[object] = []
    monkeypatch.setattr(window.model.maps._reading, "ask", asked.append)
    quick.until(lambda: not window.model.maps._looking.working)
    window.model.maps.look_again()
    quick.until(lambda: not window.model.maps._looking.working)
    assert not asked


def test_run_trains_what_changed_since_the_map_was_looked_at(
    quick: Lab, window: MainWindow, kept: Path
) -> None:
    opened(quick, kept)
    kept.with_name("d.csv").write_text(AFTER)
    window.model.maps.train(window.model.editor.document)
    quick.until(lambda: window.model.maps.under_way is None)
    assert known(window) == dict.fromkeys(range(3), 2.0)


def test_points_of_a_lab_that_made_other_records_are_said(
    quick: Lab, window: MainWindow, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "RECORDS", points.RECORDS + 1)
    page = opened(quick, kept)
    assert "3 runs were trained by another version of the lab" in window.model.maps.words(
        window.model.editor.document
    )
    trained(quick, page)


def test_what_was_stale_before_it_was_trained_anew_is_said_no_more_however_late_it_is_read(
    kept: Path,
) -> None:
    with Session.read(kept) as session:
        (told,) = session.maps.all
        known = LabMap.of(told.id, document_of(told), is_read=False)
        read = replace(ReadMap.of(session.maps, known.id, known.document, known.grid), stale="3 runs were")
    known.keys = ["a", "b", "c"]
    known.begin_with(read)
    assert known.is_complete and not known.stale
    known.unread()
    assert not known.is_complete and not known.results and not known.is_read
    known.begin_with(read)
    assert known.is_complete and known.stale


def test_a_map_of_a_session_that_names_data_elsewhere_is_asked_about(
    quick: Lab, window: MainWindow, kept: Path, tmp_path: Path
) -> None:
    away = tmp_path / "away"
    away.mkdir()
    with Session.open(kept) as session:
        session.document = "version = 1"
        session.save_as(away / "kept.mlab")
    with pytest.raises(Refusal, match="reads data from outside its folder"):
        window.model.open(away / "kept.mlab")


def test_a_map_that_cannot_be_shown_is_said_and_stays_in_the_file(
    quick: Lab, window: MainWindow, kept: Path
) -> None:
    with Session.open(kept) as session:
        (told,) = session.maps.all
        session.maps.add(stored(a_map().model_copy(update={"sweep": None})))
        session.maps.add(replace(told, text=told.text.replace("0.5", "1.0")))
    assert window.files.open_path(kept)
    assert any(
        "The map Own cannot be shown, and stays in the file" in told and "value 1 twice" in told
        for told in quick.sentences
    )
    assert any("it is no map any more" in told for told in quick.sentences)
    assert not window.model.maps.maps
    window.model.start_new()
    with Session.read(kept) as session:
        assert len(session.maps.points(session.maps.all[0].id)) == 3
