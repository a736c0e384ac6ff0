"""Parity, planted margins, teachers, groups and modular addition are what their formulas say."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data import Dataset, make_data, sizes
from engine.data.collapse import directions
from engine.data.planted import planted_direction
from engine.data.teacher import teacher_outputs
from engine.experiment.data import CollapseSpec, DataSpec, ModularSpec, ParitySpec, PlantedSpec, TeacherSpec
from engine.references import hard_margin_svm
from engine.words.errors import Refusal


def refused(data: DataSpec, sentence: str, *, cheaply: bool = True) -> None:
    """Check that data is refused in these words, without being made where that can be told."""
    for make in (make_data, sizes) if cheaply else (make_data,):
        with pytest.raises(Refusal) as caught:
            make(data)
        assert str(caught.value).startswith(sentence)


# --- parity ---


@pytest.mark.parametrize(("d", "k"), [(1, 1), (2, 2), (4, 2), (4, 3), (5, 5)])
def test_the_whole_cube_has_every_corner_once_with_its_product(d: int, k: int) -> None:
    made = make_data(ParitySpec(kind="parity", d=d, k=k))
    signs = np.rint(made.raw * np.sqrt(d)).astype(int)
    assert [tuple(row) for row in signs] == list(product([1, -1], repeat=d))
    assert made.labels.tolist() == [int(np.prod(row[:k])) for row in signs]
    assert np.linalg.norm(made.raw, axis=1) == pytest.approx(1)
    assert made.labels.sum() == 0


def test_no_k_minus_1_inputs_tell_anything_about_a_parity_of_k() -> None:
    made = make_data(ParitySpec(kind="parity", d=5, k=3))
    for left in ([0, 1], [0, 2], [1, 2], [3, 4], [0, 3, 4]):
        assert abs((made.labels * made.raw[:, left].prod(axis=1)).sum()) < 1e-12


def test_a_sample_is_drawn_from_the_cube() -> None:
    made = make_data(ParitySpec(kind="parity", d=20, k=2, n=3000))
    signs = made.raw * np.sqrt(20)
    assert np.abs(np.abs(signs) - 1).max() < 1e-12
    assert np.array_equal(made.labels, np.rint(signs[:, 0] * signs[:, 1]))
    assert np.abs(signs.mean(axis=0)).max() < 5 / np.sqrt(3000)


@pytest.mark.parametrize("seed", range(20))
def test_a_small_sample_has_both_labels(seed: int) -> None:
    made = make_data(ParitySpec(kind="parity", d=1, k=1, n=2, seed=seed))
    assert sorted(made.labels) == [-1, 1]
    assert made.raw.ravel().tolist() == made.labels.tolist()


def test_parities_that_cannot_be() -> None:
    refused(ParitySpec(kind="parity", d=3, k=4), "data.k: 4 is too large; there are 3 inputs to depend on")
    refused(
        ParitySpec(kind="parity", n=1), "data.n: 1 is too small; take 2 points or more, or 0 for the whole"
    )


# --- planted margins ---


@settings(max_examples=40)
@given(
    st.integers(2, 40),
    st.integers(1, 12),
    st.integers(1, 40),
    st.sampled_from([1e-3, 0.5, 20.0]),
    st.integers(0, 99),
)
def test_planted_margin_is_the_hard_margin_svms(
    n: int, d: int, support: int, margin: float, seed: int
) -> None:
    data = PlantedSpec(kind="planted", n=n, d=d, support=min(support, n), margin=margin, seed=seed)
    made = make_data(data)
    found = hard_margin_svm(made.labels[:, None] * made.x)
    assert found.value == pytest.approx(margin, rel=1e-9)
    assert found.solution == pytest.approx(planted_direction(data), abs=1e-6)


def test_planted_support_vectors_are_as_many_as_said_and_equally_heavy() -> None:
    for support in (1, 3, 7):
        data = PlantedSpec(kind="planted", support=support, d=9)
        made = make_data(data)
        signed = made.labels[:, None] * made.raw
        heights = signed @ planted_direction(data)
        assert heights[:support] == pytest.approx(0.5, abs=1e-14)
        assert (heights[support:] >= 1.0).all(), "margin and gap"
        assert signed[:support].mean(axis=0) == pytest.approx(0.5 * planted_direction(data), abs=1e-14)
        dual = hard_margin_svm(signed).dual
        assert dual[:support] == pytest.approx(1 / support, abs=1e-9)
        assert dual[support:] == pytest.approx(0, abs=1e-9)


def test_planted_labels_alternate_and_the_direction_stays() -> None:
    few, many = PlantedSpec(kind="planted", n=10), PlantedSpec(kind="planted", n=30, margin=2.0)
    assert make_data(few).labels.tolist() == [1, -1] * 5
    assert np.array_equal(planted_direction(few), planted_direction(many))


def test_more_support_vectors_than_points_are_refused() -> None:
    refused(PlantedSpec(kind="planted", n=4, support=5), "data.support: 5 is too large; there are 4 points")


# --- teachers ---


@pytest.mark.parametrize("fields", [{}, {"width": 2}, {"width": 7, "d": 3}, {"sparse": 2}, {"margin": 0.4}])
def test_the_teachers_sign_is_the_label(fields: dict[str, Any]) -> None:
    data = TeacherSpec(kind="teacher", **fields)
    made = make_data(data)
    outputs = teacher_outputs(data, made.raw)
    assert np.array_equal(made.labels, np.sign(outputs))
    assert np.abs(outputs).min() > data.margin


def test_a_teacher_is_homogeneous_and_half_adds_half_subtracts() -> None:
    data = TeacherSpec(kind="teacher", d=3, width=2)
    points = np.random.default_rng(1).standard_normal((500, 3))
    outputs = teacher_outputs(data, points)
    assert teacher_outputs(data, 3 * points) == pytest.approx(3 * outputs)
    # f(x) - f(-x) is linear, as relu(u) - relu(-u) = u: the difference of two unit vectors over sqrt 2
    slope, residual, *_ = np.linalg.lstsq(points, outputs - teacher_outputs(data, -points), rcond=None)
    assert residual[0] < 1e-20
    assert 0 < np.linalg.norm(slope) <= np.sqrt(2) + 1e-12


def test_a_teachers_output_has_the_size_that_is_told() -> None:
    """In many inputs its variance is 1/2 - 1/(2 pi) for an even width."""
    data = TeacherSpec(kind="teacher", d=400, width=40)
    outputs = teacher_outputs(data, np.random.default_rng(2).standard_normal((4000, 400)))
    assert outputs.std() == pytest.approx(np.sqrt(0.5 - 0.5 / np.pi), rel=0.15)


def test_a_sparse_teacher_looks_at_no_other_inputs() -> None:
    data = TeacherSpec(kind="teacher", sparse=3)
    points = np.random.default_rng(0).standard_normal((50, 10))
    changed = points.copy()
    changed[:, 3:] = 0
    assert np.array_equal(teacher_outputs(data, points), teacher_outputs(data, changed))


def test_points_are_gaussian_and_a_margin_only_leaves_some_out() -> None:
    whole = make_data(TeacherSpec(kind="teacher", n=3000, width=20))
    assert np.abs(whole.raw.mean(axis=0)).max() < 5 / np.sqrt(3000)
    assert whole.raw.std() == pytest.approx(1, abs=5 / np.sqrt(2 * 30000))
    rows = {tuple(row) for row in whole.raw}
    few = make_data(TeacherSpec(kind="teacher", n=300, width=20, margin=0.3))
    assert sum(tuple(row) in rows for row in few.raw) == 300


@pytest.mark.parametrize("seed", range(40))
def test_a_teacher_tells_two_classes_apart_or_is_refused(seed: int) -> None:
    """On a line, two units of one direction cancel; of two directions, one adds and one subtracts."""
    data = TeacherSpec(kind="teacher", d=1, width=2, n=6, seed=seed)
    left, right = teacher_outputs(data, np.array([[-1.0], [1.0]]))
    if left * right < 0:
        assert set(make_data(data).labels) == {-1, 1}
    else:
        assert left == right == 0
        sentence = (
            f"data.seed: {seed} draws a teacher that does not tell two classes apart; take another seed"
        )
        for margin in (0.0, 0.1):
            refused(data.model_copy(update={"margin": margin}), sentence, cheaply=False)


def test_the_second_label_is_found_where_it_is_rare() -> None:
    for seed in range(200):
        made = make_data(TeacherSpec(kind="teacher", n=2, d=3, seed=seed))
        assert set(made.labels) == {-1, 1}


def test_teachers_that_cannot_be() -> None:
    refused(
        TeacherSpec(kind="teacher", sparse=11), "data.sparse: 11 is too large; there are 10 inputs to look at"
    )
    far = TeacherSpec(kind="teacher", margin=50.0)
    refused(
        far,
        "data.margin: 50.0 is too large; of 51200 points too few of both labels lie that far",
        cheaply=False,
    )


# --- groups ---


@pytest.mark.parametrize(
    ("classes", "groups", "d", "correlation"),
    [
        (4, 0, 8, 0.0),
        (4, 0, 4, 0.3),
        (4, 0, 3, -1 / 3),
        (4, 0, 9, -0.33333),
        (2, 5, 7, -0.1),
        (2, 0, 1, -1.0),
    ],
)
def test_directions_have_their_correlation(classes: int, groups: int, d: int, correlation: float) -> None:
    beta = directions(
        CollapseSpec(kind="collapse", classes=classes, groups=groups, d=d, correlation=correlation)
    )
    count = groups or classes
    assert beta.shape == (count, d)
    wanted = (1 - correlation) * np.eye(count) + correlation
    np.testing.assert_allclose(beta @ beta.T, wanted, atol=2e-5)


@settings(max_examples=30)
@given(st.integers(2, 5), st.integers(0, 3), st.floats(-0.1, 0.9), st.floats(0, 3), st.integers(0, 20))
def test_no_correlation_is_off_by_more_than_the_spread(
    classes: int, more: int, correlation: float, spread: float, seed: int
) -> None:
    groups = classes + more
    data = CollapseSpec(
        kind="collapse",
        n=3 * groups,
        d=10,
        classes=classes,
        groups=groups,
        correlation=correlation,
        spread=spread,
        seed=seed,
    )
    made = make_data(data)
    found = made.raw @ directions(data).T
    own = np.arange(3 * groups) % groups
    assert np.abs(found - np.where(np.eye(groups)[own], 1, correlation)).max() <= spread + 1e-9
    numbers = (made.labels > 0).astype(int) if classes == 2 else made.labels
    assert np.array_equal(numbers, own % classes)


def test_groups_fill_their_balls_uniformly() -> None:
    data = CollapseSpec(kind="collapse", n=6000, d=5, spread=0.5)
    off = make_data(data).raw - directions(data)[np.arange(6000) % 4]
    share = (np.linalg.norm(off, axis=1) / 0.5) ** 5
    assert share.max() <= 1
    assert share.mean() == pytest.approx(1 / 2, abs=5 / np.sqrt(12 * 6000))
    assert np.abs(off.mean(axis=0)).max() < 5 * 0.5 / np.sqrt(6000)


def test_groups_by_default_are_four_classes_of_ten() -> None:
    assert np.bincount(make_data(CollapseSpec(kind="collapse")).labels).tolist() == [10, 10, 10, 10]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"groups": 3}, "data.groups: 3 is too small; each of the 4 classes needs a group"),
        ({"n": 5, "groups": 6}, "data.n: 5 is too small; each of the 6 groups needs a point"),
        (
            {"correlation": -0.4},
            "data.correlation: -0.4 is too small; between 4 directions it is at least -0.333333",
        ),
        ({"d": 3}, "data.d: 3 is too small; 4 directions of this correlation need 4 inputs"),
        ({"d": 2, "correlation": -1 / 3}, "data.d: 2 is too small; 4 directions of this correlation need 3"),
    ],
)
def test_groups_that_cannot_be(fields: dict[str, Any], sentence: str) -> None:
    refused(CollapseSpec(kind="collapse", **fields), sentence)


# --- modular addition ---


@pytest.mark.parametrize("p", [2, 3, 7, 12])
def test_every_pair_stands_once_with_its_sum(p: int) -> None:
    made = make_data(ModularSpec(kind="modular", modulus=p))
    assert made.raw.shape == (p * p, 2 * p)
    numbers = (made.labels > 0).astype(int) if p == 2 else made.labels
    pairs = set()
    for row, label in zip(made.raw, numbers, strict=True):
        (a,), (b,) = np.flatnonzero(row[:p]), np.flatnonzero(row[p:])
        assert row.sum() == 2 and row.max() == 1
        assert label == (a + b) % p
        pairs.add((int(a), int(b)))
    assert len(pairs) == p * p


def test_pairs_are_held_out_by_the_test_fraction() -> None:
    made: Dataset = make_data(ModularSpec(kind="modular", modulus=11, test_fraction=0.3))
    assert len(made.x_test) == 36
    assert len({tuple(row) for row in np.concatenate([made.raw, made.raw_test])}) == 121
