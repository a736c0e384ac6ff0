"""Maps from a field's menu to a figure: swept, watched, stopped, reopened, gone on with, opened, exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF, Qt

from engine.experiment.document import load, parse, to_toml
from engine.protocol.points import PointResult, Task
from engine.session import Session
from engine.sweep.points import points_of
from tests.deadlines import PATIENCE
from tests.engine.sweep.material import Here
from tests.gui.lab import Lab, files_answered
from tests.gui.mapping import ETA, WIDTHS, maps, norms, page, stopped, sweep, swept, trained, write

pytestmark = pytest.mark.one_window


def test_sweep_a_field_from_its_menu(mapped: Lab) -> None:
    sweep(mapped, ETA)
    document = mapped.window.model.editor.document
    assert mapped.window.parts.tabs.front.name == "maps"
    assert document.sweep is not None and document.sweep.axes[0].log == (0.01, 1.0, 7)
    assert document.sweep.seeds == 3 and "7 points with 3 seeds: 21 runs" in page(mapped).axes.cost.text()
    mapped.window.model.undo_stack.undo()
    assert mapped.window.model.editor.document.sweep is None and not page(mapped).axes.lines


def test_write_axes_and_watch_the_map(mapped: Lab) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1, 10")
    mapped.choose(page(mapped).axes.add_box, WIDTHS)
    write(mapped, WIDTHS, "[4], [8]")
    page(mapped).axes.seeds.setValue(2)
    assert "3 × 2 = 6 points with 2 seeds: 12 runs" in page(mapped).axes.cost.text()
    trained(mapped)
    seen = page(mapped).body.cells.seen
    assert seen is not None and seen.across.words == ("0.1", "1", "10")
    first = mapped.window.model.editor.document.base.seed
    middle = 1 + (2 * first + 1) / 20
    np.testing.assert_allclose(seen.values, [[0.1 * middle, middle, np.nan]] * 2)
    assert "diverged" in page(mapped).body.key.text() and maps(mapped).words(
        mapped.window.model.editor.document
    ).startswith("Mapped: 12 of 12: 8 done, 4 diverged")
    assert not page(mapped).training.run.isEnabled()


def test_a_line_that_is_no_axis_is_refused_where_it_is_written(mapped: Lab) -> None:
    sweep(mapped, ETA)
    before = mapped.window.model.editor.document
    write(mapped, ETA, "log:0:1:5")
    assert "without a logarithm" in page(mapped).axes.refusal.text()
    assert (
        mapped.window.model.editor.document == before and page(mapped).axes.lines[ETA].text() == "log:0:1:5"
    )
    write(mapped, ETA, "-1, 1")
    assert "learning rate" in page(mapped).axes.refusal.text()
    write(mapped, ETA, "0.1, 1, 0.1")
    assert "has the value 0.1 twice, as values 1 and 3" in page(mapped).axes.refusal.text()


def test_an_edited_axis_trains_only_what_is_new(mapped: Lab) -> None:
    submitted: list[tuple[int, ...]] = []

    def counted(task: Task) -> Sequence[PointResult]:
        submitted.append(task.points)
        return norms(task)

    maps(mapped).make_workers = lambda document, data: Here(counted)
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1")
    page(mapped).axes.seeds.setValue(1)
    trained(mapped)
    assert sorted(point for points in submitted for point in points) == [0, 1]
    submitted.clear()
    write(mapped, ETA, "0.1, 0.5, 1")
    mapped.until(lambda: "3 points, 2 known already" in page(mapped).axes.cost.text())
    trained(mapped)
    assert sorted(point for points in submitted for point in points) == [1]
    assert len(maps(mapped).maps) == 2
    mapped.until(lambda: page(mapped).choices.map_box.count() == 2)


def test_the_cost_of_what_is_drafted_is_said_while_another_map_trains(mapped: Lab) -> None:
    go_on = Event()

    def waits(task: Task) -> Sequence[PointResult]:
        go_on.wait(PATIENCE)
        return norms(task)

    sweep(mapped, ETA)
    page(mapped).axes.seeds.setValue(1)
    maps(mapped).make_workers = lambda document, data: Here(norms)
    write(mapped, ETA, "0.1, 1")
    trained(mapped)
    maps(mapped).make_workers = lambda document, data: Here(waits)
    write(mapped, ETA, "0.1, 0.5, 1")
    mapped.press(page(mapped).training.run)
    try:
        write(mapped, ETA, "0.1, 0.7, 1")
        mapped.until(lambda: "3 points, 2 known already" in page(mapped).axes.cost.text())
        assert maps(mapped).under_way is not None
    finally:
        go_on.set()


def test_values_being_typed_are_kept_by_undo_when_a_button_leads_back_to_the_map(mapped: Lab) -> None:
    with mapped.qtbot.assertNotEmitted(page(mapped).axes.axis_wanted):
        sweep(mapped, ETA)
    page(mapped).axes.seeds.setValue(1)
    write(mapped, ETA, "0.1, 1")
    trained(mapped)
    whole = mapped.window.model.editor.document
    write(mapped, ETA, "0.1, 0.5, 1")
    mapped.until(page(mapped).choices.edit.isVisible)
    assert page(mapped).choices.edit.text() == "Back to this map"
    mapped.write(page(mapped).axes.lines[ETA], "0.1, 0.7, 1")
    mapped.press(page(mapped).choices.edit)
    assert mapped.window.model.editor.document == whole
    mapped.window.model.undo_stack.undo()
    mapped.until(lambda: page(mapped).axes.lines[ETA].text() == "0.1, 0.7, 1")


def test_from_a_point_that_is_opened_a_button_leads_back_to_its_map(mapped: Lab) -> None:
    view = swept(mapped)
    whole = mapped.window.model.editor.document
    assert not view.choices.edit.isVisible()
    view.body.opened.emit((0, 1))
    mapped.until(view.choices.edit.isVisible)
    mapped.window.model.editor.change({"run.steps": 7}, "Fewer steps")
    mapped.press(view.choices.edit)
    mapped.until(lambda: not view.choices.edit.isVisible())
    assert mapped.window.model.editor.document == whole and set(view.axes.lines) == {ETA, WIDTHS}


def test_stop_a_map_reopen_its_session_and_go_on(mapped: Lab, tmp_path: Path) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 0.2, 0.4, 0.8")
    mapped.choose(page(mapped).axes.add_box, WIDTHS)
    write(mapped, WIDTHS, "[4], [8], [12]")
    page(mapped).axes.seeds.setValue(1)
    stopped(mapped)
    shown = maps(mapped).shown
    assert shown is not None and 0 < shown.table.known < 12
    known, document = shown.table.known, mapped.window.model.editor.document
    file = tmp_path / "map.mlab"
    mapped.window.model.save_as(file)
    mapped.window.model.start_new()
    assert not maps(mapped).maps
    mapped.window.model.open(file)
    mapped.until(lambda: maps(mapped).shown is not None and maps(mapped).shown.is_read)
    shown = maps(mapped).shown
    assert shown is not None and shown.table.known == known
    assert mapped.window.model.editor.document.sweep == document.sweep
    mapped.window.parts.tabs.bring("maps")
    maps(mapped).make_workers = lambda document, data: Here(norms)
    mapped.until(lambda: page(mapped).training.run.text() == "Continue map")
    trained(mapped)
    assert maps(mapped).shown is not None and maps(mapped).shown.is_complete
    mapped.window.model.store.flush()
    with Session.read(file) as session:
        assert len(session.maps.points(session.maps.all[0].id)) == 12


def test_open_a_cell_as_an_experiment(mapped: Lab) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1, 10")
    page(mapped).axes.seeds.setValue(2)
    trained(mapped)
    canvas = page(mapped).body.cells.canvas
    place = canvas.mapFromScene(canvas.view.mapViewToScene(QPointF(1.0, 0.0)))
    mapped.press(canvas.viewport(), place)
    mapped.until(
        lambda: "learning rate" in page(mapped).body.card.text() or "eta 1" in page(mapped).body.card.text()
    )
    assert "parameter norm" in page(mapped).body.card.text()
    before = mapped.window.model.editor.document
    mapped.press(page(mapped).body.open_button)
    document = mapped.window.model.editor.document
    assert document.sweep is None and document.base.optimizer.step.eta == 1.0
    assert document.base.replicas == 2
    mapped.window.model.undo_stack.undo()
    assert mapped.window.model.editor.document == before


def test_export_the_map_as_pdf(mapped: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1, 10")
    trained(mapped)
    mapped.window.figures.export_plot("sweep_map", "figure")
    dialog = mapped.dialog("figure_dialog")
    mapped.choose(dialog.formats, "pdf")
    file = tmp_path / "map.pdf"
    with files_answered(monkeypatch, file):
        mapped.press(dialog.export_button)
        mapped.until(file.exists)
    assert file.read_bytes().startswith(b"%PDF")


def test_compose_a_map_beside_nothing_else(mapped: Lab) -> None:
    view = swept(mapped)
    mapped.press(view.choices.lines)
    mapped.until(view.body.lines.isVisible)
    view.body.lines.brush(0, 0.4, 0.6)
    mapped.window.figures.compose()
    dialog = mapped.dialog("composer")
    (panel,) = dialog.composition.figure.panels
    assert (panel.shows, panel.measurements, panel.runs) == ("sweep_lines", ("param_norm",), ())
    (drawable,) = dialog.drawables()
    assert drawable.table().splitlines()[0].startswith("learning rate,hidden widths,seed")
    assert len(drawable.table().splitlines()) == 5  # as brushed
    dialog.reject()


def test_slices_have_a_line_a_value(mapped: Lab) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 0.2, 0.4")
    mapped.choose(page(mapped).axes.add_box, WIDTHS)
    write(mapped, WIDTHS, "[4], [8]")
    trained(mapped)
    mapped.press(page(mapped).choices.slices)
    mapped.until(page(mapped).choices.fit.isVisible)
    mapped.press(page(mapped).choices.fit)
    mapped.until(lambda: page(mapped).body.slices.seen is not None and page(mapped).body.slices.seen.fitted)
    assert "hidden widths" in page(mapped).body.key.text() and page(mapped).body.slices.isVisible()
    box = page(mapped).choices.of_box
    mapped.press(box)
    assert box.picker is not None and box.picker.isVisible()
    words = [box.picker.list.item(row).text().strip() for row in range(box.picker.list.count())]
    assert words[:2] == ["Last values", "parameter norm (l2)"] and "Events" in words
    mapped.type("diverged")
    mapped.key(Qt.Key.Key_Return)
    mapped.until(lambda: page(mapped).choices.view_shown.of == "diverged")


def test_opening_a_map_s_file_shows_its_axes(mapped: Lab, tmp_path: Path) -> None:
    sweep(mapped, ETA)
    file = tmp_path / "map.toml"
    file.write_text(to_toml(mapped.window.model.editor.document))
    mapped.window.model.start_new()
    mapped.window.files.open_path(file)
    assert mapped.window.model.editor.document.sweep == load(file).sweep
    mapped.window.parts.tabs.bring("maps")
    assert list(page(mapped).axes.lines) == [ETA]


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


def test_claims_about_a_map_and_shares_of_others_are_judged_while_it_is_looked_at(mapped: Lab) -> None:
    def judges(task: Task) -> Sequence[PointResult]:
        return [
            replace(result, verdicts=("holds" if result.finals["param_norm"] < 0.5 else "fails",))
            for result in norms(task)
        ]

    maps(mapped).make_workers = lambda document, data: Here(judges)
    text = to_toml(mapped.window.model.editor.document)
    axis = '[sweep]\naxes = [{path = "optimizer.step.eta", values = [0.1, 0.2, 0.4, 0.8]}]\n'
    mapped.window.model.editor.load(parse(text[: text.index("[[claims]]")] + axis + CLAIMS))
    mapped.window.parts.tabs.bring("maps")
    trained(mapped)
    rows = mapped.window.parts.side.claims.rows
    mapped.until(lambda: [row.accessibleName()[-5:] for row in rows] == ["holds"] * 2)
    (_, about_map), (_, about_points) = maps(mapped).claims.judged
    assert about_map.as_expected and "rises all along" in about_map.sentence
    assert about_points.sentence == "Holds in 3, fails in 1 of 4 runs." and not about_points.as_expected
    text = to_toml(mapped.window.model.editor.document)
    mapped.window.model.editor.load(parse(text.replace("\nover = ", "\nat_most = 0\nover = ")))
    mapped.until(lambda: not maps(mapped).claims.judged[0][1].as_expected)
    assert len(maps(mapped).maps) == 1, "other claims of the whole map are about the same points"
    mapped.window.parts.tabs.bring("plots")
    mapped.until(lambda: [row.accessibleName()[-7:] for row in rows] == ["not yet"] * 2)


def test_delete_a_map_and_bring_it_back(mapped: Lab, tmp_path: Path) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1")
    page(mapped).axes.seeds.setValue(1)
    trained(mapped)
    mapped.press(page(mapped).choices.delete)
    assert not maps(mapped).maps and maps(mapped).word_for(mapped.window.model.editor.document) == "Run map"
    mapped.window.model.undo_stack.undo()
    known = maps(mapped).shown
    assert known is not None and known.table.known == 2
    file = tmp_path / "map.mlab"
    mapped.window.model.save_as(file)
    mapped.until(page(mapped).choices.delete.isVisible)
    mapped.press(page(mapped).choices.delete)
    mapped.window.model.start_new()
    with Session.read(file) as session:
        assert not session.maps.all


def test_a_map_is_called_as_its_document_is(mapped: Lab, tmp_path: Path) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1")
    trained(mapped)
    editor = mapped.window.model.editor
    editor.change({"title": "Steps"}, "another title")
    assert [known.name for known in maps(mapped).maps.values()] == ["Steps"]
    assert not maps(mapped).is_to_train(editor.document)
    file = tmp_path / "map.mlab"
    mapped.window.model.save_as(file)
    with Session.read(file) as session:
        assert [sweep.title for sweep in session.maps.all] == ["Steps"]
    mapped.window.model.undo_stack.undo()
    assert maps(mapped).shown is not None and maps(mapped).shown.name == "Mapped"


def test_points_as_lines_are_brushed_and_escape_clears(mapped: Lab) -> None:
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1, 10")
    page(mapped).axes.seeds.setValue(2)
    trained(mapped)
    mapped.press(page(mapped).choices.lines)
    lines = page(mapped).body.lines
    mapped.until(lines.isVisible)
    mapped.until(lambda: lines.item.seen is not None)
    assert lines.item.seen is not None and lines.item.seen.heights.shape == (6, 2)
    assert np.isnan(lines.item.seen.heights[:, -1]).sum() == 2  # those that diverged end before
    lines.brush(0, 0.4, 0.6)
    assert lines.item.chosen().tolist() == [False, False, True, True, False, False]
    mapped.key(Qt.Key.Key_Escape)
    assert lines.item.chosen().all()


def test_a_place_shows_its_curves_and_opens_with_the_same_seeds(mapped: Lab) -> None:
    def recorded(task: Task) -> Sequence[PointResult]:
        steps = np.arange(4)
        return [
            replace(result, steps=steps, curves={"param_norm": steps * result.finals["param_norm"]})
            for result in norms(task)
        ]

    maps(mapped).make_workers = lambda document, data: Here(recorded)
    sweep(mapped, ETA)
    write(mapped, ETA, "0.1, 1")
    page(mapped).axes.seeds.setValue(2)
    page(mapped).axes.keep_chosen.emit("records")
    trained(mapped)
    page(mapped).body.chosen.emit((0, 1))
    mapped.until(lambda: len(page(mapped).body.curves.curves) == 2)
    assert page(mapped).body.curves.isVisible()
    known = maps(mapped).shown
    assert known is not None
    trained_there = [point.experiment for point in points_of(known.document)][2:4]
    page(mapped).body.opened.emit((0, 1))
    members = mapped.window.model.editor.document.base.members()
    assert [m.model_copy(update={"title": ""}) for m in members] == [
        experiment.model_copy(update={"title": ""}) for experiment in trained_there
    ]


def test_points_stand_in_a_table_that_is_filtered_and_sorted_and_a_row_chooses_its_place(mapped: Lab) -> None:
    view = swept(mapped)
    mapped.press(view.choices.points)
    points = view.body.points
    mapped.until(lambda: len(points.shown.rows) == 12)
    assert [column.name for column in points.shown.columns][:4] == [ETA, WIDTHS, "seed", "status"]
    points.choices.filter.filter_typed.emit("status = done and eta > 0.5")
    mapped.until(lambda: len(points.shown.rows) == 4)
    assert points.count.text().startswith("4 of 12 runs")
    points.grid.sort_chosen.emit("param_norm", True)
    mapped.until(lambda: [row.value(WIDTHS) for row in points.shown.rows] == [4, 8, 4, 8])
    points.grid.selectRow(1)
    assert mapped.window.parts.tabs["maps"].shown.cell == (1, 1)
    assert "hidden widths 8" in view.body.card.text()
    points.choices.filter.filter_typed.emit("nothing < 1")
    assert "is no column" in points.refusal.text() and points.refusal.isVisible()


def test_points_of_one_value_are_one_row_and_open_as_their_points(mapped: Lab) -> None:
    view = swept(mapped)
    mapped.press(view.choices.points)
    points = view.body.points
    mapped.until(lambda: len(points.shown.rows) == 12)
    points.choices.group_chosen.emit(ETA)
    mapped.until(lambda: len(points.shown.rows) == 3)
    points.grid.group_opened.emit(ETA, 10)
    mapped.until(lambda: [row.value("status") for row in points.shown.rows] == ["diverged"] * 4)


def test_a_point_is_opened_with_its_seed_and_trained_as_a_run_beside_the_map(mapped: Lab) -> None:
    view = swept(mapped)
    mapped.press(view.choices.points)
    mapped.until(lambda: len(view.body.points.shown.rows) == 12)
    view.body.points.grid.selectRow(1)
    before = mapped.window.model.editor.document
    view.body.points.points_wanted.emit([1])
    run = mapped.window.model.run_list.runs[-1]
    assert mapped.window.model.editor.document is before and run.experiment.seed == before.base.seed + 1
    assert run.experiment.optimizer.step.eta == 0.1 and not run.takes_edits
    mapped.window.model.trainer.stop()
    view.body.points.point_opened.emit(1)
    assert mapped.window.model.editor.document.base == run.experiment


def test_a_drag_over_the_map_gives_the_experiment_its_values_in_one_step_of_the_history(
    mapped: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(pg.CONFIG_OPTIONS, "mouseRateLimit", 0)  # a hand is slower
    view = swept(mapped)
    editor, canvas = mapped.window.model.editor, view.body.cells.canvas
    before, known = editor.document, maps(mapped).shown
    steps = mapped.window.model.undo_stack.count()
    places = [canvas.mapFromScene(canvas.view.mapViewToScene(QPointF(x, y))) for x, y in PATH]
    mapped.drag(canvas.viewport(), places)
    base = editor.document.base
    assert (base.optimizer.step.eta, base.network.widths) == (1.0, (8,))
    assert mapped.window.model.undo_stack.count() == steps + 1 and view.body.cells.chosen == (1, 1)
    assert maps(mapped).of(editor.document) is known and not view.training.run.isEnabled()
    mapped.window.model.undo_stack.undo()
    assert editor.document == before


PATH = ((0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 0.5), (1.0, 1.0))
"""Places of cells across and up, from one to the next."""


def test_what_was_drawn_of_a_place_before_is_gone(mapped: Lab) -> None:
    view = swept(mapped)
    mapped.press(view.choices.slices)
    mapped.until(view.body.slices.isVisible)
    drawn = len(view.body.slices.canvas.view.childGroup.childItems())
    view.choices.fit.click()
    view.choices.fit.click()
    mapped.until(lambda: view.body.slices.seen is not None and not view.body.slices.seen.fitted)
    assert len(view.body.slices.canvas.view.childGroup.childItems()) == drawn


def test_all_maps_together_hold_up_the_end_of_the_window_no_longer_than_one(
    mapped: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    class Lasting:
        """A training whose workers never end."""

        def wait(self, seconds: float) -> None:
            waited.append(seconds)

    monkeypatch.setattr(maps(mapped), "_leaving", [Lasting()] * 3)
    monkeypatch.setattr("gui.model.maps.maps.time.monotonic", lambda: sum(waited))
    maps(mapped).wait()
    assert sum(waited) == waited[0] > 0
