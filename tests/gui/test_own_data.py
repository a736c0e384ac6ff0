"""Data of one's own, from a drop, a file or the clipboard to a run: one dialog, and fields of the experiment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton

from engine.data import make_data
from engine.data.recognition import checksum_of
from engine.experiment.data import CsvSpec, IdxSpec, NpzSpec
from engine.experiment.document import load
from gui.own_data.choices import ArchiveChoices
from gui.own_data.dialog import OwnDataDialog
from gui.own_data.picture_choices import PictureChoices
from gui.own_data.table_choices import CsvChoices
from gui.panels.data_drawing import plane
from tests.engine.data.idx_files import write_set
from tests.gui.lab import Lab, files_answered

pytestmark = pytest.mark.one_window

SPECIES = ("setosa", "versicolor", "virginica")


def flowers(count: int = 60) -> str:
    """Return a table of flowers with an index column and classes in words."""
    rows = [f"{i + 1},{5 + i % 7 * 0.1:.1f},{3 + i % 5 * 0.1:.1f},{SPECIES[i % 3]}" for i in range(count)]
    return "\n".join(["Id,length,width,species", *rows]) + "\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "flowers.csv"
    path.write_text(flowers())
    return path


def opened(lab: Lab) -> OwnDataDialog:
    """Return the dialog, once it has looked."""
    dialog = lab.dialog("own_data")
    assert isinstance(dialog, OwnDataDialog)
    settled(lab, dialog)
    return dialog


def settled(lab: Lab, dialog: OwnDataDialog) -> None:
    lab.until(lambda: not dialog.work.working and not dialog.packing.working)


def dropped(lab: Lab, content: QMimeData) -> bool:
    """Drop something on the window; say whether it was taken."""
    given = Qt.DropAction.CopyAction, content, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(lab.window, QDragEnterEvent(QPoint(5, 5), *given))
    drop = QDropEvent(QPointF(5, 5), *given)
    QApplication.sendEvent(lab.window, drop)
    return drop.isAccepted()


def take(lab: Lab, dialog: OwnDataDialog) -> None:
    lab.press(dialog.take_button)
    lab.until(lambda: not lab.dialogs("own_data"))


def test_dropping_a_table_of_text_classes_makes_it_the_data_of_a_run(quick: Lab, file: Path) -> None:
    before = quick.window.model.editor.document.base.data
    assert quick.drop(file, quick.window.parts.plots)
    dialog = opened(quick)
    assert dialog.rows.rows.rowCount() == 60 and "60 rows, 4 columns" in dialog.about.text()
    assert dialog.rows.rows.part(0) == "left out" and dialog.rows.rows.part(3) == "label"
    assert "60 points, 2 inputs" in dialog.points.caption.text()
    dialog.tests.setValue(20)
    quick.choose(dialog.scaling, "standardize")
    settled(quick, dialog)
    assert "12 to test" in dialog.points.caption.text()
    take(quick, dialog)
    data = quick.window.model.editor.document.base.data
    assert isinstance(data, CsvSpec)
    assert (data.path, data.label, data.ignore) == (str(file), "species", ("Id",))
    assert (data.test_fraction, data.normalize) == (0.2, "standardize")
    panel = quick.window.parts.experiment.panel.data
    quick.until(lambda: "48 points, 2 inputs, 3 classes, 12 to test" in panel.counts.text())
    assert plane(make_data(data))[-1] == "→ length, ↑ width"
    assert quick.window.windowTitle().partition(" – ")[0].endswith(", with the data of flowers.csv")
    quick.button("run")
    quick.until(lambda: bool(quick.runs))
    assert quick.run.experiment.data == data
    quick.window.model.undo_stack.undo()
    assert quick.window.model.editor.document.base.data == before


def test_the_label_and_the_inputs_can_be_chosen(quick: Lab, file: Path) -> None:
    quick.window.files.open_path(file)
    dialog = opened(quick)
    choices = dialog.choices
    assert isinstance(choices, CsvChoices)
    quick.choose(choices.label, "Id: counts the rows")
    settled(quick, dialog)
    assert "Labels" in dialog.problem.text() or "label" in dialog.problem.text()
    assert not dialog.take_button.isEnabled() and dialog.take_button.toolTip()
    quick.choose(choices.label, "species: text")
    settled(quick, dialog)
    assert dialog.take_button.isEnabled()
    choices.list.item(1).setCheckState(Qt.CheckState.Unchecked)
    settled(quick, dialog)
    assert isinstance(dialog.data, CsvSpec) and set(dialog.data.ignore) >= {"length"}
    dialog.reject()
    assert quick.window.model.editor.document.base.data.kind == "circle"


def test_what_is_recognised_of_a_european_table_is_shown_and_can_be_changed(
    quick: Lab, tmp_path: Path
) -> None:
    rows = "".join(f"{i % 9},{i}5;{i % 4},25;{'groß' if i % 2 else 'klein'}\n" for i in range(30))
    (tmp_path / "messung.txt").write_bytes(("länge;höhe;größe\n" + rows).encode("latin-1"))
    quick.window.files.open_path(tmp_path / "messung.txt")
    dialog = opened(quick)
    choices = dialog.choices
    assert isinstance(choices, CsvChoices)
    shown = [
        box.currentText() for box in (choices.header, choices.separator, choices.decimal, choices.encoding)
    ]
    assert shown == ["auto: names columns", "auto: semicolons", "auto: commas, 0,5", "Windows (Western)"]
    quick.choose(choices.separator, "commas")
    settled(quick, dialog)
    assert dialog.problem.text().startswith("✕ ") and not dialog.take_button.isEnabled()
    quick.choose(choices.separator, "semicolons")
    settled(quick, dialog)
    assert isinstance(dialog.data, CsvSpec) and dialog.data.separator == "semicolon"
    take(quick, dialog)
    made = make_data(quick.window.model.editor.document.base.data)
    assert made.class_names == ("groß", "klein") and made.raw.shape == (30, 2)


def test_a_table_with_a_hole_names_its_row_and_column(quick: Lab, tmp_path: Path) -> None:
    (tmp_path / "holes.csv").write_text("a,b,k\n1,2,x\n3,,y\n5,6,x\n1,1,y\n")
    quick.window.files.open_path(tmp_path / "holes.csv")
    dialog = opened(quick)
    assert (
        dialog.problem.text()
        == "✕ Line 3, column 2 (b) is empty; fill in a finite number or remove the line."
    )
    assert not dialog.take_button.isEnabled()
    dialog.reject()


def test_a_fault_far_down_a_large_table_is_said_before_it_is_taken(quick: Lab, tmp_path: Path) -> None:
    good = "".join(f"{i}.5,{i % 9},{'ab'[i % 2]}\n" for i in range(20_000))
    (tmp_path / "large.csv").write_text(f"{good}1.5,,a\n")
    quick.window.files.open_path(tmp_path / "large.csv")
    dialog = opened(quick)
    assert "rows of more" in dialog.about.text() and "The first 500 points" in dialog.points.caption.text()
    quick.press(dialog.take_button)
    settled(quick, dialog)
    assert "Line 20001, column 2 is empty" in dialog.problem.text() and dialog.isVisible()
    dialog.reject()


def test_embedded_data_go_with_the_session_and_the_preset(quick: Lab, file: Path, tmp_path: Path) -> None:
    quick.window.files.open_path(file)
    dialog = opened(quick)
    quick.press(dialog.embed, QPoint(8, 8))
    settled(quick, dialog)
    assert "The copy takes" in dialog.embed_words.text()
    take(quick, dialog)
    window, data = quick.window, quick.window.model.editor.document.base.data
    assert isinstance(data, CsvSpec) and data.embedded and data.path == "flowers.csv"
    window.model.save_as(tmp_path / "kept.mlab")
    assert window.files.export_preset_to(tmp_path / "out" / "own.toml") is False  # no such folder
    assert window.files.export_preset_to(tmp_path / "own.toml")
    file.unlink()
    window.model.start_new()
    assert window.files.open_path(tmp_path / "kept.mlab")
    assert len(make_data(window.model.editor.document.base.data).x) == 60
    assert len(make_data(load(tmp_path / "own.toml").base.data, tmp_path / "elsewhere").x) == 60


def test_a_table_too_large_to_embed_says_so(quick: Lab, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(size=(20_000, 2))
    (tmp_path / "noise.csv").write_text("".join(f"{a},{b},{a > b}\n" for a, b in noise))
    quick.window.files.open_path(tmp_path / "noise.csv")
    dialog = opened(quick)
    quick.press(dialog.embed, QPoint(8, 8))
    settled(quick, dialog)
    assert "at most 256.0 KiB" in dialog.embed_words.text() and not dialog.embed.isChecked()
    dialog.reject()


def test_an_exported_preset_has_a_path_beside_it_and_a_checksum(
    quick: Lab, file: Path, tmp_path: Path
) -> None:
    quick.window.files.open_path(file)
    take(quick, opened(quick))
    assert quick.window.files.export_preset_to(tmp_path / "own.toml")
    data = load(tmp_path / "own.toml").base.data
    assert isinstance(data, CsvSpec)
    assert (data.path, data.sha256) == ("flowers.csv", checksum_of(data, tmp_path))
    file.write_text(flowers(90))
    quick.window.files.open_path(tmp_path / "own.toml")
    quick.until(lambda: "is not what this experiment is about" in quick.said("data.path"))


def test_what_was_taken_is_looked_at_again_and_a_copy_is_taken_out(quick: Lab, file: Path) -> None:
    quick.window.files.open_path(file)
    take(quick, opened(quick))
    assert quick.window.files.recent()[0] == str(file)
    quick.menu("File", "Own data…")
    dialog = opened(quick)
    assert isinstance(dialog.choices, CsvChoices) and dialog.choices.label.currentText() == "species: text"
    dialog.reject()
    editor, row = quick.window.model.editor, quick.row("data.embedded")
    button = row.editor.findChild(QPushButton)
    quick.press(button)
    quick.until(lambda: bool(getattr(editor.document.base.data, "embedded", "")))
    quick.press(button)
    data = editor.document.base.data  # of another's file no more is read than what lies beside it
    assert isinstance(data, CsvSpec) and (data.embedded, data.path) == ("", "flowers.csv")


def test_another_path_in_the_form_is_another_file(quick: Lab, file: Path, tmp_path: Path) -> None:
    quick.window.files.open_path(file)
    dialog = opened(quick)
    quick.press(dialog.embed, QPoint(8, 8))
    settled(quick, dialog)
    take(quick, dialog)
    (tmp_path / "other.csv").write_text(flowers(30))
    quick.fill("data.path", str(tmp_path / "other.csv"))
    data = quick.window.model.editor.document.base.data
    assert isinstance(data, CsvSpec) and data.embedded == "" and data.path == str(tmp_path / "other.csv")


def test_a_table_on_the_clipboard_is_pasted(quick: Lab) -> None:
    QGuiApplication.clipboard().setText(flowers().replace(",", "\t"))
    quick.menu("Edit", "Paste experiment or data")
    dialog = opened(quick)
    assert dialog.embed.isChecked() and not dialog.embed.isEnabled()
    take(quick, dialog)
    data = quick.window.model.editor.document.base.data
    assert isinstance(data, CsvSpec) and data.path == "pasted.csv" and len(make_data(data).x) == 60


def test_rows_dragged_out_of_a_spreadsheet_are_taken(quick: Lab) -> None:
    content = QMimeData()
    content.setText(flowers().replace(",", "\t"))
    assert dropped(quick, content) and opened(quick).data.kind == "csv"
    quick.dialog("own_data").reject()


def test_the_arrays_of_an_archive_are_offered(quick: Lab, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    np.savez(tmp_path / "a.npz", first=random.normal(size=(30, 4)), second=random.normal(size=(20, 3)),
             kind=np.arange(30) % 2, other=np.arange(20) % 2)  # fmt: skip
    with files_answered(pytest.MonkeyPatch(), tmp_path / "a.npz"):
        quick.menu("File", "Open…")
    dialog = opened(quick)
    choices = dialog.choices
    assert isinstance(choices, ArchiveChoices)
    assert [choices.points.itemText(i) for i in range(choices.points.count())] == [
        "first (30 × 4, float64)",
        "second (20 × 3, float64)",
    ]
    quick.choose(choices.points, "second (20 × 3, float64)")
    settled(quick, dialog)
    assert "does not go with second" in dialog.problem.text()
    quick.choose(choices.labels, "other (20, int64)")
    settled(quick, dialog)
    take(quick, dialog)
    data = quick.window.model.editor.document.base.data
    assert isinstance(data, NpzSpec) and (data.x, data.y) == ("second", "other")


def test_a_folder_of_pictures_is_dropped(quick: Lab, tmp_path: Path) -> None:
    folder = write_set(tmp_path / "set", [0, 1, 2] * 20, [0, 1, 2] * 5)
    assert quick.drop(folder, quick.window.parts.side)
    dialog = opened(quick)
    choices = dialog.choices
    assert isinstance(choices, PictureChoices) and not dialog.tests.isEnabled()
    quick.write(choices.classes, "0, 2")
    quick.key(Qt.Key.Key_Return)
    choices.train.setValue(30)
    settled(quick, dialog)
    assert "inputs, 10 to test" in dialog.points.caption.text()
    take(quick, dialog)
    data = quick.window.model.editor.document.base.data
    assert isinstance(data, IdxSpec) and (data.classes, data.train, data.folder) == ((0, 2), 30, str(folder))


def test_what_is_no_data_is_refused_in_one_line(quick: Lab, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear diary\n")
    quick.window.files.open_path(tmp_path / "letter.txt")
    quick.until(lambda: bool(quick.sentences))
    assert "is neither a session (.mlab) nor an experiment file (.toml), and no data: " in quick.sentences[0]
    assert not quick.dialogs("own_data")


def test_data_of_another_kind_leave_out_what_was_varied(quick: Lab, file: Path) -> None:
    editor = quick.window.model.editor
    editor.change({"vary": {"data.phase": [0.1, 0.2]}}, "vary the phase", "vary")
    assert editor.document.base.vary
    quick.drop(file, quick.window.parts.plots)
    take(quick, opened(quick))
    assert editor.document.base.data.kind == "csv" and not editor.document.base.vary
    quick.until(lambda: any("No longer varied: " in sentence for sentence in quick.sentences))


def test_two_files_dropped_at_once_open_the_experiment(quick: Lab, file: Path, tmp_path: Path) -> None:
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(file)), QUrl.fromLocalFile(str(tmp_path / "e.toml"))])
    (tmp_path / "e.toml").write_text("no experiment")
    assert dropped(quick, content)
    quick.until(lambda: bool(quick.sentences))
    assert "e.toml" in quick.sentences[0] and not quick.dialogs("own_data")


def test_choices_made_while_data_are_read_are_all_taken(quick: Lab, tmp_path: Path) -> None:
    file = tmp_path / "wide.csv"
    file.write_text(flowers().replace(",", ";"))
    quick.window.files.open_path(file)
    dialog = opened(quick)
    assert isinstance(dialog.choices, CsvChoices)
    quick.choose(dialog.choices.header, "is a point")
    quick.choose(dialog.choices.header, "names columns")
    dialog.tests.setValue(20)
    settled(quick, dialog)
    assert isinstance(dialog.data, CsvSpec) and dialog.data.label == "species"
    dialog.tests.setValue(30)
    quick.press(dialog.take_button)
    assert not dialog.embed.isEnabled()
    quick.until(lambda: not quick.dialogs("own_data"))
    assert quick.window.model.editor.document.base.data.test_fraction == 0.3
