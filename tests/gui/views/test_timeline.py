"""The timeline's numbers can be read wherever its handle is."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gui.views.timeline import FOOT, HANDLE, Timeline
from tests.benchmarks.plots_redraw import fake_log
from tests.gui.lab import on_screen


def test_the_handle_never_lies_over_the_last_number(qtbot: QtBot) -> None:
    timeline = on_screen(qtbot, Timeline(), 400, 70)
    timeline.show_run(fake_log(15_000), 15_000, [], "#0072b2")
    timeline.set_marked(1)
    image = timeline.grab().toImage()
    right, bottom = round(timeline.position_of(15_000)), timeline.height() - FOOT
    around = range(right - 15, right + 16)
    ground = image.pixel(right + 30, bottom + HANDLE)
    assert {image.pixel(x, y) for x in around for y in range(bottom + 2, bottom + HANDLE + 1)} == {ground}
    below = {image.pixel(x, y) for x in around for y in range(bottom + HANDLE + 1, timeline.height())}
    assert len(below) > 1, "the last number is not there"
