"""Streams, label noise, the test split, the appended constant and normalization."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data import Dataset, make_data
from engine.data.dataset import Normalize, norms
from engine.data.prepare import shares
from engine.data.streams import Stream, generator
from engine.experiment.data import BlobsSpec, CircleSpec, HyperplaneSpec, PointsSpec
from engine.words.errors import Refusal


def blobs(**fields: Any) -> Dataset:
    return make_data(BlobsSpec(**{"kind": "blobs", "n": 60, "classes": 3, **fields}))


def points(x: list[list[float]], y: list[float], **fields: Any) -> Dataset:
    return make_data(PointsSpec(kind="points", x=tuple(map(tuple, x)), y=tuple(y), **fields))


# --- streams ---


def test_streams_of_a_seed_draw_different_numbers() -> None:
    drawn = np.stack([generator(7, stream).random(1000) for stream in Stream])
    correlations = np.asarray(np.corrcoef(drawn))[np.triu_indices(len(drawn), 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(1000)


def test_label_noise_moves_no_point_and_no_split() -> None:
    clean, noisy = blobs(test_fraction=0.3), blobs(test_fraction=0.3, label_noise=0.4)
    assert np.array_equal(clean.raw, noisy.raw)
    assert np.array_equal(clean.raw_test, noisy.raw_test)
    assert np.array_equal(clean.labels_test, noisy.labels_test)


def test_a_split_changes_no_point() -> None:
    whole, split = blobs(), blobs(test_fraction=0.3)
    together = np.concatenate([split.raw, split.raw_test])
    assert np.array_equal(whole.raw[np.lexsort(whole.raw.T)], together[np.lexsort(together.T)])


def test_training_points_keep_their_order() -> None:
    whole, split = blobs(), blobs(test_fraction=0.3)
    where = [int(np.flatnonzero((whole.raw == row).all(axis=1))[0]) for row in split.raw]
    assert where == sorted(where)


def test_data_seed_draws_everything_anew() -> None:
    one, other = blobs(label_noise=0.3), blobs(label_noise=0.3, seed=1)
    assert not np.isclose(one.raw, other.raw).any()
    assert (one.labels != other.labels).any()


def test_points_are_not_those_of_the_plain_seed() -> None:
    """A run's own seed may be the same number; what it draws must be something else."""
    made = make_data(HyperplaneSpec(kind="hyperplane", n=50, d=4, margin=0.0, seed=5))
    alone = np.random.default_rng(5).standard_normal(made.raw.size + 4)
    assert not np.isin(np.abs(made.raw), np.abs(alone)).any()


# --- label noise ---


@pytest.mark.parametrize(("noise", "changed"), [(0.0, 0), (0.1, 6), (0.25, 15), (0.99, 57)])
def test_label_noise_replaces_its_share(noise: float, changed: int) -> None:
    """All but one of each class can change: 57 of 60."""
    assert (blobs().labels != blobs(label_noise=noise).labels).sum() == changed


def test_label_noise_flips_binary_labels() -> None:
    clean, noisy = (make_data(CircleSpec(kind="circle", n=40, label_noise=noise)) for noise in (0.0, 0.2))
    changed = clean.labels != noisy.labels
    assert changed.sum() == 8
    assert np.array_equal(noisy.labels[changed], -clean.labels[changed])


def test_more_label_noise_keeps_what_less_replaced() -> None:
    clean, some, more = (blobs(label_noise=noise).labels for noise in (0.0, 0.2, 0.5))
    changed = clean != some
    assert np.array_equal(some[changed], more[changed])


def test_label_noise_reaches_every_other_class_equally() -> None:
    clean, noisy = (blobs(n=6000, classes=3, label_noise=noise).labels for noise in (0.0, 0.5))
    turned = (noisy - clean)[noisy != clean] % 3
    assert np.bincount(turned)[1] == pytest.approx(1500, abs=5 * np.sqrt(750))


# --- random labels ---


def test_random_labels_have_nothing_to_do_with_points() -> None:
    """Every true class gets every label in the same proportion."""
    clean, drawn = blobs(n=9000), blobs(n=9000, random_labels=True)
    assert np.array_equal(clean.raw, drawn.raw)
    counts = np.array([np.bincount(drawn.labels[clean.labels == c], minlength=3) for c in range(3)])
    assert np.abs(counts - 1000).max() < 5 * np.sqrt(9000 * 1 / 9 * 8 / 9)


