"""What a user may say about measurements; what every one of them is stands in columns.py."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Strict

from .fields import Fields, field

Group = Literal[
    "margins",
    "norms",
    "directions",
    "stationarity",
    "layers",
    "neurons",
    "homogeneity",
    "kernel",
    "collapse",
    "curvature",
    "robustness",
]
GROUP_TITLES: dict[str, str] = {
    "margins": "Margins",
    "norms": "Norms and steps",
    "directions": "Directions",
    "stationarity": "Stationarity of the margin problem",
    "layers": "Layers",
    "neurons": "Neurons",
    "homogeneity": "Homogeneity",
    "kernel": "Tangent kernel",
    "collapse": "Neural collapse",
    "curvature": "Curvature",
    "robustness": "Robustness",
}


LARGEST_KERNEL = 1000
"""Samples times outputs above which the tangent kernel is taken on a class-balanced subset."""


class MeasureSpec(Fields):
    """Which measurements a run records, and how often."""

    groups: Literal["auto"] | Annotated[tuple[Group, ...], Strict(False)] = field(
        "auto", "measurements", "'auto' takes every group that applies."
    )
    per_decade: int = field(
        100, "records per decade", "Log-spaced records in every factor of 10 of steps.", ge=1, live=True
    )
    every: int | None = field(
        None, "record every", "Records at a fixed distance instead.", ge=1, unit="steps", live=True
    )
    radius: float = field(
        0.1,
        "radius",
        "Robust accuracy counts the samples that no l2 perturbation of the inputs up to this length makes wrong.",
        ge=0.0,
        advanced=True,
    )
    grid: int = field(
        41,
        "grid",
        "Points a side of the grid on which 2-D predictions are compared.",
        ge=2,
        le=401,
        advanced=True,
    )
    twin: bool = field(
        False,
        "linearised twin",
        "Train the network's first-order expansion at its start beside it, by gradient descent with its own safe step, "
        "and compare: is the network still its kernel?",
    )
