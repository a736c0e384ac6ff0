"""What people do with the table of runs, in the real window."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QToolButton

from engine.experiment.document import parse, to_toml
from engine.experiment.experiment import with_values
from engine.figures.run_pictures import scatter_table
from engine.protocol.messages import Finished, Recorded, RunStatus
from engine.protocol.records import RecordBatch
from engine.session import Session
from gui.main_window import MainWindow
from gui.model import session_contents
from gui.model.run_table.table import RunTable
from gui.run_table.run_table_view import RunTableView

from .lab import QUICK, Lab, files_answered

pytestmark = pytest.mark.one_window
RATES = (0.01, 0.03, 0.1, 0.3)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of eight runs: four step sizes and two seeds, each of two replicas."""
    document = parse(QUICK.format(title="rates", steps=50))
    path = tmp_path_factory.mktemp("table") / "rates.mlab"
    steps = np.arange(1, 51)
    with Session.create(path) as session:
        for place in range(8):
            eta = RATES[place % 4]
            changes = {"optimizer.step.eta": eta, "seed": 2 * (place // 4), "replicas": 2}
            text = to_toml(document.with_base(with_values(document.base, changes)))
            run = session.add_run(text, id=f"{place}", title=f"Run {place + 1}", replicas=2)
            loss = -eta * steps[:, None] * (1 + 0.1 * place + np.array([0.0, 0.01]))
            columns = {"log_loss": loss, "margin_ratio": 1 - np.exp(loss)}
            events = {"fitted_step": [round(3 / eta), round(4 / eta)], "separated_step": [None, None]}
            session.store(Recorded(run, RecordBatch(steps, columns), events, {}, 50, 1.0, 10.0))
            session.store(Finished(run, RunStatus.STOPPED if place == 7 else RunStatus.DONE, 50, "done", 1.0))
    return path


@pytest.fixture
def table(quick: Lab, window: MainWindow, path: Path, tmp_path: Path) -> RunTable:
    """The window with a copy of that session, its table in front."""
    copy = tmp_path / path.name
    copy.write_bytes(path.read_bytes())
    assert window.files.open_path(copy)
    window.parts.tabs.bring("runs")
    quick.until(lambda: window.model.table.count == 8 and not window.model.table.unread)
    settle(quick)
    return window.model.table


def settle(lab: Lab) -> None:
    """Wait until the table shows what it is."""
    table = lab.window.model.table
    lab.until(lambda: not table.is_busy and not lab.window.parts.tabs["runs"]._soon.isActive())


def view(lab: Lab) -> RunTableView:
    shown: RunTableView = lab.window.parts.tabs["runs"].view
    return shown


def column(lab: Lab, name: str) -> list[str]:
    """Return what a column says, row by row."""
    grid = view(lab).grid.grid
    place = [known.name for known in grid.shown.columns].index(name)
    return [grid.text(row, place) for row in range(grid.rowCount())]


def head(lab: Lab, name: str) -> None:
    """Click on the head of a column."""
    grid = view(lab).grid
    place = [known.name for known in grid.grid.shown.columns].index(name)
    header = grid.horizontalHeader()
    grid.scrollTo(grid.grid.index(0, place))
    lab.press(header.viewport(), QPoint(header.sectionViewportPosition(place) + 30, header.height() // 2))
    settle(lab)


def cell(
    lab: Lab,
    row: int,
    name: str,
    across: int = 30,
    keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    """Click on a cell, so many pixels from its left."""
    grid = view(lab).grid
    place = [known.name for known in grid.grid.shown.columns].index(name)
    grid.scrollTo(grid.grid.index(row, place))
    box = grid.visualRect(grid.grid.index(row, place))
    lab.press(grid.viewport(), QPoint(box.left() + across, box.center().y()), keys)
    settle(lab)


def plot_colours(window: MainWindow) -> set[str]:
    """Return the colours of the lines in the plot of losses."""
    lines = window.parts.plots.plots["loss"].series.values()
    return {one.line.opts["pen"].color().name() for one in lines if one.line.isVisible()}


def filtered(lab: Lab, text: str) -> None:
    """Type a filter and press Return."""
    lab.write(view(lab).choices.filter, text)
    lab.key(Qt.Key.Key_Return)
    settle(lab)


def test_a_person_reads_what_differs_and_how_runs_ended(quick: Lab, table: RunTable) -> None:
    names = [known.name for known in table.columns]
    assert names[:5] == ["star", "name", "status", "seed", "optimizer.step.eta"]
    assert {"margin_ratio", "log_loss", "fitted_step", "as_expected"} <= set(names)
    assert "data.n" not in names and "separated_step" not in names
    assert column(quick, "optimizer.step.eta") == ["0.01", "0.03", "0.1", "0.3"] * 2
    assert column(quick, "fitted_step")[:2] == ["350", "116.5"]
    assert column(quick, "status")[6:] == ["done", "stopped"]


def test_a_person_sorts_by_a_click_on_a_head(quick: Lab, table: RunTable) -> None:
    head(quick, "log_loss")
    assert column(quick, "name")[0] == "Run 8" and column(quick, "optimizer.step.eta")[-1] == "0.01"
    head(quick, "log_loss")
    assert column(quick, "name")[-1] == "Run 8"
    head(quick, "log_loss")
    assert column(quick, "name") == [f"Run {k}" for k in range(1, 9)]


def test_a_person_types_a_filter_and_is_told_the_nearest_name(quick: Lab, table: RunTable) -> None:
    filtered(quick, "eta < 0.1 and fitted_step > 200")
    assert column(quick, "name") == ["Run 1", "Run 5"]
    assert view(quick).count.text() == "2 of 8 runs"
    filtered(quick, "eta < 0.1 and fited_step > 200")
    assert "did you mean 'fitted_step'?" in view(quick).refusal.text() and view(quick).refusal.isVisible()
    assert column(quick, "name") == ["Run 1", "Run 5"]
    filtered(quick, "status = stopped or not (eta <= 0.1)")
    assert column(quick, "name") == ["Run 4", "Run 8"] and not view(quick).refusal.isVisible()
    quick.key(Qt.Key.Key_Escape)
    settle(quick)
    assert len(column(quick, "name")) == 8


def test_a_person_groups_runs_and_plots_draw_a_line_and_a_band_for_each_group(
    quick: Lab, window: MainWindow, table: RunTable
) -> None:
    quick.choose(view(quick).choices.group, "optimizer.step.eta")
    settle(quick)
    assert column(quick, "rows") == ["2"] * 4
    assert column(quick, "seed") == ["1 (0 to 2)"] * 4
    quick.until(lambda: len(window.model.groups.lines) == 4)
    colour = view(quick).choices.colour
    assert not colour.isEnabled() and colour.currentText() == "by group"
    of_first = window.model.groups.lines[0].colour
    quick.until(lambda: quick.rows[0].colour == quick.rows[4].colour == of_first)
    line = window.model.groups.lines[0]
    assert line.label == "learning rate 0.01 (4 replicas of 2 runs)" and line.history.records.replicas == 4
    window.parts.tabs.bring("plots")
    plots = window.parts.plots
    drawn = {f"optimizer.step.eta={eta}" for eta in RATES}
    quick.until(lambda: {run for run, _ in plots.plots["loss"].series} == drawn)
    assert [value for _, value in plots.values.entries()] == ["0.01", "0.03", "0.1", "0.3"]
    window.figures.export_plot("loss", "csv")
    exported = quick.dialog("figure_dialog").wanted.traces
    assert [trace.name for trace in exported] == [line.label for line in window.model.groups.lines]
    quick.dialog("figure_dialog").reject()
    window.parts.tabs.bring("runs")
    quick.double_press(view(quick).grid.viewport(), QPoint(20, 30))
    settle(quick)
    assert table.arrangement.filter == "eta = 0.03" and column(quick, "name") == ["Run 2", "Run 6"]


def test_runs_that_the_session_says_nothing_of_are_read_beside_the_window_each_once(
    quick: Lab, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a group whose claims compare each with all others, none of which was read when the session was opened."""
    claims = "".join(
        f'[[experiments]]\nname = "{name}"\n[[claims]]\nrun = "{name}"\ntext = "{name}"\ncheck = "final"\n'
        'of = "log_loss"\nat_most = 0.0\n'
        for name in "abcdef"
    )
    text, path = to_toml(parse(QUICK.format(title="six", steps=3) + claims)), tmp_path / "six.mlab"
    with Session.create(path) as session:
        for name in ("a", "b", "c", "d", "e", "f", ""):  # the last is looked at
            own_text = text if name else to_toml(parse(QUICK.format(title="", steps=3)))
            run = session.add_run(own_text, id=name or "z", title=f"Run {name}", experiment=name)
            columns = {"log_loss": -np.ones((3, 1))}
            session.store(Recorded(run, RecordBatch(np.arange(1, 4), columns), {}, {}, 3, 1.0, 10.0))
            session.store(Finished(run, RunStatus.DONE, 3, "done", 1.0))
        session.views = {"runs": {name: {"group": "one"} for name in "abcdef"}}
    monkeypatch.setattr(session_contents, "READ_AT_ONCE", 1)
    monkeypatch.setattr(window.model.reader, "want", lambda who, ids: None)
    own, read = threading.get_ident(), list[tuple[str, bool]]()
    load_run = Session.load_run

    def noted(session: Session, id: str) -> object:
        read.append((id, threading.get_ident() == own))
        return load_run(session, id)

    monkeypatch.setattr(Session, "load_run", noted)
    table = window.model.table
    table.watch(True)
    assert window.files.open_path(path)
    quick.until(lambda: table.count == 7 and not table.is_busy)
    told = [table.summary(name) for name in "abcdef"]
    assert [
        summary.verdicts[name].status for summary, name in zip(told, "abcdef", strict=True) if summary
    ] == ["holds"] * 6
    assert sorted(id for id, here in read if not here and id != "z") == list("abcdef")
    assert {id for id, here in read if here} <= {"z"}


def test_a_person_colours_runs_by_a_value_and_reads_the_legend_over_the_plots(
    quick: Lab, window: MainWindow, table: RunTable
) -> None:
    quick.choose(view(quick).choices.colour, "optimizer.step.eta")
    settle(quick)
    colours = table.colouring.colours
    assert colours["0"] == colours["4"] != colours["3"]
    window.parts.tabs.bring("plots")
    quick.until(lambda: window.parts.plots.values.isVisible())
    assert [value for _, value in window.parts.plots.values.entries()] == ["0.01", "0.03", "0.1", "0.3"]
    quick.until(lambda: quick.rows[0].colour == colours["0"])
    quick.until(lambda: plot_colours(window) == set(colours.values()))


def test_a_person_chooses_rows_and_the_plots_show_only_these(
    quick: Lab, window: MainWindow, table: RunTable
) -> None:
    cell(quick, 1, "name", 60)
    assert window.model.run_list.selected_id == "1"
    cell(quick, 3, "name", 60, Qt.KeyboardModifier.ControlModifier)
    quick.press(view(quick).findChild(QPushButton, "overlay_chosen"))
    assert [run.id for run in quick.runs if run.visible] == ["1", "3"]
    cell(quick, 0, "name", 10)  # its eye
    assert quick.runs[0].visible


def test_a_person_gives_stars_and_tags_takes_them_back_and_finds_them_in_the_file(
    quick: Lab, window: MainWindow, table: RunTable
) -> None:
    cell(quick, 2, "star", 10)
    assert quick.runs[2].starred
    cell(quick, 0, "name", 60)
    cell(quick, 1, "name", 60, Qt.KeyboardModifier.ShiftModifier)
    view(quick).make_menu().actions()
    view(quick)._on_tag()
    dialog = quick.dialog("tag_dialog")
    quick.write(dialog.findChild(QLineEdit), "paper, figure 2")
    quick.key(Qt.Key.Key_Return)
    assert quick.runs[1].tags == ("paper", "figure 2")
    window.model.undo_stack.undo()
    assert quick.runs[0].tags == quick.runs[1].tags == ()
    window.model.undo_stack.redo()
    settle(quick)
    cell(quick, 1, "tags", 20)
    quick.key(Qt.Key.Key_F2)
    quick.until(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    quick.key(Qt.Key.Key_End)
    quick.type(", best")
    quick.key(Qt.Key.Key_Return)
    assert quick.runs[1].tags == ("paper", "figure 2", "best")
    filtered(quick, "tags contains paper or star")
    assert column(quick, "name") == ["Run 1", "Run 2", "Run 3"]
    window.model.save()
    assert window.model.path is not None
    with Session.read(window.model.path) as session:
        assert session.entry("0").tags == ("paper", "figure 2") and session.entry("2").starred
        assert session.views["tabs"]["runs"]["arrangement"]["filter"] == "tags contains paper or star"


def test_what_is_typed_in_a_cell_outlives_runs_that_change_the_table(
    quick: Lab, window: MainWindow, table: RunTable
) -> None:
    cell(quick, 1, "name", 60)
    quick.key(Qt.Key.Key_F2)
    quick.until(lambda: isinstance(QApplication.focusWidget(), QLineEdit))
    quick.type("warm")
    window.model.run_list.delete(["0"])
    settle(quick)
    quick.type(" start")
    quick.key(Qt.Key.Key_Return)
    quick.until(lambda: quick.runs[0].name == "warm start")
    settle(quick)
    assert column(quick, "name")[0] == "warm start" and len(column(quick, "name")) == 7


def test_a_person_stars_a_group_and_takes_a_tag_of_its_runs(
    quick: Lab, window: MainWindow, table: RunTable
) -> None:
    window.model.run_list.tag(["1"], ["paper"], [])
    table.arrange(group="seed")
    settle(quick)
    grid = view(quick).grid
    quick.until(lambda: grid.grid.rowCount() == 2)
    grid.delegate.star_clicked.emit(grid.grid.keys[0][0])
    starred = {run.id for run in quick.runs if run.starred}
    assert starred in ({"0", "1", "2", "3"}, {"4", "5", "6", "7"})
    settle(quick)
    grid.selectRow(0)
    menu = view(quick).make_menu()
    assert [action.text() for action in menu.actions()][1] == "Take the star"
    gone = menu.actions()[3].menu()
    assert gone.isEnabled() and [action.text() for action in gone.actions()] == ["paper"]  # type: ignore[attr-defined]
    menu.close()


def test_a_person_draws_two_columns_against_each_other_and_clicks_a_point(
    quick: Lab, window: MainWindow, table: RunTable
) -> None:
    quick.press(view(quick).findChild(QToolButton, "scatter_button"))
    settle(quick)
    quick.until(lambda: view(quick).scatter is not None)
    scatter = view(quick).scatter
    assert scatter is not None
    quick.until(lambda: scatter.isVisible() and scatter.height() > 200)
    quick.choose(scatter.across, "optimizer.step.eta")
    quick.choose(scatter.up, "fitted_step")
    settle(quick)
    point = pytest.approx([np.log10(0.03), np.log10(116.5)])
    quick.until(lambda: [values[1] for values in scatter.points.getData()] == point)
    assert len(scatter.points.points()) == 8
    canvas = scatter.canvas
    place = canvas.mapFromScene(canvas.view.mapViewToScene(scatter.points.points()[1].pos()))
    quick.press(canvas.viewport(), place)
    quick.until(lambda: window.model.run_list.selected_id in ("1", "5"))
    picture = window.parts.tabs.pictures(window.model.run_list.selected_id)["run_scatter"]
    assert scatter_table(picture).splitlines()[:2] == ["name,learning rate,fitted step", "Run 1,0.01,350.0"]
    table.arrange(across="gone")
    settle(quick)
    quick.until(lambda: scatter.nearest(np.log10(0.03), np.log10(116.5)) is None)


def test_a_row_is_a_replica_where_a_person_asks_for_that(quick: Lab, table: RunTable) -> None:
    quick.press(view(quick).findChild(QToolButton, "replicas_button"))
    settle(quick)
    assert view(quick).count.text() == "16 replicas"
    assert column(quick, "replica")[:4] == ["0", "1", "0", "1"] and column(quick, "seed")[:2] == ["0", "1"]
    assert column(quick, "fitted_step")[:2] == ["300", "400"]


def test_a_person_takes_the_table_along_as_csv_and_latex(
    quick: Lab, table: RunTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table.arrange(columns=("name", "optimizer.step.eta", "log_loss"), filter="eta = 0.01", sort="name")
    settle(quick)
    export = view(quick).choices.export_requested
    with files_answered(monkeypatch, tmp_path / "out.csv"):
        export.emit("csv")
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[:2] == ["name,optimizer.step.eta,log_loss", "Run 1,0.01,-0.5025"]
    with files_answered(monkeypatch, tmp_path / "out.tex"):
        export.emit("latex")
    text = (tmp_path / "out.tex").read_text()
    assert "\\toprule\nrun & learning rate &" in text and "Run 5 & 0.01 & $-$0.7025 \\\\" in text
    table.arrange(group="seed", filter="")
    export.emit("copy")
    assert (
        QGuiApplication.clipboard().text().splitlines()[0].startswith("seed,rows,optimizer.step.eta median")
    )


def test_a_person_chooses_columns_and_finds_them_in_the_session_again(
    quick: Lab, window: MainWindow, table: RunTable
) -> None:
    quick.press(view(quick).findChild(QToolButton, "columns_button"))
    popup = view(quick).choices.popup
    assert popup is not None
    popup.search.setText("hidden widths")
    fields = next(
        h
        for k in range(popup.tree.topLevelItemCount())
        if (h := popup.tree.topLevelItem(k)) and not h.isHidden()
    )
    item = next(i for k in range(fields.childCount()) if (i := fields.child(k)) and not i.isHidden())
    item.setCheckState(0, Qt.CheckState.Checked)
    popup.hide()
    settle(quick)
    assert column(quick, "network.widths") == ["20"] * 8
    head(quick, "optimizer.step.eta")
    window.model.save()
    path = window.model.path
    window.model.start_new()
    assert path is not None and window.files.open_path(path)
    quick.until(lambda: table.count == 8 and not table.unread)
    settle(quick)
    assert table.columns[-1].name == "network.widths" and table.arrangement.sort == "optimizer.step.eta"


def test_a_run_that_is_trained_has_its_row(quick: Lab, window: MainWindow) -> None:
    window.parts.tabs.bring("runs")
    quick.until(view(quick).empty.isVisible)
    assert "No runs yet" in view(quick).empty.text()
    quick.run_through(steps=300)
    quick.until(lambda: window.model.table.count == 1 and column(quick, "status") == ["done"])
    quick.until(lambda: column(quick, "step") == ["300"])


def test_a_column_is_found_by_typing_in_a_list_that_has_headings(quick: Lab, table: RunTable) -> None:
    box = view(quick).choices.colour
    quick.press(box)
    picker = box.picker
    assert picker is not None and picker.isVisible()
    words = [picker.list.item(row).text() for row in range(picker.list.count())]
    assert (
        words[:2] == ["runs' own", "What differs"]
        and "   learning rate" in words[2 : words.index("Last values")]
    )
    values = words[words.index("Last values") + 1 : words.index("Events")]
    assert values == sorted(values, key=str.casefold) and len(values) > 1
    quick.type("fitted st")
    seen = [row for row in range(picker.list.count()) if not picker.list.isRowHidden(row)]
    assert [picker.list.item(row).text().strip() for row in seen] == ["Events", "fitted step"]
    quick.key(Qt.Key.Key_Return)
    assert not picker.isVisible() and table.arrangement.colour == "fitted_step"
    quick.press(box)
    quick.key(Qt.Key.Key_Escape)
    assert not picker.isVisible() and table.arrangement.colour == "fitted_step"
