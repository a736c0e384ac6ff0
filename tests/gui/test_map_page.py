"""What a map's picture says of seeds that are left out: corners, hollow points, gaps, and words below."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.figures.map_lines import lines_seen
from engine.figures.maps import MapView, cell_in_words, map_seen, slices_seen
from engine.protocol.map_pictures import CellState
from engine.protocol.point_table import PointTable
from gui.choices_row import ChoicesRow
from gui.maps.cells_plot import untrained_colour
from gui.maps.map_page import MapPage
from gui.model.maps.axis_lines import AxisLine
from gui.pictures.low_scroll import LowScroll
from gui.plots.curves import Band
from tests.engine.figures.test_maps import grid, result

VIEW = MapView("param_norm", across=1, up=0)


@pytest.fixture
def table() -> PointTable:
    """Values of 2 x 3 x 2 places and 3 seeds: one diverged at the first, one failed and all diverged beside it."""
    table = PointTable(grid(seeds=3))
    table.take(result(point, 1.0 + point) for point in range(table.grid.runs))
    table.take([result(0, 9.0, "diverged"), result(12, 9.0, "failed")])
    table.take(result(point, 9.0, "diverged") for point in (6, 7, 8))
    return table


@pytest.fixture
def page(qtbot: QtBot) -> MapPage:
    page = MapPage()
    qtbot.addWidget(page)
    return page


def test_a_cell_lacks_a_corner_where_seeds_are_left_out_and_the_key_says_why(
    page: MapPage, table: PointTable
) -> None:
    seen = map_seen(table, VIEW)
    page.show_map("cells", seen)
    middles = page.body.cells.corners.ends.mean(axis=1).round().tolist()
    assert middles == [[0, 0], [2, 0]] and not page.body.cells.corners.boundingRect().isEmpty()
    assert (
        "◥</span> some seeds diverged" in page.body.key.text()
        and "◢</span> some seeds failed" in page.body.key.text()
    )
    assert cell_in_words(seen, 0, 0) == "parameter norm (l2), median of 2 of 3 seeds: 2.500; 1 diverged"
    assert cell_in_words(seen, 0, 1) == "parameter norm (l2), median: none; 3 diverged"
    assert cell_in_words(seen, 1, 0) == "parameter norm (l2), median of 3 seeds: 20.00"


def test_a_slice_has_hollow_points_where_seeds_are_left_out_and_no_band_where_nothing_is(
    page: MapPage, table: PointTable
) -> None:
    page.show_map("slices", map_seen(table, VIEW), slices_seen(table, VIEW))
    items = page.body.slices.canvas.view.childGroup.childItems()
    bands = [item for item in items if isinstance(item, Band)]
    hollow = [item for item in items if isinstance(item, pg.ScatterPlotItem)][1::2]
    assert [len(band.polygons) for band in bands] == [0, 1]
    np.testing.assert_allclose(10 ** hollow[0].getData()[1], [2.5, 14.5])  # as logarithms
    assert not len(hollow[1].getData()[0])
    assert "not of all seeds" in page.body.key.text() and "4 diverged, 1 failed." in page.body.key.text()


def test_lines_that_end_before_the_column_are_counted(page: MapPage, table: PointTable) -> None:
    page.show_map("lines", map_seen(table, VIEW), None, lines_seen(table, VIEW))
    assert "Grey lines have no value: 4 diverged, 1 failed." in page.body.key.text()


def test_a_line_keeps_room_for_its_words_when_text_grows(page: MapPage) -> None:
    line = page.choices.contour
    before, font = line.sizeHint().width(), line.font()
    font.setPointSizeF(2 * font.pointSizeF())
    line.setFont(font)
    assert line.sizeHint().width() > 1.6 * before


def test_places_that_are_not_trained_are_pale_as_the_key_says(page: MapPage) -> None:
    fresh = PointTable(grid(seeds=1))
    page.show_map("cells", map_seen(fresh, VIEW))
    assert not page.body.bar.isVisibleTo(page)
    fresh.take([result(0, 1.0), result(1, 9.0, "diverged")])
    page.show_map("cells", map_seen(fresh, VIEW))
    pale = untrained_colour()
    assert page.body.bar.isVisibleTo(page) and f'{pale.name()}">■</span> not trained' in page.body.key.text()
    pixels, states = page.body.cells.image.image, map_seen(fresh, VIEW).states
    np.testing.assert_array_equal((pixels == pale.getRgb()).all(axis=-1), states == CellState.WAITING)


def test_a_place_alone_has_a_bar_between_its_quartiles(page: MapPage, table: PointTable) -> None:
    page.show_map("slices", map_seen(table, VIEW), slices_seen(table, VIEW))
    bars = [item for item in page.body.slices._drawn if isinstance(item, pg.PlotCurveItem)][::2]
    assert [len(bar.getData()[0]) // 2 if bar.getData()[0] is not None else 0 for bar in bars] == [2, 0]


def test_axes_scroll_where_the_window_is_low(page: MapPage, qtbot: QtBot) -> None:
    lines = [AxisLine(f"axis{k}", f"axis {k}", "1, 2, 3") for k in range(5)]
    page.axes.show_axes(lines, seeds=1, order="grid", keep="final")
    page.resize(400, 900)
    page.show()
    inside = page.above.widget()
    qtbot.waitUntil(lambda: page.above.height() >= inside.minimumSizeHint().height())
    page.training.words.setText("A map of many words, whose sentence takes several lines where it is narrow")
    page.resize(400, 320)
    edits = list(page.axes.lines.values())
    qtbot.waitUntil(lambda: page.above.height() < inside.height())
    parts = [*edits, page.training, page.choices]
    corners = [part.mapTo(inside, part.rect().topLeft()).y() for part in parts]
    assert all(
        top + part.height() <= below for part, top, below in zip(parts, corners, corners[1:], strict=False)
    )
    assert page.training.words.height() >= page.training.words.heightForWidth(page.training.words.width())


def test_no_bar_stays_beside_choices_that_have_room_without_one(qtbot: QtBot) -> None:
    inside = QWidget()
    row = ChoicesRow(parent=inside)
    buttons = [QPushButton(f"button {k}", inside) for k in range(4)]
    row.add(*buttons)
    scroll = LowScroll(inside)
    qtbot.addWidget(scroll)
    scroll.show()
    on_one_line = row.sizeHint().width() + 2
    scroll.resize(on_one_line, 20)
    qtbot.waitUntil(scroll.verticalScrollBar().isVisible)
    scroll.resize(on_one_line, scroll.sizeHint().height())
    qtbot.waitUntil(lambda: not scroll.verticalScrollBar().isVisible())
    assert len({button.y() for button in buttons}) == 1


def test_a_card_is_as_wide_as_its_table(page: MapPage) -> None:
    row = "".join(f"<td align=right>&nbsp;0.12345{k}</td>" for k in range(9))
    page.body.show_card(
        f"<b>words</b><table><tr><td>parameter norm</td>{row}</tr></table>", ([], ""), can_open=True
    )
    assert page.body.card.minimumWidth() > 9 * page.body.card.fontMetrics().horizontalAdvance("0.12345")
    page.body.show_card("words", ([], ""), can_open=False)
    assert not page.body.card.minimumWidth()
