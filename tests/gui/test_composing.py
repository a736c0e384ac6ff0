"""What a person does to compose a figure of what is on screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QPushButton

from engine.figures.figure_file import PanelFields, figure_text, load_figure
from engine.words.errors import Refusal
from gui.forms.text_editors import FreeChoiceEditor
from gui.model.asked_pictures import AskedPictures
from gui.model.composition import first_figure
from gui.model.figures import panel_traces, run_of_picture
from gui.model.kept_figures import KeptFigures
from gui.model.session_views import SessionViews
from gui.views.composer import ComposerDialog
from gui.views.figure_dialog import FigureDialog
from gui.views.film_dialog import FilmDialog
from gui.views.runs_editor import RunsEditor, names_text, parse_names
from tests.gui.lab import Lab

pytestmark = pytest.mark.one_window
FIGURE = figure_text(first_figure("norms"))


@pytest.fixture
def composer(quick: Lab) -> ComposerDialog:
    """Open the composer over a run."""
    quick.run_through(steps=50)
    quick.window.figures.compose()
    dialog = quick.dialog("composer")
    assert isinstance(dialog, ComposerDialog)
    return dialog


def add(composer: ComposerDialog, title: str) -> None:
    menu = composer.panels.add_menu
    menu.triggered.emit(next(action for action in menu.actions() if action.text() == title))


def drawn(quick: Lab, composer: ComposerDialog) -> None:
    quick.until(lambda: not composer.preview.drawing.isNull() and composer.export_button.isEnabled())


def test_choices_of_a_panel_are_said_in_words(quick: Lab, composer: ComposerDialog) -> None:
    form = composer.panels.form
    shows, across = (form.row(f"panel.{name}").editor for name in ("shows", "horizontal"))
    assert isinstance(shows, FreeChoiceEditor) and isinstance(across, FreeChoiceEditor)
    assert shows.text() == "Margins" and across.text() == "log₁₀ step"
    boxes = [box for box in form.findChildren(QComboBox) if box.isEditable()]
    said = [box.itemText(k) for box in boxes for k in range(box.count())]
    assert len(boxes) == 2 and not any("_" in text for text in said)
    shows.set_text("kernel spectrum")
    shows.commit()
    assert composer.composition.panel.shows == "spectrum" and shows.text() == "Kernel spectrum"


def test_a_figure_of_two_panels_is_composed_copied_and_exported(
    quick: Lab, composer: ComposerDialog, tmp_path: Path
) -> None:
    composer.page.edited.emit("page.columns", 2)
    add(composer, "Parameter norm")
    composer.panels.form.edited.emit("panel.title", "Growth")
    assert [composer.panels.list.item(k).text() for k in range(2)] == ["(a)  Margins", "(b)  Growth"]
    drawn(quick, composer)
    composer.findChild(QPushButton, "composer_copy").click()
    clipboard = QGuiApplication.clipboard().mimeData()
    assert clipboard.hasImage() and b"Growth" in bytes(clipboard.data("image/svg+xml").data())
    assert composer.export_to(tmp_path / "figure.pdf", ".pdf")
    assert (tmp_path / "figure.pdf").read_bytes().startswith(b"%PDF")
    composer.reject()
    quick.window.figures.compose()  # the session keeps it
    again = quick.dialog("composer")
    assert isinstance(again, ComposerDialog)
    assert [panel.title for panel in again.composition.figure.panels] == ["", "Growth"]
    again.reject()


def test_a_session_keeps_several_figures_under_their_names(quick: Lab, composer: ComposerDialog) -> None:
    line = composer.figures
    composer.page.edited.emit("page.columns", 2)
    line.rename("Norms and margins")
    line.new_button.click()
    assert line.box.currentText() == "New figure" and composer.composition.figure.page.columns == 1
    composer.page.edited.emit("page.rows", 2)
    assert line.box.currentText() == "Figure 1"
    composer.reject()
    views = SessionViews.read(json.loads(json.dumps(quick.window.model.views.stored())))
    assert (
        list(views.figures.texts) == ["Norms and margins", "Figure 1"] and views.figures.shown == "Figure 1"
    )
    quick.window.figures.compose()
    again = quick.dialog("composer")
    assert isinstance(again, ComposerDialog)
    again.figures.box.activated.emit(0)
    assert again.composition.figure.page.columns == 2 and not again.composition.can_undo
    again.reject()


def test_a_figure_that_was_deleted_is_put_back_in_its_place(quick: Lab, composer: ComposerDialog) -> None:
    kept, line = quick.window.model.views.figures, composer.figures
    composer.page.edited.emit("page.columns", 2)
    line.rename("Norms")
    line.new_button.click()
    composer.page.edited.emit("page.rows", 2)
    line.box.activated.emit(0)
    line.delete_button.click()
    assert list(kept.texts) == ["Figure 1"] and composer.composition.figure.page.rows == 2
    line.delete_button.click()
    assert not kept.texts and line.box.currentText() == "New figure" and not line.delete_button.isEnabled()
    quick.qtbot.keyClick(composer, "z", Qt.KeyboardModifier.ControlModifier)
    line.back_button.click()
    assert list(kept.texts) == ["Norms", "Figure 1"] and composer.composition.figure.page.columns == 2
    assert line.back_button.isHidden()
    composer.reject()


def test_a_figure_is_kept_once_it_is_changed_and_opened_again(quick: Lab, composer: ComposerDialog) -> None:
    kept = quick.window.model.views.figures
    composer.reject()
    quick.window.figures.compose()
    again = quick.dialog("composer")
    assert isinstance(again, ComposerDialog) and kept.stored() == {}
    again.page.edited.emit("page.columns", 2)
    again.reject()
    quick.window.figures.compose()
    last = quick.dialog("composer")
    assert isinstance(last, ComposerDialog) and last.composition.figure.page.columns == 2
    assert list(kept.texts) == ["Figure 1"]
    last.reject()


def test_figures_that_another_lab_wrote_are_named_and_stay_as_they_are() -> None:
    strange = {"texts": {"A": "version = 9", "B": 3, "C": FIGURE}, "shown": "A", "later": [1]}
    kept = KeptFigures.read(json.loads(json.dumps(strange)), None)
    first = first_figure("margins")
    kept.show_last(first)
    assert kept.name == "C" and kept.readable() == ["C"]
    with pytest.raises(Refusal, match="“A” cannot be read and is kept as it is"):
        kept.show("A")
    kept.remove(first)
    kept.keep(first_figure("directions"))
    assert kept.name == "Figure 1" and kept.stored()["later"] == [1]
    assert {name: kept.texts[name] for name in "AB"} == {"A": "version = 9", "B": 3}
    assert KeptFigures.read(["odd"], FIGURE).stored() == {
        "odd": ["odd"],
        "texts": {"Figure 1": FIGURE},
        "shown": "Figure 1",
    }


@pytest.mark.parametrize("names", [("two words", "a, b", 'say "no"', 'it\'s "so"', "[1]", " edge "), ()])
def test_names_of_runs_are_read_as_they_were_written(names: tuple[str, ...]) -> None:
    assert parse_names(names_text(names)) == names
    assert parse_names('first run, second; "a, b"') == ("first run", "second", "a, b")


def test_runs_of_a_panel_are_chosen_from_a_list_whatever_their_names_are(quick: Lab) -> None:
    first, second = quick.run_through(steps=50), quick.run_through(steps=60)
    quick.window.model.run_list.rename(first.id, "small net, η = 0.1")
    quick.window.figures.compose()
    composer = quick.dialog("composer")
    assert isinstance(composer, ComposerDialog)
    row = composer.panels.form.row("panel.runs")
    assert row is not None and isinstance(row.editor, RunsEditor)
    action = next(a for a in row.editor.menu.actions() if a.data() == first.name)
    action.setChecked(True)
    row.editor.menu.triggered.emit(action)
    assert composer.composition.panel.runs == (first.name,)
    row.editor.line.setText(f"{row.editor.text()}, {second.id[:8]}")
    row.editor.commit()
    assert composer.composition.panel.runs == (first.name, second.id[:8])
    drawn(quick, composer)
    twice = composer.composition.panel.model_copy(update={"runs": (second.id[:8], second.name)})
    assert [trace.id for trace in panel_traces(composer._wanted, twice)] == [second.id]
    composer.reject()


def test_a_figure_that_is_called_as_a_new_one_is_chosen_by_its_name(composer: ComposerDialog) -> None:
    line = composer.figures
    line.rename("New figure")
    line.box.activated.emit(0)
    assert line.box.offered(0) == "New figure" and line.box.currentIndex() == 0
    composer.reject()


def test_what_a_drawing_said_goes_with_its_cause(composer: ComposerDialog) -> None:
    trouble = composer.trouble
    composer._troubles = {0: Refusal("", None, "has no picture yet")}
    composer._on_drawn("")
    assert not trouble.isHidden() and "no picture yet" in trouble.text()
    composer._troubles = {}
    composer._on_drawn("")
    assert trouble.isHidden() and composer.export_button.isEnabled()
    composer.reject()


def test_a_panel_that_cannot_be_drawn_says_so_in_its_place_and_the_others_stay(quick: Lab) -> None:
    quick.run_through(steps=50)
    quick.run_through(steps=60)
    quick.window.figures.compose()
    composer = quick.dialog("composer")
    assert isinstance(composer, ComposerDialog)
    add(composer, "Tangent kernel")
    assert len(composer.composition.panel.runs) == 1
    composer.panels.form.edited.emit("panel.runs", ())
    row = composer.panels.form.row("panel.runs")
    assert row is not None
    quick.until(lambda: "must name one run for a picture" in row.message)
    assert not composer.preview.drawing.isNull() and not composer.export_button.isEnabled()
    assert "(b): runs: must name one run" in composer.export_button.toolTip()
    composer.panels.remove_button.click()
    drawn(quick, composer)
    composer.reject()


def test_a_picture_begins_with_a_run_where_plots_draw_groups(quick: Lab) -> None:
    run = quick.run_through(steps=50)
    quick.run_through(steps=60)
    quick.window.model.table.arrange(group="seed")
    quick.until(lambda: quick.window.model.groups.lines)
    wanted = quick.window.figures._wanted("surface")
    assert wanted is not None and wanted.groups
    panel = PanelFields(shows="surface", **run_of_picture(wanted, run.id))
    assert [trace.id for trace in panel_traces(wanted, panel)] == [run.id]
    everything = panel_traces(wanted, PanelFields(shows="margins"))
    assert everything == wanted.groups
    quick.window.model.table.arrange(group="")


def test_the_figure_of_a_session_of_before_is_kept() -> None:
    views = SessionViews.read({"figure": figure_text(first_figure("norms"))})
    assert views.figures.figure("Figure 1").panels[0].shows == "norms"


def test_what_was_composed_is_taken_back_and_made_again(quick: Lab, composer: ComposerDialog) -> None:
    add(composer, "Direction cosines")
    assert composer.composition.figure.page.rows == 2
    composer.panels.remove_button.click()
    composer.composition.undo()
    assert [panel.shows for panel in composer.composition.figure.panels] == ["margins", "directions"]
    composer.composition.undo()
    composer.composition.redo()
    composer.composition.choose(1)
    composer.composition.move(-1)
    panels = composer.composition.figure.panels
    assert [(panel.shows, panel.row) for panel in panels] == [("directions", 1), ("margins", 2)]
    composer.reject()


def test_a_wrong_value_is_refused_at_its_field(quick: Lab, composer: ComposerDialog) -> None:
    composer.panels.form.edited.emit("panel.row", 3)
    row = composer.panels.form.row("panel.row")
    assert row is not None and "lies outside the grid, which has 1 row" in row.message
    assert composer.composition.panel.row == 1
    composer.panels.form.edited.emit("panel.runs", ("Nobody",))
    runs = composer.panels.form.row("panel.runs")
    assert runs is not None
    quick.until(lambda: "names no run that is shown" in runs.message)
    composer.reject()


def test_a_style_that_was_saved_dresses_another_figure(quick: Lab, composer: ComposerDialog) -> None:
    composer.style_form.edited.emit("style.font_size", 11.0)
    composer.styles.save_as("My journal")
    composer.style_form.edited.emit("style.font_size", 5.0)
    box = composer.styles.box
    box.activated.emit(box.findText("My journal"))
    assert composer.composition.figure.style.font_size == 11.0
    composer.reject()


def test_an_annotation_is_written_into_a_panel(quick: Lab, composer: ComposerDialog) -> None:
    menu = composer.panels.note_menu
    menu.triggered.emit(menu.actions()[2])
    (form,) = composer.panels._note_forms
    form.edited.emit("note[0].x", 0.0)
    row = form.row("note[0].x")
    assert row is not None
    quick.until(lambda: "above 0 on a logarithmic axis" in composer.preview.text() or row.message)
    form.edited.emit("note[0].x", 10.0)
    drawn(quick, composer)
    composer.panels.remove_note.click()
    assert composer.composition.panel.annotations == ()
    composer.reject()


def test_the_export_of_one_plot_is_a_door_to_the_composer(
    quick: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick.run_through(steps=50)
    quick.window.figures.export_figure()
    dialog = quick.dialog("figure_dialog")
    assert isinstance(dialog, FigureDialog)
    dialog.compose_button.click()
    composer = quick.dialog("composer")
    assert isinstance(composer, ComposerDialog)
    path = tmp_path / "figure.toml"
    monkeypatch.setattr("gui.views.composer.file_to_save", lambda *_: path)
    composer.findChild(QPushButton, "composer_save").click()
    assert load_figure(path) == composer.composition.figure
    composer.reject()


def film(quick: Lab, id: str) -> FilmDialog:
    """Ask for a film of four small pictures."""
    quick.window.figures.animate()
    dialog = quick.dialog("film_dialog")
    assert isinstance(dialog, FilmDialog)
    dialog.views.setCurrentIndex(dialog.views.findData(id))
    dialog.frames.setValue(4)
    dialog.width_mm.setValue(30)
    return dialog


def test_a_plot_is_made_a_film_while_the_window_lives(quick: Lab, tmp_path: Path) -> None:
    quick.run_through(steps=50)
    dialog = film(quick, "margins")
    dialog.make(tmp_path / "margins.gif")
    quick.until(lambda: not quick.dialogs("film_dialog"))
    with Image.open(tmp_path / "margins.gif") as moving:
        assert moving.n_frames == 4
    assert any("margins.gif" in sentence for sentence in quick.sentences)


def test_a_film_that_is_cancelled_leaves_nothing(quick: Lab, tmp_path: Path) -> None:
    quick.run_through(steps=50)
    dialog = film(quick, "norms")
    dialog.make(tmp_path / "norms.gif")
    quick.until(lambda: dialog.progress.value() > 0)
    dialog.reject()
    assert list(tmp_path.glob("*.gif")) == []


def test_a_panel_over_steps_has_the_stored_ones_though_the_last_keeps_all_to_go_on(quick: Lab) -> None:
    run = quick.run_through(steps=50)
    asked = AskedPictures(quick.window.model, quick.window)
    steps = run.history.steps_of(0)
    theta = quick.window.model.store.snapshot(run.id, steps[-1]).arrays["theta"]
    assert asked._stored(run, 0, steps, theta.nbytes).steps.tolist() == steps


def test_a_figure_that_is_only_begun_cannot_be_deleted_nor_the_one_before_it() -> None:
    kept = KeptFigures({"Figure 1": FIGURE}, "Figure 1")
    kept.draft = first_figure("norms")
    kept.remove(first_figure("norms"))
    assert list(kept.texts) == ["Figure 1"] and not kept.deleted
