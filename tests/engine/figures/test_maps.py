"""What is seen of a map: cells and slices over axes and seeds, colours, laws, and what has no value."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

from engine.experiment.document import document_from
from engine.experiment.sweep import Grid
from engine.figures.area import draw_alone
from engine.figures.compose import compose, look_of
from engine.figures.drawable import alone, of_picture
from engine.figures.figure_file import figure_from
from engine.figures.map_lines import lines_seen
from engine.figures.maps import MapView, colour_range, fit_of, map_seen, slices_seen
from engine.figures.style import dressed, style
from engine.protocol.map_pictures import CellState, states_in_words
from engine.protocol.point_table import PointTable
from engine.protocol.points import PointResult, PointStatus
from tests.engine.figures.material import picture_alone

ETAS = (0.01, 0.1, 1.0)


def grid(**sweep: object) -> Grid:
    axes = [
        {"path": "network.widths", "values": [[4], [8]]},
        {"path": "optimizer.step.eta", "values": list(ETAS)},
        {"path": "network.init.scale", "values": [1.0, 2.0]},
    ]
    document = document_from(
        {
            "version": 1,
            "data": {"kind": "circle"},
            "network": {"kind": "mlp", "widths": [4]},
            "loss": {"kind": "exponential"},
            "optimizer": {"kind": "steepest", "step": {"kind": "constant", "eta": 0.1}},
            "sweep": {"axes": axes, "seeds": 2, **sweep},
        }
    )
    assert document.sweep is not None
    return Grid.of(document.base, document.sweep)


def result(point: int, value: float, status: PointStatus = "done") -> PointResult:
    return PointResult(point, status, 9, 0.1, {"param_norm": value}, {"fitted_step": point}, ("holds",))


@pytest.fixture
def table() -> PointTable:
    """All points of 2 x 3 x 2 places and 2 seeds: width times eta, and a tenth more for the second seed."""
    made = grid()
    table = PointTable(made)
    for setting in made.settings():
        value = setting.values["network.widths"][0] * setting.values["optimizer.step.eta"]
        table.take([result(2 * setting.number, value), result(2 * setting.number + 1, 1.1 * value)])
    return table


def test_cells_are_what_becomes_of_the_seeds(table: PointTable) -> None:
    seen = map_seen(table, MapView("param_norm", across=1, up=0, at=(0, 0, 1)))
    np.testing.assert_allclose(seen.values, np.outer([4, 8], ETAS) * 1.05)
    assert seen.where == "initialisation scale 2" and (seen.states == CellState.VALUE).all()
    assert seen.title == "parameter norm (l2), median of 2 seeds"
    spread = map_seen(table, MapView("param_norm", across=1, up=0, how="spread"))
    np.testing.assert_allclose(spread.values, np.outer([4, 8], ETAS) * 0.1)
    turned = map_seen(table, MapView("param_norm", across=0, up=1))
    np.testing.assert_allclose(turned.values, np.outer(ETAS, [4, 8]) * 1.05)


def test_colours_follow_logarithms_where_values_span_decades(table: PointTable) -> None:
    seen = map_seen(table, MapView("param_norm", across=1, up=0))
    assert seen.log
    np.testing.assert_allclose(colour_range(seen), np.log10([0.042, 8.4]))
    assert not map_seen(table, MapView("param_norm", across=1, up=0, log=False)).log


def test_places_without_a_value_are_told_apart(table: PointTable) -> None:
    table.take([result(0, 1.0, "diverged"), result(1, 1.0, "diverged")])
    table.take([PointResult(4, "failed", 0, 0.0, why="broken"), PointResult(5, "failed", 0, 0.0)])
    table.take([PointResult(8, "done", 9, 0.1), PointResult(9, "done", 9, 0.1)])
    seen = map_seen(table, MapView("param_norm", across=1, up=0))
    assert seen.states[0].tolist() == [CellState.DIVERGED, CellState.FAILED, CellState.UNDEFINED]
    assert np.isnan(seen.values[0]).all() and (seen.states[1] == CellState.VALUE).all()
    assert table.why == {4: "broken"}
    diverged = map_seen(table, MapView("diverged", across=1, up=0))
    assert diverged.values[0, 0] == 1.0 and np.isnan(diverged.values[0, 1]) and diverged.values[1, 2] == 0.0
    later = PointTable(table.grid)
    assert (map_seen(later, MapView()).states == CellState.WAITING).all()


def test_a_point_trained_again_stands_in_the_place_of_the_first(table: PointTable) -> None:
    table.take([PointResult(0, "done", 9, 0.1, {"margin": 2.0})])
    assert table.known == table.grid.runs
    assert table.values("margin")[0, 0, 0, 0] == 2.0 and np.isnan(table.values("param_norm")[0, 0, 0, 0])


def test_claims_are_shares_of_seeds(table: PointTable) -> None:
    table.take([PointResult(1, "done", 9, 0.1, verdicts=("fails",))])
    seen = map_seen(table, MapView("claim.1", across=1, up=0, how="spread"))
    assert seen.values[0, 0] == 0.5 and seen.values[1, 2] == 1.0 and colour_range(seen) == (0.0, 1.0)
    assert seen.title == "claim 1 holds, share of 2 seeds"


def test_what_is_left_out_of_a_place_s_seeds_is_counted_and_said() -> None:
    made = grid(seeds=5)
    table = PointTable(made)
    table.take(result(point, float(point % 5)) for point in range(made.runs))
    table.take([result(0, 9.0, "diverged"), result(1, 9.0, "diverged"), result(2, 9.0, "failed")])
    table.take([PointResult(3, "done", 9, 0.1), result(9, 9.0, "stopped")])
    view = MapView("param_norm", across=1, up=0)
    seen = map_seen(table, view)
    assert seen.values[0, 0] == 4.0 and seen.title == "parameter norm (l2), median of 1 to 5 of 5 seeds"
    marked = {
        state: np.argwhere(seen.partly(state)).tolist() for state in CellState if state != CellState.VALUE
    }
    assert marked == {
        CellState.DIVERGED: [[0, 0]],
        CellState.FAILED: [[0, 0]],
        CellState.UNDEFINED: [[0, 0]],
        CellState.WAITING: [],
    }
    rows = list(csv.DictReader(io.StringIO(of_picture("sweep_map", seen).table())))
    told = ("state", "seeds with a value", "diverged", "failed", "undefined", "not trained")
    assert [rows[0][name] for name in told] == ["value", "1", "2", "1", "1", "0"]
    assert rows[1]["seeds with a value"] == "5" and "parameter norm (l2), median over seeds" in rows[0]
    slices = slices_seen(table, view)
    assert slices.lines[0].partly.tolist() == [True, False, False] and slices.lines[0].lows[0] == 4.0
    assert states_in_words(slices.counts) == "2 diverged, 1 failed, 1 undefined"
    assert "2,1,1,0" in of_picture("sweep_slices", slices).table().splitlines()[1]
    spread = map_seen(table, MapView("param_norm", across=1, up=0, how="spread"))
    assert np.isnan(spread.values[0, 0]) and spread.states[0, 0] == CellState.DIVERGED
    lines = of_picture("sweep_lines", lines_seen(table, view)).table().splitlines()
    assert [line.rpartition(",")[2] for line in lines[1:5]] == ["diverged", "diverged", "failed", "undefined"]


def test_a_share_is_of_all_seeds_that_were_trained(table: PointTable) -> None:
    diverged = PointResult(1, "diverged", 9, 0.1, {"param_norm": 1.0}, {}, ("void",))
    table.take([diverged, PointResult(5, "failed", 0, 0.0, verdicts=("holds",))])
    seen = map_seen(table, MapView("claim.1", across=1, up=0))
    assert (seen.values[0, 0], seen.values[0, 1]) == (0.5, 1.0)
    assert seen.title == "claim 1 holds, share of 1 to 2 of 2 seeds"
    table.take([replace(diverged, point=0, verdicts=("fails",))])
    assert map_seen(table, MapView("claim.1", across=1, up=0)).values[0, 0] == 0.0, (
        "broken before it diverged"
    )
    table.take([replace(diverged, point=0)])
    assert map_seen(table, MapView("claim.1", across=1, up=0)).states[0, 0] == CellState.DIVERGED


def test_an_infinite_value_is_none_in_cells_slices_lines_and_tables(table: PointTable) -> None:
    table.take([result(0, math.inf), result(1, -math.inf), result(4, -math.inf)])
    view = MapView("param_norm", across=1, up=0)
    seen = map_seen(table, view)
    assert np.isnan(seen.values[0, 0]) and seen.states[0, 0] == CellState.UNDEFINED
    assert seen.counts[:, 0, 1].tolist() == [0, 1, 1, 0, 0] and "1 to 2 of 2 seeds" in seen.title
    rows = list(csv.DictReader(io.StringIO(of_picture("sweep_map", seen).table())))
    assert [(row["seeds with a value"], row["undefined"]) for row in rows[:2]] == [("0", "2"), ("1", "1")]
    lines = lines_seen(table, view)
    assert (
        lines.states[[0, 1, 4]].tolist() == [CellState.UNDEFINED] * 3
        and np.isnan(lines.values[[0, 1, 4]]).all()
    )


def test_lines_say_of_those_that_are_chosen_which_have_no_value(table: PointTable) -> None:
    table.take([result(0, 1.0, "diverged"), result(1, 1.0, "diverged"), result(4, math.inf)])
    seen = lines_seen(table, MapView("param_norm"))
    chosen = replace(seen, chosen=np.arange(len(seen.values)) < 4)
    drawn = alone(of_picture("sweep_lines", chosen), ".svg", 180.0, "paper")
    assert b"4 of 24 lines chosen, the others are faintest; faint lines have no value: 2 diverged<" in drawn


def test_a_panel_of_a_page_tells_each_of_its_slices() -> None:
    axes = [
        {"path": "optimizer.step.eta", "values": list(ETAS)},
        {"path": "network.widths", "values": [[4 + k] for k in range(12)]},
    ]
    made = grid(axes=axes, seeds=1)
    table = PointTable(made)
    table.take(result(point, 1.0 + point) for point in range(made.runs))
    seen = slices_seen(table, MapView("param_norm", across=0, up=1, fitted=True))
    text = 'version = 1\n[page]\nwidth_mm = 90\nrow_heights_mm = [80]\n[[panels]]\nshows = "sweep_slices"\n'
    figure = figure_from(text)
    look = look_of(figure.style)
    with dressed(look):
        page = compose(figure, [of_picture("sweep_slices", seen)], look)
    words = [found.get_text() for found in page.findobj(Text)]
    assert sum("propto" in text for text in words) == 12 and not any("more" in text for text in words)


def test_one_seed_alone_is_its_own_value_however_several_would_be_taken() -> None:
    made = grid(seeds=1)
    table = PointTable(made)
    table.take(result(point, 1.0 + point) for point in range(made.runs))
    seen = map_seen(table, MapView("param_norm", across=1, up=0, how="spread"))
    assert seen.values[0, 0] == 1.0 and seen.title == "parameter norm (l2)"


def test_a_slice_s_law_is_what_was_put_in(table: PointTable) -> None:
    seen = slices_seen(table, MapView("param_norm", across=1, up=0, fitted=True))
    assert [line.words for line in seen.lines] == ["4", "8"] and seen.across.is_log
    np.testing.assert_allclose(seen.lines[0].lows, 4 * np.array(ETAS) * 1.025)
    law = fit_of(seen, seen.lines[0])
    assert law is not None and law.rate == pytest.approx(1.0) and law.law.value == "power law"


def test_the_key_of_slices_names_every_line() -> None:
    scales = {"path": "network.init.scale", "values": [0.5 * k for k in range(1, 13)]}
    etas = {"path": "optimizer.step.eta", "values": list(ETAS)}
    table = PointTable(grid(axes=[scales, etas], seeds=1))
    table.take(result(point, 1.0 + point) for point in range(table.grid.runs))
    seen = slices_seen(table, MapView("param_norm", across=1, up=0, fitted=True))
    drawable, look = of_picture("sweep_slices", seen), style("paper", 89.0)
    with dressed(look):
        figure = draw_alone(drawable.draw, 89.0, drawable.height(89.0), look)
    (key,) = figure.legends + [legend for part in figure.subfigs for legend in part.legends]
    assert [text.get_text().partition(":")[0] for text in key.get_texts()] == [
        line.words for line in seen.lines
    ]


def test_what_a_map_does_not_have_is_looked_at_no_more(table: PointTable) -> None:
    view = MapView("gone", across=7, up=7, at=(9, 9, 9)).fitting(table)
    assert (view.of, view.across, view.up, view.at) == ("param_norm", 0, 1, (1, 2, 1))
    assert MapView(across=1, up=None).fitting(table).up is None


def test_axes_side_by_side_are_one() -> None:
    axes = [
        {"path": "network.widths", "values": [[4], [8]]},
        {"path": "network.init.scale", "values": [1.0, 2.0]},
    ]
    (axis,) = PointTable(grid(axes=axes, order="zip")).axes
    assert axis.words == ("4, 1", "8, 2") and axis.title == "hidden widths, initialisation scale"


@pytest.mark.parametrize("id", ["sweep_map", "sweep_slices"])
def test_figures_of_a_map_can_be_drawn_of_any_of_its_states(table: PointTable, id: str) -> None:
    table.take([result(0, 1.0, "diverged"), *(result(k, 1.0, "failed") for k in (2, 3, 5))])
    look = MapView("param_norm", across=1, up=0, contour=0.5, fitted=True)
    for known in (table, PointTable(table.grid)):
        for view in (look, MapView("param_norm", across=1, up=None)):
            seen = map_seen(known, view) if id == "sweep_map" else slices_seen(known, view)
            drawable = of_picture(id, seen)
            assert alone(drawable, ".svg", 90.0, "paper").startswith(b"<?xml")
            assert len(drawable.table().splitlines()) == 1 + (6 if view.up == 0 else 3)


def test_a_figure_tells_places_that_are_not_trained_from_those_without_a_value() -> None:
    table = PointTable(grid(seeds=1))
    table.take([result(0, 1.0), PointResult(2, "done", 9, 0.1)])
    drawn = picture_alone(
        "sweep_map", map_seen(table, MapView("param_norm", across=1, up=0)), 90.0, style("paper", 90.0)
    )
    legend = drawn.legends[0]
    words = [text.get_text() for text in legend.get_texts()]
    faces = dict(zip(words, [patch.get_facecolor() for patch in legend.get_patches()], strict=True))
    assert faces["not trained"] != faces["undefined"]
    _, pale = drawn.axes[0].images
    there = (np.asarray(pale.get_array())[..., :3] == faces["not trained"][:3]).all(axis=-1)
    assert there.sum() == 4


def test_a_colour_bar_over_logarithms_names_round_values() -> None:
    table = PointTable(grid(seeds=1))
    table.take(result(point, 1.0 + 1.4 * point) for point in range(table.grid.runs))
    drawable = of_picture("sweep_map", map_seen(table, MapView("param_norm", across=1, up=2, log=True)))
    look = style("paper", 89.0)
    with dressed(look):
        figure = draw_alone(drawable.draw, 89.0, drawable.height(89.0), look)
    (part,) = figure.subfigs
    assert [tick.get_text() for tick in part.axes[1].get_yticklabels()] == ["1", "2", "5"]
