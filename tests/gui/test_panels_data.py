"""Data by picture: thumbnails, preview, counts, and what is wrong with it."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from engine.data import make_data
from engine.data.dataset import Dataset
from engine.experiment.data import Blobs, Circle, Csv, Data, Digits, Hyperplane, Points
from engine.experiment.experiment import Experiment, experiment_from, with_values
from engine.experiment.refusals import Refusal
from gui.forms.setting import Setting
from gui.forms.text_editors import PathEditor
from gui.panels.data_drawing import plane
from gui.panels.data_maker import DataMaker
from gui.panels.data_panel import DataPanel

CIRCLE = Circle(kind="circle")
DIGITS = Digits(kind="digits", train=20)


def pictures() -> Dataset:
    """Return twelve made-up 8 x 8 pictures of two classes."""
    points = Points(kind="points", x=tuple((float(i), 1.0) for i in range(12)), y=(1.0, -1.0) * 6)
    plain = make_data(points)
    raw = np.random.default_rng(0).random((12, 64))
    return Dataset(**{**vars(plain), "raw": raw, "x": raw, "image_shape": (8, 8)})


class Maker:
    """Makes data like the engine, but slow kinds after a wait and in the order of asking."""

    def __init__(self) -> None:
        self.threads: list[tuple[str, bool]] = []

    def __call__(self, data: Data, folder: Path | None = None) -> Dataset:
        self.threads.append((data.kind, threading.current_thread() is threading.main_thread()))
        if data.kind == "digits":
            time.sleep(0.02)
            return pictures()
        return make_data(data, folder)


class Model(QObject):
    """Takes edits of the data."""

    def __init__(self, panel: DataPanel, data: Data, folder: Path | None = None) -> None:
        super().__init__(panel)
        self.panel, self.folder = panel, folder
        self.said: list[tuple[str, Any]] = []
        said = {
            "version": 1,
            "network": {"kind": "mlp"},
            "loss": {"kind": "logistic"},
            "optimizer": {"kind": "adam"},
        }
        self.experiment: Experiment = experiment_from(said | {"data": data.model_dump()})
        panel.edited.connect(self.edit)
        panel.show_data(self.experiment.data, folder)

    @Slot(str, object)
    def edit(self, path: str, value: Any) -> None:
        self.said.append((path, value))
        self.experiment = with_values(self.experiment, {path: value})
        self.panel.show_data(self.experiment.data, self.folder)


@pytest.fixture
def maker() -> Maker:
    return Maker()


@pytest.fixture
def panel(qtbot: QtBot, maker: Maker) -> DataPanel:
    panel = DataPanel(Setting(), make=maker)
    qtbot.addWidget(panel)
    panel.resize(300, 700)
    return panel


def test_small_data_shows_at_once_with_its_counts(panel: DataPanel) -> None:
    model = Model(panel, CIRCLE)
    assert panel.counts.text() == "24 points, 2 inputs, 2 classes, no test set"
    model.edit("data.test_fraction", 0.25)
    assert panel.counts.text() == "18 points, 2 inputs, 2 classes, 6 to test"
    assert panel.preview.data is not None
    assert len(panel.preview.data.raw) == 18


def test_thumbnails_are_drawn_one_a_turn_once_they_show_and_load_nothing_slow(
    qtbot: QtBot, panel: DataPanel, maker: Maker
) -> None:
    Model(panel, CIRCLE)
    kinds = panel.thumbnails._buttons
    assert not any(button.drawn for button in kinds.values())
    panel.show()
    qtbot.waitUntil(lambda: all(button.drawn for button in kinds.values()))
    assert all(not button.icon().isNull() for button in kinds.values())
    assert {kind for kind, _ in maker.threads} == {"circle", "rings", "blobs", "hyperplane", "points"}
    assert all(main for _, main in maker.threads)


def test_a_click_on_a_picture_asks_for_the_kind(panel: DataPanel) -> None:
    model = Model(panel, CIRCLE)
    panel.thumbnails.button("blobs").click()
    assert model.said == [("data.kind", "blobs")]
    assert panel.thumbnails.button("blobs").isChecked()
    assert not panel.thumbnails.button("circle").isChecked()
    panel.thumbnails.button("blobs").click()
    assert len(model.said) == 1
    assert panel.thumbnails.button("blobs").isChecked()


def test_a_kind_that_needs_a_file_is_drafted_and_said_as_a_whole(
    qtbot: QtBot, panel: DataPanel, tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text("0,1,1\n1,0,-1\n2,1,1\n", "utf-8")
    model = Model(panel, CIRCLE, tmp_path)
    model.edit("data.seed", 5)
    panel.thumbnails.button("csv").click()
    assert panel.thumbnails.button("csv").isChecked()
    assert len(model.said) == 1
    row = panel.form.row("data.path")
    assert row is not None
    assert isinstance(row.editor, PathEditor)
    panel.form._setting.folder = tmp_path
    row.editor.take(tmp_path / "mine.csv")
    path, table = model.said[-1]
    assert path == "data"
    assert (table["kind"], table["path"], table["seed"]) == ("csv", "mine.csv", 5)
    qtbot.waitUntil(lambda: panel.counts.text() == "3 points, 2 inputs, 2 classes, no test set")
    assert isinstance(model.experiment.data, Csv)


def test_a_draft_is_dropped_by_a_click_on_the_kind_there_was(panel: DataPanel) -> None:
    model = Model(panel, CIRCLE)
    panel.thumbnails.button("csv").click()
    assert "file" in panel.preview._sentence
    panel.thumbnails.button("circle").click()
    assert model.said == []
    assert panel.form.kind == "circle"
    assert panel.thumbnails.button("circle").isChecked()
    assert panel.counts.text().startswith("24 points")


def test_what_is_wrong_with_data_stands_at_its_field(qtbot: QtBot, panel: DataPanel) -> None:
    model = Model(panel, CIRCLE)
    model.edit("data", {"kind": "csv", "path": "nowhere.csv"})
    row = panel.form.row("data.path")
    assert row is not None
    qtbot.waitUntil(lambda: "nowhere.csv" in row.message)
    assert panel.preview.data is None
    model.edit("data.kind", "circle")
    assert panel.counts.text().startswith("24 points")
    assert not any(row.message for row in panel.form.rows())


def test_slow_data_is_made_beside_the_window_and_only_the_last(
    qtbot: QtBot, panel: DataPanel, maker: Maker
) -> None:
    model = Model(panel, DIGITS)
    for train in (30, 40, 50):
        model.edit("data.train", train)
    assert "making" in panel.preview._sentence
    qtbot.waitUntil(lambda: panel.preview.data is not None)
    assert [main for kind, main in maker.threads if kind == "digits"] == [False]
    panel.show()
    qtbot.waitUntil(lambda: panel.thumbnails.button("digits").drawn)
    assert not panel.grab().isNull()  # the first ten pictures


def test_an_answer_to_an_older_question_is_not_shown(qtbot: QtBot, maker: Maker) -> None:
    data = DataMaker(make=maker)
    made: list[Dataset] = []
    data.made.connect(made.append)
    data._patience.setInterval(0)
    data.ask(DIGITS, None)
    qtbot.waitUntil(lambda: bool(maker.threads))
    data.ask(CIRCLE, None)
    qtbot.waitUntil(lambda: data._thread is None)
    assert [len(d.raw) for d in made] == [24]


def test_a_reader_that_breaks_is_told(qtbot: QtBot) -> None:
    def broken(data: Data, folder: Path | None) -> Dataset:
        raise OSError("the disk is gone")

    data = DataMaker(make=broken)
    with qtbot.waitSignal(data.refused) as heard:
        data.ask(DIGITS, None)
    (refusal,) = heard.args or ()
    assert isinstance(refusal, Refusal)
    assert "the disk is gone" in str(refusal)


def test_points_of_any_dimension_are_drawn_in_a_plane(qtbot: QtBot, panel: DataPanel) -> None:
    panel.show()
    line = Points(kind="points", x=((1.0,), (-2.0,), (3.0,)), y=(1.0, -1.0, 1.0))
    for data, what in (
        (CIRCLE, ""),
        (line, "one input"),
        (Hyperplane(kind="hyperplane", d=6), "principal directions 1, 2"),
        (Blobs(kind="blobs", d=3, classes=8, n=80, test_fraction=0.5), "principal directions 1, 2"),
    ):
        made = make_data(data)
        points, test, half, words = plane(made)
        assert points.shape == (len(made.raw), 2)
        assert test.shape == (len(made.raw_test), 2)
        assert words == what
        assert np.abs(points).max() <= half
        panel.preview.show_data(made)
        assert not panel.preview.grab().isNull()


def test_principal_directions_keep_the_largest_spread() -> None:
    made = make_data(Blobs(kind="blobs", d=5, n=60, separation=4.0))
    points, _, _, _ = plane(made)
    centred = made.raw - made.raw.mean(axis=0)
    values = np.linalg.eigvalsh(centred.T @ centred)[::-1]
    np.testing.assert_allclose((points**2).sum(axis=0), values[:2], rtol=1e-9)
