"""What a user may say about optimizers: one frozen model a kind."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Discriminator

from .fields import Kind, field
from .step_rules import STEP_KINDS, AdaptiveSpec, ConstantSpec, NormalisedSpec, SafeSpec, StepChoice, StepSpec


def _step(default: StepSpec) -> StepChoice:
    rule: StepChoice = field(default, "step rule", "How far each step goes.")
    return rule


def _beta(default: float, title: str, help: str, symbol: str) -> float:
    memory: float = field(default, title, help, symbol=symbol, ge=0, lt=1, live=True, varies=True)
    return memory


def _epsilon(default: float, help: str) -> float:
    value: float = field(default, "epsilon", help, symbol="\\epsilon", ge=0, live=True, varies=True)
    return value


class OptimizerSpec(Kind):
    """What every optimizer declares: the step rules it takes, the first being its default."""

    steps: ClassVar[tuple[str, ...]]
    full_batch: ClassVar[bool] = True
    step: StepChoice

    @property
    def geometry(self) -> str:
        """The norm in which it is a steepest descent, or tends to be one: which margin it raises."""
        return "l2"


class SteepestSpec(OptimizerSpec):
    """Steepest descent with the whole training set in every step."""

    title: ClassVar[str] = "Steepest descent"
    help: ClassVar[str] = (
        "Full-batch steepest descent in a norm, the setting of the theorems: l2 is gradient descent, l-infinity sign "
        "descent, l1 coordinate descent, spectral descends every layer by its gradient's polar factor."
    )
    source: ClassVar[str] = "Lyu & Li 2020; Tsilivis et al. 2024"
    steps: ClassVar[tuple[str, ...]] = (
        "safe",
        "constant",
        "power",
        "normalised",
        "theory",
        "loss-based",
        "line-search",
    )
    kind: Literal["steepest"]
    norm: Literal["l2", "linf", "l1", "spectral"] = field(
        "l2", "norm", "The geometry: which margin is maximised."
    )
    scaled: bool = field(
        True,
        "dual-norm scaled",
        "Steps in proportion to the gradient's dual norm, as in the theorems; off: all of the same length, as signSGD "
        "takes them.",
    )
    step: StepChoice = _step(SafeSpec(kind="safe"))

    @property
    def geometry(self) -> str:
        """Its norm."""
        return self.norm


class SgdSpec(OptimizerSpec):
    """Stochastic gradient descent on small batches."""

    title: ClassVar[str] = "SGD"
    help: ClassVar[str] = "Gradient of a random batch; its late stage still finds a critical direction."
    source: ClassVar[str] = "Schechtman & Schreuder 2025; Lyu & Li 2020"
    steps: ClassVar[tuple[str, ...]] = ("constant", "power", "loss-based")
    full_batch: ClassVar[bool] = False
    kind: Literal["sgd"]
    batch: int = field(32, "batch", "Samples in a step.", ge=1)
    replacement: bool = field(
        True, "with replacement", "Draw every batch anew; else shuffle the data once an epoch."
    )
    step: StepChoice = _step(ConstantSpec(kind="constant"))


class MomentumSpec(OptimizerSpec):
    """Gradient descent with momentum."""

    title: ClassVar[str] = "Momentum"
    help: ClassVar[str] = (
        "Full-batch gradient descent along m ← β m + gradient, Polyak's heavy ball or Nesterov's. With the "
        "normalised rule m adds up normalised gradients."
    )
    source: ClassVar[str] = "Polyak 1964; Nesterov 1983; Ji, Srebro & Telgarsky 2021"
    steps: ClassVar[tuple[str, ...]] = ("constant", "power", "normalised")
    kind: Literal["momentum"]
    beta: float = _beta(0.9, "beta", "Memory of the gradient.", "\\beta")
    nesterov: bool = field(False, "Nesterov", "Look ahead: step along β m + gradient.")
    step: StepChoice = _step(ConstantSpec(kind="constant"))


def _beta1() -> float:
    return _beta(0.9, "beta 1", "Memory of the gradient.", "\\beta_1")


def _beta2() -> float:
    return _beta(
        0.95,
        "beta 2",
        "Memory of its square; 0.999 cannot follow a loss that falls faster than exp(-t/2000).",
        "\\beta_2",
    )


def _added_to_the_root() -> float:
    return _epsilon(
        0.0,
        "Added to the root of the square; above 0, the l-infinity bias ends where gradients fall below it.",
    )


class AdamSpec(OptimizerSpec):
    """Adam with its moments in log-domain units."""

    title: ClassVar[str] = "Adam"
    help: ClassVar[str] = (
        "Full-batch Adam, its moments held in units of the loss: meaningful far below 1e-300."
    )
    source: ClassVar[str] = "Kingma & Ba 2015; Zhang, Zou & Cao 2024"
    steps: ClassVar[tuple[str, ...]] = ("constant", "power")
    kind: Literal["adam"]
    beta1: float = _beta1()
    beta2: float = _beta2()
    epsilon: float = _added_to_the_root()
    step: StepChoice = _step(ConstantSpec(kind="constant", eta=0.01))

    @property
    def geometry(self) -> str:
        """The norm of its limit without epsilon."""
        return "linf"


class AdamWSpec(OptimizerSpec):
    """Adam with decoupled weight decay."""

    title: ClassVar[str] = "AdamW"
    help: ClassVar[str] = (
        "Adam whose weights decay by themselves: norms stay below 1/decay in l-infinity, so that no margin theorem "
        "that lets them grow applies."
    )
    source: ClassVar[str] = "Loshchilov & Hutter 2019; Xie & Li 2024"
    steps: ClassVar[tuple[str, ...]] = ("constant", "power")
    kind: Literal["adamw"]
    beta1: float = _beta1()
    beta2: float = _beta2()
    epsilon: float = _added_to_the_root()
    weight_decay: float = field(
        0.01,
        "weight decay",
        "θ loses η times this share of itself every step.",
        ge=0,
        live=True,
        varies=True,
    )
    step: StepChoice = _step(ConstantSpec(kind="constant", eta=0.01))

    @property
    def geometry(self) -> str:
        """The norm of its limit without epsilon."""
        return "linf"


class AdaGradSpec(OptimizerSpec):
    """Gradients divided by the root of the sum of their squares."""

    title: ClassVar[str] = "AdaGrad"
    help: ClassVar[str] = (
        "g / √(ε + sum of g²), by element: the weights tend to a limit h, and the bias is the l2 margin in "
        "the metric 1/h. The normalised rule steps along h/max(h) times the normalised gradient."
    )
    source: ClassVar[str] = "Duchi, Hazan & Singer 2011; Wang et al. 2021"
    steps: ClassVar[tuple[str, ...]] = ("normalised", "constant", "power")
    kind: Literal["adagrad"]
    epsilon: float = _epsilon(1e-8, "Added to the sum of squares, under the root.")
    step: StepChoice = _step(NormalisedSpec(kind="normalised", a=0.05))

    @property
    def geometry(self) -> str:
        """The metric that its own weights make."""
        return "conditioned"


class RmsPropSpec(OptimizerSpec):
    """Gradients divided by the root of a moving average of their squares."""

    title: ClassVar[str] = "RMSProp"
    help: ClassVar[str] = (
        "g / √(ε + average of g²), by element: with ε above 0 the weights even out, and the bias is "
        "the l2 margin after all."
    )
    source: ClassVar[str] = "Hinton 2012; Wang et al. 2021"
    steps: ClassVar[tuple[str, ...]] = ("normalised", "constant", "power")
    kind: Literal["rmsprop"]
    beta2: float = _beta(0.95, "beta 2", "Memory of the square.", "\\beta_2")
    epsilon: float = _epsilon(1e-8, "Added to the average of squares, under the root.")
    step: StepChoice = _step(NormalisedSpec(kind="normalised", a=0.05))

    @property
    def geometry(self) -> str:
        """The metric that its own weights make."""
        return "conditioned"


class MuonSpec(OptimizerSpec):
    """Momentum, each layer's replaced by its polar factor."""

    title: ClassVar[str] = "Muon"
    help: ClassVar[str] = (
        "Momentum whose every layer is replaced by its exact polar factor U V^T: spectral descent in steps of fixed "
        "length. Biases are a further column of their layer."
    )
    source: ClassVar[str] = "Jordan et al. 2024; Gronich & Vardi 2026"
    steps: ClassVar[tuple[str, ...]] = ("constant", "power")
    kind: Literal["muon"]
    beta: float = _beta(0.95, "beta", "Memory of the gradient.", "\\beta")
    nesterov: bool = field(True, "Nesterov", "Look ahead: take the polar factor of β m + gradient.")
    step: StepChoice = _step(ConstantSpec(kind="constant", eta=0.01))

    @property
    def geometry(self) -> str:
        """The largest spectral norm of a layer."""
        return "spectral"


