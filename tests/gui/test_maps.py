"""Maps from a field's menu to a figure: swept, watched, stopped, reopened, gone on with, opened, exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox

from engine.experiment.document import load, parse, to_toml
from engine.protocol.points import PointResult, Task
from engine.session import Session
from engine.sweep.points import points_of
from gui.maps.map_page import MapPage
from gui.model.maps.maps import Maps
from gui.tabs.map_tab import MapTab
from tests.engine.sweep.material import Here
from tests.gui.lab import Lab, files_answered

ETA, WIDTHS = "optimizer.step.eta", "network.widths"


def norms(task: Task) -> Sequence[PointResult]:
    """Return results whose norm is the step size, and a tenth more a seed; steps above 5 diverge."""
    experiment = task.experiment
    size = experiment.optimizer.step.eta
    sizes = experiment.vary.get(ETA, [size] * len(task.points))
    seeds = experiment.vary.get("seed", [experiment.seed] * len(task.points))
    return [
        PointResult(point, "diverged" if eta > 5 else "done", 9, 0.1, {"param_norm": eta * (1 + seed / 10)})
        for point, eta, seed in zip(task.points, sizes, seeds, strict=True)
    ]


@pytest.fixture
def lab(quick: Lab) -> Lab:
    """A window whose maps are trained here, at once."""
    maps(quick).make_workers = lambda document, data: Here(norms)
    quick.load_quick("Mapped")
    quick.window.model.editor.change({"optimizer.step": {"kind": "constant", "eta": 0.1}}, "a constant step")
    return quick


def maps(lab: Lab) -> Maps:
    return lab.window.model.maps


def page(lab: Lab) -> MapPage:
    tab = lab.window.parts.tabs["maps"]
    assert isinstance(tab, MapTab)
    return tab.view


def sweep(lab: Lab, path: str) -> None:
    """Choose 'Sweep this field' from a field's menu."""
    editor = lab.row(path).editor
    next(
        action
        for action in editor.findChildren(QAction) + editor.actions()
        if action.text() == "Sweep this field"
    ).trigger()


def write(lab: Lab, path: str, text: str) -> None:
    """Write an axis's values, and leave the line."""
    lab.until(lambda: path in page(lab).axes.lines and page(lab).axes.lines[path].isVisible())
    lab.write(page(lab).axes.lines[path], text)
    lab.key(Qt.Key.Key_Return)


def trained(lab: Lab) -> None:
    lab.until(page(lab).training.run.isVisible)
    lab.press(page(lab).training.run)
    lab.until(lambda: maps(lab).under_way is None)
    lab.until(lambda: page(lab).cells.seen is not None and page(lab).cells.seen.ended.all())


def test_sweep_a_field_from_its_menu(lab: Lab) -> None:
    sweep(lab, ETA)
    document = lab.window.model.editor.document
    assert lab.window.parts.tabs.front.name == "maps"
    assert document.sweep is not None and document.sweep.axes[0].log == (0.01, 1.0, 7)
    assert document.sweep.seeds == 3 and "7 points with 3 seeds: 21 runs" in page(lab).axes.cost.text()
    lab.window.model.undo_stack.undo()
    assert lab.window.model.editor.document.sweep is None and not page(lab).axes.lines


def test_write_axes_and_watch_the_map(lab: Lab) -> None:
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1, 10")
    lab.choose(page(lab).axes.add_box, WIDTHS)
    write(lab, WIDTHS, "[4], [8]")
    page(lab).axes.seeds.setValue(2)
    assert "3 × 2 = 6 points with 2 seeds: 12 runs" in page(lab).axes.cost.text()
    trained(lab)
    seen = page(lab).cells.seen
    assert seen is not None and seen.across.words == ("0.1", "1", "10")
    first = lab.window.model.editor.document.base.seed
    middle = 1 + (2 * first + 1) / 20
    np.testing.assert_allclose(seen.values, [[0.1 * middle, middle, np.nan]] * 2)
    assert "diverged" in page(lab).key.text() and maps(lab).words.startswith(
        "Mapped: 12 of 12: 8 done, 4 diverged"
    )
    assert not page(lab).training.run.isEnabled()


