"""Kinds of data that live in the plane, which surfaces can show."""

from __future__ import annotations

from typing import ClassVar, Literal

from ..fields import Pair, field
from .common import DataSpec, Family


class CircleSpec(DataSpec):
    """Evenly spaced points on a circle, labelled by quadrant."""

    title: ClassVar[str] = "Circle"
    help: ClassVar[str] = (
        "n points at angles 2πi/n + phase with label sign(x₁ x₂): smooth, symmetric, exactly solvable."
    )
    family: ClassVar[Family] = "plane"
    kind: Literal["circle"]
    n: int = field(24, "points", "Number of points.", ge=3)
    phase: float = field(0.13, "phase", "Angle of the first point.", unit="rad", varies=True)
    radius: float = field(1.0, "radius", "Distance of every point from the origin.", gt=0, varies=True)


class RingsSpec(DataSpec):
    """A blob inside a ring."""

    title: ClassVar[str] = "Rings"
    help: ClassVar[str] = "A Gaussian blob (label 1) inside a ring of random radius (label -1)."
    family: ClassVar[Family] = "plane"
    kind: Literal["rings"]
    inner: int = field(10, "inner points", "Points of the blob.", ge=1)
    outer: int = field(15, "outer points", "Points on the ring.", ge=1)
    inner_std: float = field(0.2, "inner spread", "Standard deviation of the blob.", ge=0, varies=True)
    outer_radius: Pair = field(
        (0.9, 1.5),
        "ring radii",
        "Smallest and largest radius of the ring: two positive numbers, the smaller first.",
    )


class XorSpec(DataSpec):
    """Four noisy clusters at the corners of a square, labelled like exclusive or."""

    title: ClassVar[str] = "XOR"
    help: ClassVar[str] = (
        "Four Gaussian clusters at (±1, ±1); the label is the product of the centre's signs: no line through "
        "the origin does better than chance."
    )
    family: ClassVar[Family] = "plane"
    kind: Literal["xor"]
    n: int = field(40, "points", "Number of points, over all four clusters.", ge=2)
    noise: float = field(0.3, "noise", "Standard deviation around the centres.", ge=0, varies=True)
    extra: int = field(
        0, "extra inputs", "Further inputs of nothing but noise, of the same standard deviation.", ge=0
    )


class MoonsSpec(DataSpec):
    """Two half circles that reach into each other."""

    title: ClassVar[str] = "Moons"
    help: ClassVar[str] = (
        "Two half circles that reach into each other, centred at the origin; without noise the one is the "
        "mirror image of the other at the origin."
    )
    family: ClassVar[Family] = "plane"
    kind: Literal["moons"]
    n: int = field(60, "points", "Number of points, over both moons.", ge=2)
    noise: float = field(0.1, "noise", "Standard deviation around the half circles.", ge=0, varies=True)


class SpiralsSpec(DataSpec):
    """Arms of a spiral, one a class."""

    title: ClassVar[str] = "Spirals"
    help: ClassVar[str] = (
        "One arm of a spiral a class, from near the origin to radius 1: hard for small networks."
    )
    family: ClassVar[Family] = "plane"
    kind: Literal["spirals"]
    n: int = field(100, "points", "Number of points, over all arms.", ge=2)
    classes: int = field(2, "classes", "Number of arms.", ge=2)
    turns: float = field(1.25, "turns", "How often an arm goes round.", ge=0, varies=True)
    noise: float = field(0.02, "noise", "Standard deviation around the arms.", ge=0, varies=True)


class ClustersSpec(DataSpec):
    """A grid of disc clusters, half of them negative, and inputs that say nothing."""

    title: ClassVar[str] = "Clusters"
    help: ClassVar[str] = (
        "k x k disc clusters on a grid, a random half of them negative; further inputs are uniform and say "
        "nothing about the label."
    )
    source: ClassVar[str] = "Chizat & Bach 2020"
    family: ClassVar[Family] = "plane"
    kind: Literal["clusters"]
    k: int = field(3, "grid", "Clusters along each side of the grid.", symbol="k", ge=2, le=100)
    n: int = field(60, "points", "Number of points, each in a random cluster.", ge=2)
    extra: int = field(0, "extra inputs", "Further inputs, uniform in [-1/2, 1/2].", ge=0)


class BlobsSpec(DataSpec):
    """Gaussian blobs around random centres."""

    title: ClassVar[str] = "Blobs"
    help: ClassVar[str] = (
        "One Gaussian blob a class; centres at random directions, the separation away from the origin."
    )
    family: ClassVar[Family] = "plane"
    kind: Literal["blobs"]
    n: int = field(40, "points", "Number of points, over all classes.", ge=2)
    d: int = field(2, "dimension", "Number of inputs.", ge=1)
    classes: int = field(2, "classes", "Number of classes.", ge=2)
    separation: float = field(
        3.0, "separation", "Distance of the centres from the origin.", ge=0, varies=True
    )
    std: float = field(0.6, "spread", "Standard deviation of a blob.", ge=0, varies=True)
