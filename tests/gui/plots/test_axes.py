from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.plots.axes import Axis, Ticks, linear_ticks, log_ticks, power_of_ten
from gui.plots.base import PlotCanvas
from gui.plots.plots_view import PlotsView


def labels(ticks: Ticks) -> list[str]:
    return [text for _, text in sorted(ticks) if text]


def test_a_log_axis_says_powers_of_ten_or_decimals() -> None:
    for low, high, most, expected in (
        (0.0, 4.0, 6, ["1", "10", "10²", "10³", "10⁴"]),
        (-3.2, 0.1, 5, ["10⁻³", "10⁻²", "10⁻¹", "1"]),
        (0.0, 1.5, 6, ["1", "2", "5", "10", "20"]),
        (math.log10(0.018), math.log10(0.025), 5, ["0.018", "0.020", "0.022", "0.024"]),
        (-1000.0, 10.0, 5, ["10⁻¹⁰⁰⁰", "10⁻⁵⁰⁰", "1"]),
        (-6.9, -5.4, 6, ["2×10⁻⁷", "5×10⁻⁷", "10⁻⁶", "2×10⁻⁶"]),
        (-18.3, -18.1, 3, ["6×10⁻¹⁹", "7×10⁻¹⁹"]),
    ):
        assert labels(log_ticks(low, high, most)) == expected


def test_a_log_axis_marks_two_to_nine_between_powers_without_a_word() -> None:
    minor = [place for place, text in log_ticks(0, 3, 4) if not text]
    assert minor == pytest.approx(sorted(e + math.log10(d) for e in range(3) for d in range(2, 10)))


def test_an_axis_that_counts_says_whole_numbers_alone(qapp: QApplication) -> None:
    axis = Axis("bottom", log=True)
    axis.whole = True
    axis.setGeometry(QRectF(0, 0, 300, 30))
    axis.setRange(0.0, math.log10(3.0))
    assert labels(axis.ticks()) == ["1", "2", "3"]


def test_a_linear_axis_says_plain_numbers() -> None:
    for low, high, most, expected in (
        (-0.03, 0.025, 6, ["−0.03", "−0.02", "−0.01", "0", "0.01", "0.02"]),
        (0, 15000, 5, ["0", "5,000", "10,000", "15,000"]),
        (0.99999, 1.0, 3, ["0.999990", "0.999995", "1.000000"]),
        (-41, 0, 3, ["−40", "−20", "0"]),
        (0, 3e-8, 4, ["0", "1×10⁻⁸", "2×10⁻⁸", "3×10⁻⁸"]),
        (1e8, 3e8, 3, ["1×10⁸", "2×10⁸", "3×10⁸"]),
    ):
        assert labels(linear_ticks(low, high, most)) == expected


@given(st.floats(-1200, 1200), st.floats(1e-6, 2400), st.floats(1, 30))
def test_no_range_has_too_many_labels_and_each_stands_where_it_says(
    low: float, span: float, most: float
) -> None:
    ticks = log_ticks(low, low + span, most)
    assert len(labels(ticks)) <= 1.2 * most + 3
    assert all(low - 1e-6 * span <= place <= low + span * (1 + 1e-6) for place, _ in ticks)
    for place, text in ticks:
        if text.startswith("10") and set(text[2:]) <= set("⁻⁰¹²³⁴⁵⁶⁷⁸⁹"):
            assert power_of_ten(round(place)) == text


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.floats(1, 30))
def test_linear_ticks_are_in_range_and_few(low: float, span: float, most: float) -> None:
    ticks = linear_ticks(low, low + span, most)
    assert len(ticks) <= most + 2
    assert all(low - 1e-6 * span <= place <= low + span * (1 + 1e-6) for place, _ in ticks)


RANGES = ((-3655.1041, 2e-3), (0.00541, 0.002), (193.5463, 1e-5), (-9e-4, 1e-4), (0.0, 1500.0), (-25.0, 40.0))
"""Their least, and how far they reach."""


def cut_off(canvas: PlotCanvas, painter: QPainter) -> list[str]:
    """Return the labels that are not painted anew as a whole, or not on the canvas as a whole."""
    found = []
    for axis in (canvas.left_axis, canvas.bottom_axis, canvas.right_axis):
        for place, _, text in axis.generateDrawSpecs(painter)[2]:
            letters = place.adjusted(1, 3, -1, -3)
            on_canvas = QRectF(canvas.viewport().rect()).contains(axis.mapRectToScene(letters))
            found += [] if axis.boundingRect().contains(letters) and on_canvas else [text]
    return found


@pytest.mark.parametrize("log", [False, True])
def test_no_label_is_cut_off_however_far_it_is_zoomed(qtbot: QtBot, view: PlotsView, log: bool) -> None:
    canvas = view.plots["loss"].canvas
    canvas.set_left_title("log₁₀ loss", log)
    canvas.bottom_axis.set_log(log)
    paper = QPixmap(1, 1)
    with QPainter(paper) as painter:
        for (low, span), height in product(RANGES, (400, 1200)):
            canvas.view.setRange(xRange=(low, low + span), yRange=(low, low + span), padding=0)
            view.resize(view.width(), height)  # and so the same range at another height
            QApplication.processEvents()  # the width of an axis follows its labels, and the layout that width
            qtbot.waitUntil(lambda: not cut_off(canvas, painter))