def test_a_line_that_is_no_axis_is_refused_where_it_is_written(lab: Lab) -> None:
    sweep(lab, ETA)
    before = lab.window.model.editor.document
    write(lab, ETA, "log:0:1:5")
    assert "without a logarithm" in page(lab).axes.refusal.text()
    assert lab.window.model.editor.document == before and page(lab).axes.lines[ETA].text() == "log:0:1:5"
    write(lab, ETA, "-1, 1")
    assert "learning rate" in page(lab).axes.refusal.text()


def test_an_edited_axis_trains_only_what_is_new(lab: Lab) -> None:
    submitted: list[tuple[int, ...]] = []

    def counted(task: Task) -> Sequence[PointResult]:
        submitted.append(task.points)
        return norms(task)

    maps(lab).make_workers = lambda document, data: Here(counted)
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1")
    page(lab).axes.seeds.setValue(1)
    trained(lab)
    assert sorted(point for points in submitted for point in points) == [0, 1]
    submitted.clear()
    write(lab, ETA, "0.1, 0.5, 1")
    trained(lab)
    assert sorted(point for points in submitted for point in points) == [1]
    assert len(maps(lab).maps) == 2
    lab.until(lambda: page(lab).choices.map_box.count() == 2)


def test_stop_a_map_reopen_its_session_and_go_on(lab: Lab, tmp_path: Path) -> None:
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 0.2, 0.4, 0.8")
    lab.choose(page(lab).axes.add_box, WIDTHS)
    write(lab, WIDTHS, "[4], [8], [12]")
    page(lab).axes.seeds.setValue(1)

    def stops(task: Task) -> Sequence[PointResult]:
        maps(lab).stop()
        return norms(task)

    maps(lab).make_workers = lambda document, data: Here(stops)
    lab.press(page(lab).training.run)
    lab.until(lambda: maps(lab).under_way is None)
    shown = maps(lab).shown
    assert shown is not None and 0 < shown.table.known < 12
    known, document = shown.table.known, lab.window.model.editor.document
    file = tmp_path / "map.mlab"
    lab.window.model.save_as(file)
    lab.window.model.start_new()
    assert not maps(lab).maps
    lab.window.model.open(file)
    lab.until(lambda: maps(lab).shown is not None and maps(lab).shown.is_read)
    shown = maps(lab).shown
    assert shown is not None and shown.table.known == known
    assert lab.window.model.editor.document.sweep == document.sweep
    lab.window.parts.tabs.bring("maps")
    maps(lab).make_workers = lambda document, data: Here(norms)
    lab.until(lambda: page(lab).training.run.text() == "Continue map")
    trained(lab)
    assert maps(lab).shown is not None and maps(lab).shown.is_complete
    lab.window.model.store.flush()
    with Session.read(file) as session:
        assert len(session.maps.points(session.maps.all[0].id)) == 12


def test_open_a_cell_as_an_experiment(lab: Lab) -> None:
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1, 10")
    page(lab).axes.seeds.setValue(2)
    trained(lab)
    canvas = page(lab).cells.canvas
    place = canvas.mapFromScene(canvas.view.mapViewToScene(QPointF(1.0, 0.0)))
    lab.press(canvas.viewport(), place)
    lab.until(lambda: "learning rate" in page(lab).card.text() or "eta 1" in page(lab).card.text())
    assert "parameter norm" in page(lab).card.text()
    before = lab.window.model.editor.document
    lab.press(page(lab).open_button)
    document = lab.window.model.editor.document
    assert document.sweep is None and document.base.optimizer.step.eta == 1.0
    assert document.base.replicas == 2
    lab.window.model.undo_stack.undo()
    assert lab.window.model.editor.document == before


