"""What a user may say about data: one frozen model a kind."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator, Strict

from .fields import Integers, Kind, Numbers, Pair, field


class DataKind(Kind):
    """The fields that every kind of data has."""

    own_split: ClassVar[bool] = False
    """Whether the kind decides itself what is held out, so that `test_fraction` does not apply."""

    seed: int = field(0, "data seed", "Draws the data; independent of the run's own seed.", ge=0, varies=True)
    label_noise: float = field(
        0.0,
        "label noise",
        "Share of training labels replaced by another class; one sample of each class keeps its label.",
        ge=0,
        lt=1,
        varies=True,
    )
    test_fraction: float = field(0.0, "test fraction", "Share of points held out for testing.", ge=0, lt=1)
    normalize: Literal["none", "max-norm", "unit-norm"] = field(
        "none", "normalize", "max-norm: divide all by the largest norm; unit-norm: every point by its own."
    )
    append_constant: bool = field(
        False, "append constant", "Add an input that is always 1, before any normalization."
    )
    view: float = field(
        0.0,
        "view",
        "Half the side of the square that surfaces show, in the units of the points; 0 fits the points.",
        ge=0,
        advanced=True,
    )


class Circle(DataKind):
    """Evenly spaced points on a circle, labelled by quadrant."""

    title: ClassVar[str] = "Circle"
    help: ClassVar[str] = (
        "n points at angles 2 pi i/n + phase with label sign(x1 x2): smooth, symmetric, exactly solvable."
    )
    kind: Literal["circle"]
    n: int = field(24, "points", "Number of points.", ge=3)
    phase: float = field(0.13, "phase", "Angle of the first point.", unit="rad", varies=True)
    radius: float = field(1.0, "radius", "Distance of every point from the origin.", gt=0, varies=True)


class Rings(DataKind):
    """A blob inside a ring."""

    title: ClassVar[str] = "Rings"
    help: ClassVar[str] = "A Gaussian blob (label 1) inside a ring of random radius (label -1)."
    kind: Literal["rings"]
    inner: int = field(10, "inner points", "Points of the blob.", ge=1)
    outer: int = field(15, "outer points", "Points on the ring.", ge=1)
    inner_std: float = field(0.2, "inner spread", "Standard deviation of the blob.", ge=0, varies=True)
    outer_radius: Pair = field(
        (0.9, 1.5),
        "ring radii",
        "Smallest and largest radius of the ring: two positive numbers, the smaller first.",
    )


class Blobs(DataKind):
    """Gaussian blobs around random centres."""

    title: ClassVar[str] = "Blobs"
    help: ClassVar[str] = (
        "One Gaussian blob a class; centres at random directions, `separation` from the origin."
    )
    kind: Literal["blobs"]
    n: int = field(40, "points", "Number of points, over all classes.", ge=2)
    d: int = field(2, "dimension", "Number of inputs.", ge=1)
    classes: int = field(2, "classes", "Number of classes.", ge=2)
    separation: float = field(
        3.0, "separation", "Distance of the centres from the origin.", ge=0, varies=True
    )
    std: float = field(0.6, "spread", "Standard deviation of a blob.", ge=0, varies=True)


class Hyperplane(DataKind):
    """Gaussian points on both sides of a random hyperplane through the origin."""

    title: ClassVar[str] = "Hyperplane"
    help: ClassVar[str] = (
        "Gaussian points labelled by a random hyperplane, pushed away from it by a margin: linearly separable."
    )
    kind: Literal["hyperplane"]
    n: int = field(40, "points", "Number of points.", ge=2)
    d: int = field(10, "dimension", "Number of inputs.", ge=1)
    margin: float = field(0.1, "margin", "Smallest distance from the hyperplane.", ge=0, varies=True)


class Points(DataKind):
    """Points written into the experiment itself."""

    title: ClassVar[str] = "Points"
    help: ClassVar[str] = "Your own points, written into the experiment."
    kind: Literal["points"]
    x: Annotated[tuple[Numbers, ...], Strict(False)] = field(
        ((0.5, 1.5), (-0.5, -1.5)), "x", "The points, one row each."
    )
    y: Numbers = field((1.0, -1.0), "y", "Their labels.")


class Csv(DataKind):
    """A table in a CSV file: numbers, the label in the last column."""

    title: ClassVar[str] = "CSV file"
    help: ClassVar[str] = (
        "A table of numbers separated by commas, semicolons or tabs; header and # comments optional; "
        "the last column is the label."
    )
    kind: Literal["csv"]
    path: str = field(..., "file", "Relative to the experiment file.", min_length=1)


class Npz(DataKind):
    """Two arrays of a NumPy archive."""

    title: ClassVar[str] = "NPZ file"
    help: ClassVar[str] = "A NumPy archive with an array of points and an array of labels."
    kind: Literal["npz"]
    path: str = field(..., "file", "Relative to the experiment file.", min_length=1)
    x: str = field("x", "points", "Name of the array of points (n, ...).", min_length=1)
    y: str = field("y", "labels", "Name of the array of labels (n,).", min_length=1)


class Digits(DataKind):
    """The 8 x 8 handwritten digits of scikit-learn."""

    title: ClassVar[str] = "Digits"
    help: ClassVar[str] = (
        "1,797 real handwritten digits, 8 x 8 pixels in [0, 1]; those not trained on are the test set."
    )
    source: ClassVar[str] = "UCI Optical Recognition of Handwritten Digits (Alpaydin & Kaynak 1998)"
    own_split: ClassVar[bool] = True
    kind: Literal["digits"]
    classes: Literal["all"] | Integers = field("all", "classes", "'all', or a list of digits such as [3, 8].")
    train: int = field(500, "training points", "Number of training points; the others test.", ge=2)


Data = Annotated[
    Circle | Rings | Blobs | Hyperplane | Points | Csv | Npz | Digits,
    Discriminator("kind"),
]
DATA_KINDS: dict[str, type[DataKind]] = {
    "circle": Circle,
    "rings": Rings,
    "blobs": Blobs,
    "hyperplane": Hyperplane,
    "points": Points,
    "csv": Csv,
    "npz": Npz,
    "digits": Digits,
}
