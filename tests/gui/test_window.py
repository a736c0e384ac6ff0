"""The window as people meet it, against an engine process without mathematics."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from engine.catalog import presets
from engine.experiment.document import load
from gui.engine_thread import EngineThread
from gui.main_window import MainWindow
from gui.theme import theme
from gui.views.run_rows import EYE

from .lab import QUICK, Lab, SharedEngine

pytestmark = pytest.mark.one_window

# --- running ------------------------------------------------------------------------------------------------


def test_the_window_opens_with_the_first_preset_ready_to_run(quick: Lab, window: MainWindow) -> None:
    assert window.windowTitle().startswith(
        "Circle: gradient descent finds the global margin – unsaved session"
    )
    assert window.parts.transport.buttons["run"].text() == "Run"
    assert set(quick.verdicts) == {"not yet"} and len(quick.verdicts) == 5
    assert not window.commands["stop"].isEnabled() and not window.commands["continue"].isEnabled()


def test_run_pause_resume_stop(quick: Lab, window: MainWindow) -> None:
    run = window.parts.transport.buttons["run"]
    quick.load_quick("slow", 500_000_000)
    quick.button("run")
    quick.until_state("running")
    assert run.text() == "Pause" and window.commands["stop"].isEnabled()
    quick.button("run")
    quick.until_state("paused")
    assert run.text() == "Resume"
    quick.button("run")
    quick.until_state("running")
    quick.button("stop")
    quick.until_state("idle")
    assert run.text() == "Run" and window.commands["continue"].isEnabled()


def test_a_finished_run_is_shown_everywhere(quick: Lab, window: MainWindow) -> None:
    quick.run_through()
    parts = window.parts
    (row,) = parts.side.runs.model.rows
    assert (row.name, row.status) == ("Run 1", "done") and row.final.endswith("% of ½ F1 margin")
    quick.until(lambda: quick.verdicts == ["holds", "fails"])
    assert "as expected" in parts.side.claims.rows[1]._measured.text()
    assert parts.side.references.lines()[0] == "F1 margin: 0.046148"
    quick.until(lambda: parts.status.labels["step"].text() == "step 500")
    assert parts.status.labels["separated"].text() == "separated at step 40"
    quick.until(lambda: parts.transport._steps.text() == "500 of 500")
    assert parts.plots.plots["margins"].isVisible() and parts.transport._steps.text() == "500 of 500"


def test_of_several_runs_a_claim_names_its_own(quick: Lab, window: MainWindow) -> None:
    quick.open_preset("jacot-rank-by-rank")
    rows = window.parts.side.claims.rows
    claims = window.model.editor.document.claims
    quick.until(lambda: len(rows) == len(claims) and rows[0]._text.text() == claims[0].text)
    assert len({claim.run for claim in claims}) > 1
    for row, claim in zip(rows, claims, strict=True):
        assert (claim.run in row._measured.text()) == (claim.pair is None), claim.text


def test_a_claim_unfolds_its_reason(qtbot: QtBot, quick: Lab, window: MainWindow) -> None:
    quick.run_through()
    row = window.parts.side.claims.rows[0]
    assert not row.unfolded
    qtbot.mouseClick(row, Qt.MouseButton.LeftButton)
    assert row.unfolded and "margin / reference" in row._reason.text().lower()
    assert row._measured.text() == ""  # the reason says it all
    qtbot.keyClick(row, Qt.Key.Key_Return)
    assert not row.unfolded and "at least 0.5" in row._measured.text()
    failed = window.parts.side.claims.rows[1]
    assert failed.unfolded and failed._chevron.isHidden() and not row._chevron.isHidden()
    qtbot.mouseClick(failed, Qt.MouseButton.LeftButton)
    assert failed.unfolded


def test_a_killed_engine_is_told_in_a_line_and_run_goes_on_with_a_new_one(qtbot: QtBot) -> None:
    engine = EngineThread(target="tests.gui.fake_engine:main")
    engine.start_engine()
    quick = Lab(qtbot, engine)
    quick.load_quick("slow", 500_000_000)
    quick.button("run")
    quick.until(lambda: quick.runs and quick.run.step > 10)
    assert engine.process_id is not None
    os.kill(engine.process_id, signal.SIGKILL)
    quick.until_state("idle")
    assert "killed (signal 9)" in quick.sentences[0]
    quick.until(lambda: quick.window.parts.status.engine.text() == "engine not running")
    second = quick.run_through()
    assert quick.sentences == []
    assert second.status == "done" and len(quick.runs[0].history.records) > 5
    quick.close()


@pytest.mark.skipif(os.name != "posix", reason="another system: processes cannot be stopped")
def test_an_engine_that_hangs_is_told_and_ended_in_the_window_s_own_words(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.engine_thread.SECOND", 0.2)
    engine = EngineThread(target="tests.gui.fake_engine:main")
    engine.start_engine()
    quick = Lab(qtbot, engine)
    quick.load_quick("slow", 500_000_000)
    quick.button("run")
    quick.until(lambda: quick.runs and quick.run.step > 10)
    assert engine.process_id is not None
    os.kill(engine.process_id, signal.SIGSTOP)
    info = quick.window.parts.info
    quick.until(lambda: any("no sign of life for 5 seconds" in said for said in info.sentences()))
    os.kill(engine.process_id, signal.SIGCONT)
    quick.until(lambda: not info.sentences())
    os.kill(engine.process_id, signal.SIGSTOP)
    quick.until(lambda: info.sentences())
    button = info.findChild(QPushButton, "end_engine")
    assert button.text() == "End the engine"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    quick.until_state("idle")
    assert quick.sentences == [
        "The engine gave no sign of life and was ended. What was recorded is kept; Run starts a new one."
    ]
    assert quick.run.sentence == quick.sentences[0] and len(quick.run.history.records) > 0
    second = quick.run_through()
    assert second.status == "done"
    quick.close()


def test_an_engine_that_does_not_stop_is_ended_in_the_window_s_own_words(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.model.trainer.SILENCE", 50)
    engine = EngineThread(target="tests.gui.fake_engine:deaf")
    engine.start_engine()
    quick = Lab(qtbot, engine)
    quick.load_quick("slow", 500_000_000)
    quick.button("run")
    quick.until_state("starting")
    quick.button("stop")
    quick.until_state("idle")
    (sentence,) = quick.sentences
    assert sentence.startswith("The engine did not stop within 5 seconds and was ended. What was recorded")
    assert quick.run.sentence == sentence
    quick.close()


def test_edits_during_a_run_are_live_or_marked(quick: Lab, window: MainWindow) -> None:
    quick.load_quick("slow", 500_000_000)
    quick.button("run")
    quick.until_state("running")
    panel = window.parts.experiment.panel
    panel.edit_requested.emit("optimizer.step.eta", 0.5)
    quick.until(lambda: window.model.run_list.runs[0].current.optimizer.step.eta == 0.5)
    assert window.model.run_list.runs[0].experiment.optimizer.step.eta != 0.5
    assert "wait" not in panel.header.notice.text()
    panel.edit_requested.emit("data.n", 30)
    assert "1 edit waits for a new run" in panel.header.notice.text()
    quick.button("rewind")
    quick.until(lambda: len(window.model.run_list) == 2 and window.model.trainer.state == "running")
    assert window.model.run_list.runs[1].experiment.data.n == 30
    assert "waits" not in panel.header.notice.text()


# --- runs, timeline, notes ----------------------------------------------------------------------------------


def test_runs_are_renamed_hidden_deleted_and_brought_back(
    qtbot: QtBot, quick: Lab, window: MainWindow
) -> None:
    run = quick.run_through()
    runs = window.parts.side.runs
    runs.view.setCurrentIndex(runs.model.index(0))
    runs.view.edit(runs.model.index(0))
    editor = runs.view.findChild(QLineEdit, "run_name")
    editor.setText("reference run")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    quick.until(lambda: run.name == "reference run")
    corner = runs.view.visualRect(runs.model.index(0)).topLeft()
    qtbot.mouseClick(runs.view.viewport(), Qt.MouseButton.LeftButton, pos=corner + EYE.center())
    assert not run.visible
    runs.view.setCurrentIndex(runs.model.index(0))
    qtbot.keyClick(runs, Qt.Key.Key_Delete)
    assert len(window.model.run_list) == 0
    window.commands["undo"].trigger()
    assert window.model.run_list.runs == [run]
    window.commands["undo"].trigger()
    assert run.name == "Run 1"


def test_a_name_can_be_typed_while_numbers_arrive(quick: Lab, window: MainWindow) -> None:
    quick.load_quick("slow", 500_000_000)
    quick.button("run")
    runs = window.parts.side.runs
    quick.until(lambda: bool(runs.model.rows) and runs.model.rows[0].final != "")
    runs.view.edit(runs.model.index(0))
    editor = runs.view.findChild(QLineEdit, "run_name")
    editor.setText("half a na")
    final = runs.model.rows[0].final
    quick.until(lambda: runs.model.rows[0].final != final)
    assert editor.text() == "half a na"


def test_several_runs_are_overlaid_and_shown_alone(quick: Lab, window: MainWindow) -> None:
    for steps in (100, 200, 300):
        quick.run_through(steps=steps)
    runs = window.parts.side.runs
    runs.view.setCurrentIndex(runs.model.index(0))
    selection = runs.view.selectionModel()
    selection.select(runs.model.index(2), selection.SelectionFlag.Select)
    menu = runs.make_menu()
    [action.trigger() for action in menu.actions() if action.text() == "Show only these"]
    menu.close()
    assert [run.visible for run in window.model.run_list.runs] == [True, False, True]
    assert runs.model.rows[1].differs == "steps 200"


def test_the_timeline_scrubs_and_goes_back_to_live(qtbot: QtBot, quick: Lab, window: MainWindow) -> None:
    run = quick.run_through(steps=2000)
    line = window.parts.transport.timeline
    quick.until(lambda: line._snapshots == run.history.snapshot_steps)
    x = round(line.position_of(100))
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(x, 20))
    marked = window.model.selection.step
    assert marked is not None and 90 < marked < 110 and line.marked == marked
    qtbot.keyClick(line, Qt.Key.Key_Left)
    assert window.model.selection.step == max(s for s in run.history.snapshot_steps if s < marked)
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(line.width() - 20, 20))
    assert window.model.selection.step is None


def test_notes_belong_to_their_run(qtbot: QtBot, quick: Lab, window: MainWindow) -> None:
    quick.run_through(steps=100)
    notes = window.parts.side.notes
    qtbot.keyClicks(notes.text, "first")
    quick.run_through(steps=200)
    assert notes.text.toPlainText() == ""
    window.model.run_list.select(window.model.run_list.runs[0].id)
    assert notes.text.toPlainText() == "first"


def test_experiments_of_one_file_are_edited_one_by_one(window: MainWindow) -> None:
    column = window.parts.experiment
    assert column.chooser.isHidden()
    window.files.open_preset("digits-two-step-rules")
    assert [column.chooser.itemText(i) for i in range(3)] == ["what all share", "constant", "loss-based"]
    column.experiment_chosen.emit("loss-based")
    assert window.model.editor.experiment.optimizer.step.kind == "loss-based"
    assert column.chooser.currentData() == "loss-based"


# --- files --------------------------------------------------------------------------------------------------


def test_save_and_open_through_the_menu(
    quick: Lab, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.run_through()
    window.parts.plots.set_horizontal("step")
    file = tmp_path / "work.mlab"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "work"), ""))
    window.commands["save"].trigger()
    assert file.exists() and "work.mlab" in window.windowTitle() and window.files.recent() == [str(file)]
    window.commands["new"].trigger()
    assert not window.parts.side.runs.model.rows or window.model.run_list.runs == []
    window.parts.plots.set_horizontal("norm")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    window.commands["open"].trigger()
    assert [run.name for run in window.model.run_list.runs] == ["Run 1"]
    assert window.parts.plots.state()["horizontal"] == "step"
    quick.until(lambda: quick.verdicts == ["holds", "fails"])


def test_the_lab_opens_where_one_left_off(
    qtbot: QtBot, quick: Lab, fake_engine: SharedEngine, window: MainWindow, tmp_path: Path
) -> None:
    quick.run_through()
    assert window.files.save_to(tmp_path / "work.mlab")
    quick.close()
    again = Lab(qtbot, fake_engine)
    again.window.files.open_last()
    assert len(again.window.model.run_list) == 1 and "work.mlab" in again.window.windowTitle()
    again.window.files.new()
    again.close()
    third = Lab(qtbot, fake_engine)
    third.window.files.open_last()
    assert len(third.window.model.run_list) == 0
    third.close()


@pytest.mark.parametrize("content", ["version = 1\n[data]\nkind = 'circel'", "SQLite it is not"])
def test_a_file_that_is_wrong_gives_one_line_and_loses_nothing(
    quick: Lab, window: MainWindow, tmp_path: Path, content: str
) -> None:
    quick.run_through()
    before = window.model.editor.document
    file = tmp_path / ("wrong.toml" if "version" in content else "wrong.mlab")
    file.write_text(content, "utf-8")
    assert not window.files.open_path(file)
    (sentence,) = window.parts.info.sentences()
    assert ("did you mean 'circle'" in sentence) or ("is not a Margin Lab session" in sentence)
    assert window.model.editor.document == before and len(window.model.run_list) == 1


def test_a_dropped_experiment_file_is_opened(window: MainWindow, tmp_path: Path) -> None:
    file = tmp_path / "dropped.toml"
    file.write_text(QUICK.format(title="dropped", steps=9), "utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))
    assert window.model.editor.document.base.title == "dropped"


def test_an_unsaved_session_is_offered_back_in_a_line(
    qtbot: QtBot, quick: Lab, fake_engine: SharedEngine, window: MainWindow
) -> None:
    quick.run_through()
    quick.close()
    again = Lab(qtbot, fake_engine)
    again.window.recovery.offer()
    (line,) = again.window.parts.info.lines
    assert "with 1 run (Run 1), was never saved" in line.sentence
    line.chosen.emit(line.key, "restore")
    assert [run.status for run in again.window.model.run_list.runs] == [
        "done"
    ] and again.window.parts.info.lines == []
    again.close()


def test_several_unsaved_sessions_are_one_line_and_a_list(
    qtbot: QtBot, quick: Lab, window: MainWindow
) -> None:
    for steps in (100, 200, 300):
        quick.run_through(steps=steps)
        window.commands["new"].trigger()
        assert not window.parts.info.lines  # asked at the start alone
    window.recovery.offer()
    (line,) = window.parts.info.lines
    assert line.sentence == "3 sessions were never saved."
    line.chosen.emit(line.key, "show")
    dialog = window.findChild(QDialog, "unsaved_dialog")
    assert dialog.list.count() == 3 and "1 run (Run 1)" in dialog.list.item(0).text()
    qtbot.mouseClick(dialog.discard_button, Qt.MouseButton.LeftButton)
    assert dialog.list.count() == 3 and len(window.model.abandoned()) == 2
    assert "(discarded)" in dialog.list.item(2).text() and dialog.list.currentRow() == 0
    qtbot.mouseClick(dialog.restore_button, Qt.MouseButton.LeftButton)
    assert [run.experiment.run.steps for run in window.model.run_list.runs] == [200]
    assert len(window.model.abandoned()) == 1 == len(window.model.discarded())


def test_a_discarded_session_is_not_offered_again_and_can_be_taken_back(
    quick: Lab, window: MainWindow
) -> None:
    quick.run_through()
    window.commands["new"].trigger()
    window.recovery.offer()
    line = next(line for line in window.parts.info.lines if line.tone == "ask")
    (abandoned,) = window.model.abandoned()
    content = abandoned.path.read_bytes()
    line.chosen.emit(line.key, "discard")
    assert window.model.abandoned() == [] and len(window.model.discarded()) == 1
    window.recovery.offer()
    (line,) = window.parts.info.lines  # what was discarded is offered no more, and the way back is there
    assert "The session is discarded. It stays under File > Unsaved sessions" in line.sentence
    line.chosen.emit(line.key, "take_back")
    (again,) = window.model.abandoned()
    assert again.path.read_bytes() == content and not window.model.discarded()


def test_only_what_was_discarded_before_is_deleted_for_good(
    qtbot: QtBot, quick: Lab, window: MainWindow
) -> None:
    for steps in (100, 200):
        quick.run_through(steps=steps)
        window.commands["new"].trigger()
    window.recovery.show_list()
    dialog = window.findChild(QDialog, "unsaved_dialog")
    folder = window.model.abandoned()[0].path.parent

    def press(button: QPushButton) -> None:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    assert not dialog.delete_button.isEnabled()
    for _ in range(2):  # twice, as by mistake: both are discarded, none is lost
        press(dialog.discard_button)
    assert dialog.list.count() == 2 == len(window.model.discarded())
    assert dialog.discard_button.text() == "Take back" and dialog.delete_button.isEnabled()
    press(dialog.discard_button)
    (back,) = window.model.abandoned()
    (gone,) = window.model.discarded()
    dialog.list.setCurrentRow(1)
    for _ in range(2):
        press(dialog.delete_button)
    assert [session.path for session in window.model.abandoned()] == [back.path]
    assert not list(folder.glob(f"{gone.path.name}*")) and dialog.list.count() == 1
    dialog.list.setCurrentRow(0)
    press(dialog.discard_button)
    press(dialog.restore_button)  # one that was discarded is restored all the same
    assert [run.name for run in window.model.run_list.runs] == ["Run 1"]
    assert not list(folder.glob("*.discarded"))


# --- presets ------------------------------------------------------------------------------------------------


def test_a_preset_is_found_in_the_gallery_and_opened(qtbot: QtBot, window: MainWindow) -> None:
    window.commands["presets"].trigger()
    gallery = window.findChild(QDialog, "gallery")
    assert gallery is not None
    gallery.search.setText("telgarsky rings")
    assert gallery.current.id == "rings-ntk" and "Look for" in gallery.details.text()
    gallery.grab()
    qtbot.mouseClick(gallery.open_button, Qt.MouseButton.LeftButton)
    assert window.model.editor.edited.origin == "rings-ntk"
    window.commands["undo"].trigger()
    assert window.model.editor.experiment.data.kind == "circle"


def test_save_as_preset_lists_it_and_it_can_be_deleted(qtbot: QtBot, window: MainWindow) -> None:
    window.model.editor.edit("data.n", 32)
    window.commands["save_preset"].trigger()
    dialog = window.findChild(QDialog, "preset_dialog")
    dialog.title.setText("My circle")
    dialog.notes.setPlainText("more points")
    dialog.accept()
    (own,) = [entry for entry in presets() if entry.own]
    saved = load(own.path)
    assert (own.title, saved.base.data.n, saved.about.notes) == ("My circle", 32, "more points")
    assert saved.claims == window.model.editor.document.claims
    window.commands["presets"].trigger()
    gallery = window.findChild(QDialog, "gallery")
    gallery.refill(own.id)
    assert gallery.current.own and gallery.delete_button.isVisible()
    qtbot.mouseClick(gallery.delete_button, Qt.MouseButton.LeftButton)
    assert not [entry for entry in presets() if entry.own]
    gallery.close()


def test_an_exported_preset_is_the_same_experiment(window: MainWindow, tmp_path: Path) -> None:
    file = tmp_path / "shared.toml"
    assert window.files.export_preset_to(file)
    assert load(file).base == window.model.editor.document.base


# --- figures, help, theme -----------------------------------------------------------------------------------


def test_a_plot_is_exported_as_figure_and_data(quick: Lab, window: MainWindow, tmp_path: Path) -> None:
    window.parts.plots.export_requested.emit("margins", "figure")
    assert "nothing to export yet" in window.parts.info.sentences()[0]
    quick.run_through(steps=100)
    window.parts.plots.export_requested.emit("margins", "csv")
    dialog = window.findChild(QDialog, "figure_dialog")
    assert dialog.suffix == ".csv"
    quick.until(lambda: not dialog.preview.drawing.isNull())
    assert dialog.export_to(tmp_path / "margins.csv") and dialog.export_to(tmp_path / "margins.svg")
    head = (tmp_path / "margins.csv").read_text("utf-8").splitlines()[0]
    assert head.startswith("step,replica,") and "normalized_margin" in head
    assert "<svg" in (tmp_path / "margins.svg").read_text("utf-8")
    dialog.reject()


def test_every_quantity_is_explained(window: MainWindow) -> None:
    window.commands["quantities"].trigger()
    dialog = window.findChild(QDialog, "quantities")
    dialog.search.setText("kernel drift")
    shown = [row for row in range(dialog.table.rowCount()) if not dialog.table.isRowHidden(row)]
    assert [dialog.table.item(row, 0).text() for row in shown] == ["ntk_drift"]
    dialog.close()
    window.commands["about"].trigger()
    window.findChild(QDialog, "about_dialog").close()


def test_the_theme_follows_its_menu_and_is_remembered(window: MainWindow) -> None:
    dark = next(a for a in window.commands.theme_group.actions() if a.data() == "dark")
    dark.trigger()
    assert theme().dark and QApplication.palette().window().color().lightness() < 80
    assert window.grab().toImage().pixelColor(700, 300).lightness() < 100
    light = next(a for a in window.commands.theme_group.actions() if a.data() == "light")
    light.trigger()
    assert not theme().dark
