"""Figures of units, samples and layers: drawn from what the engine answers, with nothing clipped."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from engine.figures.compose import compose
from engine.figures.drawable import of_picture
from engine.figures.figure_file import figure_from
from engine.figures.neurons import arrows, kinks
from engine.figures.pictures import PICTURES
from engine.figures.samples import carried, margin_map, support_limit
from engine.figures.style import dressed, style
from engine.inspection.inspected_run import InspectedRun
from engine.inspection.layers import LayerAnswers
from engine.inspection.neurons import NeuronAnswers
from engine.inspection.samples import SampleAnswers
from engine.protocol.layers import AskLayers
from engine.protocol.neurons import AskNeurons, UnitsSeen
from engine.protocol.pictures import Picture
from engine.protocol.samples import AskSamples, MarginsSeen, support_of
from engine.protocol.stored_steps import StoredSteps
from tests.engine.cases import trained
from tests.engine.figures.material import picture_alone
from tests.engine.inspection.questions import CLASSES, SAID, ask

KINDS: dict[str, tuple[Any, Any]] = {
    "neurons": (NeuronAnswers, AskNeurons),
    "unit_norms": (NeuronAnswers, AskNeurons),
    "margins_map": (SampleAnswers, AskSamples),
    "margins_histogram": (SampleAnswers, AskSamples),
    "singular_values": (LayerAnswers, AskLayers),
    "layer_spectra": (LayerAnswers, AskLayers),
}


@pytest.fixture(scope="module")
def pictures() -> dict[str, Picture]:
    """Return a picture of every kind, of a run of two classes in the plane."""
    return answered({**SAID, "network.bias": "first"})


def answered(said: dict[str, Any]) -> dict[str, Picture]:
    training = trained(said)
    run, theta = InspectedRun(training.problem), training.state.theta
    stored = StoredSteps(np.array([0, 1, 30]), np.stack([training.problem.initial[0], theta[0], theta[0]]))
    return {
        id: answerer().answer(ask(question, said, None, stored=stored), run, theta, None)
        for id, (answerer, question) in KINDS.items()
    }


def drawn(id: str, picture: Picture) -> Figure:
    look = style("paper", 85)
    with dressed(look):
        figure = picture_alone(id, picture, 85, look)
        figure.draw_without_rendering()
    return figure


@pytest.mark.parametrize("id", KINDS)
def test_every_figure_has_its_axes_within_the_page(pictures: dict[str, Picture], id: str) -> None:
    figure = drawn(id, pictures[id])
    renderer = FigureCanvasAgg(figure).get_renderer()
    for axes in figure.axes:
        box, page = axes.get_tightbbox(renderer), figure.bbox
        assert (
            box is not None
            and box.x0 >= -1
            and box.x1 <= page.x1 + 1
            and box.y0 >= -1
            and box.y1 <= page.y1 + 1
        )


@pytest.mark.parametrize(
    ("id", "axis"),
    [("margins_map", "x"), ("unit_norms", "y"), ("singular_values", "x"), ("layer_spectra", "y")],
)
def test_limits_of_logarithms_are_values_and_ticks_follow_them(
    pictures: dict[str, Picture], id: str, axis: str
) -> None:
    text = f'version = 1\n[[panels]]\nshows = "{id}"\n{axis}_from = 2\n{axis}_to = 20'
    figure, look = figure_from(text), style("paper", 170)
    with dressed(look):
        axes = compose(figure, [of_picture(id, pictures[id])], look).axes[0]
    ends, ticks = (
        (axes.get_xlim(), axes.get_xticks()) if axis == "x" else (axes.get_ylim(), axes.get_yticks())
    )
    assert ends == pytest.approx((np.log10(2), np.log10(20)))
    assert ticks.tolist() == pytest.approx([np.log10(2), np.log10(5), 1, np.log10(20)])


def test_arrows_and_kinks_are_drawn_for_every_unit(pictures: dict[str, Picture]) -> None:
    axes = drawn("neurons", pictures["neurons"]).axes[0]
    strokes = [len(c.get_segments()) for c in axes.collections if isinstance(c, LineCollection)]
    assert sum(strokes) == 6 * (3 + 1)


def test_an_arrow_is_a_shaft_with_two_strokes_at_its_tip() -> None:
    x, y = arrows(np.array([[3.0, 0.0]]), 1.0)
    assert (x[0], y[0], x[1], y[1]) == (0, 0, 3, 0) and (x[2], y[2]) == (x[4], y[4]) == (3, 0)
    np.testing.assert_allclose(x[[3, 5]], 3 - np.cos(np.radians(25)))
    assert y[3] == pytest.approx(-y[5])


def test_a_kink_lies_where_the_unit_s_input_is_0_and_none_is_drawn_beside_the_square() -> None:
    nothing = np.zeros(3)
    seen = UnitsSeen(
        0,
        *[nothing] * 5,
        np.zeros(3, np.int64),
        np.array([[1.0, 2.0], [0, 0], [1, 0]]),
        np.array([0.5, 1, -90]),
    )
    x, y = kinks(seen, np.ones(3, bool), 2.0)
    assert len(x) == 2
    np.testing.assert_allclose(x + 2 * y + 0.5, 0, atol=1e-12)


def test_margins_are_ordered_by_their_last_and_stand_at_the_nearest_step() -> None:
    rows = [
        MarginsSeen(step, np.array(q), 4.0) for step, q in ((0, [9, 9, 9]), (1, [1, 2, 3]), (100, [8, 6, 7]))
    ]
    drawn = margin_map(rows, rows[-1], "normalized")
    assert drawn.order.tolist() == [1, 2, 0] and drawn.across == (0.0, 2.0) and drawn.steps == 2
    np.testing.assert_allclose(drawn.values[:, [0, -1]], np.array([[2, 6], [3, 7], [1, 8]]) / 4)
    assert support_limit(rows[-1], "normalized") == pytest.approx((6 + np.log(100)) / 4)
    assert carried(np.array([0.5, 0.01, 0.46, 0.03])) == 2


def test_figures_of_several_classes() -> None:
    found = answered({**CLASSES, "run.steps": 3})
    for id in ("neurons", "margins_histogram"):
        assert drawn(id, found[id]).axes


def test_tables_have_a_row_each(pictures: dict[str, Picture]) -> None:
    rows = {
        id: list(csv.reader(io.StringIO(PICTURES[id].table(picture)))) for id, picture in pictures.items()
    }
    assert {id: len(table) - 1 for id, table in rows.items()} == {
        "neurons": 6,
        "unit_norms": 6,
        "margins_map": 3 * 12,
        "margins_histogram": 12,
        "singular_values": 3 * 3,
        "layer_spectra": 3,
    }


@pytest.mark.parametrize("margins", [[0.5, np.nan], [0.5, -1.0], [0.0], []])
def test_where_a_sample_is_not_fitted_there_are_no_support_vectors(margins: list[float]) -> None:
    q = np.array(margins)
    assert not support_of(q).any() and np.isnan(support_limit(MarginsSeen(1, q, 1.0), "normalized"))
