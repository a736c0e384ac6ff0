"""Circle, rings, hyperplane and blobs are what their formulas say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import nnls

from engine.data import make_data, sizes
from engine.experiment.data import BlobsSpec, CircleSpec, HyperplaneSpec, RingsSpec
from engine.words.errors import Refusal


def test_circle_is_the_formula() -> None:
    made = make_data(CircleSpec(kind="circle", n=24, phase=0.13, radius=2.0))
    for i in range(24):
        angle = 2 * np.pi * i / 24 + 0.13
        assert made.raw[i] == pytest.approx([2 * np.cos(angle), 2 * np.sin(angle)], abs=1e-15)
        assert made.labels[i] == np.sign(made.raw[i, 0] * made.raw[i, 1])


def test_circle_of_24_points_has_as_many_of_either_label() -> None:
    assert make_data(CircleSpec(kind="circle")).labels.sum() == 0


def test_circle_points_on_an_axis_are_positive() -> None:
    made = make_data(CircleSpec(kind="circle", n=24, phase=0.0))
    assert made.labels[[0, 6, 12, 18]].tolist() == [1, 1, 1, 1]
    assert made.labels[[3, 9, 15, 21]].tolist() == [1, -1, 1, -1]


def test_circle_of_one_class_is_refused() -> None:
    with pytest.raises(Refusal, match=r"data\.n: 4 .*another phase"):
        make_data(CircleSpec(kind="circle", n=4, phase=0.0))


def test_rings_are_a_blob_inside_a_ring() -> None:
    made = make_data(RingsSpec(kind="rings", inner=4000, outer=3000, inner_std=0.2, outer_radius=(0.9, 1.5)))
    inner, outer = made.raw[made.labels == 1], made.raw[made.labels == -1]
    assert (len(inner), len(outer)) == (4000, 3000)
    # five standard errors
    assert inner.std() == pytest.approx(0.2, abs=5 * 0.2 / np.sqrt(2 * 8000))
    assert np.abs(inner.mean(axis=0)).max() < 5 * 0.2 / np.sqrt(4000)
    radii = np.linalg.norm(outer, axis=1)
    assert 0.9 <= radii.min() < 0.91
    assert 1.49 < radii.max() <= 1.5
    assert radii.mean() == pytest.approx(1.2, abs=5 * 0.6 / np.sqrt(12 * 3000))
    assert np.abs((outer / radii[:, None]).mean(axis=0)).max() < 5 * np.sqrt(0.5 / 3000)


@pytest.mark.parametrize("radii", [(1.5, 0.9), (0.0, 1.0), (-1.0, 1.0)])
def test_rings_refuse_what_is_no_range_of_radii(radii: tuple[float, float]) -> None:
    with pytest.raises(Refusal, match=r"data\.outer_radius: \[.* must") as refused:
        make_data(RingsSpec(kind="rings", outer_radius=radii))
    assert refused.value.field == "data.outer_radius"


def hard_margin(x: np.ndarray, labels: np.ndarray) -> float:
    """Return the l2 margin through the origin, exactly (theory.md 0.2)."""
    z = labels[:, None] * x
    dual, _ = nnls(np.vstack([z.T, np.ones(len(z))]), np.append(np.zeros(x.shape[1]), 1.0))
    return float(np.linalg.norm(z.T @ dual / dual.sum()))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("n", "d", "margin"), [(40, 10, 0.1), (200, 2, 0.5), (7, 3, 0.01)])
def test_hyperplane_keeps_its_margin(seed: int, n: int, d: int, margin: float) -> None:
    made = make_data(HyperplaneSpec(kind="hyperplane", n=n, d=d, margin=margin, seed=seed))
    assert hard_margin(made.x, made.labels) >= margin * (1 - 1e-9)


def test_a_sparse_hyperplane_asks_some_inputs_alone_and_all_of_them_alike() -> None:
    made = make_data(HyperplaneSpec(kind="hyperplane", n=300, d=9, margin=0.0, sparse=3, seed=1))
    signs = [np.array(s) for s in np.ndindex(2, 2, 2)]
    by = [made.x[:, :3] @ (2 * s - 1) for s in signs]
    assert any((np.sign(values) == made.labels).all() for values in by)
    with pytest.raises(Refusal, match="10 is too large; there are 9 inputs"):
        make_data(HyperplaneSpec(kind="hyperplane", n=300, d=9, sparse=10))


def test_hyperplane_margin_is_the_push() -> None:
    """With many points in the plane the gap between the classes is hardly wider than twice the push."""
    made = make_data(HyperplaneSpec(kind="hyperplane", n=4000, d=2, margin=0.5))
    assert hard_margin(made.x, made.labels) == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("seed", range(30))
def test_hyperplane_has_both_classes(seed: int) -> None:
    made = make_data(HyperplaneSpec(kind="hyperplane", n=2, d=1, margin=0.3, seed=seed))
    assert sorted(made.labels) == [-1, 1]
    assert np.abs(made.raw).min() >= 0.3
    assert made.raw[0, 0] * made.raw[1, 0] < 0


def test_blobs_have_their_spread_and_distance() -> None:
    made = make_data(BlobsSpec(kind="blobs", n=6000, d=5, classes=3, separation=4.0, std=0.5))
    for c in range(3):
        blob = made.raw[made.labels == c]
        assert len(blob) == 2000
        assert blob.std(axis=0) == pytest.approx(0.5, abs=5 * 0.5 / np.sqrt(4000))
        assert np.linalg.norm(blob.mean(axis=0)) == pytest.approx(4.0, abs=5 * 0.5 / np.sqrt(2000))


def centres(d: int, classes: int, seed: int = 0) -> np.ndarray:
    """Return the centres: blobs without spread are nothing else."""
    blobs = BlobsSpec(kind="blobs", n=classes, d=d, classes=classes, separation=2.0, std=0.0, seed=seed)
    return make_data(blobs).raw


@pytest.mark.parametrize("classes", [2, 3, 5, 8])
def test_blobs_in_the_plane_are_evenly_spaced(classes: int) -> None:
    found = centres(2, classes)
    assert np.linalg.norm(found, axis=1) == pytest.approx(2.0)
    gaps = np.linalg.norm(found - np.roll(found, 1, axis=0), axis=1)
    assert gaps == pytest.approx(4.0 * np.sin(np.pi / classes))


def test_blobs_on_a_line_are_evenly_spaced() -> None:
    assert centres(1, 2).ravel() == pytest.approx([-2, 2])
    assert centres(1, 5).ravel() == pytest.approx([-2, -1, 0, 1, 2])


def test_blobs_turn_with_the_seed() -> None:
    assert not np.allclose(centres(2, 3, seed=0), centres(2, 3, seed=1))


def test_blobs_are_equal_in_number() -> None:
    made = make_data(BlobsSpec(kind="blobs", n=11, classes=4))
    assert np.bincount(made.labels).tolist() == [3, 3, 3, 2]


def test_blobs_refuse_fewer_points_than_classes() -> None:
    for make in (make_data, sizes):
        with pytest.raises(Refusal, match=r"data\.n: 4 is too small; each of the 5 classes needs a point"):
            make(BlobsSpec(kind="blobs", n=4, classes=5))
