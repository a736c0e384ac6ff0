"""What the lab is told of: kinds with their fields, and a measurement. The window reads this file, so no torch here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from engine import (
    Column,
    DataPlugIn,
    Ends,
    MeasurementPlugIn,
    NetworkPlugIn,
    OptimizerPlugIn,
    field,
)

if TYPE_CHECKING:
    from torch import nn


class GatedSpec(NetworkPlugIn):
    """A network whose units pass gates of their own."""

    title: ClassVar[str] = "Gated network"
    help: ClassVar[str] = "f(x) = Σ a_j relu(⟨u_j, x⟩) ⟨v_j, x⟩: every unit's value passes a gate of its own."
    source: ClassVar[str] = "after Dauphin et al. 2017 (gated linear units)"
    size_field: ClassVar[str] = "width"
    kind: Literal["gated"]
    width: int = field(16, "width", "Hidden units.", ge=1)

    def parameter_shapes(self, ends: Ends) -> Mapping[str, tuple[int, ...]]:
        """Return the shape of every parameter of the module below, in its order."""
        return {
            "gate.weight": (self.width, ends.inputs),
            "value.weight": (self.width, ends.inputs),
            "output.weight": (ends.outputs, self.width),
        }

    def module(self, ends: Ends) -> nn.Module:
        """Return the torch module; torch is imported here and nowhere above."""
        from .network import Gated

        return Gated(ends.inputs, ends.outputs, self.width)


class SignMomentumSpec(OptimizerPlugIn):
    """Signs of a remembered gradient."""

    title: ClassVar[str] = "Sign of momentum"
    help: ClassVar[str] = "Steps along the sign of m ← β m + (1 − β) gradient: sign descent that remembers."
    source: ClassVar[str] = "Bernstein et al. 2018"
    kind: Literal["sign-momentum"]
    beta: float = field(0.9, "beta", "Memory of the gradient.", symbol="\\beta", ge=0, lt=1, varies=True)

    @property
    def geometry(self) -> Literal["linf"]:
        """The norm in which signs are steepest: the margin that is measured as its own."""
        return "linf"

    def optimizer(self, numbers: Callable[[str], Any]) -> Any:
        """Return what computes it."""
        from .optimizer import SignMomentum

        return SignMomentum(numbers("beta"))


class RingAndLineSpec(DataPlugIn):
    """A ring around the points of a line."""

    title: ClassVar[str] = "Ring and line"
    help: ClassVar[str] = "Points of a short line, and a ring around them: no line separates the two."
    kind: Literal["ring-and-line"]
    n: int = field(12, "points", "Points of each class.", ge=2)
    radius: float = field(1.0, "radius", "Of the ring.", gt=0, varies=True)

    def points(self) -> tuple[Any, Any]:
        """Return the points (2 n, 2) and their classes (2 n,)."""
        import numpy as np

        random = np.random.default_rng(self.seed)
        angles = 2 * np.pi * (np.arange(self.n) + random.uniform()) / self.n
        ring = self.radius * np.column_stack([np.cos(angles), np.sin(angles)])
        along = np.linspace(-0.3, 0.3, self.n) * self.radius
        line = np.column_stack([along, np.zeros(self.n)])
        return np.concatenate([line, ring]), np.repeat([0, 1], self.n)


PARTICIPATION = MeasurementPlugIn(
    Column(
        "participation",
        "norms",
        "participation of parameters",
        r"\|\theta\|_1^2/(P\,\|\theta\|_2^2)",
        "Share of the parameters that count: 1 where all are of one size, 1/P where one is alone.",
        "Bell & Dean 1970",
        scale="fraction",
    ),
    "margin_template.measurement:participation",
)
