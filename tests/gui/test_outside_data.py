"""A file that was opened reads data outside its folder only after one question that names them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from engine.experiment.sweep import Grid
from engine.session import Session
from gui.model.outside_data import OutsideData
from tests.engine.sweep.material import a_map
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window

TEXT = """version = 1
title = "from elsewhere"
data = {{ kind = "csv", path = "{path}" }}
network = {{ kind = "mlp", widths = [4] }}
loss = {{ kind = "exponential" }}
optimizer = {{ kind = "steepest" }}
run = {{ steps = 10 }}
"""
ROWS = "1,2,1\n2,1,1\n-1,-2,-1\n-2,-1,-1\n"


OPENED: list[str] = []
HOOKED: list[bool] = []
"""Whether the hook is there, which nothing takes back, and as its last whether it notes anything."""


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if HOOKED[-1] and event == "open":
        OPENED.append(Path(str(arguments[0])).name)


@pytest.fixture
def read() -> Iterator[list[str]]:
    """Return the names of the files that are opened from now on, by whatever way."""
    if not HOOKED:
        HOOKED.append(False)
        sys.addaudithook(_note)
    OPENED.clear()
    HOOKED.append(True)
    yield OPENED
    HOOKED.append(False)


class Place:
    """A folder with an experiment file, beside another with data."""

    def __init__(self, root: Path) -> None:
        self.mine, self.secret = root / "mine", root / "secret"
        for folder in (self.mine, self.secret):
            folder.mkdir()
            (folder / "a.csv").write_text(ROWS)
        self.target = self.secret / "secret.csv"
        self.target.write_text(ROWS)
        self.file = self.mine / "e.toml"

    def experiment(self, path: str, more: str = "") -> Path:
        self.file.write_text(TEXT.format(path=path) + more)
        return self.file


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def questions(lab: Lab) -> list[str]:
    return [line.sentence for line in lab.window.parts.info.lines if line.tone == "ask"]


def answer(lab: Lab, action: str) -> None:
    info = lab.window.parts.info
    (line,) = [line for line in info.lines if line.key == "outside data"]
    line.chosen.emit(line.key, action)
    QApplication.processEvents()


WAYS = ["absolute", "link", "variation"]


def written(place: Place, way: str) -> Path:
    """Write an experiment that names the secret file in one way or another."""
    match way:
        case "absolute":
            return place.experiment(str(place.target))
        case "link":
            (place.mine / "link.csv").symlink_to(place.target)
            return place.experiment("link.csv")
        case _:
            named = f'[[experiments]]\nname = "b"\nset = {{ "data.path" = "{place.target}" }}\n'
            more = f'[[experiments]]\nname = "a"\n{named}'
            return place.experiment("a.csv", more)


@pytest.mark.parametrize("way", WAYS)
def test_an_experiment_asks_once_before_anything_is_read(
    way: str, quick: Lab, place: Place, read: list[str]
) -> None:
    file = written(place, way)
    before = quick.window.model.editor.document
    assert not quick.window.files.open_path(file)
    QApplication.processEvents()
    assert quick.window.model.editor.document is before
    (question,) = questions(quick)
    assert question.startswith("'e.toml' reads data from outside its folder: ") and ".csv" in question
    assert not {"secret.csv", "link.csv"} & set(read)
    answer(quick, "leave")
    assert quick.window.model.editor.document is before and not questions(quick)
    assert not quick.window.files.open_path(file)  # no is no for once
    answer(quick, "read")
    assert quick.window.model.editor.document.base.title == "from elsewhere" and not questions(quick)
    quick.until(lambda: {"a.csv" if way == "variation" else "secret.csv", "link.csv"} & set(read))
    quick.window.files.open_preset("rings-ntk")
    assert quick.window.files.open_path(file) and not questions(quick)  # the answer is remembered


def test_data_in_its_folder_are_read_unasked(quick: Lab, place: Place) -> None:
    for path in ("a.csv", "./a.csv", "../mine/a.csv", "missing.csv"):
        assert quick.window.files.open_path(place.experiment(path)) and not questions(quick)


def test_presets_and_what_the_user_names_himself_never_ask(quick: Lab, place: Place) -> None:
    assert quick.window.files.open_path(place.experiment("a.csv"))
    quick.window.model.editor.edit("data.path", str(place.target))
    assert quick.window.model.editor.document.base.data.path == str(place.target)  # type: ignore[attr-defined]
    quick.window.model.save_as(place.mine / "kept.mlab")
    quick.window.model.start_new()
    assert quick.window.files.open_path(place.mine / "kept.mlab") and not questions(quick)
    other = place.experiment(str(place.secret / "a.csv"))
    assert not quick.window.files.open_path(other) and len(questions(quick)) == 1  # another path


def session(place: Place, path: str, folder: Path) -> Path:
    kept = place.mine / "kept.mlab"
    with Session.create(kept) as made:
        made.document = TEXT.format(path="a.csv")
        made.document_folder = str(place.mine)
        made.add_run(TEXT.format(path=path), title="a run", folder=str(folder))
    return kept


@pytest.mark.parametrize(
    ("path", "folder", "asks"),
    [("a.csv", "mine", False), ("a.csv", "secret", True), ("../secret/secret.csv", "mine", True)],
)
def test_a_session_asks_for_its_runs_too(
    path: str, folder: str, asks: bool, quick: Lab, place: Place, read: list[str]
) -> None:
    kept = session(place, path, getattr(place, folder))
    content, shown = kept.read_bytes(), len(quick.rows)
    assert quick.window.files.open_path(kept) is not asks
    QApplication.processEvents()
    assert len(questions(quick)) == int(asks)
    if asks:
        assert not {"secret.csv", "a.csv"} & set(read) and len(quick.rows) == shown
        assert kept.read_bytes() == content
        answer(quick, "read")
    quick.until(lambda: [row.name for row in quick.rows] == ["a run"])
    assert quick.window.model.path == kept


def test_a_link_beside_a_session_is_asked_about_that_would_stand_in_for_its_data(
    quick: Lab, place: Place, read: list[str]
) -> None:
    (place.mine / "gone.csv").symlink_to(place.target)
    kept = session(place, str(place.mine / "before" / "gone.csv"), place.mine)
    assert not quick.window.files.open_path(kept)
    (question,) = questions(quick)
    assert "gone.csv" in question and "secret.csv" not in read


def test_a_damaged_session_asks_before_it_is_rescued(quick: Lab, place: Place, read: list[str]) -> None:
    kept = session(place, "a.csv", place.secret)
    window = quick.window
    window.recovery.rescue(str(kept))
    assert window.model.path is None and len(questions(quick)) == 1
    assert not window.model.abandoned()
    answer(quick, "read")
    assert [run.name for run in window.model.run_list.runs] == ["a run"]


def test_a_link_to_an_experiment_stands_where_it_leads(quick: Lab, place: Place, tmp_path: Path) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to(place.experiment("a.csv"))
    assert quick.window.files.open_path(link) and not questions(quick)
    shutil.copyfile(place.file, tmp_path / "copy.toml")
    assert quick.window.files.open_path(tmp_path / "copy.toml") and not questions(quick)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../other/../secret/secret.csv", "{root}/secret/secret.csv. "),
        ("link.csv", "{root}/mine/link.csv, which leads to {root}/secret/secret.csv. "),
        ("deep/../secret.csv", "{root}/mine/deep/../secret.csv, which leads to {root}/secret/secret.csv. "),
    ],
)
def test_the_question_says_where_a_path_leads(path: str, said: str, quick: Lab, place: Place) -> None:
    (place.mine / "link.csv").symlink_to(place.target)
    (place.secret / "in").mkdir()
    (place.mine / "deep").symlink_to(place.secret / "in")
    assert not quick.window.files.open_path(place.experiment(path))
    (question,) = questions(quick)
    assert question.startswith("'e.toml' reads data from outside its folder: ")
    assert said.format(root=place.mine.parent.resolve()) in question


def test_files_of_a_map_are_looked_for_again_only_where_they_were_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {"path": "data.path", "values": ["a.csv", "b.csv"]}
    loaded = a_map([files], changes={"data": {"kind": "csv", "path": "a.csv"}}, seeds=2)
    outside, looked, told = OutsideData(), list[object](), Grid.data_of_axes
    monkeypatch.setattr(Grid, "data_of_axes", lambda grid: looked.append(grid) or told(grid))
    typed = loaded.model_copy(update={"folder": tmp_path})
    outside.note_typed(typed, loaded)
    outside.note_typed(typed.with_values({"network.init.scale": 3.0}), loaded)
    assert len(looked) == 2, "of the map and of the one that was loaded"
    assert {Path(path).name for path in outside._allowed} == {"a.csv", "b.csv"}
