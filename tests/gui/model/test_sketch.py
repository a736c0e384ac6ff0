"""What a hand does to a sketch: places on a grid, images by symmetry, planes among many inputs."""

from __future__ import annotations

import numpy as np
import pytest

from engine.data import make_data
from engine.experiment.data import DATA_KINDS, DataSpec, PointsSpec
from gui.model.drawing_plane import MOST_ROWS, input_plane, plane_through, principal_plane
from gui.model.drawn_points import MOST_POINTS, DrawnPoints, drawn_points
from gui.model.sketch import Sketch
from gui.model.symmetry import Symmetry


def spec_of(kind: str, **fields: object) -> DataSpec:
    return DATA_KINDS[kind].model_validate({"kind": kind, **fields})


def sketch_of(spec: DataSpec) -> Sketch:
    sketch = Sketch()
    sketch.show(drawn_points(spec, make_data(spec)), keep_plane=False)
    return sketch


def as_points(spec: DataSpec, sketch: Sketch) -> PointsSpec:
    """Return the data that a sketch becomes in an experiment."""
    assert sketch.points is not None
    changes = sketch.points.changes(spec)
    if "data" in changes:
        return PointsSpec.model_validate(changes["data"])
    fields = {path.removeprefix("data."): value for path, value in changes.items()}
    return PointsSpec.model_validate({**spec.model_dump(), **fields})


@pytest.mark.parametrize(
    "fields",
    [{}, {"label_noise": 0.3}, {"random_labels": True, "test_fraction": 0.25}, {"normalize": "unit-norm"}],
)
@pytest.mark.parametrize("kind", ["circle", "moons", "clusters", "blobs", "teacher"])
def test_data_edited_as_points_are_the_same_data(kind: str, fields: dict[str, object]) -> None:
    spec = spec_of(kind, **fields)
    points = as_points(spec, sketch_of(spec))
    before, after = make_data(spec), make_data(points)
    for name in ("x", "labels", "x_test", "labels_test"):
        assert np.array_equal(getattr(before, name), getattr(after, name)), name
    assert drawn_points(points, after).changes(points) == {}, "nothing is left to be edited"


def test_one_s_own_points_are_taken_as_written_whatever_noise_comes_after() -> None:
    spec = spec_of("points", x=[[0, 1], [1, 0], [2, 2], [3, 1]], y=[-1, 1, 1, -1], label_noise=0.5)
    sketch = sketch_of(spec)
    assert sketch.add(np.array([4.0, 4.0]))
    assert as_points(spec, sketch).y == (-1, 1, 1, -1, -1)


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_a_sample_s_own_class_stays_its_own_when_another_is_erased(noise: float) -> None:
    x = [[0, 1], [1, 0], [2, 2], [3, 1]]
    spec = spec_of("points", x=x, y=[-1, 1, 1, -1], relabel=[[3, 0]], label_noise=noise)
    sketch = sketch_of(spec)
    assert sketch.erase(np.array([0]))
    after = as_points(spec, sketch)
    assert after.y == (1, -1, -1) and after.relabel == ()


def test_beginning_anew_leaves_two_classes_that_have_training_points() -> None:
    sketch, testing = Sketch(), np.array([True, False, False])
    x, classes = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), np.array([0, 1, 2])
    sketch.show(DrawnPoints(x, classes, ("0", "1", "2"), testing), keep_plane=False)
    assert sketch.begin_anew() and sketch.points is not None
    assert sketch.points.x.tolist() == [[-0.5, 0.0], [0.5, 0.0]]


def test_a_third_class_counts_labels_from_nought_and_the_last_one_erased_goes_back() -> None:
    spec = spec_of("circle", n=4)
    sketch = sketch_of(spec)
    sketch.number = 2
    sketch.add(np.zeros(2))
    assert sorted(set(as_points(spec, sketch).y)) == [0, 1, 2]
    assert sketch.erase(np.array([4]))
    assert sorted(set(as_points(spec, sketch).y)) == [-1, 1]


def test_points_of_one_class_alone_are_refused_in_words_and_nothing_changes() -> None:
    sketch = sketch_of(spec_of("circle", n=4))
    assert sketch.points is not None
    before = sketch.points
    assert sketch.erase(np.flatnonzero(before.classes == 0)) == ""
    assert sketch.points is before and "one class" in sketch.sentence


def test_more_points_than_an_experiment_writes_down_are_refused_with_the_limit() -> None:
    sketch = sketch_of(spec_of("circle", n=MOST_POINTS))
    assert sketch.add(np.zeros(2)) == "" and f"{MOST_POINTS:,}" in sketch.sentence


