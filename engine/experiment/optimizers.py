"""What a user may say about optimizers and their step rules."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator

from .fields import Kind, field


class StepRule(Kind):
    """How far each step goes."""


class Safe(StepRule):
    """The step under which the smoothed margin provably grows."""

    title: ClassVar[str] = "Safe"
    help: ClassVar[str] = (
        "a = min(c/B^2, kappa |theta|/|g|), B the largest gradient of a margin: theory stays visible."
    )
    kind: Literal["safe"]
    c: float = field(
        0.5,
        "c",
        "Fraction of the curvature bound 1/B^2; 1 is the border, 0.25 is calm.",
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


class Constant(StepRule):
    """A constant learning rate."""

    title: ClassVar[str] = "Constant"
    help: ClassVar[str] = (
        "What practice does: theta -= eta * gradient of the loss. Log-slow after separation."
    )
    kind: Literal["constant"]
    eta: float = field(
        0.1,
        "learning rate",
        "Multiplies the gradient of the (summed or mean) loss.",
        symbol="\\eta",
        gt=0,
        live=True,
        varies=True,
    )


class Normalised(StepRule):
    """Steps of a given length in units of the normalised gradient."""

    title: ClassVar[str] = "Normalised"
    help: ClassVar[str] = "theta += a |g|_* direction: learning rate a over the loss, fast on linear models."
    kind: Literal["normalised"]
    a: float = field(
        0.1, "a", "Multiplies the normalised gradient.", symbol="a", gt=0, live=True, varies=True
    )


class LossBased(StepRule):
    """Lyu & Li's schedule: the learning rate is alpha over the loss, whole epochs are undone if the loss rose."""

    title: ClassVar[str] = "Loss-based"
    help: ClassVar[str] = (
        "eta = alpha/loss of the last epoch; alpha grows after every success and shrinks when an epoch is undone. "
        "With mini-batches a run ends with a whole epoch."
    )
    source: ClassVar[str] = "Lyu & Li 2020, appendix on loss-based learning rates"
    kind: Literal["loss-based"]
    alpha: float = field(0.1, "alpha", "Its value at the start.", symbol="\\alpha_0", gt=0, varies=True)
    up: float = field(
        2 ** (1 / 5), "up", "Factor after an epoch that lowered the loss.", gt=1, live=True, varies=True
    )
    down: float = field(
        2 ** (1 / 10),
        "down",
        "Divisor after an epoch that did not; it is run again.",
        gt=1,
        live=True,
        varies=True,
    )


Step = Annotated[Safe | Constant | Normalised | LossBased, Discriminator("kind")]
STEP_KINDS: dict[str, type[StepRule]] = {
    "safe": Safe,
    "constant": Constant,
    "normalised": Normalised,
    "loss-based": LossBased,
}


class OptimizerKind(Kind):
    """What every optimizer declares: the step rules it takes, the first being its default."""

    steps: ClassVar[tuple[str, ...]]
    full_batch: ClassVar[bool] = True
    step: Step


class Steepest(OptimizerKind):
    """Steepest descent with the whole training set in every step."""

    title: ClassVar[str] = "Gradient descent"
    help: ClassVar[str] = "Full-batch steepest descent in a norm: the setting of the theorems."
    source: ClassVar[str] = "Lyu & Li 2020; Tsilivis et al. 2024"
    steps: ClassVar[tuple[str, ...]] = ("safe", "constant", "normalised", "loss-based")
    kind: Literal["steepest"]
    norm: Literal["l2"] = field("l2", "norm", "The geometry: which margin is maximised.")
    step: Step = field(Safe(kind="safe"), "step rule", "How far each step goes.")


class Sgd(OptimizerKind):
    """Stochastic gradient descent on small batches."""

    title: ClassVar[str] = "SGD"
    help: ClassVar[str] = "Gradient of a random batch; its late stage still finds a critical direction."
    source: ClassVar[str] = "Schechtman & Schreuder 2025; Lyu & Li 2020"
    steps: ClassVar[tuple[str, ...]] = ("constant", "loss-based")
    full_batch: ClassVar[bool] = False
    kind: Literal["sgd"]
    batch: int = field(32, "batch", "Samples in a step.", ge=1)
    replacement: bool = field(
        True, "with replacement", "Draw every batch anew; else shuffle the data once an epoch."
    )
    step: Step = field(Constant(kind="constant"), "step rule", "How far each step goes.")


class Adam(OptimizerKind):
    """Adam with its moments in log-domain units."""

    title: ClassVar[str] = "Adam"
    help: ClassVar[str] = (
        "Full-batch Adam, its moments held in units of the loss: meaningful far below 1e-300."
    )
    source: ClassVar[str] = "Kingma & Ba 2015; Zhang, Zou & Cao 2024"
    steps: ClassVar[tuple[str, ...]] = ("constant",)
    kind: Literal["adam"]
    beta1: float = field(
        0.9, "beta 1", "Memory of the gradient.", symbol="\\beta_1", ge=0, lt=1, live=True, varies=True
    )
    beta2: float = field(
        0.95,
        "beta 2",
        "Memory of its square; 0.999 cannot follow a loss that falls faster than exp(-t/1000).",
        symbol="\\beta_2",
        ge=0,
        lt=1,
        live=True,
        varies=True,
    )
    epsilon: float = field(
        0.0,
        "epsilon",
        "Added to the root of the square; above 0, the l-infinity bias ends where gradients fall below it.",
        symbol="\\epsilon",
        ge=0,
        live=True,
        varies=True,
    )
    step: Step = field(Constant(kind="constant", eta=0.01), "step rule", "How far each step goes.")


Optimizer = Annotated[Steepest | Sgd | Adam, Discriminator("kind")]
OPTIMIZER_KINDS: dict[str, type[OptimizerKind]] = {"steepest": Steepest, "sgd": Sgd, "adam": Adam}
