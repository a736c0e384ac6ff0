"""Lines of many records: fewer points that look the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.figures.draw import DETAIL
from engine.figures.thinning import evenly, sparse_rows, thin


@given(st.integers(0, 10_000), st.booleans())
def test_thinned_lines_keep_every_pixel_column_s_extremes_and_the_gaps(seed: int, backwards: bool) -> None:
    generator = np.random.default_rng(seed)
    x = np.sort(generator.uniform(0, 10, 9000))
    y = generator.standard_normal(9000)
    y[3000:3500] = np.nan
    if backwards:  # some horizontal axes run back and forth
        x[6000:] = x[6000:][::-1]
    new_x, new_y = thin(x, y, (0.0, 10.0), 200, 2000)
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
    new_x, _ = thin(x, y, (0.5, 0.5001), 400, 2000)
    inside = x[(x >= 0.5) & (x < 0.5001)]
    assert set(inside) <= set(new_x)


def test_short_lines_are_left_alone() -> None:
    x = np.arange(2000.0)
    assert thin(x, x, (0, 1), 100, 2000)[0] is x


@given(
    st.integers(1, 3000),
    st.sampled_from(["rising", "log", "back and forth", "constant", "undefined"]),
    st.integers(0, 2**32 - 1),
)
def test_a_thinned_line_keeps_extremes_and_gaps(count: int, kind: str, seed: int) -> None:
    random = np.random.default_rng(seed)
    x = {
        "rising": np.arange(count, dtype=float),
        "log": np.log10(np.arange(count), out=np.full(count, np.nan), where=np.arange(count) > 0),
        "back and forth": random.normal(size=count),
        "constant": np.zeros(count),
        "undefined": np.full(count, np.nan),
    }[kind]
    y = np.where(random.random(count) < 0.05, np.nan, random.normal(size=count))
    there = np.isfinite(x) & np.isfinite(y)
    gaps = int((np.diff(there.astype(int), prepend=0) == -1).sum())
    new_x, new_y = thin(x, y, None, 30, 120)
    kept = np.isfinite(new_x) & np.isfinite(new_y)
    assert len(new_x) == len(new_y) <= (count if count <= 120 else 4 * (120 + 2 * gaps + 2))
    assert (np.diff(kept.astype(int), prepend=0) == -1).sum() == gaps
    if there.any():
        assert (new_y[kept].min(), new_y[kept].max()) == (y[there].min(), y[there].max())


def test_a_thinned_line_keeps_its_first_decades_and_its_gap() -> None:
    steps = np.arange(1, 1_000_001)
    x, y = np.log10(steps), np.sin(np.log10(steps) * 20)
    y[(steps > 1000) & (steps < 2000)] = np.nan
    new_x, new_y = thin(x, y, None, DETAIL.strips, DETAIL.line)
    assert len(new_x) <= DETAIL.line + 16
    assert (new_x < 2).sum() > 100
    inside = (new_x > 3.01) & (new_x < 3.29)
    assert np.isnan(new_y[inside]).all()


def test_rows_are_spread_over_the_axis_and_few_where_a_line_runs_back_and_forth() -> None:
    x = np.log10(np.arange(1, 5001.0))
    rows = sparse_rows(x, 100)
    assert rows[:3].tolist() == [0, 1, 2]  # the first decade stays
    assert rows[-1] == 4999
    assert len(rows) <= 101
    assert len(sparse_rows(np.sin(np.arange(5000.0)), 100)) <= 101
    assert sparse_rows(np.array([np.nan, 1.0, np.inf, 2.0]), 100).tolist() == [1, 3]


@pytest.mark.parametrize(("count", "most"), [(1, 32), (32, 32), (33, 32), (1000, 32)])
def test_some_of_many_are_the_ends_and_evenly_between(count: int, most: int) -> None:
    chosen = evenly(count, most)
    assert len(chosen) == min(count, most)
    assert (chosen[0], chosen[-1]) == (0, count - 1)
    assert np.ptp(np.diff(chosen)) <= 1 if count > 1 else True
