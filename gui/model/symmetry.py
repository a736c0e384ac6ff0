"""Symmetries of a drawing: what is drawn, moved or erased once is so at every image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.data.dataset import Array, Labels

SymmetryKind = Literal["none", "across", "down", "both", "turn"]
KINDS: dict[SymmetryKind, str] = {
    "none": "no symmetry",
    "across": "mirror left and right",
    "down": "mirror up and down",
    "both": "mirror both ways",
    "turn": "turn around the origin",
}
ACROSS, DOWN = np.diag([-1.0, 1.0]), np.diag([1.0, -1.0])


@dataclass(frozen=True, eq=False)
class Follower:
    """A point that is the image of another.

    Attributes:
        index: which point it is.
        leader: which of the points moved it follows, by its place among them.
        image: (2, 2) the map.
        further: how many classes it is further, where images change class.
    """

    index: int
    leader: int
    image: Array
    further: int


@dataclass(frozen=True)
class Symmetry:
    """Maps of the plane, and whether every image is of the next class.

    Attributes:
        kind: mirrors, or turns by 2 pi / `turns`.
        turns: how many images of a point there are around the origin, itself included.
        changes_class: whether images are of other classes in turn: a sign rule, where there are two.
    """

    kind: SymmetryKind = "none"
    turns: int = 2
    changes_class: bool = False

    def maps(self) -> list[tuple[Array, int]]:
        """Return the maps (2, 2) but the identity, each with how many classes its image is further."""
        match self.kind:
            case "across":
                return [(ACROSS, 1)]
            case "down":
                return [(DOWN, 1)]
            case "both":
                return [(ACROSS, 1), (ACROSS @ DOWN, 2), (DOWN, 1)]
            case "turn":
                return [(_turn(2 * np.pi * j / self.turns), j) for j in range(1, self.turns)]
        return []

    def why_not(self, classes: int) -> str:
        """Say why images cannot change class; '' where they can."""
        if self.kind == "turn":
            fits = self.turns % classes == 0
            return "" if fits else f"{self.turns} images do not divide into {classes} classes"
        return "" if classes == 2 else f"a mirror changes between two classes; here are {classes}"

    def images(self, places: Array, numbers: Labels, classes: int, near: float) -> tuple[Array, Labels]:
        """Return points (M, 2) of classes (M,) with all their images; one `near` another of its own is left out."""
        all_places, all_numbers = [places], [numbers]
        for image, further in self.maps():
            mapped = places @ image.T
            apart = np.ones(len(places), dtype=np.bool_)
            for others in all_places:
                apart &= ~(np.hypot(*(mapped - others).T) <= near)
            # a point's own images stand at its own place in every block, so blocks stay whole
            mapped[~apart] = np.nan
            all_places.append(mapped)
            all_numbers.append(self.moved_class(numbers, further, classes))
        stacked, labels = np.concatenate(all_places), np.concatenate(all_numbers)
        there = ~np.isnan(stacked[:, 0])
        return stacked[there], labels[there]

    def moved_class(self, numbers: Labels, further: Labels | int, classes: int) -> Labels:
        """Return the classes of images of points of these classes."""
        if not self.changes_class or self.why_not(classes):
            return numbers
        return (numbers + further) % classes

    def followers(self, places: Array, moved: Labels, near: float) -> list[Follower]:
        """Return which points of (N, 2) are images of those that are moved."""
        taken = {int(i) for i in moved}
        found: list[Follower] = []
        for image, further in self.maps():
            for k, i in enumerate(moved):
                distance = np.hypot(*(places - image @ places[i]).T)
                j = int(distance.argmin())
                if distance[j] <= near and j not in taken:
                    taken.add(j)
                    found.append(Follower(j, k, image, further))
        return found


def _turn(angle: float) -> Array:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine], [sine, cosine]])
