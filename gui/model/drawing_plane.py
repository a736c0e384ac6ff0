"""The plane in which points of many inputs are drawn and moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.dataset import Array
from engine.words.formats import percentage

MOST_ROWS = 1500
"""Points that say where the spread is largest; more of them say the same."""
FLAT = 1e-9
"""Share of the longest side below which three points lie on a line."""


@dataclass(frozen=True, eq=False)
class DrawingPlane:
    """A plane among points of d inputs.

    Attributes:
        origin: (d,) the point drawn at (0, 0).
        directions: (2, d) orthonormal; one of them 0 where there is one input alone.
        words: what plane it is; '' for the inputs themselves.
    """

    origin: Array
    directions: Array
    words: str = ""

    @property
    def is_whole(self) -> bool:
        """Say whether the plane is all that there is: two inputs, drawn as they are."""
        return not self.words

    def flat(self, x: Array) -> Array:
        """Return where points (N, d) are drawn, (N, 2)."""
        return x if self.is_whole else (x - self.origin) @ self.directions.T

    def lifted(self, places: Array) -> Array:
        """Return the points (M, d) of the plane at places (M, 2)."""
        return places.copy() if self.is_whole else self.origin + places @ self.directions

    def moved(self, x: Array, places: Array) -> Array:
        """Return points (M, d) moved within the plane until they are drawn at places (M, 2)."""
        if self.is_whole:
            return places.copy()
        return x + (places - self.flat(x)) @ self.directions

    def share(self, x: Array) -> float:
        """Return the share of the spread of points (N, d) that the plane shows, from 0 to 1."""
        centred = x - x.mean(axis=0)
        whole = float((centred**2).sum())
        return float(((centred @ self.directions.T) ** 2).sum()) / whole if whole > 0 else 1.0

    def sentence(self, x: Array) -> str:
        """Say which plane is drawn, and how much of the points' spread it shows; '' for two inputs."""
        if self.is_whole:
            return ""
        if x.shape[1] == 1:
            return "One input, from left to right."
        return f"{self.words}: {percentage(self.share(x))} of the spread. Points move within this plane."


def usual_plane(x: Array) -> DrawingPlane:
    """Return the plane that shows points (N, d) at first: two inputs as they are, else the principal components."""
    inputs = x.shape[1]
    if inputs == 2:
        return DrawingPlane(np.zeros(2), np.eye(2))
    if inputs == 1:
        return DrawingPlane(np.zeros(1), np.array([[1.0], [0.0]]), "One input")
    return principal_plane(x)


def principal_plane(x: Array) -> DrawingPlane:
    """Return the plane through the mean of points (N, d) along their first two principal components."""
    origin = x.mean(axis=0)
    return DrawingPlane(origin, principal_directions(x - origin), "Principal components 1 and 2")


def plane_through(x: Array, chosen: Sequence[int]) -> DrawingPlane | None:
    """Return the plane through three of the points (N, d), their mean at its origin; None: they lie on a line."""
    first, second, third = (x[i] for i in chosen)
    across, up = second - first, third - first
    longest = max(float(np.linalg.norm(side)) for side in (across, up, third - second))
    width = float(np.linalg.norm(across))
    if width <= FLAT * longest:
        return None
    across = across / width
    up = up - (up @ across) * across
    height = float(np.linalg.norm(up))
    if height <= FLAT * longest:
        return None
    numbers = ", ".join(f"{i + 1:,}" for i in chosen)
    directions = np.stack([across, up / height])
    return DrawingPlane((first + second + third) / 3, directions, f"Plane through samples {numbers}")


def input_plane(x: Array, first: int, second: int) -> DrawingPlane:
    """Return the plane of two inputs of points (N, d), through the origin."""
    directions = np.zeros((2, x.shape[1]))
    directions[0, first] = directions[1, second] = 1.0
    return DrawingPlane(np.zeros(x.shape[1]), directions, f"Inputs {first + 1:,} and {second + 1:,}")


def principal_directions(centred: Array) -> Array:
    """Return the two directions (2, d) in which centred points (N, d) spread most."""
    if len(centred) > MOST_ROWS:  # not the first: rows may be in the order of their class
        centred = np.random.default_rng(0).choice(centred, MOST_ROWS, replace=False)
    _, _, directions = np.linalg.svd(centred, full_matrices=False)
    if len(directions) < 2:
        directions = np.vstack([directions, np.zeros((2 - len(directions), centred.shape[1]))])
    return directions[:2]
