"""What a user may say about how far each step goes: one frozen model a rule."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from .fields import Kind, field
from .registry import KindRegistry

NOTHING_HELPS = "no learning rate lowered the loss any further"


class StepSpec(Kind):
    """How far each step goes, and what of it others ask."""

    rate: ClassVar[str] = ""
    """The field that makes every step longer; '' where nothing does."""
    adapts: ClassVar[bool] = False
    """Whether the rule finds by itself how long steps can be, wherever its rate starts."""
    scheduled: ClassVar[bool] = False
    """Whether its learning rate depends on the step's number alone, neither on gradient nor loss."""
    attempts: ClassVar[int] = 0
    """Of which one has to lower the loss, or the run ends; 0: every step is taken as it is."""
    follows_flow: ClassVar[bool] = False
    """Whether small steps by this rule follow gradient flow, as theorems ask."""
    gradient_descent_only: ClassVar[bool] = False
    """Whether it is stated for descent in l2 alone."""
    needs_degree: ClassVar[bool] = False
    """Whether it is stated for homogeneous networks alone."""

    def has_finite_sum(self) -> bool:
        """Say whether its learning rates have a finite sum, so that the flow's time ends."""
        return False


def _exponent(default: float, help: str) -> float:
    power: float = field(default, "exponent", help, symbol="p", ge=0, le=2, live=True, varies=True)
    return power


WITHOUT_DEGREE = 5
"""Steps as far as an old bound can be trusted where nothing says how it grows with the norm."""


def trusted_for(refresh: int, degree: float | None) -> int:
    """Return after how many steps a safe step measures its bound anew; without a degree there is no rescaling."""
    return refresh if degree is not None else min(refresh, WITHOUT_DEGREE)


class SafeSpec(StepSpec):
    """The step under which the smoothed margin provably grows."""

    title: ClassVar[str] = "Safe"
    help: ClassVar[str] = (
        "a = min(c/B², κ ‖θ‖/‖g‖), B the largest gradient of a margin: theory stays visible. Short steps until every "
        "sample is fitted, where there are hundreds of them and from He initialisation above all."
    )
    rate: ClassVar[str] = "c"
    adapts: ClassVar[bool] = True
    follows_flow: ClassVar[bool] = True
    kind: Literal["safe"]
    c: float = field(
        0.5,
        "c",
        "Fraction of the curvature bound 1/B²; 1 is the border, 0.25 is calm.",
        symbol="c",
        gt=0,
        live=True,
        varies=True,
    )
    kappa: float = field(
        0.02,
        "kappa",
        "Largest relative step; keeps small initialisations from leaping.",
        symbol="\\kappa",
        gt=0,
        live=True,
        varies=True,
    )
    refresh: int = field(
        25, "refresh", "Steps between two measurements of B.", ge=1, unit="steps", live=True, advanced=True
    )


class ConstantSpec(StepSpec):
    """A constant learning rate."""

    title: ClassVar[str] = "Constant"
    help: ClassVar[str] = (
        "What practice does: θ moves by η times the optimizer's direction in the loss's own units, for gradient "
        "descent θ ← θ − η ∇Loss. Log-slow after separation."
    )
    rate: ClassVar[str] = "eta"
    scheduled: ClassVar[bool] = True
    follows_flow: ClassVar[bool] = True
    kind: Literal["constant"]
    eta: float = field(
        0.1,
        "learning rate",
        "Multiplies the optimizer's direction; for gradient descent the gradient of the (summed or mean) loss.",
        symbol="\\eta",
        gt=0,
        live=True,
        varies=True,
    )


class NormalisedSpec(StepSpec):
    """Steps of a given length in units of the normalised gradient."""

    title: ClassVar[str] = "Normalised"
    help: ClassVar[str] = (
        "θ ← θ + a/(t + 1)ᵖ ‖g‖∗ direction, p the exponent: learning rate a over the loss, fast on linear models; "
        "with an exponent of 0.5 what Chizat & Bach train two layers by."
    )
    source: ClassVar[str] = "Chizat & Bach 2020, for exponents above 0"
    rate: ClassVar[str] = "a"
    kind: Literal["normalised"]
    a: float = field(
        0.1,
        "a",
        "Multiplies the normalised gradient; with an exponent at the first step.",
        symbol="a",
        gt=0,
        live=True,
        varies=True,
    )
    exponent: float = _exponent(0.0, "How fast the length falls; 0: it stays.")

    def has_finite_sum(self) -> bool:
        """Say whether the sum of 1/t^exponent is finite: parameters then stay bounded, and the loss above 0."""
        return self.exponent > 1


