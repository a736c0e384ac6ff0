"""The names above a plot: each with a sample of its line."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from gui.plots.choices import Stroke
from gui.plots.header import Entry, PlotHeader


@pytest.mark.parametrize("scale", [1, 2, 3])
@pytest.mark.parametrize("thin", [False, True])
def test_a_line_s_sample_has_no_gap_on_a_screen_of_any_scale(qtbot: QtBot, scale: int, thin: bool) -> None:
    header = PlotHeader("Margins")
    qtbot.addWidget(header)
    header.resize(500, 40)
    header.set_entries([Entry("margin", "margin", Stroke(thin=thin), True, "#ff0000")], 0)
    image = QImage(header.size() * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.white)
    header.render(image)
    column = (header.entry_rect("margin").left() + 4) * scale
    drawn = [y for y in range(image.height()) if image.pixelColor(column, y).hslSaturation() > 150]
    height = scale if thin else 2 * scale
    assert drawn == list(range(drawn[0], drawn[0] + height))