def test_export_the_map_as_pdf(lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1, 10")
    trained(lab)
    lab.window.figures.export_plot("sweep_map", "figure")
    dialog = lab.dialog("figure_dialog")
    lab.choose(dialog.formats, "pdf")
    file = tmp_path / "map.pdf"
    with files_answered(monkeypatch, file):
        lab.press(dialog.export_button)
        lab.until(file.exists)
    assert file.read_bytes().startswith(b"%PDF")


def test_compose_a_map_beside_nothing_else(lab: Lab) -> None:
    view = swept(lab)
    lab.press(view.choices.lines)
    lab.until(view.lines.isVisible)
    view.lines.brush(0, 0.4, 0.6)
    lab.window.figures.compose()
    dialog = lab.dialog("composer")
    (panel,) = dialog.composition.figure.panels
    assert (panel.shows, panel.measurements, panel.runs) == ("sweep_lines", ("param_norm",), ())
    (drawable,) = dialog.drawables()
    assert drawable.table().splitlines()[0].startswith("learning rate,hidden widths,seed")
    assert len(drawable.table().splitlines()) == 5  # as brushed
    dialog.reject()


def test_slices_have_a_line_a_value(lab: Lab) -> None:
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 0.2, 0.4")
    lab.choose(page(lab).axes.add_box, WIDTHS)
    write(lab, WIDTHS, "[4], [8]")
    trained(lab)
    lab.press(page(lab).choices.slices)
    lab.until(page(lab).choices.fit.isVisible)
    lab.press(page(lab).choices.fit)
    lab.until(lambda: page(lab).slices.seen is not None and page(lab).slices.seen.fitted)
    assert "hidden widths" in page(lab).key.text() and page(lab).slices.isVisible()
    box = page(lab).choices.of_box
    assert isinstance(box, QComboBox) and box.findData("param_norm") >= 0


def test_opening_a_map_s_file_shows_its_axes(lab: Lab, tmp_path: Path) -> None:
    sweep(lab, ETA)
    file = tmp_path / "map.toml"
    file.write_text(to_toml(lab.window.model.editor.document))
    lab.window.model.start_new()
    lab.window.files.open_path(file)
    assert lab.window.model.editor.document.sweep == load(file).sweep
    lab.window.parts.tabs.bring("maps")
    assert list(page(lab).axes.lines) == [ETA]


CLAIMS = """
[[claims]]
text = "The norm grows with the step size"
check = "order"
of = "param_norm"
over = "optimizer.step.eta"
[[claims]]
text = "The norm stays small"
check = "final"
of = "param_norm"
at_most = 0.5
expect = "fails"
"""


def test_claims_about_a_map_and_shares_of_others_are_judged_while_it_is_looked_at(lab: Lab) -> None:
    def judges(task: Task) -> Sequence[PointResult]:
        return [
            replace(result, verdicts=("holds" if result.finals["param_norm"] < 0.5 else "fails",))
            for result in norms(task)
        ]

    maps(lab).make_workers = lambda document, data: Here(judges)
    text = to_toml(lab.window.model.editor.document)
    axis = '[sweep]\naxes = [{path = "optimizer.step.eta", values = [0.1, 0.2, 0.4, 0.8]}]\n'
    lab.window.model.editor.load(parse(text[: text.index("[[claims]]")] + axis + CLAIMS))
    lab.window.parts.tabs.bring("maps")
    trained(lab)
    rows = lab.window.parts.side.claims.rows
    lab.until(lambda: [row.accessibleName()[-5:] for row in rows] == ["holds", "fails"])
    (_, about_map), (_, about_points) = maps(lab).claims.judged
    assert about_map.as_expected and "rises all along" in about_map.sentence
    assert about_points.sentence == "Holds in 3, fails in 1 of 4 points." and not about_points.as_expected
    lab.window.parts.tabs.bring("plots")
    assert [row.accessibleName()[-7:] for row in rows] == ["not yet"] * 2


def test_where_maps_run_is_remembered_here_and_a_cluster_that_is_not_there_is_said(lab: Lab) -> None:
    model = lab.window.model
    maps(lab).make_workers = maps(lab)._workers
    sweep(lab, ETA)
    before, places = model.editor.document, page(lab).training.places
    lab.until(places.where.isVisible)
    lab.choose(places.where, "cluster")
    lab.write(places.address, "tcp://127.0.0.1:1")
    lab.key(Qt.Key.Key_Return)
    with lab.qtbot.waitSignal(model.notice_posted) as told:
        lab.press(page(lab).training.run)
    assert "Where it runs: 'tcp://127.0.0.1:1'" in told.args[1]
    assert model.editor.document == before
    again = Maps(model.store, model.undo_stack)
    assert again.where == "tcp://127.0.0.1:1"
    lab.choose(places.where, "local")
    assert maps(lab).where == "local"


def test_delete_a_map_and_bring_it_back(lab: Lab, tmp_path: Path) -> None:
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1")
    page(lab).axes.seeds.setValue(1)
    trained(lab)
    lab.press(page(lab).choices.delete)
    assert not maps(lab).maps and maps(lab).word_for(lab.window.model.editor.document) == "Run map"
    lab.window.model.undo_stack.undo()
    known = maps(lab).shown
    assert known is not None and known.table.known == 2
    file = tmp_path / "map.mlab"
    lab.window.model.save_as(file)
    lab.until(page(lab).choices.delete.isVisible)
    lab.press(page(lab).choices.delete)
    lab.window.model.start_new()
    with Session.read(file) as session:
        assert not session.maps.all


def test_a_map_is_called_as_its_document_is(lab: Lab, tmp_path: Path) -> None:
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1")
    trained(lab)
    editor = lab.window.model.editor
    editor.change({"title": "Steps"}, "another title")
    assert [known.name for known in maps(lab).maps.values()] == ["Steps"]
    assert not maps(lab).is_to_train(editor.document)
    file = tmp_path / "map.mlab"
    lab.window.model.save_as(file)
    with Session.read(file) as session:
        assert [sweep.title for sweep in session.maps.all] == ["Steps"]
    lab.window.model.undo_stack.undo()
    assert maps(lab).shown is not None and maps(lab).shown.name == "Mapped"


def test_points_as_lines_are_brushed_and_escape_clears(lab: Lab) -> None:
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1, 10")
    page(lab).axes.seeds.setValue(2)
    trained(lab)
    lab.press(page(lab).choices.lines)
    lines = page(lab).lines
    lab.until(lines.isVisible)
    lab.until(lambda: lines.item.seen is not None)
    assert lines.item.seen is not None and lines.item.seen.heights.shape == (6, 2)
    assert np.isnan(lines.item.seen.heights[:, -1]).sum() == 2  # those that diverged end before
    lines.brush(0, 0.4, 0.6)
    assert lines.item.chosen().tolist() == [False, False, True, True, False, False]
    lab.key(Qt.Key.Key_Escape)
    assert lines.item.chosen().all()


def test_a_place_shows_its_curves_and_opens_with_the_same_seeds(lab: Lab) -> None:
    def recorded(task: Task) -> Sequence[PointResult]:
        steps = np.arange(4)
        return [
            replace(result, steps=steps, curves={"param_norm": steps * result.finals["param_norm"]})
            for result in norms(task)
        ]

    maps(lab).make_workers = lambda document, data: Here(recorded)
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1")
    page(lab).axes.seeds.setValue(2)
    lab.window.parts.tabs["maps"]._on_keep("records")
    trained(lab)
    page(lab).chosen.emit((0, 1))
    lab.until(lambda: len(page(lab).curves.curves) == 2)
    assert page(lab).curves.isVisible()
    known = maps(lab).shown
    assert known is not None
    trained_there = [point.experiment for point in points_of(known.document)][2:4]
    page(lab).opened.emit((0, 1))
    members = lab.window.model.editor.document.base.members()
    assert [m.model_copy(update={"title": ""}) for m in members] == [
        experiment.model_copy(update={"title": ""}) for experiment in trained_there
    ]


def swept(lab: Lab) -> MapPage:
    """Train a map of three steps and two widths with two seeds."""
    sweep(lab, ETA)
    write(lab, ETA, "0.1, 1, 10")
    lab.choose(page(lab).axes.add_box, WIDTHS)
    write(lab, WIDTHS, "[4], [8]")
    page(lab).axes.seeds.setValue(2)
    trained(lab)
    return page(lab)


def test_points_stand_in_a_table_that_is_filtered_and_sorted_and_a_row_chooses_its_place(lab: Lab) -> None:
    view = swept(lab)
    lab.press(view.choices.points)
    points = view.points
    lab.until(lambda: len(points.shown.rows) == 12)
    assert [column.name for column in points.shown.columns][:4] == [ETA, WIDTHS, "seed", "status"]
    points.choices.filter.filter_typed.emit("status = done and eta > 0.5")
    lab.until(lambda: len(points.shown.rows) == 4)
    assert points.count.text().startswith("4 of 12 points")
    points.grid.sort_chosen.emit("param_norm", True)
    lab.until(lambda: [row.value(WIDTHS) for row in points.shown.rows] == [4, 8, 4, 8])
    points.grid.selectRow(1)
    assert lab.window.parts.tabs["maps"].shown.cell == (1, 1)
    assert "hidden widths 8" in view.card.text()
    points.choices.filter.filter_typed.emit("nothing < 1")
    assert "is no column" in points.refusal.text() and points.refusal.isVisible()


def test_points_of_one_value_are_one_row_and_open_as_their_points(lab: Lab) -> None:
    view = swept(lab)
    lab.press(view.choices.points)
    points = view.points
    points.choices.group_chosen.emit(ETA)
    lab.until(lambda: len(points.shown.rows) == 3)
    points.grid.group_opened.emit(ETA, 10)
    lab.until(lambda: [row.value("status") for row in points.shown.rows] == ["diverged"] * 4)


def test_a_point_is_opened_with_its_seed_and_trained_as_a_run_beside_the_map(lab: Lab) -> None:
    view = swept(lab)
    lab.press(view.choices.points)
    lab.until(lambda: len(view.points.shown.rows) == 12)
    view.points.grid.selectRow(1)
    before = lab.window.model.editor.document
    view.points.points_wanted.emit([1])
    run = lab.window.model.run_list.runs[-1]
    assert lab.window.model.editor.document is before and run.experiment.seed == before.base.seed + 1
    assert run.experiment.optimizer.step.eta == 0.1 and not run.takes_edits
    lab.window.model.trainer.stop()
    view.points.point_opened.emit(1)
    assert lab.window.model.editor.document.base == run.experiment


def test_a_drag_over_the_map_gives_the_experiment_its_values_in_one_step_of_the_history(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", 0)  # a hand is slower
    view = swept(lab)
    editor, canvas = lab.window.model.editor, view.cells.canvas
    before, known = editor.document, maps(lab).shown
    steps = lab.window.model.undo_stack.count()
    places = [canvas.mapFromScene(canvas.view.mapViewToScene(QPointF(x, y))) for x, y in PATH]
    lab.drag(canvas.viewport(), places)
    base = editor.document.base
    assert (base.optimizer.step.eta, base.network.widths) == (1.0, (8,))
    assert lab.window.model.undo_stack.count() == steps + 1 and view.cells.chosen == (1, 1)
    assert maps(lab).of(editor.document) is known and not view.training.run.isEnabled()
    lab.window.model.undo_stack.undo()
    assert editor.document == before


PATH = ((0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 0.5), (1.0, 1.0))
"""Places of cells across and up, from one to the next."""


def test_what_was_drawn_of_a_place_before_is_gone(lab: Lab) -> None:
    view = swept(lab)
    lab.press(view.choices.slices)
    lab.until(view.slices.isVisible)
    drawn = len(view.slices.canvas.view.childGroup.childItems())
    view.choices.fit.click()
    view.choices.fit.click()
    lab.until(lambda: view.slices.seen is not None and not view.slices.seen.fitted)
    assert len(view.slices.canvas.view.childGroup.childItems()) == drawn