class PowerSpec(StepSpec):
    """A learning rate that falls like a power of the step."""

    title: ClassVar[str] = "Power"
    help: ClassVar[str] = (
        "η / (t + 1)ᵖ, p the exponent: what Adam needs to reach the l-infinity margin in many dimensions."
    )
    source: ClassVar[str] = "Zhang, Zou & Cao 2024"
    rate: ClassVar[str] = "eta"
    scheduled: ClassVar[bool] = True
    follows_flow: ClassVar[bool] = True
    kind: Literal["power"]
    eta: float = field(
        0.1, "learning rate", "Its value at the first step.", symbol="\\eta", gt=0, live=True, varies=True
    )
    exponent: float = _exponent(0.5, "How fast it falls.")

    def has_finite_sum(self) -> bool:
        """Say whether the sum of 1/t^exponent is finite."""
        return self.exponent > 1


class TheorySpec(StepSpec):
    """Lyu & Li's condition (S5) on the learning rate."""

    title: ClassVar[str] = "Theory (S5)"
    help: ClassVar[str] = (
        "η = a₀ / κ(loss), κ(x) = x (log 1/x)^(2 − 2/L): the step for which the discrete theorem is proved, "
        "once a0 is small enough for the data."
    )
    source: ClassVar[str] = "Lyu & Li 2020, assumption (S5)"
    rate: ClassVar[str] = "a0"
    follows_flow: ClassVar[bool] = True
    gradient_descent_only: ClassVar[bool] = True
    needs_degree: ClassVar[bool] = True
    kind: Literal["theory"]
    a0: float = field(
        0.1,
        "a0",
        "Its constant; 0.05 to 0.2 does for deep linear networks on data of norm 1, too large a one diverges.",
        symbol="a_0",
        gt=0,
        live=True,
        varies=True,
    )


def _growth(help: str) -> float:
    factor: float = field(2 ** (1 / 5), "up", help, gt=1, live=True, varies=True)
    return factor


def _shrinkage(help: str) -> float:
    divisor: float = field(2 ** (1 / 10), "down", help, gt=1, live=True, varies=True)
    return divisor


class LossBasedSpec(StepSpec):
    """Lyu & Li's schedule: the learning rate is alpha over the loss, whole epochs are undone if the loss rose."""

    title: ClassVar[str] = "Loss-based"
    help: ClassVar[str] = (
        "η = α / loss of the last epoch; α grows after every success and shrinks when an epoch is undone. "
        "With mini-batches a run ends with a whole epoch."
    )
    source: ClassVar[str] = "Lyu & Li 2020, appendix on loss-based learning rates"
    rate: ClassVar[str] = "alpha"
    attempts: ClassVar[int] = 400
    kind: Literal["loss-based"]
    alpha: float = field(0.1, "alpha", "Its value at the start.", symbol="\\alpha_0", gt=0, varies=True)
    up: float = _growth("Factor after an epoch that lowered the loss.")
    down: float = _shrinkage("Divisor after an epoch that did not; it is run again.")


class LineSearchSpec(StepSpec):
    """A step that grows while it succeeds and is undone where the loss rose."""

    title: ClassVar[str] = "Line search"
    help: ClassVar[str] = (
        "θ ← θ + a times the normalised gradient; a grows after every step that lowered the loss, and a step that did "
        "not is undone and shortened. Fast, but it sits at the edge of stability: the smoothed margin is not monotone."
    )
    source: ClassVar[str] = "after Lyu & Li 2020, appendix on loss-based learning rates"
    rate: ClassVar[str] = "a"
    attempts: ClassVar[int] = 400
    adapts: ClassVar[bool] = True
    kind: Literal["line-search"]
    a: float = field(0.1, "a", "Its value at the start.", symbol="a_0", gt=0, varies=True)
    up: float = _growth("Factor after a step that lowered the loss.")
    down: float = _shrinkage("Divisor after one that did not; it is taken again.")


class AdaptiveSpec(StepSpec):
    """The integrator's own choice."""

    title: ClassVar[str] = "Adaptive"
    help: ClassVar[str] = "Steps as long as the integrator of a flow allows, by its tolerance or its arc."
    adapts: ClassVar[bool] = True
    kind: Literal["adaptive"]


STEP_KINDS = KindRegistry[StepSpec](
    SafeSpec,
    ConstantSpec,
    PowerSpec,
    NormalisedSpec,
    TheorySpec,
    LossBasedSpec,
    LineSearchSpec,
    AdaptiveSpec,
)
StepChoice = Annotated[StepSpec, STEP_KINDS]
"""A step rule of any kind, as a field of an optimizer."""