class ShampooSpec(OptimizerSpec):
    """Gradients of every layer preconditioned from both sides."""

    title: ClassVar[str] = "Shampoo"
    help: ClassVar[str] = (
        "L^(−1/4) G R^(−1/4) with L and R the averages of G Gᵀ and Gᵀ G of every layer: spectral descent where they "
        "forget at once (β = 0), a matrix AdaGrad where they add up for ever (β = 1)."
    )
    source: ClassVar[str] = "Gupta, Koren & Singer 2018; Tsilivis et al. 2024"
    steps: ClassVar[tuple[str, ...]] = ("constant", "power")
    kind: Literal["shampoo"]
    beta: float = field(
        0.95,
        "beta",
        "Memory of the preconditioners; 1 adds up.",
        symbol="\\beta",
        ge=0,
        le=1,
        live=True,
        varies=True,
    )
    epsilon: float = _epsilon(0.0, "Added to their eigenvalues, in units of the gradient's square.")
    step: StepChoice = _step(ConstantSpec(kind="constant", eta=0.01))

    @property
    def geometry(self) -> str:
        """The largest spectral norm of a layer."""
        return "spectral"


class FlowSpec(OptimizerSpec):
    """Gradient flow, integrated."""

    title: ClassVar[str] = "Gradient flow"
    help: ClassVar[str] = (
        "dθ/dτ = normalised gradient, dτ = S dt: gradient flow on the log loss' own time scale, by an "
        "adaptive Runge-Kutta method of order 5. A step is one that its error estimate accepted."
    )
    source: ClassVar[str] = "Dormand & Prince 1980; Lyu & Li 2020"
    steps: ClassVar[tuple[str, ...]] = ("adaptive",)
    kind: Literal["flow"]
    rtol: float = field(
        1e-6,
        "tolerance",
        "Largest error of one step, relative to the parameters' norm.",
        gt=0,
        le=0.1,
        live=True,
        varies=True,
    )
    step: StepChoice = _step(AdaptiveSpec(kind="adaptive"))


OptimizerChoice = Annotated[
    SteepestSpec
    | SgdSpec
    | MomentumSpec
    | AdamSpec
    | AdamWSpec
    | AdaGradSpec
    | RmsPropSpec
    | MuonSpec
    | ShampooSpec
    | FlowSpec,
    Discriminator("kind"),
]
__all__ = ["OPTIMIZER_KINDS", "STEP_KINDS", "OptimizerChoice", "OptimizerSpec"]

OPTIMIZER_KINDS: dict[str, type[OptimizerSpec]] = {
    "steepest": SteepestSpec,
    "sgd": SgdSpec,
    "momentum": MomentumSpec,
    "adam": AdamSpec,
    "adamw": AdamWSpec,
    "adagrad": AdaGradSpec,
    "rmsprop": RmsPropSpec,
    "muon": MuonSpec,
    "shampoo": ShampooSpec,
    "flow": FlowSpec,
}
