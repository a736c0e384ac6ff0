"""Labelled points in the hand: what can be done to them, and the experiment that they make."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Array, Dataset, Labels
from engine.experiment.data import DataSpec, PointsSpec

MOST_POINTS = 1_000
"""Points that are still written into an experiment one by one."""
MOST_NUMBERS = 20_000
"""Coordinates of all of them together."""
MOST_CLASSES = 10
KEPT = ("seed", "normalize", "append_constant")
"""What the experiment says of data, whatever they are; noise is in their labels already."""


@dataclass(frozen=True, eq=False)
class DrawnPoints:
    """Points of some classes; every change gives others.

    Attributes:
        x: (N, d) the points, in the order of the experiment.
        classes: (N,) the number of the class of each, 0..C-1.
        names: what the C classes are called.
        testing: (N,) which of them are of a test set of their own.
    """

    x: Array
    classes: Labels
    names: tuple[str, ...]
    testing: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """The number of points, N."""
        return len(self.x)

    @property
    def inputs(self) -> int:
        """The numbers a point has, d."""
        return int(self.x.shape[1])

    def is_same(self, other: DrawnPoints | None) -> bool:
        """Say whether these are the same points of the same classes."""
        return (
            other is not None
            and self.names == other.names
            and np.array_equal(self.x, other.x)
            and np.array_equal(self.classes, other.classes)
            and np.array_equal(self.testing, other.testing)
        )

    # --- what a hand does ---

    def with_added(self, x: Array, classes: Labels) -> DrawnPoints:
        """Return them with training points (M, d) of these classes (M,) behind the others; a class may be new."""
        names = self.names
        if len(classes) and classes.max() >= len(names):
            names = (*names, "new")
        return replace(
            self,
            x=np.concatenate([self.x, x]),
            classes=np.concatenate([self.classes, classes]),
            names=names,
            testing=np.concatenate([self.testing, np.zeros(len(x), dtype=np.bool_)]),
        )

    def with_moved(self, indices: Labels, x: Array) -> DrawnPoints:
        """Return them with some elsewhere, at x (M, d)."""
        moved = self.x.copy()
        moved[indices] = x
        return replace(self, x=moved)

    def with_classes(self, indices: Labels, classes: Labels | int) -> DrawnPoints:
        """Return them with some of another class."""
        changed = self.classes.copy()
        changed[indices] = classes
        names = self.names if changed.max(initial=0) < len(self.names) else (*self.names, "new")
        return replace(self, classes=changed, names=names)

    def without(self, indices: Labels) -> DrawnPoints:
        """Return the others."""
        kept = np.ones(self.count, dtype=np.bool_)
        kept[indices] = False
        return replace(self, x=self.x[kept], classes=self.classes[kept], testing=self.testing[kept])

    # --- the experiment ---

    def why_not(self) -> str:
        """Say why no experiment has these points; '' where one has."""
        if len(np.unique(self.classes[~self.testing])) < 2:
            return "Points of one class alone have no margin: each of two classes keeps a point."
        return why_too_many(*self.x.shape)

    def why_not_labels(self, before: DrawnPoints) -> str:
        """Say why points that are too many to be written down cannot have these labels; '' where they can."""
        if len(self.names) > len(before.names) or len(np.unique(self.classes)) < len(before.names):
            return f"{why_too_many(*self.x.shape)} Their classes stay, and each keeps a point."
        if (self.classes != before.classes)[self.testing].any():
            return "Labels of the test set stay as they are."
        return ""

    def changes(self, spec: DataSpec) -> dict[str, Any]:
        """Return the fields, by dotted path, of an experiment with these points in place of its data."""
        labels = self._labels()
        values: dict[str, Any] = {}
        for ending, rows in (("", ~self.testing), ("_test", self.testing)):
            values[f"x{ending}"] = tuple(map(tuple, self.x[rows].tolist()))
            values[f"y{ending}"] = tuple(labels[rows].tolist())
        if isinstance(spec, PointsSpec):
            # these are the classes, and numbers of samples may be others now
            values |= {"relabel": (), "view": self._view(spec)}
            return {f"data.{name}": value for name, value in values.items() if getattr(spec, name) != value}
        kept = {name: getattr(spec, name) for name in KEPT}
        return {"data": {"kind": "points", **values, **kept, "view": self._view(spec)}}

    def _view(self, spec: DataSpec) -> float:
        """Return the square that surfaces show: the one that was chosen, where the points are within; 0 fits them."""
        return spec.view if np.abs(self.x).max(initial=0.0) <= spec.view else 0.0

    def _labels(self) -> Array:
        """Return the labels (N,) as they are written: the numbers they had, or -1 and 1, or 0, 1, ..., C-1."""
        there, places = np.unique(self.classes, return_inverse=True)
        if len(there) != 2:
            return places.astype(np.float64)
        pair = [_number(self.names[c]) for c in there] if len(self.names) == 2 else [None, None]
        low, high = pair
        if low is None or high is None or low >= high:
            low, high = -1.0, 1.0
        return np.where(places == 0, low, high).astype(np.float64)


def drawn_points(spec: DataSpec, data: Dataset) -> DrawnPoints:
    """Return the points of a data set as a hand takes them; one's own as they are written, before any noise.

    Classes that somebody gave to samples are theirs.
    """
    classes = [_numbered(labels, data.classes) for labels in (data.labels, data.labels_test)]
    x, testing = np.concatenate([data.raw, data.raw_test]), np.zeros(0, dtype=np.bool_)
    testing = np.arange(len(x)) >= len(data.raw)
    labels = np.concatenate(classes)
    is_changed = spec.label_noise or spec.random_labels or spec.test_fraction
    if isinstance(spec, PointsSpec) and is_changed and not why_too_many(*x.shape):
        x = np.array([*spec.x, *spec.x_test], dtype=np.float64)
        labels = np.searchsorted(np.unique(spec.y), np.array([*spec.y, *spec.y_test])).astype(np.int64)
        testing = np.arange(len(x)) >= len(spec.x)
        for sample, number in spec.relabel:
            labels[np.flatnonzero((x == data.raw[sample - 1]).all(axis=1))[:1]] = number
    return DrawnPoints(x, labels, data.class_names, testing)


def place_in(points: DrawnPoints, data: Dataset, sample: int) -> int:
    """Return which of the points a training sample is: after a split they stand elsewhere than the samples."""
    own, count = data.raw[sample], len(data.raw)
    if np.array_equal(points.x[:count], data.raw):
        return sample
    equal = (points.x == own).all(axis=1)
    among = (data.raw == own).all(axis=1)
    classes = _numbered(data.labels, data.classes)
    of_class = equal & (points.classes == classes[sample])
    if of_class.any():  # else noise gave it another one
        equal, among = of_class, among & (classes == classes[sample])
    places = np.flatnonzero(equal)
    return int(places[min(int(among[:sample].sum()), len(places) - 1)])


def changes_of(points: DrawnPoints, spec: DataSpec, data: Dataset) -> dict[str, Any]:
    """Return the fields, by dotted path, of an experiment whose data a hand made these points of.

    Of more points than can be written down labels alone can be others.
    """
    if not why_too_many(*points.x.shape):
        return points.changes(spec)
    changed = np.flatnonzero(points.classes != drawn_points(spec, data).classes)
    return labels_by_hand(spec, {int(i): int(points.classes[i]) for i in changed})


def labels_by_hand(spec: DataSpec, classes: dict[int, int]) -> dict[str, Any]:
    """Return the field, by dotted path, that gives training samples, counted from 0, other classes."""
    rows = {row[0]: row[1] for row in spec.relabel} | {i + 1: number for i, number in classes.items()}
    return {"data.relabel": tuple(sorted(rows.items()))} if classes else {}


def why_too_many(points: int, inputs: int) -> str:
    """Say why points are too many to be written into an experiment; '' where they are not."""
    if points > MOST_POINTS:
        return f"An experiment has at most {MOST_POINTS:,} points written into it one by one; these are {points:,}."
    if points * inputs > MOST_NUMBERS:
        return (
            f"An experiment has at most {MOST_NUMBERS:,} coordinates written into it; "
            f"{points:,} points of {inputs:,} inputs have {points * inputs:,}."
        )
    return ""


def _numbered(labels: Labels, classes: int) -> Labels:
    """Return the classes as 0..C-1, where two of them are -1 and +1."""
    return (labels > 0).astype(np.int64) if classes == 2 else labels


def _number(name: str) -> float | None:
    try:
        return float(name)
    except ValueError:
        return None
