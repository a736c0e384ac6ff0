"""Data by picture: thumbnails, preview, counts, and what is wrong with it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, Slot
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.data import make_data
from engine.data.dataset import Dataset
from engine.experiment.data import (
    DATA_KINDS,
    FAMILIES,
    BlobsSpec,
    CircleSpec,
    CollapseSpec,
    CsvSpec,
    DataSpec,
    DigitsSpec,
    HyperplaneSpec,
    IdxSpec,
    ModularSpec,
    ParitySpec,
    PlantedSpec,
    PointsSpec,
    SignalsSpec,
    TeacherSpec,
    XorSpec,
)
from engine.experiment.experiment import Experiment, experiment_from, with_values
from engine.words.errors import Refusal
from gui.forms.form_context import FormContext
from gui.forms.text_editors import PathEditor
from gui.panels import data_maker
from gui.panels.data_cells import is_table
from gui.panels.data_drawing import plane
from gui.panels.data_maker import DataMaker, is_quick
from gui.panels.data_panel import DataPanel
from tests.deadlines import PATIENCE
from tests.engine.data.idx_files import write_set

CIRCLE = CircleSpec(kind="circle")
DIGITS = DigitsSpec(kind="digits", train=20)


def pictures() -> Dataset:
    """Return twelve made-up 8 x 8 pictures of two classes."""
    points = PointsSpec(kind="points", x=tuple((float(i), 1.0) for i in range(12)), y=(1.0, -1.0) * 6)
    plain = make_data(points)
    raw = np.random.default_rng(0).random((12, 64))
    return Dataset(**{**vars(plain), "raw": raw, "x": raw, "image_shape": (8, 8)})


class Maker:
    """Makes data like the engine, but slow kinds only once they are let go."""

    def __init__(self) -> None:
        self.threads: list[tuple[str, bool]] = []
        self.go = threading.Event()
        self.go.set()

    def __call__(self, data: DataSpec, folder: Path | None = None) -> Dataset:
        self.threads.append((data.kind, threading.current_thread() is threading.main_thread()))
        if data.kind == "digits":
            assert self.go.wait(PATIENCE)
            return pictures()
        return make_data(data, folder)


class Model(QObject):
    """Takes edits of the data."""

    def __init__(self, panel: DataPanel, data: DataSpec, folder: Path | None = None) -> None:
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
def context() -> FormContext:
    return FormContext()


@pytest.fixture
def panel(qtbot: QtBot, context: FormContext, maker: Maker) -> DataPanel:
    panel = DataPanel(context, make=maker)
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
    slow = {"digits", "idx", "csv", "npz"}
    assert {kind for kind, _ in maker.threads} == set(DATA_KINDS) - slow
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


def test_the_family_of_the_kind_at_hand_shows_until_another_is_looked_at(panel: DataPanel) -> None:
    model = Model(panel, CIRCLE)
    thumbnails = panel.thumbnails
    panel.show()

    def shown() -> set[str]:
        return {kind for kind in DATA_KINDS if thumbnails.button(kind).isVisible()}

    def family(name: str) -> set[str]:
        return {kind for kind, kind_of in DATA_KINDS.items() if kind_of.family == name}

    assert shown() == family("plane")
    thumbnails.families.setCurrentIndex(list(FAMILIES).index("inputs"))
    assert shown() == family("inputs")
    model.edit("data.n", 30)
    assert shown() == family("inputs"), "an edit of a field is no reason to go back"
    thumbnails.button("parity").click()
    assert shown() == family("inputs")
    model.edit("data.kind", "signals")
    assert shown() == family("others")


def test_every_kind_fits_the_panel(panel: DataPanel) -> None:
    for width in (300, 336, 600):
        panel.resize(width, 700)
        panel.show()
        for kind in DATA_KINDS:
            panel.thumbnails.show_family(kind)
            button = panel.thumbnails.button(kind)
            assert button.isVisible()
            assert button.visibleRegion().boundingRect() == button.rect(), f"{kind} is cut at {width}"
            assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width()


def test_the_preview_stands_right_below_the_kinds_of_a_family(panel: DataPanel) -> None:
    panel.resize(270, 700)
    panel.show()
    for kind in ("csv", "circle", "csv"):
        panel.thumbnails.show_family(kind)
        QApplication.processEvents()
        family = [button for button in map(panel.thumbnails.button, DATA_KINDS) if button.isVisible()]
        lowest = max(button.mapTo(panel, button.rect().bottomLeft()).y() for button in family)
        assert 0 < panel.preview.mapTo(panel, QPoint(0, 0)).y() - lowest < 20, kind


def test_a_path_has_room_in_a_narrow_column(qtbot: QtBot) -> None:
    editor = PathEditor(FormContext())
    qtbot.addWidget(editor)
    editor.resize(150, editor.sizeHint().height())
    editor.show()
    QApplication.processEvents()
    assert editor.line.width() >= 110


def test_quick_kinds_are_those_that_read_nothing(tmp_path: Path) -> None:
    for kind, model in DATA_KINDS.items():
        required = {"csv": {"path": "a.csv"}, "npz": {"path": "a.npz"}, "idx": {"folder": "a"}}.get(kind, {})
        data: Any = model.model_validate({"kind": kind, **required})
        assert is_quick(data, tmp_path) == (kind not in ("csv", "npz", "idx", "digits"))
    assert not is_quick(SignalsSpec(kind="signals", n=4000), None)


def test_a_folder_of_pictures_is_drafted_and_shown(
    qtbot: QtBot, context: FormContext, panel: DataPanel, tmp_path: Path
) -> None:
    write_set(tmp_path / "pictures", [0, 1, 2] * 4, [0, 1, 2])
    model = Model(
        panel, BlobsSpec(kind="blobs", classes=3, test_fraction=0.2), tmp_path
    )  # neither goes with it
    assert panel.download.isHidden()
    panel.thumbnails.button("idx").click()
    assert "folder" in panel.preview._sentence and not panel.download.isHidden()
    row = panel.form.row("data.folder")
    assert row is not None
    assert isinstance(row.editor, PathEditor)
    assert row.editor.line.placeholderText() == "choose a folder"
    context.folder = tmp_path
    row.editor.take(tmp_path / "pictures")
    path, table = model.said[-1]
    assert (path, table["kind"], table["folder"]) == ("data", "idx", "pictures")
    train = panel.form.row("data.train")
    assert train is not None
    qtbot.waitUntil(lambda: "1000 is too large; the chosen classes have 12 images" in train.message)
    model.edit("data.train", 9)
    qtbot.waitUntil(lambda: panel.counts.text() == "9 points, 6 inputs, 3 classes, 3 to test")
    assert isinstance(model.experiment.data, IdxSpec)
    panel.show()
    qtbot.waitUntil(lambda: panel.thumbnails.button("idx").drawn)
    model.edit("data.kind", "circle")
    assert panel.download.isHidden()


def test_a_kind_that_needs_a_file_is_drafted_and_said_as_a_whole(
    qtbot: QtBot, context: FormContext, panel: DataPanel, tmp_path: Path
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
    context.folder = tmp_path
    row.editor.take(tmp_path / "mine.csv")
    path, table = model.said[-1]
    assert path == "data"
    assert (table["kind"], table["path"], table["seed"]) == ("csv", "mine.csv", 5)
    qtbot.waitUntil(lambda: panel.counts.text() == "3 points, 2 inputs, 2 classes, no test set")
    assert isinstance(model.experiment.data, CsvSpec)


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


def test_an_answer_to_an_older_question_is_not_shown(
    qtbot: QtBot, maker: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_maker, "PATIENCE", 0)
    maker.go.clear()
    data = DataMaker(make=maker)
    made: list[Dataset] = []
    data.made.connect(made.append)
    data.ask(DIGITS, None)
    qtbot.waitUntil(lambda: maker.threads)
    data.ask(CIRCLE, None)
    maker.go.set()
    qtbot.waitUntil(lambda: not data.working)
    assert [len(d.raw) for d in made] == [24]


def test_a_reader_that_breaks_is_told(qtbot: QtBot) -> None:
    def broken(data: DataSpec, folder: Path | None) -> Dataset:
        raise OSError("the disk is gone")

    data = DataMaker(make=broken)
    with qtbot.waitSignal(data.refused) as heard:
        data.ask(DIGITS, None)
    (refusal,) = heard.args or ()
    assert isinstance(refusal, Refusal)
    assert "the disk is gone" in str(refusal)


def test_points_of_any_dimension_are_drawn_in_a_plane(qtbot: QtBot, panel: DataPanel) -> None:
    panel.show()
    line = PointsSpec(kind="points", x=((1.0,), (-2.0,), (3.0,)), y=(1.0, -1.0, 1.0))
    for data, what in (
        (CIRCLE, ""),
        (line, "one input"),
        (HyperplaneSpec(kind="hyperplane", d=6), "class means, spread"),
        (BlobsSpec(kind="blobs", d=3, classes=8, n=80, test_fraction=0.5), "principal directions 1, 2"),
        (XorSpec(kind="xor", extra=3), "inputs 1, 2"),
        (TeacherSpec(kind="teacher", sparse=2, test_fraction=0.3), "inputs 1, 2"),
        (CollapseSpec(kind="collapse", classes=2, groups=6), "class means, spread"),
    ):
        made = make_data(data)
        points, test, half, words = plane(made)
        assert points.shape == (len(made.raw), 2)
        assert test.shape == (len(made.raw_test), 2)
        assert words == what
        assert np.abs(points).max() <= half
        panel.preview.show_data(made)
        assert not panel.preview.grab().isNull()


def test_axes_keep_their_names_where_points_are_outside_of_the_view() -> None:
    made = make_data(PointsSpec(kind="points", x=((1.0, 0.5), (-9.0, 0.0)), y=(1.0, -1.0)))
    named = Dataset(**{**vars(made), "view": 2.0, "input_names": ("length", "width")})
    assert plane(named)[-1] == "→ length, ↑ width, 1 outside of the view"


def test_two_classes_are_seen_along_the_difference_of_their_means() -> None:
    made = make_data(PlantedSpec(kind="planted", n=200, margin=3.0))
    points, _, _, _ = plane(made)
    means = [points[made.labels == sign].mean(axis=0) for sign in (1, -1)]
    apart = made.raw[made.labels == 1].mean(axis=0) - made.raw[made.labels == -1].mean(axis=0)
    np.testing.assert_allclose(means[0] - means[1], [np.linalg.norm(apart), 0], atol=1e-12)
    np.testing.assert_allclose(points[:, 0], made.raw @ apart / np.linalg.norm(apart))
    assert (np.sign(points[:, 0]) == made.labels).mean() > 0.95, "the origin stays where it is"


def test_codes_are_drawn_as_a_table_signals_as_curves_and_one_row_is_enough(panel: DataPanel) -> None:
    panel.show()
    for data, table in (
        (ParitySpec(kind="parity"), True),
        (ParitySpec(kind="parity", d=2), False),
        (ModularSpec(kind="modular"), True),
        (ModularSpec(kind="modular", modulus=2), True),
        (SignalsSpec(kind="signals"), False),
        (SignalsSpec(kind="signals", n=2, classes=2), False),
        (HyperplaneSpec(kind="hyperplane"), False),
    ):
        made = make_data(data)
        assert is_table(made) is table
        panel.preview.show_data(made)
        before = panel.preview.grab().toImage()
        panel.preview.show_none("")
        assert panel.preview.grab().toImage() != before


def test_principal_directions_keep_the_largest_spread() -> None:
    made = make_data(BlobsSpec(kind="blobs", d=5, n=60, separation=4.0, classes=3))
    points, _, _, _ = plane(made)
    centred = made.raw - made.raw.mean(axis=0)
    values = np.linalg.eigvalsh(centred.T @ centred)[::-1]
    np.testing.assert_allclose((points**2).sum(axis=0), values[:2], rtol=1e-9)
