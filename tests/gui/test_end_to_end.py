"""What a person does with the lab, from the first click to the exported figure, with the real engine behind it."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QDialogButtonBox, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from engine.catalog import load_preset, presets
from engine.experiment.document import load, to_toml
from engine.experiment.edits import LiveEdit
from engine.experiment.experiment import with_values
from engine.words.formats import number
from gui.engine_thread import EngineThread
from gui.model.engine_query import nearest
from gui.views.preset_cards import HEADING
from gui.views.run_rows import EYE
from tests.deadlines import is_alive

from .lab import Lab, SharedEngine, files_answered


def test_pick_a_preset_press_run_and_watch_its_claims_come_to_hold(lab: Lab) -> None:
    lab.open_preset("rings")
    lab.open_preset("circle global")
    assert lab.window.windowTitle().startswith("Circle")
    assert lab.verdicts == ["not yet"] * 5
    batches: list[str] = []
    lab.window.model.run_list.records_arrived.connect(batches.append)
    lab.button("run")
    lab.until_state("idle")
    assert len(batches) > 5  # live, not all at the end
    lab.until(lambda: lab.verdicts == ["holds"] * 5)
    plots = lab.window.parts.plots
    for plot, column in (
        ("margins", "smoothed_margin"),
        ("norms", "param_norm"),
        ("directions", "cos_gradient"),
        ("kernel", "ntk_prediction_cosine"),
        ("loss", "log_loss"),
    ):
        lab.until(lambda at=(plot, column): np.isclose(lab.line(*at)[0][-1:], np.log10(15_000)).any())
        x, y = lab.line(plot, column)
        assert len(x) > 50 and np.isfinite(y[~np.isnan(y)]).all()
    separated = lab.run.history.events["separated_step"][0]

    def marked(plot: str) -> list[float]:
        return [place for place, _, which in plots.plots[plot].moments.lines if which == "separated"]

    for id in plots.on_screen():
        lab.until(lambda id=id: marked(id) == [pytest.approx(np.log10(separated))])
    lab.until(lambda: lab.status("step") == "step 15,000")
    assert lab.status("place") in {"cpu float64, compiled", "cpu float64, torch"}
    assert lab.status("separated") == f"separated at step {separated:,}"
    assert lab.status("loss").startswith("log₁₀ loss −1")
    (row,) = lab.rows
    assert (row.name, row.status) == ("Run 1", "done") and row.final.startswith("99.9")


def test_pause_edit_live_step_resume_rewind_and_draw_a_new_seed(lab: Lab) -> None:
    run_button = lab.window.parts.transport.buttons["run"]
    lab.fill("run.steps", "400000000")
    lab.button("run")
    lab.until(lambda: len(lab.line("margins", "normalized_margin")[0]) > 50)
    drawn = len(lab.line("margins", "normalized_margin")[0])
    lab.until(lambda: len(lab.line("margins", "normalized_margin")[0]) > drawn)
    assert lab.run.status == "running"
    lab.button("run")
    lab.until_state("paused")
    assert run_button.text() == "Resume"
    at = lab.run.step
    lab.fill("optimizer.step.c", "0.25")
    lab.until(lambda: lab.run.history.edits)
    assert lab.run.history.edits == [LiveEdit(at, "optimizer.step.c", 0.5, 0.25)]
    assert lab.run.experiment.optimizer.step.c == 0.5
    assert lab.run.current.optimizer.step.c == 0.25 and not lab.row("optimizer.step.c").waits
    for k in (1, 2):
        lab.button("step")
        lab.until(lambda k=k: lab.run.step == at + k and lab.run.status == "paused")
    assert list(lab.run.history.records.steps[-2:]) == [at + 1, at + 2]  # it may be held between two records
    lab.button("run")
    lab.until(lambda: lab.run.step > at + 100)
    lab.fill("optimizer.step.c", "0.4")
    lab.until(lambda: len(lab.run.history.edits) == 2)
    edited = lab.run.history.edits[1].step
    lab.until(lambda: lab.run.step > edited + 100)
    assert lab.run.status == "running" and len(lab.runs) == 1

    notice = lab.window.parts.experiment.panel.header.notice
    lab.pick("network.activation", "tanh")
    assert lab.row("network.activation").waits and "1 edit waits for a new run" in notice.text()
    assert lab.run.experiment.network.activation == "relu" and lab.run.status == "running"
    lab.button("rewind")
    lab.until(lambda: len(lab.runs) == 2 and lab.run.step > 50)
    assert lab.run.experiment.network.activation == "tanh" and "wait" not in notice.text()
    lab.until(lambda: [row.visible for row in lab.rows] == [False, True])
    assert not lab.row("network.activation").waits
    lab.button("new_seed")
    lab.until(lambda: len(lab.runs) == 3 and lab.run.step > 50)
    assert [run.experiment.seed for run in lab.runs] == [0, 0, 1] and lab.typed("seed") == "1"
    lab.until(lambda: [row.differs for row in lab.rows][2:] == ["seed 1"])
    lab.button("stop")
    lab.until_state("idle")
    assert [run.status for run in lab.runs] == ["stopped"] * 3


def test_save_close_reopen_and_continue_as_if_nothing_had_been(
    lab: Lab, qtbot: QtBot, real_engine: SharedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.fill("run.steps", "400000000")
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.step > 500)
    lab.button("stop")
    lab.until_state("idle")
    side, plots = lab.window.parts.side, lab.window.parts.plots
    lab.press(side.notes.text)
    lab.type("First light, at night")
    lab.press(side.notes.tabs, side.notes.tabs.tabRect(1).center())
    lab.press(side.notes.text)
    lab.type("About circles")
    lab.choose(plots.line.horizontal_box, "log_inverse_loss")
    with files_answered(monkeypatch, tmp_path / "night"):
        lab.menu("File", "Save")
    file = tmp_path / "night.mlab"
    assert lab.sentences == [f"Saved to {file}."]
    before, stopped = lab.run.history.records, lab.run.step
    lab.close()

    again = Lab(qtbot, real_engine, file)
    assert "night.mlab" in again.window.windowTitle()
    again.until(lambda: [(row.name, row.status) for row in again.rows] == [("Run 1", "stopped")])
    assert again.typed("run.steps") == "400,000,000"
    for name in before.names:
        np.testing.assert_array_equal(again.run.history.records.column(name), before.column(name))
    notes = again.window.parts.side.notes
    assert notes.text.toPlainText() == "First light, at night"
    again.press(notes.tabs, notes.tabs.tabRect(1).center())
    assert notes.text.toPlainText() == "About circles"
    assert again.window.parts.plots.line.horizontal_box.currentData() == "log_inverse_loss"
    again.until(lambda: len(again.line("margins", "normalized_margin")[0]) > 20)
    assert again.drop(file, again.window.parts.plots.plots["margins"].canvas)
    assert again.sentences == ["night.mlab is open already."] and len(again.runs) == 1

    last = stopped + 1500
    again.fill("run.steps", str(last))
    again.button("continue")
    again.until_state("idle")
    assert len(again.runs) == 1 and (again.run.step, again.run.status) == (last, "done")
    again.button("run")
    again.until(lambda: len(again.runs) == 2 and again.run.status == "done")
    continued, whole = (run.history.records for run in again.runs)
    common = np.intersect1d(continued.steps, whole.steps)
    assert len(common) == len(whole.steps) and common[-1] == last
    rows = np.searchsorted(continued.steps, common)
    for name in ("normalized_margin", "log_loss", "cos_gradient", "direction_path", "log_time"):
        np.testing.assert_allclose(continued.column(name)[rows], whole.column(name), rtol=1e-12, err_msg=name)
    assert again.runs[0].history.events == again.runs[1].history.events
    again.menu("File", "Save")
    assert again.sentences == [f"Saved to {file}."]
    again.close()


def in_training(qtbot: QtBot) -> tuple[Lab, EngineThread]:
    """Open the window over an engine of its own, and begin a run that does not end by itself."""
    engine = EngineThread()
    engine.start_engine()
    lab = Lab(qtbot, engine)
    lab.fill("run.steps", "400000000")
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.step > 200 and len(lab.run.history.records) > 50)
    return lab, engine


def test_kill_the_engine_while_it_trains_and_run_again(qtbot: QtBot) -> None:
    lab, engine = in_training(qtbot)
    first = engine.process_id
    os.kill(first, signal.SIGKILL)
    lab.until_state("idle")
    (sentence,) = lab.sentences
    assert sentence.startswith("The engine process was killed (signal 9)")
    assert "Run starts a new one" in sentence
    killed = lab.run
    assert killed.status == "failed" and [row.status for row in lab.rows] == ["failed"]
    kept = len(killed.history.records)
    assert kept > 50
    lab.until(lambda: len(lab.line("margins", "normalized_margin")[0]) > 20)
    lab.until(lambda: lab.window.parts.status.engine.text() == "engine not running")
    lab.fill("run.steps", "300")
    lab.button("run")
    lab.until(lambda: len(lab.runs) == 2 and lab.run.status == "done")
    assert lab.sentences == [] and engine.process_id != first
    assert len(killed.history.records) == kept and lab.run.history.records.steps[-1] == 300
    lab.until(lambda: len(lab.line("margins", "normalized_margin")[0]) > 20)
    second = engine.process_id
    lab.close()
    assert not is_alive(first) and not is_alive(second)


def test_save_as_preset_find_it_in_the_gallery_export_it_and_drop_it_back(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.fill("data.n", "32")
    lab.menu("File", "Save as preset…")
    dialog = lab.dialog("preset_dialog")
    lab.write(dialog.title, "My circle")
    lab.write(dialog.notes, "Thirty-two points, for the poster.")
    lab.press(dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save))
    assert lab.sentences == ["Saved among your own presets as 'my-circle'."]
    saved = lab.window.model.editor.document
    lab.open_preset("rings")
    lab.press(lab.window.findChild(QToolButton, "presets_button"))
    gallery = lab.dialog("gallery")
    headings = [gallery.list.item(k).data(HEADING) for k in range(gallery.list.count())]
    own = headings.index("Your own")
    assert headings.count("Your own") == 1 and gallery.list.item(own + 1).text() == "My circle"
    assert sum(heading is None for heading in headings) == 1 + sum(not entry.own for entry in presets())
    lab.write(gallery.search, "my circle")
    assert "Thirty-two points, for the poster." in gallery.details.text()
    lab.press(gallery.open_button)
    opened = lab.window.model.editor.document
    assert opened.base.data == saved.base.data and opened.claims == saved.claims
    assert (opened.base.title, opened.about.notes) == ("My circle", "Thirty-two points, for the poster.")
    assert opened.about.theorem == saved.about.theorem and lab.typed("data.n") == "32"

    lab.write(lab.row("data.n").editor.line, "36")  # and no Return
    with files_answered(monkeypatch, tmp_path / "poster"):
        lab.menu("File", "Export preset…")
    file, opened = tmp_path / "poster.toml", lab.window.model.editor.document
    assert load(file).base == opened.base and opened.base.data.n == 36
    parts, tabs = lab.window.parts, lab.window.parts.side.notes.tabs
    lab.press(tabs, tabs.tabRect(1).center())
    for target in (
        parts.plots.plots["margins"].canvas,
        parts.experiment.panel.header,
        lab.row("network.widths").editor,
        parts.side.notes.text,
    ):
        lab.open_preset("rings")
        assert lab.window.model.editor.document.base != opened.base
        assert lab.drop(file, target)
        assert lab.window.model.editor.document.base == opened.base


def test_drop_files_that_are_neither_session_nor_experiment(lab: Lab, tmp_path: Path) -> None:
    lab.fill("data.n", "32")
    before = lab.window.model.editor.edited
    for name, content, said in (
        ("kind.toml", b"version = 1\n[data]\nkind = 'circel'\n", "kind.toml: data.kind: 'circel'"),
        ("broken.toml", b"version = = 1", "broken.toml: this is not a TOML file"),
        ("picture.mlab", b"\x89PNG\r\n\x1a\n", "picture.mlab' is not a Margin Lab session"),
        ("notes.txt", b"Dear diary", "notes.txt' is neither a session (.mlab) nor an experiment"),
        ("picture.png", b"\x89PNG\xff\xfe", "picture.png' is neither a session"),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        assert lab.drop(file, lab.window.parts.plots.plots["margins"].canvas)
        assert said in lab.sentences[0] and "\n" not in lab.sentences[0]
        assert len(lab.sentences) == 1  # one line for all of them
        assert lab.window.model.editor.edited == before and lab.runs == [] and lab.window.model.path is None


def test_export_a_plot_in_every_format_in_real_millimetres(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.fill("run.steps", "300")
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.status == "done")
    lab.button("new_seed")
    lab.until(lambda: len(lab.runs) == 2 and lab.run.status == "done")
    lab.until(lambda: len(lab.line("margins", "normalized_margin")[0]) > 20)
    plot = lab.window.parts.plots.plots["margins"]

    def export(kind: str, millimetres: str) -> bytes:
        (tmp_path / f"margins.{kind}").unlink(missing_ok=True)  # the lab would ask before it replaces one
        lab.menu("File", "Export figure…")
        dialog = lab.dialog("figure_dialog")
        assert dialog.plots.currentText() == "Margins"
        lab.choose(dialog.formats, kind)
        lab.write(dialog.width_mm.lineEdit(), millimetres)
        with files_answered(monkeypatch, tmp_path / "margins"):
            lab.press(dialog.findChild(QPushButton, "figure_export"))
        lab.until(lambda: not lab.dialogs("figure_dialog"))
        assert lab.sentences[0] == f"Exported to {tmp_path / f'margins.{kind}'}."
        return (tmp_path / f"margins.{kind}").read_bytes()

    svg = export("svg", "120").decode()
    width, unit = re.search(r'<svg[^>]* width="([0-9.]+)(\w*)"', svg).groups()
    assert unit == "pt" and float(width) / 72 * 25.4 == pytest.approx(120, abs=0.1)
    assert "<text" in svg and "normalized" in svg.lower() and "Run 2" in svg
    box = re.search(rb"/MediaBox \[ *0 0 ([0-9.]+) ([0-9.]+) *\]", export("pdf", "85"))
    assert float(box[1]) / 72 * 25.4 == pytest.approx(85, abs=0.1) and 30 < float(box[2]) / 72 * 25.4 < 120
    png = export("png", "85")
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(png[16:20], "big") == pytest.approx(85 / 25.4 * 300, abs=1)

    lab.press(plot.header, plot.header.entry_rect("smoothed_margin").center())
    table = export("csv", "85").decode().splitlines()
    assert table[0] == "run,name,step,replica,normalized_margin,best_margin"
    for run in lab.runs:
        rows = [row for row in (line.split(",") for line in table[1:]) if row[0] == run.id]
        records = run.history.records
        assert [int(row[2]) for row in rows] == list(records.steps) and {row[3] for row in rows} == {"0"}
        assert {row[1] for row in rows} == {run.name}
        said = [float(row[4]) for row in rows]
        np.testing.assert_array_equal(said, records.column("normalized_margin")[:, 0])
    runs = lab.window.parts.side.runs
    lab.press(runs.view.viewport(), runs.view.visualRect(runs.model.index(0)).topLeft() + EYE.center())
    assert export("csv", "85").decode().splitlines()[0] == "step,replica,normalized_margin,best_margin"
    lab.menu("File", "Export figure…")
    lab.dialog("figure_dialog")
    lab.close()  # while the preview is being drawn, in a thread of its own


def test_watch_the_surface_while_it_trains_and_scrub_back(lab: Lab) -> None:
    tabs, view = lab.window.parts.tabs, lab.window.parts.tabs["surface"].view

    def step() -> int:
        return -1 if view.surface is None else view.surface.step

    lab.fill("run.steps", "400000000")
    lab.choose(lab.window.parts.plots.line.horizontal_box, "norm")
    lab.press(tabs.tabBar(), tabs.tabBar().tabRect(1).center())
    assert view.surface is None and "once a run with two inputs" in view.nothing.text()
    lab.press(tabs.tabBar(), tabs.tabBar().tabRect(0).center())
    lab.button("run")
    lab.until(lambda: len(lab.line("margins", "normalized_margin")[0]) > 3)
    lab.press(tabs.tabBar(), tabs.tabBar().tabRect(1).center())
    lab.until(lambda: step() > 0)
    early = step()
    lab.until(lambda: step() > early)
    assert lab.run.status == "running" and view.surface.other is not None
    assert view.network.image.isVisible() and view.other.image.isVisible()
    assert len(view.network.points.data) == 24
    lab.until(lambda: step() > 400)
    last = view.surface
    line = lab.window.parts.transport.timeline
    y = line.height() // 2
    lab.drag(line, [QPoint(round(line.position_of(at)), y) for at in (200, 100, 50, 20, 10)])
    assert 9 <= line.marked <= 11
    lab.until(lambda: step() == nearest(lab.run.history.snapshot_steps, line.marked))
    assert view.step_label.text().startswith(f"step {step()} ")
    assert not np.allclose(view.surface.network, last.network)
    np.testing.assert_array_equal(view.surface.other, last.other)
    assert lab.run.status == "running"
    lab.button("stop")
    lab.until_state("idle")
    assert 9 <= line.marked <= 11
    lab.press(line, QPoint(line.width() - 20, y))
    lab.until(lambda: step() == lab.run.step)


def test_type_what_no_field_takes_and_run_all_the_same(lab: Lab) -> None:
    lab.fill("run.steps", "50")
    before = lab.window.model.editor.document
    bad = {
        "network.widths": ("-5", "-5 is too small; a layer has at least 1 unit"),
        "data.n": ("many", "'many' is not a whole number. Still 24"),
        "data.phase": ("NaN", "'NaN' is not a finite number. Still 0.13"),
        "optimizer.step.c": ("-1", "too small; it must be above 0"),
        "run.steps": ("0", "0 is too small; it must be at least 1. Still 50"),
        "run.device": ("gpu", "must be auto, cpu, cuda"),
    }
    for field, (text, _) in bad.items():
        lab.fill(field, text)
        assert lab.window.model.editor.document == before and lab.sentences == []
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.status == "done")
    assert lab.run.step == 50
    for field, (text, said) in bad.items():
        assert lab.typed(field) == text
        assert said in lab.said(field)
    (sentence,) = lab.sentences
    assert "is not used; the run takes the value before" in sentence and "." not in sentence[:-1]
    assert all(lab.row(field).spec.title in sentence for field in bad)


def test_a_learning_rate_that_diverges_is_told_and_the_records_stay(lab: Lab) -> None:
    lab.fill("run.steps", "50")
    lab.pick("optimizer.step.kind", "constant")
    lab.fill("optimizer.step.eta", "1e300")
    assert lab.said("optimizer.step.eta") == ""
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.status.ended)
    (sentence,) = lab.sentences
    assert "Run 1: diverged after step 0" in sentence and "lower learning rate (now 1e+300)" in sentence
    lab.until(lambda: [row.status for row in lab.rows] == ["diverged"])
    assert len(lab.run.history.records) == 1 and np.isfinite(lab.run.history.records.column("log_loss")).all()
    assert not lab.window.commands["continue"].isEnabled()
    lab.fill("optimizer.step.eta", "0.01")
    lab.button("run")
    lab.until(lambda: len(lab.runs) == 2 and lab.run.status == "done")
    assert lab.sentences == []


def test_ask_for_a_device_and_for_a_file_that_are_not_there(lab: Lab, tmp_path: Path) -> None:
    lab.fill("run.steps", "50")
    before = lab.window.model.editor.document
    lab.fill("run.device", "cuda:77")
    lab.button("run")
    lab.until(lambda: "choose auto" in lab.said("run.device"))
    assert lab.said("run.device").startswith("✕ 'cuda:77' is not available")
    assert lab.typed("run.device") == "cuda:77"
    lab.until_state("idle")
    assert not lab.runs and not lab.rows
    lab.menu("Edit", "Undo Change device")
    thumbnails = lab.window.parts.experiment.panel.data.thumbnails
    families = thumbnails.families
    lab.press(families, families.tabRect(families.count() - 1).center())
    lab.press(thumbnails.button("csv"))
    assert lab.window.model.editor.document == before  # until a file is named
    lab.type(str(tmp_path / "missing.csv"))
    lab.key(Qt.Key.Key_Return)
    lab.until(lambda: lab.said("data.path"))
    assert lab.said("data.path").startswith("✕ 'missing.csv' is not there; looked in")
    assert lab.typed("data.path") == str(tmp_path / "missing.csv")
    lab.button("run")
    lab.until_state("idle")
    lab.until(lambda: not lab.runs and not lab.rows)
    assert lab.said("data.path").startswith("✕ 'missing.csv' is not there")
    lab.menu("Edit", "Undo Change data")
    assert lab.window.model.editor.document == before
    lab.button("run")
    lab.until(lambda: len(lab.runs) == 1 and lab.run.status == "done")


def test_train_two_step_rules_one_after_the_other_and_compare_them(lab: Lab, tmp_path: Path) -> None:
    lab.open_preset("digits")
    assert set(lab.verdicts) == {"not yet"}
    lab.fill("run.steps", "50")
    assert not lab.verdicts  # claims about a longer run
    document = load_preset("digits-two-step-rules")
    shorter = document.with_base(with_values(document.base, {"run.steps": 50}))
    (tmp_path / "shorter.toml").write_text(to_toml(shorter))
    lab.window.files.open_anything(str(tmp_path / "shorter.toml"))
    column = lab.window.parts.experiment
    assert column.chooser.isVisible()
    lab.choose(column.chooser, "loss-based")
    assert lab.row("optimizer.step.kind").editor.combo.currentData() == "loss-based"
    assert lab.typed("run.steps") == "50"
    assert set(lab.verdicts) == {"not yet"}
    ended: list[str] = []
    lab.window.model.trainer.run_ended.connect(ended.append)
    lab.button("run")
    assert len(lab.runs) == 2
    lab.until_state("idle")
    assert ended == [run.id for run in lab.runs] and {run.status for run in lab.runs} == {"done"}
    assert [row.name for row in lab.rows] == ["Run 1 · constant", "Run 2 · loss-based"]
    assert "loss-based" in lab.rows[1].differs
    lab.until(lambda: "not yet" not in lab.verdicts)
    rows = lab.window.parts.side.claims.rows
    (compared,) = [row for row in rows if "1.8 times" in row._text.text()]
    constant, loss_based = (run.history.records.final("layer_product_margin")[0] for run in lab.runs)
    assert f"a ratio of {number(loss_based / constant)}" in compared._reason.text()
    assert compared._word.text() == ("holds" if loss_based / constant >= 1.8 else "fails")
    for run in lab.runs:
        lab.until(lambda run=run: len(lab.line("loss", "test_accuracy", run)[0]) > 5)


def test_train_replicas_that_start_from_different_scales(lab: Lab) -> None:
    lab.fill("run.steps", "200")
    lab.button("run")
    lab.until(lambda: lab.runs and lab.run.status == "done")
    vary = lab.row("vary").editor
    lab.press(vary.add)
    (entry,) = vary.entries
    lab.choose(entry.combo, "network.init.scale")
    lab.write(entry.line, "0.01, 0.1, 1")
    lab.key(Qt.Key.Key_Return)
    assert lab.said("vary") == "" and lab.typed("replicas") == "3"
    assert not lab.row("replicas").editor.box.isEnabled()
    lab.button("run")
    lab.until(lambda: len(lab.runs) == 2 and lab.run.status == "done")
    lab.until(lambda: len(lab.line("margins", "normalized_margin")[0]) > 20)
    lab.window.parts.plots.refresh()
    for plot, name in (("margins", "normalized_margin"), ("norms", "param_norm"), ("loss", "log_loss")):
        series = lab.window.parts.plots.plots[plot].series[lab.run.id, name]
        values = lab.run.history.records.column(name)
        assert values.shape[1] == 3 and series.band.polygons and series.band.isVisible()
        y = series.singles.getData()[1]
        for replica in range(3):
            last = values[-1, replica] / (np.log(10) if name == "log_loss" else 1)
            shown = np.log10(last) if plot == "norms" else last
            assert np.isclose(y, shown).any(), (name, replica)
    assert "replicas 3" in lab.rows[1].differs and "initialisation scale [" in lab.rows[1].differs


def test_close_the_window_in_the_middle_of_training(qtbot: QtBot) -> None:
    lab, engine = in_training(qtbot)
    process = engine.process_id
    assert is_alive(process)
    lab.close()
    assert not is_alive(process) and not engine.isRunning()
