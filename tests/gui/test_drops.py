"""Files dropped on the window are read where they are: whoever moves one would delete it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QStyleOptionViewItem,
    QTextEdit,
    QWidget,
)

from engine.experiment.document import parse, to_toml
from gui.controllers.recovery import UnsavedDialog
from gui.main_window import MainWindow
from gui.model.figures import FigureWanted
from gui.views.figure_dialog import FigureDialog
from gui.views.gallery import Gallery
from gui.views.help_dialogs import AboutDialog, Quantities
from gui.views.preset_dialog import PresetDialog
from tests.gui.lab import QUICK, Lab

COPY, MOVE = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction
LEFT, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier


@pytest.mark.parametrize("content", [QUICK.format(title="dropped", steps=9), "no experiment"])
def test_a_file_is_copied_though_moving_it_is_proposed(
    window: MainWindow, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "some.toml"
    file.write_text(content, "utf-8")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    for event in (
        QDragEnterEvent(QPoint(5, 5), COPY | MOVE, data, LEFT, SHIFT),
        QDragMoveEvent(QPoint(5, 5), COPY | MOVE, data, LEFT, SHIFT),
        QDropEvent(QPointF(5, 5), COPY | MOVE, data, LEFT, SHIFT),
    ):
        assert event.proposedAction() is MOVE  # as a file manager does while Shift is held
        QApplication.sendEvent(window, event)
        assert event.isAccepted() and event.dropAction() is COPY
    assert (window.model.editor.document.base.title == "dropped") == ("dropped" in content)


def test_what_can_only_be_moved_is_not_taken(window: MainWindow, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "some.toml"))])
    enter = QDragEnterEvent(QPoint(5, 5), MOVE, data, LEFT, SHIFT)
    QApplication.sendEvent(window, enter)
    assert not enter.isAccepted()
    drop = QDropEvent(QPointF(5, 5), MOVE, data, LEFT, SHIFT)
    window.dropEvent(drop)
    assert not drop.isAccepted() and not window.parts.info.sentences()


def test_no_text_field_takes_a_drop(quick: Lab) -> None:
    quick.run_through()
    window = quick.window
    runs = window.parts.side.runs
    index = runs.model.index(0)
    runs.delegate.createEditor(runs.view, QStyleOptionViewItem(), index)
    document = parse(QUICK.format(title="", steps=9))
    dialogs = [
        Gallery(window),
        Quantities(window),
        AboutDialog({}, window),
        PresetDialog(document, window),
        FigureDialog(FigureWanted("margins", (), {}), window),
        UnsavedDialog(list, window),
    ]
    fields = [
        field
        for field in window.findChildren(QWidget)
        if isinstance(field, QLineEdit | QPlainTextEdit | QTextEdit | QAbstractSpinBox)
    ]
    assert len(fields) > 20
    taking = [field for field in fields if field.acceptDrops()]
    taking += [f for f in fields if isinstance(f, QPlainTextEdit | QTextEdit) and f.viewport().acceptDrops()]
    assert not [(field.objectName(), field.parent()) for field in taking]
    for dialog in dialogs:
        dialog.reject()


def test_a_map_s_file_opens_as_its_experiment_and_says_so(quick: Lab, tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    axes = '\n[sweep]\naxes = [{ path = "network.init.scale", values = [0.5, 1.0] }]\n'
    file.write_text(QUICK.format(title="over scale", steps=9) + axes, "utf-8")
    assert quick.window.files.open_path(file)
    assert quick.window.parts.tabs.front.name == "maps"
    assert quick.sentences == [
        "map.toml is a map: Run trains its experiment alone, the tab Map all of its points."
    ]
    editor = quick.window.model.editor
    assert editor.document.sweep is not None and editor.document.base.title == "over scale"
    editor.edit("replicas", 2)
    assert editor.document.sweep is None and parse(to_toml(editor.document)).base.replicas == 2
    editor.undo_stack.undo()
    assert editor.document.sweep is not None