@pytest.mark.parametrize("n", [3, 4, 7])
def test_random_labels_lose_no_class_and_are_drawn_by_the_seed(n: int) -> None:
    seen = set()
    for seed in range(20):
        labels = blobs(n=n, seed=seed, random_labels=True).labels
        assert set(labels) == {0, 1, 2}
        assert np.array_equal(labels, blobs(n=n, seed=seed, random_labels=True, std=2.0).labels)
        seen.add(tuple(labels))
    assert len(seen) > 3


def test_random_labels_leave_points_split_and_tests_alone() -> None:
    clean, drawn = blobs(test_fraction=0.3), blobs(test_fraction=0.3, random_labels=True)
    for name in ("raw", "raw_test", "labels_test"):
        assert np.array_equal(getattr(clean, name), getattr(drawn, name))
    assert (clean.labels != drawn.labels).any()


def test_label_noise_comes_after_random_labels() -> None:
    drawn, noisy = blobs(random_labels=True), blobs(random_labels=True, label_noise=0.25)
    assert (drawn.labels != noisy.labels).sum() == 15


# --- test split ---


def test_split_is_stratified() -> None:
    made = blobs(n=100, classes=4, test_fraction=0.2)
    assert np.bincount(made.labels_test).tolist() == [5, 5, 5, 5]
    assert np.bincount(made.labels).tolist() == [20, 20, 20, 20]


def test_split_leaves_one_of_each_class_to_train_on() -> None:
    made = blobs(n=9, classes=4, test_fraction=0.99)
    assert np.bincount(made.labels).tolist() == [1, 1, 1, 1]


def test_split_holds_out_at_least_one() -> None:
    assert len(blobs(n=6, test_fraction=0.01).x_test) == 1


def test_without_a_split_the_test_set_is_empty() -> None:
    made = blobs(append_constant=True, normalize="unit-norm")
    assert made.x_test.shape == (0, 3)
    assert made.labels_test.shape == (0,)


def test_split_of_one_point_a_class_is_refused() -> None:
    with pytest.raises(Refusal, match=r"data\.test_fraction: 0\.5 has nothing to hold out; 3 points"):
        blobs(n=3, test_fraction=0.5)


@given(st.data(), st.lists(st.integers(1, 50), min_size=2, max_size=8))
def test_shares_are_proportional(data: st.DataObject, sizes: list[int]) -> None:
    """No class is further than 1 from its part where none has to keep its last; else no class could rather give."""
    there = np.array(sizes)
    count = data.draw(st.integers(0, sum(sizes) - len(sizes)))
    given = shares(count, there)
    assert given.sum() == count
    assert (given >= 0).all() and (given < there).all()
    parts = there * count / sum(sizes)
    if (parts <= there - 1).all():
        assert (np.abs(given - parts) < 1).all()
    free, above = given < there - 1, given > parts
    if free.any() and above.any():
        # what one class gives too much, no other that could give it misses more
        assert (parts - given)[free].max() <= (parts - given + 1)[above].min() + 1e-9


# --- constant and normalization ---


def test_constant_comes_last_and_before_normalization() -> None:
    made = points([[3.0, 4.0], [0.0, 0.0]], [1, -1], append_constant=True, normalize="max-norm")
    assert made.x * np.sqrt(26) == pytest.approx(np.array([[3, 4, 1], [0, 0, 1]]))
    assert made.raw.tolist() == [[3, 4], [0, 0]]


@pytest.mark.parametrize("append_constant", [False, True])
def test_scale_comes_from_the_training_points_alone(append_constant: bool) -> None:
    largest = []
    for seed in range(10):
        fields = {"normalize": "max-norm", "append_constant": append_constant, "seed": seed}
        made = blobs(n=20, test_fraction=0.5, **fields)
        assert norms(made.x).max() == pytest.approx(1, abs=1e-15)
        assert np.array_equal(made.inputs(made.raw_test), made.x_test)
        largest.append(norms(made.x_test).max())
    assert max(largest) > 1.01, "in some, the largest point of all tests"


