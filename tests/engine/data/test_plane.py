"""Exclusive or, moons, spirals and the grid of clusters are what their formulas say."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import Dataset, make_data
from engine.experiment.data import ClustersSpec, MoonsSpec, SpiralsSpec, XorSpec
from engine.words.errors import Refusal

# --- exclusive or ---


def test_xor_centres_are_the_corners_and_labels_their_products() -> None:
    made = make_data(XorSpec(kind="xor", n=8, noise=0.0))
    assert made.raw.tolist() == [[1, 1], [-1, 1], [-1, -1], [1, -1]] * 2
    assert made.labels.tolist() == [1, -1, 1, -1] * 2


def test_xor_noise_has_its_spread_in_every_input() -> None:
    made = make_data(XorSpec(kind="xor", n=8000, noise=0.5, extra=3))
    assert made.raw.shape == (8000, 5)
    corners = make_data(XorSpec(kind="xor", n=8000, noise=0.0, extra=3)).raw
    off = made.raw - corners
    assert off.std(axis=0) == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(2 * 8000))
    correlations = np.corrcoef(off.T)[np.triu_indices(5, 1)]
    assert np.abs(correlations).max() < 5 / np.sqrt(8000)


def test_further_inputs_move_no_point() -> None:
    plain = make_data(XorSpec(kind="xor"))
    assert np.array_equal(plain.raw, make_data(XorSpec(kind="xor", extra=5)).raw[:, :2])


def test_every_line_through_the_origin_is_right_on_half_of_the_corners() -> None:
    """Opposite corners share a label, and a line gives them different ones."""
    made = make_data(XorSpec(kind="xor", n=8, noise=0.0))
    for angle in np.random.default_rng(0).uniform(0, 2 * np.pi, 20):
        said = np.sign(made.raw @ [np.cos(angle), np.sin(angle)])
        assert (said == made.labels).mean() == 0.5


# --- moons ---


def test_moons_are_half_circles_that_mirror_each_other() -> None:
    made = make_data(MoonsSpec(kind="moons", n=30, noise=0.0))
    upper, lower = made.raw[made.labels == 1], made.raw[made.labels == -1]
    np.testing.assert_allclose(lower, -upper, atol=1e-15)
    assert np.linalg.norm(upper + np.array([0.5, 0.25]), axis=1) == pytest.approx(1.0)
    assert (upper[:, 1] >= -0.25 - 1e-15).all()
    gaps = np.linalg.norm(np.diff(upper, axis=0), axis=1)
    assert gaps == pytest.approx(2 * np.sin(np.pi / 14 / 2)), "evenly spaced"
    assert np.abs(made.raw.mean(axis=0)).max() < 1e-15


def test_moons_of_odd_number() -> None:
    made = make_data(MoonsSpec(kind="moons", n=7, noise=0.1))
    assert made.labels.tolist() == [1, 1, 1, 1, -1, -1, -1]
    assert sorted(make_data(MoonsSpec(kind="moons", n=2)).labels) == [-1, 1]


def test_moon_noise_has_its_spread() -> None:
    off = (
        make_data(MoonsSpec(kind="moons", n=5000, noise=0.3)).raw
        - make_data(MoonsSpec(kind="moons", n=5000, noise=0.0)).raw
    )
    assert off.std() == pytest.approx(0.3, abs=5 * 0.3 / np.sqrt(2 * 10000))


# --- spirals ---


@pytest.mark.parametrize(("classes", "turns"), [(2, 1.5), (3, 0.5), (5, 0.0)])
def test_spirals_are_the_formula(classes: int, turns: float) -> None:
    made = make_data(SpiralsSpec(kind="spirals", n=8 * classes, classes=classes, turns=turns, noise=0.0))
    numbers = (made.labels > 0).astype(int) if classes == 2 else made.labels
    for i in range(8 * classes):
        r = (i // classes + 1) / 8
        angle = 2 * np.pi * (turns * r + (i % classes) / classes)
        assert made.raw[i] == pytest.approx([r * np.cos(angle), r * np.sin(angle)], abs=1e-14)
        assert numbers[i] == i % classes


def test_arms_are_turned_copies_of_the_first() -> None:
    made = make_data(SpiralsSpec(kind="spirals", n=60, classes=3, noise=0.0))
    turn = np.exp(2j * np.pi / 3)
    first, second, third = (made.raw[made.labels == c] @ np.array([1, 1j]) for c in range(3))
    np.testing.assert_allclose(second, first * turn, atol=1e-14)
    np.testing.assert_allclose(third, second * turn, atol=1e-14)


def test_an_arm_without_points_is_refused() -> None:
    with pytest.raises(Refusal, match=r"data\.n: 2 is too small; each of the 3 classes needs a point"):
        make_data(SpiralsSpec(kind="spirals", n=2, classes=3))


# --- clusters ---


def clusters(**fields: int) -> Dataset:
    return make_data(ClustersSpec(kind="clusters", **fields))


def cells(points: np.ndarray, k: int) -> np.ndarray:
    """Return which cluster of the grid is nearest to each point, and how far."""
    width = 1 / (3 * k - 1)
    side = width * (1 + 3 * np.arange(k)) - 0.5
    centres = np.array([(x, y) for x in side for y in side])
    distances = np.linalg.norm(points[:, None] - centres, axis=2)
    return np.stack([distances.argmin(axis=1), distances.min(axis=1) / width], axis=1)


@pytest.mark.parametrize("k", [2, 3, 4])
def test_clusters_are_discs_of_a_grid_each_of_one_label(k: int) -> None:
    made = clusters(k=k, n=4000)
    found = cells(made.raw, k)
    assert set(found[:, 0]) == set(range(k * k))
    assert found[:, 1].max() <= 1 + 1e-12
    signs = [set(made.labels[found[:, 0] == c]) for c in range(k * k)]
    assert all(len(labels) == 1 for labels in signs)
    assert sum(labels == {-1} for labels in signs) == k * k // 2
    assert np.abs(made.raw).max() <= 0.5 + 1e-12


def test_a_points_distance_from_its_centre_is_uniform() -> None:
    share = cells(clusters(n=4000).raw, 3)[:, 1]
    assert share.mean() == pytest.approx(1 / 2, abs=5 / np.sqrt(12 * 4000))
    assert (share**2).mean() == pytest.approx(1 / 3, abs=5 * np.sqrt(4 / 45 / 4000))


def test_further_inputs_are_uniform_and_tell_nothing() -> None:
    made = clusters(n=4000, extra=3)
    further = made.raw[:, 2:]
    assert further.shape == (4000, 3) and np.abs(further).max() <= 0.5
    assert (further**2).mean(axis=0) == pytest.approx(1 / 12, abs=5 * np.sqrt(1 / 180 / 4000))
    assert np.abs((made.labels[:, None] * further).mean(axis=0)).max() < 5 / np.sqrt(12 * 4000)
    assert np.array_equal(made.raw[:, :2], clusters(n=4000).raw)


@pytest.mark.parametrize("seed", range(30))
def test_few_points_still_have_both_labels(seed: int) -> None:
    made = clusters(k=2, n=2, seed=seed)
    assert sorted(made.labels) == [-1, 1]
    assert cells(made.raw, 2)[:, 1].max() <= 1 + 1e-12


def test_more_points_ask_about_the_same_discs() -> None:
    few, many = clusters(n=300, seed=7), clusters(n=500, seed=7)
    signs = [
        dict(zip(cells(made.raw, 3)[:, 0].astype(int), made.labels.tolist(), strict=True))
        for made in (few, many)
    ]
    assert signs[0] == signs[1]
