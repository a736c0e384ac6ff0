"""What a hand holds comes to an end, whatever takes it out of the hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.data import make_data
from engine.experiment.data import CircleSpec
from gui.forms.field_spec import Limits
from gui.forms.slider import FieldSlider
from gui.panels.data_preview import DataPreview
from tests.gui.lab import Lab

LEFT = Qt.MouseButton.LeftButton


def slider(window: QWidget) -> tuple[FieldSlider, Signal]:
    line = FieldSlider(Limits(least=0, open_least=True), False, window)
    line.show_value(0.1)
    return line, line.dragging


def preview(window: QWidget) -> tuple[DataPreview, Signal]:
    points = DataPreview(window)
    points.show_data(make_data(CircleSpec(kind="circle", n=200)))
    return points, points.dragging


def escape(_widget: QWidget, other: QWidget) -> None:
    QTest.keyClick(other, Qt.Key.Key_Escape)


def hide(widget: QWidget, _other: QWidget) -> None:
    widget.window().hide()


def leave_the_window(widget: QWidget, _other: QWidget) -> None:
    QApplication.sendEvent(widget.window(), QEvent(QEvent.Type.WindowDeactivate))


def lose_focus(widget: QWidget, _other: QWidget) -> None:
    QApplication.sendEvent(widget, QFocusEvent(QEvent.Type.FocusOut))


def places(widget: QWidget) -> Iterator[QPoint]:
    """Give places all over a widget."""
    for y in range(3, widget.height(), 4):
        for x in range(3, widget.width(), 4):
            yield QPoint(x, y)


@pytest.mark.parametrize("end", [escape, hide, leave_the_window, lose_focus])
@pytest.mark.parametrize("make", [slider, preview])
def test_a_drag_ends_with_whatever_takes_it_out_of_the_hand(
    make: Callable[[QWidget], tuple[QWidget, Signal]],
    end: Callable[[QWidget, QWidget], None],
    qtbot: QtBot,
) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    widget, dragging = make(window)
    widget.setGeometry(0, 0, 240, 160)
    other = QWidget(window)
    window.show()
    said: list[bool] = []
    dragging.connect(said.append)
    for place in places(widget):
        QTest.mousePress(widget, LEFT, pos=place)
        if said:
            break
    assert said == [True]
    end(widget, other)
    assert said == [True, False]
    QTest.mouseRelease(widget, LEFT, pos=place)
    assert said == [True, False]


def test_what_is_edited_after_escape_ended_a_drag_is_another_undo(quick: Lab) -> None:
    quick.load_quick()
    editor, line = quick.window.model.editor, quick.row("data.radius").slider
    assert line is not None
    middle = QPoint(line.width() // 2, line.height() // 2)
    QTest.mousePress(line, LEFT, pos=middle)
    QTest.mouseMove(line, middle + QPoint(12, 0))
    QTest.keyClick(quick.window, Qt.Key.Key_Escape)
    dragged = editor.experiment.data.radius
    editor.edit("data.radius", 7.0)
    quick.window.commands["undo"].trigger()
    assert editor.experiment.data.radius == dragged
