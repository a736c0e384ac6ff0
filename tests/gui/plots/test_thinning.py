from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.figures.curves import Shown
from gui.plots.thinning import (
    MOST_POINTS,
    MOST_SINGLE_POINTS,
    Spread,
    followed,
    heights,
    roomy,
    singles,
    sparse_rows,
    spread,
    thin,
)


def test_logarithms_of_zero_and_below_have_no_height_and_no_warning() -> None:
    drawn = heights(np.array([100.0, 0.0, -3.0, np.nan, 1e-300]), Shown.LOG10)
    assert drawn[[0, 4]] == pytest.approx([2, -300])
    assert np.isneginf(drawn[[1, 2]]).all()
    assert np.isnan(drawn[3])
    assert heights(np.array([-1000 * np.log(10)]), Shown.NATURAL_LOG) == pytest.approx(-1000)
    assert heights(np.array([0.99, 1.0, -1.0]), Shown.ONE_MINUS) == pytest.approx([-2, -np.inf, np.log10(2)])


def test_line_and_band_are_quantiles_of_the_replicas() -> None:
    for replicas, ends in ((2, (0, 100)), (4, (0, 100)), (5, (10, 90)), (16, (10, 90))):
        values = np.random.default_rng(0).standard_normal((7, replicas))
        expected = [np.percentile(values, share, axis=1) for share in (ends[0], 50, ends[1])]
        assert np.array(spread(values)) == pytest.approx(np.array(expected))


def test_missing_values_of_some_replicas_are_left_out() -> None:
    values = np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan]])
    assert [part[0] for part in spread(values)] == [1, 2, 3]
    assert np.isnan(np.array(spread(values))[:, 1]).all()


def test_bands_worked_out_record_by_record_are_the_same_as_all_at_once() -> None:
    values = np.random.default_rng(1).standard_normal((50, 8))
    growing = Spread()
    for size in (3, 10, 11, 50, 50, 20):  # the last one: records were taken back
        assert np.array_equal(growing.of(values[:size]), np.array(spread(values[:size])))
    changed = values.copy()
    changed[4] += 1
    assert np.array_equal(growing.of(changed), np.array(spread(changed)))
    x = np.ones_like(values)
    x[0] = np.nan
    logs = Spread()
    for size in (5, 50):
        low, median, _ = logs.of(values[:size], x[:size], Shown.LOG10)
        assert logs.below == (values[1:size] <= 0).sum()
    assert np.isnan([low[0], median[0]]).all()


@given(st.integers(0, 10_000), st.booleans())
def test_thinned_lines_keep_every_pixel_column_s_extremes_and_the_gaps(seed: int, backwards: bool) -> None:
    generator = np.random.default_rng(seed)
    x = np.sort(generator.uniform(0, 10, 9000))
    y = generator.standard_normal(9000)
    y[3000:3500] = np.nan
    if backwards:  # some horizontal axes run back and forth
        x[6000:] = x[6000:][::-1]
    new_x, new_y = thin(x, y, (0.0, 10.0), 200)
    assert len(new_x) <= 2 * 4 * 200 + 16
    whole, kept = np.isfinite(y), np.isfinite(new_y)
    for column in range(0, 200, 17):
        before = y[whole & (np.floor(x * 20) == column)]
        after = new_y[kept & (np.floor(new_x * 20) == column)]
        assert after.size if before.size else not after.size
        if before.size:
            assert (after.min(), after.max()) == (before.min(), before.max())
    assert np.isnan(new_y).any()
    assert (new_x[0], new_y[0], new_x[-1], new_y[-1]) == (x[0], y[0], x[-1], y[-1])


def test_a_zoomed_view_shows_every_record_in_it() -> None:
    x = np.linspace(0, 1, 50_000)
    y = np.sin(400 * x)
    new_x, _ = thin(x, y, (0.5, 0.5001), 400)
    inside = x[(x >= 0.5) & (x < 0.5001)]
    assert set(inside) <= set(new_x)


def test_short_lines_are_left_alone() -> None:
    x = np.arange(float(MOST_POINTS))
    assert thin(x, x, (0, 1), 100)[0] is x


def test_all_replicas_are_one_line_with_gaps_between() -> None:
    x = np.repeat(np.arange(5.0)[:, None], 3, axis=1)
    y = x * np.array([1.0, 2.0, 3.0])
    y[1, 1] = -np.inf
    flat_x, flat_y, extent = singles(x, x[:, 0], y, Shown.VALUE, 2)
    assert flat_y.tolist()[:5] == [0, 1, 2, 3, 4]
    assert np.flatnonzero(np.isnan(flat_x)).tolist() == [5, 11, 17]
    assert np.flatnonzero(np.isnan(flat_y)).tolist() == [5, 7, 11, 17]
    assert extent == (2, 12)
    many = np.repeat(np.log10(np.arange(1, 5001.0))[:, None], 200, axis=1)
    thinned_x, _, _ = singles(many, many[:, 0], many, Shown.VALUE, 0)
    assert thinned_x.size < 1.1 * MOST_SINGLE_POINTS
    first = thinned_x[: np.flatnonzero(np.isnan(thinned_x))[0]]
    assert first[:3] == pytest.approx(np.log10([1, 2, 3]))  # the first decade stays
    assert first[-1] == many[-1, 0]
    back = np.sin(np.arange(5000.0))
    assert len(sparse_rows(back, 100)) <= 101


def test_ranges_are_calm_while_records_come_in_and_exact_at_the_end() -> None:
    shown, redrawn = None, 0
    for top in np.linspace(1, 2, 200):
        before = shown
        shown = followed(shown, (0.0, float(top)), final=False)
        assert shown[0] <= 0
        assert shown[1] >= top
        redrawn += shown != before
    assert redrawn < 15
    assert followed(shown, (0.0, 2.0), final=True) == roomy((0.0, 2.0))


def test_a_constant_has_a_range_too() -> None:
    for value in (0.0, 1.0, -1e-30, 5e8):
        low, high = roomy((value, value))
        assert low < value < high
