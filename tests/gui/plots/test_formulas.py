from __future__ import annotations

import html
import subprocess
import sys

import numpy as np
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip

from engine.experiment.columns import COLUMNS, formula_of
from gui.formula_letters import in_letters
from gui.plots.choices import Stroke
from gui.plots.formulas import Formulas, explanation, formulas, render
from gui.plots.header import Entry, HeaderReading, PlotHeader


def test_plots_come_up_without_matplotlib_and_torch() -> None:
    script = (
        "import sys, gui.plots.plots_view, gui.pictures.surface_view; "
        "print(sorted({'torch', 'matplotlib', 'scipy', 'sklearn', 'contourpy'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"


def test_every_column_s_formula_can_be_rendered() -> None:
    for column in COLUMNS:
        mask = render(formula_of(column.name.replace(".*", ".W1")))
        assert mask.max() > 200, column.name
        assert mask.shape[0] < 120, column.name
        assert mask.shape[1] < 900, column.name


def test_a_formula_is_text_until_it_is_rendered(qtbot) -> None:
    unknown = Formulas()
    with qtbot.waitSignal(unknown.rendered):
        assert unknown.image(r"\beta", "#ff0000") is None
    image = unknown.image(r"\beta", "#ff0000")
    assert image is not None
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    assert max(c.alpha() for c in pixels) > 200
    assert all(c.red() == 255 and c.green() == 0 for c in pixels if c.alpha() > 200)


def test_what_cannot_be_rendered_stays_text(qtbot) -> None:
    unknown = Formulas()
    with qtbot.waitSignal(unknown.rendered):
        unknown.image(r"\frac{", "#000000")
    assert unknown.known(r"\frac{")
    assert unknown.image(r"\frac{", "#000000") is None


def test_a_tooltip_explains_title_formula_help_and_source(qtbot) -> None:
    name = "cos_gradient"
    if not formulas().known(formula_of(name)):
        assert html.escape(in_letters(formula_of(name))) in explanation(name)
        qtbot.waitUntil(lambda: "<img" in explanation(name))
    text = explanation(name, "band: 10-90 %")
    for part in ("<b>alignment</b>", "data:image/png;base64", "stationary direction", "Lyu", "10-90 %"):
        assert part in text


def test_hovering_a_legend_entry_shows_its_tooltip(qtbot) -> None:
    header = PlotHeader("Margins")
    qtbot.addWidget(header)
    header.resize(500, 40)
    header.set_entries([Entry("margin", "margin", Stroke(), True, "#0072B2", "remark")], 2)
    header.set_readings(
        12, {"margin": [HeaderReading("one", "#0072B2", 0.5), HeaderReading("two", "#D55E00", 0.25)]}
    )
    header.show()
    place = header.entry_rect("margin").center()
    QApplication.sendEvent(header, QHelpEvent(QEvent.Type.ToolTip, place, header.mapToGlobal(place)))
    assert "remark" in QToolTip.text()
    assert "one: 0.5000; two: 0.2500" in QToolTip.text()
    QApplication.sendEvent(header, QHelpEvent(QEvent.Type.ToolTip, QPoint(2, 2), header.mapToGlobal(place)))
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())
    qtbot.waitUntil(lambda: formulas().known(formula_of("margin")))


def test_nothing_moves_while_values_run(qtbot) -> None:
    header = PlotHeader("Margins")
    qtbot.addWidget(header)
    header.resize(420, 40)
    entries = [Entry(name, name, Stroke(), True, "", "") for name in ("alpha", "beta", "gamma", "delta")]
    header.set_entries(entries, 2)
    places, height = [header.entry_rect(e.name) for e in entries], header.height()
    for value in (0.0, -1.234e-8, 123456.0, np.nan):
        header.set_readings(
            round(value) if value == 0 else None, {"alpha": [HeaderReading("run", "#0072B2", value)] * 2}
        )
        header.grab()
        assert [header.entry_rect(e.name) for e in entries] == places
        assert header.height() == height
    assert not any(a.intersects(b) for k, a in enumerate(places) for b in places[:k])
