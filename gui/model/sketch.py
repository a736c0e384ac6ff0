"""What is on the drawing board, what of it is selected, and what a hand does to it; it knows no pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Array, Labels
from engine.words.formats import counted

from .drawing_plane import DrawingPlane, usual_plane
from .drawn_points import MOST_CLASSES, DrawnPoints, why_too_many
from .symmetry import Follower, Symmetry

NEAR = 1e-3
"""Share of what is shown within which two places are one, for images and followers."""
NOBODY: NDArray[np.int64] = np.zeros(0, dtype=np.int64)


class Sketch:
    """Points in a plane and what is done to them; every change is told by its words, '' where nothing happened."""

    def __init__(self) -> None:
        self.points: DrawnPoints | None = None
        self.plane: DrawingPlane | None = None
        self.input_names: tuple[str, ...] = ()
        """What the source of the points calls their inputs; () where it does not say."""
        self.half = 1.0
        """Half the side of what is shown, which says how finely places are written."""
        self.selection = NOBODY
        """Indices of points, ascending."""
        self.number = 0
        """The class of what is drawn next."""
        self.grid = 0.0
        """The step of the grid that places snap to; 0 for none."""
        self.symmetry = Symmetry()
        self.sentence = ""
        """Why the last wish was not done; '' where it was."""
        self._random = np.random.default_rng(0)
        self._grabbed: tuple[Labels, Array, list[Follower]] | None = None

    # --- what is there ---

    def show(self, points: DrawnPoints, *, keep_plane: bool, input_names: tuple[str, ...] = ()) -> None:
        """Show points, in the plane before where that is still one of them and is to be kept.

        Points that were drawn have no source any more: names stay as long as some of the points do.
        """
        plane = self.plane
        if input_names or (self.input_names and not self._has_some_of(points)):
            self.input_names = input_names
        if plane is None or not keep_plane or plane.directions.shape[1] != points.inputs:
            self.plane = usual_plane(points.x)
        if self.points is None or self.points.count != points.count:
            self.selection = self.selection[self.selection < points.count]
        self.points = points
        self.number = min(self.number, len(points.names) - 1)

    def _has_some_of(self, points: DrawnPoints) -> bool:
        """Say whether some of these points are there already, where a hand has moved the others."""
        if self.points is None or self.points.inputs != points.inputs:
            return False
        return not set(map(tuple, self.points.x.tolist())).isdisjoint(map(tuple, points.x.tolist()))

    def show_in(self, plane: DrawingPlane) -> None:
        """Show the points in another plane."""
        self.plane = plane

    def clear(self) -> None:
        """Show nothing."""
        self.points, self.selection, self._grabbed = None, NOBODY, None

    @property
    def axis_names(self) -> tuple[str, ...]:
        """What the axes are called; () where they are none of the inputs, or these have no names."""
        is_input = self.plane is not None and len(self.plane.origin) <= 2
        return self.input_names if is_input else ()

    @property
    def places(self) -> Array:
        """Where the points are drawn, (N, 2)."""
        if self.points is None or self.plane is None:
            return np.zeros((0, 2))
        return self.plane.flat(self.points.x)

    @property
    def classes(self) -> int:
        """The number of classes, with one that is about to be drawn."""
        return 0 if self.points is None else max(len(self.points.names), self.number + 1)

    @property
    def can_begin_class(self) -> bool:
        """Say whether there may be another class."""
        return self.points is not None and len(self.points.names) < MOST_CLASSES

    @property
    def is_limited(self) -> str:
        """Say why nothing here can be moved or added; '' where it can."""
        return "" if self.points is None else why_too_many(*self.points.x.shape)

    def snapped(self, places: Array) -> Array:
        """Return places (M, 2) on the grid, or to three digits of what is shown."""
        if self.grid > 0:
            places = np.round(places / self.grid) * self.grid
        return np.round(places, max(0, 3 - int(np.floor(np.log10(self.half)))))

    def nearest(self, place: Array, reach: float) -> int | None:
        """Return the point drawn nearest to a place (2,), within reach; of those alike, the last drawn."""
        places = self.places
        if not len(places):
            return None
        distance = np.hypot(*(places - place).T)
        index = len(distance) - 1 - int(distance[::-1].argmin())
        return index if distance[index] <= reach else None

    # --- selecting ---

    def select(self, indices: Labels | list[int], *, more: bool = False) -> None:
        """Select points; with `more` beside those that are."""
        chosen = np.asarray(indices, dtype=np.int64)
        self.selection = np.union1d(self.selection, chosen) if more else np.unique(chosen)

    def toggle(self, index: int) -> None:
        """Select a point, or no longer."""
        self.selection = np.setxor1d(self.selection, [index])

    def select_within(self, corner: Array, other: Array, *, more: bool = False) -> None:
        """Select what is drawn in a rectangle between two corners (2,)."""
        low, high = np.minimum(corner, other), np.maximum(corner, other)
        places = self.places
        self.select(np.flatnonzero(((places >= low) & (places <= high)).all(axis=1)), more=more)

    def select_next(self, by: int) -> bool:
        """Select the next point alone, or the one before; say whether there was one."""
        count = 0 if self.points is None else self.points.count
        index = 0 if by > 0 else count - 1
        if len(self.selection):
            index = int(self.selection[-1 if by > 0 else 0]) + by
        if not 0 <= index < count:
            self.selection = NOBODY
            return False
        self.selection = np.array([index])
        return True

    # --- changing ---

    def add(self, place: Array) -> str:
        """Add a point, with its images, and select it."""
        return self._add(self.snapped(place[None, :]), "Add")

    def paint(self, place: Array, spread: float, count: int) -> str:
        """Add some points scattered around a place by a Gaussian of this spread, with their images."""
        scattered = place + spread * self._random.normal(size=(count, 2))
        words = self._add(self.snapped(scattered), "Paint")
        self.selection = NOBODY
        return words and "Paint points"

    def _add(self, places: Array, verb: str) -> str:
        points, plane = self.points, self.plane
        if points is None or plane is None:
            return ""
        numbers = np.full(len(places), self.number, dtype=np.int64)
        near = NEAR * self.half
        images, labels = self.symmetry.images(places, numbers, self.classes, near)
        drawn = points.with_added(plane.lifted(images), labels)
        if not self._take(drawn):
            return ""
        self.selection = np.array([points.count])
        return f"{verb} {counted(len(images), 'point')}"

    def grab(self, indices: Labels) -> None:
        """Take points into the hand, with what follows them by symmetry."""
        places = self.places
        followers = self.symmetry.followers(places, indices, NEAR * self.half)
        self._grabbed = indices, places[indices], followers

    def move_by(self, by: Array) -> str:
        """Move what is in the hand by this much (2,) from where it was taken."""
        if self._grabbed is None or self.points is None or self.plane is None:
            return ""
        indices, start, followers = self._grabbed
        targets = self.snapped(start + by)
        if followers:
            indices = np.concatenate([indices, [follower.index for follower in followers]])
            images = [follower.image @ targets[follower.leader] for follower in followers]
            targets = np.concatenate([targets, self._rounded(np.array(images))])
        return self._place(indices, targets)

    def let_go(self) -> None:
        """Have nothing in the hand."""
        self._grabbed = None

    def nudge(self, by: Array) -> str:
        """Move what is selected by this much (2,)."""
        if not len(self.selection):
            return ""
        self.grab(self.selection)
        words = self.move_by(by)
        self.let_go()
        return words

    def flip(self, indices: Labels) -> str:
        """Give points, with their images, the next class."""
        return self._relabel(indices, None)

    def relabel(self, indices: Labels, number: int) -> str:
        """Give points, with their images, a class; a new one is the first behind those that there are."""
        return self._relabel(indices, number)

    def _relabel(self, indices: Labels, number: int | None) -> str:
        points = self.points
        if points is None or not len(indices):
            return ""
        followers = self.symmetry.followers(self.places, indices, NEAR * self.half)
        every = np.concatenate([indices, [follower.index for follower in followers]]).astype(np.int64)
        if number is None:
            numbers = (points.classes[every] + 1) % len(points.names)
        else:
            further = np.array([0] * len(indices) + [follower.further for follower in followers])
            same = np.full(len(every), number, dtype=np.int64)
            numbers = self.symmetry.moved_class(same, further, max(self.classes, number + 1))
        if not self._take(points.with_classes(every, numbers)):
            return ""
        return "Flip a label" if len(every) == 1 else f"Flip {len(every):,} labels"

    def erase(self, indices: Labels) -> str:
        """Take points, with their images, away."""
        points = self.points
        if points is None or not len(indices):
            return ""
        followers = self.symmetry.followers(self.places, indices, NEAR * self.half)
        every = np.unique(np.concatenate([indices, [follower.index for follower in followers]]))
        every = every.astype(np.int64)
        if not self._take(points.without(every)):
            return ""
        self.selection = NOBODY
        return "Erase a point" if len(every) == 1 else f"Erase {len(every):,} points"

    def complete(self) -> str:
        """Add the images that are missing of what is selected, or of all."""
        points, plane = self.points, self.plane
        if points is None or plane is None:
            return ""
        chosen = self.selection if len(self.selection) else np.arange(points.count)
        places, near = self.places, NEAR * self.half
        images, numbers = self.symmetry.images(places[chosen], points.classes[chosen], self.classes, near)
        images, numbers = images[len(chosen) :], numbers[len(chosen) :]
        missing = np.array(
            [np.hypot(*(places - image).T).min(initial=np.inf) > near for image in images], dtype=np.bool_
        )
        if not missing.any():
            self.sentence = "Every point has its images already."
            return ""
        drawn = points.with_added(plane.lifted(self._rounded(images[missing])), numbers[missing])
        return f"Add {counted(int(missing.sum()), 'image')}" if self._take(drawn) else ""

    def begin_anew(self) -> str:
        """Leave one training point each of the first two classes, left and right of the origin."""
        points, plane = self.points, self.plane
        if points is None or plane is None:
            return ""
        there, first = np.unique(np.where(points.testing, -1, points.classes), return_index=True)
        chosen = first[there >= 0][:2][::-1]
        if len(chosen) < 2:
            self.sentence = points.why_not()
            return ""
        left = points.without(np.setdiff1d(np.arange(points.count), chosen))
        places = self.snapped(np.array([[0.5, 0.0], [-0.5, 0.0]]) * self.half)
        order = np.argsort(-left.classes)
        left = left.with_moved(order, plane.lifted(places))
        self.selection = NOBODY
        return "Begin anew" if self._take(left) else ""

    def snap(self) -> str:
        """Move what is selected, or all, onto the grid."""
        if self.points is None:
            return ""
        chosen = self.selection if len(self.selection) else np.arange(self.points.count)
        return self._place(chosen, self.snapped(self.places[chosen])) and "Snap to the grid"

    def _place(self, indices: Labels, targets: Array) -> str:
        points, plane = self.points, self.plane
        assert points is not None and plane is not None
        moved = points.with_moved(indices, plane.moved(points.x[indices], targets))
        if not self._take(moved):
            return ""
        return "Move a point" if len(indices) == 1 else f"Move {len(indices):,} points"

    def _rounded(self, places: Array) -> Array:
        """Return images, which no grid need have, to the digits that are written."""
        return np.round(places, max(3, 6 - int(np.floor(np.log10(self.half)))))

    def _take(self, drawn: DrawnPoints) -> bool:
        """Have other points, unless no experiment has them; say whether they are others."""
        before = self.points
        is_label = before is not None and drawn.x is before.x
        if is_label and before is not None and self.is_limited:
            self.sentence = drawn.why_not_labels(before)
        else:
            self.sentence = drawn.why_not()
        if self.sentence or drawn.is_same(self.points):
            return False
        self.points = drawn
        return True