def test_unit_norm_scales_every_point_by_its_own() -> None:
    made = blobs(test_fraction=0.5, normalize="unit-norm")
    for x, raw in ((made.x, made.raw), (made.x_test, made.raw_test)):
        assert norms(x) == pytest.approx(1)
        assert x * norms(raw)[:, None] == pytest.approx(raw)


@pytest.mark.parametrize("normalize", get_args(Normalize))
@pytest.mark.parametrize("append_constant", [False, True])
def test_inputs_map_raw_points_like_training_points(normalize: Normalize, append_constant: bool) -> None:
    made = blobs(normalize=normalize, append_constant=append_constant)
    assert np.array_equal(made.inputs(made.raw), made.x)
    assert np.isfinite(made.inputs(np.zeros((1, 2)))).all(), "the centre of every surface"


def test_norms_neither_overflow_nor_underflow() -> None:
    assert norms(np.array([[3e200, 4e200], [3e-200, 4e-200], [0, 0]])) == pytest.approx([5e200, 5e-200, 0])


def test_unit_norm_refuses_the_origin() -> None:
    with pytest.raises(Refusal, match=r"data\.normalize: 'unit-norm' .*point 2, which is the origin"):
        points([[1.0], [0.0]], [1, -1], normalize="unit-norm")


def test_max_norm_refuses_points_that_all_are_the_origin() -> None:
    with pytest.raises(Refusal, match=r"data\.normalize: 'max-norm' cannot scale"):
        points([[0.0], [0.0]], [1, -1], normalize="max-norm")


def test_standardized_columns_have_mean_0_and_deviation_1_and_leave_the_constant() -> None:
    made = points(
        [[1.0, 7.0, 2e6], [3.0, 7.0, 2e6 + 4]], [1, -1], append_constant=True, normalize="standardize"
    )
    assert made.x.tolist() == [[-1, 0, -1, 1], [1, 0, 1, 1]], (
        "the column of sevens has no spread: only centered"
    )
    made = points([[1.0, 7.0], [3.0, 7.0]], [1, -1], normalize="center")
    assert made.x.tolist() == [[-1, 0], [1, 0]]


def test_mean_and_deviation_come_from_the_training_points_alone() -> None:
    made = blobs(n=20, test_fraction=0.5, normalize="standardize")
    assert made.x.mean(axis=0) == pytest.approx(0, abs=1e-14) and made.x.std(axis=0) == pytest.approx(1)
    assert abs(made.x_test.mean(axis=0)).max() > 1e-3
    wanted = (made.raw_test - made.raw.mean(axis=0)) / made.raw.std(axis=0)
    assert made.x_test == pytest.approx(wanted)


def test_columns_of_any_size_are_standardized() -> None:
    made = points([[1e-250, 1e99], [3e-250, -1e99]], [1, -1], normalize="standardize")
    assert made.x == pytest.approx(np.array([[-1, 1], [1, -1]]))


@pytest.mark.parametrize("normalize", ["center", "standardize"])
def test_centering_points_that_all_are_the_same_is_refused(normalize: str) -> None:
    with pytest.raises(Refusal, match=rf"data\.normalize: '{normalize}' leaves nothing"):
        points([[0.3, 0.1], [0.3, 0.1], [0.3, 0.1]], [1, -1, 1], normalize=normalize)


def test_coordinates_that_overflow_are_refused() -> None:
    with pytest.raises(Refusal, match=r"data\.x: has coordinates beyond 1e\+100"):
        points([[1e200], [0.0]], [1, -1])
    with pytest.raises(Refusal, match="has coordinates beyond"):
        blobs(separation=1e308, std=1e308)


# --- view ---


def test_view_fits_all_points_unless_said() -> None:
    said = [[3.0, -5.0], [1.0, 1.0]]
    assert points(said, [1, -1]).view == pytest.approx(6.0)
    assert points(said, [1, -1], view=1.8).view == 1.8
    assert points([[0.0, 0.0], [0.0, 0.0]], [1, -1]).view == 1.0
    assert blobs(test_fraction=0.5).view == blobs().view
