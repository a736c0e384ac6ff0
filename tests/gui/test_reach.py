"""Everything is within reach: of a few letters, of the keyboard alone, of eyes that want larger text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton, QScrollArea, QWidget

from gui.controllers.palette_places import actions_in
from gui.focus_ring import FocusMarker, FocusRing
from gui.forms.field_list import fields_of
from gui.forms.row import Row
from gui.model.finding import Finding, found
from gui.tabs.offered import bare, controls_in, title_of
from gui.text_size import has_own_size, text_size
from gui.views.palette import Palette
from tests.gui.lab import Lab, files_answered

pytestmark = pytest.mark.one_window

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def usual_text_again() -> Iterator[None]:
    yield
    text_size().set(100)


def find(lab: Lab, words: str) -> Palette:
    """Open the palette with its key, and type."""
    lab.window.activateWindow()
    lab.until(lab.window.isActiveWindow)
    lab.key(Qt.Key.Key_K, CONTROL)
    palette = lab.dialog("palette")
    assert isinstance(palette, Palette)
    lab.type(words)
    return palette


def take(lab: Lab, words: str, title: str = "") -> None:
    """Find something and take it, with the keyboard alone."""
    palette = find(lab, words)
    lab.until(lambda: palette.current is not None and title in palette.current.title)
    lab.key(Qt.Key.Key_Return)
    lab.until(lambda: not lab.dialogs("palette"))
    lab.window.activateWindow()
    lab.until(lambda: lab.window.isActiveWindow() and not lab.window.finder.is_about_to)


def row_in_focus(lab: Lab) -> Row | None:
    widget = lab.window.focusWidget()
    while widget is not None and not isinstance(widget, Row):
        widget = widget.parentWidget()
    return widget


def test_open_a_preset_run_it_read_its_verdict_and_export_a_figure_with_the_keyboard_alone(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = lab.window
    take(lab, "circle global margin", "Circle")
    assert window.model.editor.document.base.title.startswith("Circle: gradient descent")
    take(lab, "run.steps", "Steps")
    row = row_in_focus(lab)
    assert row is not None and row.path == "run.steps"
    lab.type("16000")
    lab.key(Qt.Key.Key_F5)
    lab.until(lambda: lab.runs and lab.run.status == "done")
    lab.until(lambda: "holds" in lab.verdicts)
    assert lab.run.steps == 16_000
    file = tmp_path / "margins.pdf"
    with files_answered(monkeypatch, file):
        take(lab, "export figure", "Export figure")
        dialog = lab.dialog("figure_dialog")
        export = dialog.findChild(QPushButton, "figure_export")
        lab.until(export.isEnabled)
        while dialog.focusWidget() is not export:
            lab.key(Qt.Key.Key_Tab)
        lab.key(Qt.Key.Key_Space)
        lab.until(lambda: not lab.dialogs("figure_dialog"))
    assert file.read_bytes().startswith(b"%PDF")


def test_find_a_field_that_is_folded_away_and_it_is_in_sight_with_the_focus(quick: Lab) -> None:
    window = quick.window
    panel = window.parts.experiment.panel
    for section in panel.sections.values():
        section.open(False)
    window.commands["left_column"].setChecked(False)
    take(quick, "refresh", "Refresh")
    row = row_in_focus(quick)
    assert row is not None and row.path == "optimizer.step.refresh"
    quick.until(lambda: row.visibleRegion().boundingRect().height() == row.height())


def test_find_a_field_that_only_another_kind_has_and_the_choice_has_the_focus(quick: Lab) -> None:
    take(quick, "learning rate", "Learning rate")
    row = row_in_focus(quick)
    assert row is not None and row.path == "optimizer.step.kind"


def test_every_field_of_the_list_is_brought_into_sight(quick: Lab) -> None:
    panel = quick.window.parts.experiment.panel
    paths = [spec.path for spec in fields_of(quick.window.model.editor.experiment)]
    assert len(paths) > 40 and len(set(paths)) == len(paths)
    assert [path for path in paths if not panel.reveal(path)] == []


def test_find_a_run_among_runs_and_it_is_selected(quick: Lab) -> None:
    first = quick.run_through()
    second = quick.run_through()
    quick.window.model.run_list.set_visible(first.id, False)
    take(quick, first.name, first.name)
    run_list = quick.window.model.run_list
    assert run_list.selected is first and first.visible and second.visible


def test_what_cannot_be_done_is_shown_with_the_reason_and_enter_does_nothing(quick: Lab) -> None:
    palette = find(quick, "stop")
    assert palette.current is not None and palette.current.id == "stop"
    assert palette.words.text() == "Nothing is under way."
    quick.key(Qt.Key.Key_Return)
    assert palette.isVisible()
    quick.key(Qt.Key.Key_Escape)
    assert not quick.dialogs("palette")


def test_the_palette_opens_from_within_a_line_of_text(quick: Lab) -> None:
    line = quick.row("seed").editor.findChild(QLineEdit)
    assert line is not None
    line.setFocus()
    quick.key(Qt.Key.Key_K, CONTROL)
    assert quick.dialogs("palette")


def test_larger_text_is_larger_everywhere_plots_too_and_is_kept(quick: Lab, usual_text_again: None) -> None:
    window = quick.window
    widgets = [widget for widget in window.findChildren(QWidget) if widget.isVisible()]
    before = {widget: widget.font().pointSizeF() for widget in widgets}
    assert any(has_own_size(widget) for widget in widgets)
    ticks = window.parts.plots.plots["margins"].canvas.small.pointSizeF()
    for _ in range(3):
        quick.key(Qt.Key.Key_Plus, CONTROL)
    quick.until(lambda: text_size().settled)
    assert text_size().percent == 150 and QSettings().value("text size") == 150
    unlike = {w for w in widgets if abs(w.font().pointSizeF() / before[w] - 1.5) > 0.02}
    assert unlike == set()
    assert window.parts.plots.plots["margins"].canvas.small.pointSizeF() == pytest.approx(1.5 * ticks)
    quick.key(Qt.Key.Key_0, CONTROL)
    quick.until(lambda: text_size().settled)
    assert {w for w in widgets if w.font().pointSizeF() != pytest.approx(before[w])} == set()


def test_another_size_asked_for_while_one_is_taken_up_is_what_stays(
    quick: Lab, usual_text_again: None
) -> None:
    window = quick.window
    before = {widget: widget.font().pointSizeF() for widget in window.findChildren(QWidget)}
    for name in ("larger_text", "larger_text", "smaller_text"):
        window.commands[name].trigger()
        QApplication.processEvents()
    quick.until(lambda: text_size().settled)
    assert text_size().percent == 110
    assert {w for w in before if w.font().pointSizeF() != pytest.approx(1.1 * before[w])} == set()


def test_columns_hide_and_come_back_and_the_next_window_has_them_so(quick: Lab) -> None:
    window = quick.window
    quick.row("seed").editor.focus()
    quick.key(Qt.Key.Key_F8)
    assert not window.parts.experiment.isVisible() and window.parts.side.isVisible()
    quick.key(Qt.Key.Key_F9)
    assert not window.parts.side.isVisible()
    window.laid_out.remember()
    quick.key(Qt.Key.Key_F8)
    quick.key(Qt.Key.Key_F9)
    assert window.parts.experiment.isVisible() and window.parts.side.isVisible()
    window.laid_out.restore()
    assert not window.parts.experiment.isVisible() and not window.parts.side.isVisible()


def test_show_it_to_a_room_keep_that_by_a_name_and_come_back(quick: Lab, usual_text_again: None) -> None:
    window = quick.window
    plots = window.parts.plots
    window.commands["reset_layout"].trigger()
    quick.until(lambda: window.laid_out.settled)
    widths = window.body.sizes()
    window.commands["lecture"].trigger()
    quick.until(lambda: window.laid_out.settled)
    assert text_size().percent == 150 and len(plots.area.shown) == 3
    assert not window.parts.experiment.isVisible() and window.body.sizes()[2] > widths[2]
    sizes = window.parts.side.sizes()
    assert sizes[1] > 0.7 * sum(sizes) and sizes[2:] == [0, 0]
    window.laid_out.keep_as("The large / room")
    window.commands["reset_layout"].trigger()
    quick.until(lambda: window.laid_out.settled)
    assert text_size().percent == 100 and window.parts.experiment.isVisible()
    assert window.body.sizes() == widths and all(window.parts.side.sizes())
    take(quick, "arrangement large", "Arrangement: The large ∕ room")
    quick.until(lambda: window.laid_out.settled)
    assert text_size().percent == 150 and not window.parts.experiment.isVisible()


def test_the_notes_that_a_lecture_hides_come_back_with_a_column(quick: Lab, usual_text_again: None) -> None:
    window = quick.window
    window.commands["lecture"].trigger()
    quick.until(lambda: window.laid_out.settled)
    assert not window.parts.side.notes.isVisible()
    quick.key(Qt.Key.Key_F8)
    assert window.parts.side.notes.isVisible()


def test_the_usual_arrangement_brings_a_window_onto_its_screen(quick: Lab, usual_text_again: None) -> None:
    window = quick.window
    available = window.screen().availableGeometry()
    text_size().set(200)
    window.setGeometry(300, 200, available.width() + 400, available.height() + 300)
    QApplication.processEvents()
    window.commands["reset_layout"].trigger()
    quick.until(lambda: window.laid_out.settled)
    assert available.contains(window.frameGeometry())


def test_let_one_plot_fill_the_tab_and_come_back_with_escape(quick: Lab) -> None:
    plots = quick.window.parts.plots
    before = plots.on_screen()
    button = plots.plots["norms"].maximise_button
    quick.press(button)
    assert plots.on_screen() == ["norms"] and "other plots" in button.accessibleName()
    QApplication.processEvents()
    assert plots.plots["norms"].height() > 0.9 * plots.area.height()
    quick.key(Qt.Key.Key_Escape)
    assert plots.on_screen() == before and "fill" in button.accessibleName()


def test_escape_brings_the_plots_back_though_the_focus_is_elsewhere(quick: Lab) -> None:
    plots = quick.window.parts.plots
    before = plots.on_screen()
    quick.press(plots.plots["norms"].maximise_button)
    quick.window.parts.transport.buttons["run"].setFocus()
    quick.key(Qt.Key.Key_Escape)
    assert plots.on_screen() == before
    quick.press(plots.plots["norms"].maximise_button)
    assert quick.window.parts.experiment.panel.reveal("run.steps")
    quick.type("7")
    quick.key(Qt.Key.Key_Escape)  # first what is typed
    assert plots.on_screen() == ["norms"]
    quick.key(Qt.Key.Key_Escape)
    assert plots.on_screen() == before


def test_the_focus_is_seen_on_a_button_of_the_frame_s_own_colour(quick: Lab, qapp: QApplication) -> None:
    button = quick.window.parts.transport.buttons["run"]
    before = button.grab().toImage()
    ring = FocusRing(button)
    after = button.grab().toImage()
    line = [(x, button.height() // 2) for x in range(6)]
    assert any(before.pixelColor(*at).name() != after.pixelColor(*at).name() for at in line)
    ring.deleteLater()


def test_plots_scroll_rather_than_become_too_low_to_be_read(quick: Lab, usual_text_again: None) -> None:
    window, plots = quick.window, quick.window.parts.plots
    window.resize(900, 600)
    QApplication.processEvents()
    assert min(plots.plots[id].canvas.height() for id in plots.on_screen()) >= 160
    assert plots.area.scrolls
    text_size().set(200)
    QApplication.processEvents()
    assert min(plots.plots[id].canvas.view.height() for id in plots.on_screen()) >= 90


def test_a_frame_shows_where_the_focus_is(quick: Lab, qapp: QApplication) -> None:
    window = quick.window
    FocusMarker(qapp, window)
    for _ in range(3):
        quick.key(Qt.Key.Key_Tab)
        now = qapp.focusWidget()
        rings = [ring for ring in window.findChildren(FocusRing) if ring.isVisible()]
        assert [ring.parentWidget() for ring in rings] == [now]
        assert rings[0].geometry() == now.rect()


def test_the_largest_text_leaves_the_window_on_a_small_screen_and_no_form_scrolls_sideways(
    quick: Lab, usual_text_again: None
) -> None:
    window, tabs = quick.window, quick.window.parts.tabs
    window.commands["lecture"].trigger()
    quick.until(lambda: window.laid_out.settled)
    quick.key(Qt.Key.Key_F8)
    for _ in range(4):
        quick.key(Qt.Key.Key_Plus, CONTROL)
    for name in tabs.tabs:
        tabs.bring(name)
        QApplication.processEvents()
        assert window.minimumSizeHint().width() <= 884, name
    window.resize(884, 590)
    QApplication.processEvents()
    forms = window.parts.experiment.panel.findChild(QScrollArea)
    assert forms is not None and forms.horizontalScrollBar().maximum() == 0


def test_a_preset_opened_for_a_room_shows_as_many_plots_as_before(quick: Lab, usual_text_again: None) -> None:
    window, plots = quick.window, quick.window.parts.plots
    window.commands["lecture"].trigger()
    quick.until(lambda: window.laid_out.settled)
    window.files.open_preset("circle_global_margin")
    assert len(plots.area.shown) == 3
    window.commands["reset_layout"].trigger()
    quick.until(lambda: window.laid_out.settled)
    plots.present(["gamma_hat"])
    assert len(plots.area.shown) == 5


def test_letters_are_put_together_from_the_beginnings_of_words_of_short_titles() -> None:
    entries = [
        Finding("preset", "1", "What breaks it: the same learning rate"),
        Finding("action", "2", "Show claims"),
    ]
    assert found("timeline", entries) == []
    assert [(match.entry.id, match.places) for match in found("shcl", entries)] == [("2", {0, 1, 5, 6})]


def test_let_a_plot_fill_the_tab_by_its_name(quick: Lab) -> None:
    take(quick, "fill kernel", "Fill the tab with")
    assert len(quick.window.parts.plots.on_screen()) == 1


def palette_titles(lab: Lab) -> list[str]:
    palette = find(lab, "")
    titles = [entry.title for entry in palette._entries]
    lab.key(Qt.Key.Key_Escape)
    return titles


def test_all_that_buttons_and_menus_offer_is_found(quick: Lab) -> None:
    tabs = quick.window.parts.tabs
    quick.run_through()
    for name, tab in tabs.tabs.items():
        tabs.bring(name)
        controls = {
            (control.objectName(), title_of(control).replace("only this", "only these"))
            for control in controls_in(tab.page, hidden=True)
        }
        foretold = {(offer.control, offer.title) for offer in tab.foretold()}
        assert name == "plots" or controls <= foretold, name
    tabs.bring("plots")
    titles = palette_titles(quick)
    lower = "\n".join(titles).casefold()
    told = [
        bare(action).casefold()
        for menu in (
            *(action.menu() for action in quick.window.menuBar().actions()),
            *(plot.context_menu for plot in tabs["plots"].view.plots.made.values()),
            quick.window.parts.side.runs.make_menu(),
        )
        if isinstance(menu, QMenu)
        for _, action in actions_in(menu)
    ]
    assert [words for words in told if words not in lower and words not in ("find", "none yet")] == []
    assert len(set(titles)) > 100


def test_compare_two_steps_is_found_and_its_tab_comes_forward(quick: Lab) -> None:
    quick.run_through()
    take(quick, "compare two", "Compare two steps")
    tab = quick.window.parts.tabs.front
    assert tab.name == "surface" and tab.compared is not None and tab.compared.step is not None
    find(quick, "columns margins")
    quick.key(Qt.Key.Key_Return)
    quick.until(lambda: QApplication.activePopupWidget() is quick.window.parts.plots.plots["margins"].menu)
    assert quick.window.parts.tabs.front.name == "plots"
    quick.window.parts.plots.plots["margins"].menu.close()