@pytest.mark.parametrize(
    ("symmetry", "count", "labels"),
    [
        (Symmetry("across"), 2, [1, 1]),
        (Symmetry("down", changes_class=True), 2, [1, 0]),
        (Symmetry("both", changes_class=True), 4, [1, 0, 1, 0]),
        (Symmetry("turn", 6), 6, [1] * 6),
        (Symmetry("turn", 4, changes_class=True), 4, [1, 0, 1, 0]),
        (Symmetry("turn", 3, changes_class=True), 3, [1, 1, 1]),
    ],
)
def test_a_point_is_added_with_its_images(symmetry: Symmetry, count: int, labels: list[int]) -> None:
    sketch = sketch_of(spec_of("circle", n=4))
    assert sketch.points is not None
    sketch.symmetry, sketch.number = symmetry, 1
    sketch.add(np.array([0.3, 0.1]))
    added, classes = sketch.points.x[4:], sketch.points.classes[4:]
    assert len(added) == count and classes.tolist() == labels
    assert np.hypot(*added.T) == pytest.approx(np.hypot(0.3, 0.1))


def test_images_follow_a_point_that_is_moved_flipped_or_erased() -> None:
    sketch = sketch_of(spec_of("circle", n=4))
    sketch.symmetry = Symmetry("across", changes_class=True)
    sketch.add(np.array([0.3, 0.1]))
    sketch.nudge(np.array([0.1, 0.2]))
    assert sketch.points is not None
    assert sketch.points.x[4:] == pytest.approx(np.array([[0.4, 0.3], [-0.4, 0.3]]))
    before = sketch.points.classes[4:].copy()
    sketch.flip(np.array([5]))
    assert sketch.points.classes[4:].tolist() == (1 - before).tolist()
    sketch.erase(np.array([4]))
    assert sketch.points.count == 4


def test_a_point_on_the_mirror_has_no_image_of_its_own() -> None:
    sketch = sketch_of(spec_of("circle", n=4))
    sketch.symmetry = Symmetry("both")
    sketch.add(np.array([0.0, 0.4]))
    assert sketch.points is not None and sketch.points.x[4:].tolist() == [[0.0, 0.4], [0.0, -0.4]]


def test_places_snap_to_the_grid() -> None:
    sketch = sketch_of(spec_of("circle", n=4))
    sketch.grid = 0.25
    sketch.add(np.array([0.37, -0.9]))
    assert sketch.points is not None and sketch.points.x[-1].tolist() == [0.25, -1.0]
    sketch.select([])
    sketch.snap()
    assert not (np.asarray(sketch.points.x) % 0.25).any()


def test_points_in_the_order_of_their_class_are_drawn_where_all_of_them_spread() -> None:
    x = np.random.default_rng(0).normal(size=(2 * MOST_ROWS, 3))
    x[:, 2] += 50.0 * (np.arange(len(x)) >= MOST_ROWS)
    assert principal_plane(x).share(x) > 0.99


def test_points_of_many_inputs_move_within_the_plane_alone() -> None:
    spec = spec_of("teacher", n=20)
    data = make_data(spec).raw
    planes = (principal_plane(data), plane_through(data, (2, 5, 7)), input_plane(data, 0, 2))
    for plane in planes:
        assert plane is not None
        assert plane.directions @ plane.directions.T == pytest.approx(np.eye(2))
        sketch = sketch_of(spec)
        sketch.show_in(plane)
        sketch.select([3])
        place = sketch.places[3].copy()
        sketch.nudge(np.array([0.5, -0.25]))
        assert sketch.points is not None
        assert sketch.places[3] == pytest.approx(place + np.array([0.5, -0.25]), abs=1e-2)
        moved = sketch.points.x[3] - data[3]
        assert moved - plane.directions.T @ (plane.directions @ moved) == pytest.approx(0, abs=1e-12)
        assert np.delete(sketch.points.x, 3, axis=0).tolist() == np.delete(data, 3, axis=0).tolist()


def test_three_samples_lie_in_their_plane_and_on_a_line_make_none() -> None:
    data = np.random.default_rng(1).normal(size=(9, 5))
    plane = plane_through(data, (1, 4, 6))
    assert plane is not None
    assert plane.lifted(plane.flat(data[[1, 4, 6]])) == pytest.approx(data[[1, 4, 6]])
    data[6] = 3 * data[4] - 2 * data[1]
    assert plane_through(data, (1, 4, 6)) is None
