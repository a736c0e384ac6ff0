"""Pages of many panels: legends stay in their cells, titles are no longer than their axes."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure, SubFigure

from engine.figures.compose import compose, look_of
from engine.figures.drawable import of_records
from engine.figures.figure_file import FigureSpec, OneLegend, PageSpec, PanelSpec, figure_from, figure_text
from engine.figures.folding import folded, width_of
from engine.figures.plots import PALETTE
from engine.figures.replicas import value_scale
from engine.figures.request import FigureRequest, FigureTrace
from engine.figures.style import dressed
from engine.protocol.records import schedule
from tests.engine.figures.material import columns, log_of

LONG = "gradient descent with the step size of the loss and a very-long-name-without-spaces-in-it, seed"
LABEL = "margin of the tangent kernel at every step stored"
SHOWN = ("margins", "norms", "margins", "kernel", "norms", "margins")


def many(coloured: bool, count: int = 8) -> tuple[FigureTrace, ...]:
    steps = np.array(schedule(200, 50, None))
    history = log_of(columns(last=200), steps, [60])
    title = "margin of the tangent kernel at the start of the run"
    scale = value_scale(title, [0.1 * k for k in range(count)])
    return tuple(
        FigureTrace(
            f"{LONG} {k}",
            scale.colours[k] if coloured else PALETTE[k % len(PALETTE)],
            history,
            ("normalized_margin", "param_norm"),
            colouring=scale if coloured else None,
        )
        for k in range(count)
    )


def drawn(
    rows: int, across: int, width: float, traces: tuple[FigureTrace, ...], one: OneLegend = "auto"
) -> Figure:
    label = LABEL if width > 40 * across else ""
    panels = tuple(
        PanelSpec(shows=SHOWN[k], row=k // across + 1, column=k % across + 1, y_label=label)
        for k in range(rows * across)
    )
    page = PageSpec(width_mm=width, rows=rows, columns=across, row_height_mm=50, shared_legend=one)
    figure = FigureSpec(page=page, panels=panels)
    look = look_of(figure.style)
    with dressed(look):
        drawables = [of_records(FigureRequest(panel.shows, traces)) for panel in panels]
        drawn = compose(figure, drawables, look)
        drawn.draw_without_rendering()
        assert not overlong(drawn)
    return drawn


def overlong(page: Figure) -> list[str]:
    """Return the titles that are longer than their axes."""
    found = []
    for axes in page.axes:
        for way, axis in enumerate((axes.xaxis, axes.yaxis)):
            box = axis.label.get_window_extent()
            room = (axes.bbox.width, axes.bbox.height)[way]
            if axis.label.get_text() and (box.width, box.height)[way] > 1.05 * room:
                found.append(axis.label.get_text())
    return found


def parts(figure: Figure | SubFigure) -> list[Figure | SubFigure]:
    """Return a figure and all parts of it."""
    return [figure, *(inner for part in figure.subfigs for inner in parts(part))]


def strays(page: Figure) -> list[str]:
    """Return what of the legends lies outside its cell, or over axes."""
    found = []
    for part in parts(page):
        cell = part.bbox
        for legend in part.legends:
            box = legend.get_window_extent()
            words = ", ".join(text.get_text() for text in legend.get_texts())
            if box.x0 < cell.x0 - 1 or box.x1 > cell.x1 + 1 or box.y0 < cell.y0 - 1 or box.y1 > cell.y1 + 1:
                found.append(f"outside: {words}")
            if any(box.overlaps(axes.bbox) for axes in page.axes):
                found.append(f"over axes: {words}")
    return found


@pytest.mark.parametrize(
    ("rows", "across", "width", "one"),
    [(1, 2, 85, "no"), (2, 2, 85, "no"), (2, 3, 85, "auto"), (2, 3, 170, "no")],
)
def test_legends_stay_in_their_cells_and_titles_beside_their_axes(
    rows: int, across: int, width: float, one: OneLegend
) -> None:
    assert not strays(drawn(rows, across, width, many(coloured=True), one=one))


def test_a_few_runs_of_long_names_stay_in_their_cells() -> None:
    assert not strays(drawn(1, 2, 170, many(coloured=False, count=3), one="no"))


def test_what_all_legends_say_stands_once_above_the_page() -> None:
    page = drawn(2, 2, 85, many(coloured=True))
    assert any("tangent kernel" in text.get_text() for text in page.legends[0].get_texts())
    within = [legend for part in parts(page)[1:] for legend in part.legends]
    assert not any("tangent kernel" in text.get_text() for legend in within for text in legend.get_texts())


def test_a_panel_of_other_runs_keeps_its_legend_and_so_do_the_others() -> None:
    panels = (PanelSpec(), PanelSpec(column=2))
    figure = FigureSpec(page=PageSpec(columns=2), panels=panels)
    traces = many(coloured=False, count=3)
    look = look_of(figure.style)
    with dressed(look):
        drawables = [of_records(FigureRequest("margins", some)) for some in (traces, traces[:2])]
        page = compose(figure, drawables, look)
    told = [text.get_text() for legend in page.legends for text in legend.get_texts()]
    assert not any("gradient" in words for words in told)


@pytest.mark.parametrize(("said", "means"), [("true", "yes"), ("false", "no"), ('"yes"', "yes")])
def test_files_that_know_no_auto_are_read_as_they_were_meant(said: str, means: str) -> None:
    figure = figure_from(f"version = 1\n[page]\nshared_legend = {said}\n[[panels]]\n")
    assert figure.page.shared_legend == means
    assert figure_from(figure_text(figure)) == figure


@pytest.mark.parametrize(
    "text", [LONG, "a" * 90, r"costs \$5 and \$6 a step " * 3, "layer norm " * 5 + r"$\|W_1\|_2$", " _x" * 30]
)
def test_folded_text_is_never_wider_than_its_room(text: str) -> None:
    lines = folded(text, 60, 7.5)
    assert width_of(lines, 7.5) <= 60 and lines.count("\n") <= 1
    assert lines.startswith(" ") == text.startswith(" ")
