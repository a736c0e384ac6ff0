"""The names above a plot, each with a sample of its line, and lines on screens of any scale."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter
from PySide6.QtWidgets import QApplication, QStyleOptionGraphicsItem, QToolButton
from pytestqt.qtbot import QtBot

from gui.plots.choices import Stroke
from gui.plots.curves import Line, line_pen, offsets
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


@pytest.mark.parametrize("scale", [1, 2])
def test_dashes_are_as_long_on_a_fine_screen(qtbot: QtBot, scale: int) -> None:
    line = Line()
    line.setPen(line_pen("#ff0000", "dash"))
    nothing = np.empty(0)
    line.set_points((np.array([0.0, 400.0]), np.full(2, 50.0)), (nothing, nothing))
    image = QImage(400 * scale, 100 * scale, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    line.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    rows = range(40 * scale, 60 * scale)
    red = [any(image.pixelColor(x, y).blue() < 128 for y in rows) for x in range(50 * scale, 350 * scale)]
    dashes = sum(now and not before for before, now in pairwise(red))
    assert 300 // 11 - 1 <= dashes <= 300 // 11 + 1  # 7 drawn and 4 not, in pixels of scale 1


ACROSS, DOWN, FALLING, RISING = (1, 0), (0, 1), (1, 1), (1, -1)


CASES = [
    *product([1.5, 2, 3], ["solid"], [ACROSS, DOWN, FALLING, RISING]),
    *product([1.5, 2, 3], ["dash"], [ACROSS, DOWN]),
    *product([1], ["solid", "dash"], [ACROSS, DOWN]),  # along one diagonal its two strokes are one
]


@pytest.mark.parametrize(("scale", "style", "run"), CASES)
def test_a_line_is_as_wide_and_has_no_gap_on_a_screen_of_any_scale(
    qtbot: QtBot, scale: float, style: str, run: tuple[int, int]
) -> None:
    line = Line()
    line.setPen(line_pen("#000000", style))
    along, nothing = np.linspace(-40, 40, 20), np.empty(0)
    line.set_points((50 + along * run[0], 50 + along * run[1]), (nothing, nothing))
    side = round(100 * scale)
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(scale)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    line.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    ink = np.array([[1 - image.pixelColor(x, y).lightnessF() for x in range(side)] for y in range(side)])
    cuts = [cut for cut in (ink if run == DOWN else ink.T) if cut.max() > 0.5]
    cut = sorted(cuts, key=np.sum)[-1 if style == "dash" else len(cuts) // 2]  # not at a dash's end
    assert cut.sum() / scale * (1 if 0 in run else 0.5**0.5) == pytest.approx(1.5, abs=0.3)
    drawn = np.flatnonzero(cut > 0.1)
    assert cut[drawn[0] : drawn[-1] + 1].min() > 0.1


@pytest.mark.parametrize("reach", [0.0, 0.5, 1.0, 1.25, 2.0, 2.75, 3.5, 5.0])
def test_strokes_beside_one_another_leave_no_gap(reach: float) -> None:
    for places in zip(*offsets(reach), strict=True):
        ordered = sorted(places)
        assert ordered[-1] - ordered[0] == pytest.approx(reach)
        assert all(after - before <= 1 + 1e-9 for before, after in pairwise(ordered))


@pytest.mark.parametrize("width", [120, 200, 300, 400, 600])
@pytest.mark.parametrize("title", ["Margins", "Direction cosines"])
def test_title_buttons_step_and_names_never_lie_over_one_another(
    qtbot: QtBot, width: int, title: str
) -> None:
    header = PlotHeader(title)
    qtbot.addWidget(header)
    font = header.font()
    font.setPointSizeF(2 * font.pointSizeF())
    header.setFont(font)
    header.set_font(font)
    buttons = [QToolButton(header) for _ in range(2)]
    for button, words in zip(buttons, ("Columns ▾", "1−x"), strict=True):
        button.setText(words)
        header.add_button(button)
    header.set_entries([Entry(n, n, Stroke(), True, "#ff0000") for n in ("alignment", "cosine")], 1)
    header.resize(width, 200)
    header.show()
    QApplication.processEvents()
    header.set_readings(123_456, {})
    bold = QFontMetrics(font)
    end = 6 + bold.horizontalAdvance(header._title_words)
    assert end <= min(button.geometry().left() for button in buttons) or not header._title_words.strip("…")
    first = [header.entry_rect(name) for name in ("alignment", "cosine")]
    assert all(rect.left() >= end for rect in first if rect.top() == 2)
    assert not any(header._step_rect.intersects(rect) for rect in first)
    assert (buttons[0].text() == "▾") == (width < 600) or width < 500
