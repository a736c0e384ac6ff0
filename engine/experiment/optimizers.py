"""What a user may say about optimizers: one frozen model a kind."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from .fields import Kind, field
from .registry import KindRegistry
from .step_rules import STEP_KINDS, AdaptiveSpec, ConstantSpec, NormalisedSpec, SafeSpec, StepChoice, StepSpec

GeometryName = Literal["l2", "linf", "l1", "lp", "spectral", "conditioned"]
"""The norms in which optimizers descend; 'conditioned' is l2 in a metric that the optimizer itself makes."""


class Batching(NamedTuple):
    """How a step draws the samples that it looks at."""

    size: int
    replacement: bool


def _step(default: StepSpec) -> StepChoice:
    rule: StepChoice = field(default, "step rule", "How far each step goes.")
    return rule


def _beta(default: float, title: str, help: str, symbol: str) -> float:
    memory: float = field(default, title, help, symbol=symbol, ge=0, lt=1, live=True, varies=True)
    return memory


def _epsilon(default: float, help: str) -> float:
    value: float = field(default, "epsilon", help, symbol="\\epsilon", ge=0, live=True, varies=True)
    return value


def _weight_decay(default: float, help: str) -> float:
    decay: float = field(default, "weight decay", help, symbol="\\lambda", ge=0, live=True, varies=True)
    return decay


class OptimizerSpec(Kind):
    """What every optimizer declares: the step rules it takes, the first being its default."""

    last: ClassVar[tuple[str, ...]] = ("weight_decay",)
    steps: ClassVar[tuple[str, ...]]
    full_batch: ClassVar[bool] = True
    descends: ClassVar[bool] = False
    """Whether it is full-batch steepest descent in its geometry, in steps or in continuous time."""
    rescales: ClassVar[bool] = False
    """Whether it divides the gradient by the gradient's own size."""
    linear_only: ClassVar[bool] = False
    """Whether it is stated for linear models alone."""
    of_directions: ClassVar[bool] = False
    """Whether it moves the direction of a homogeneous network alone, by its margins and no loss."""
    continuous: ClassVar[bool] = False
    """Whether it is the flow itself, of which every step is an integrator's."""
    decoupled: ClassVar[bool] = False
    """Whether weights decay beside its steps, and not by a term of the loss."""
    step: StepChoice
    weight_decay: float = _weight_decay(
        0.0,
        "Adds λ/2 ‖θ‖² to the loss, in line searches too; above 0 norms stay bounded, and margin theorems are void.",
    )

    @classmethod
    def takes(cls, field: str) -> tuple[str, ...] | None:
        """Return the step rules that it takes."""
        return cls.steps if field == "step" else None

    @classmethod
    def accepted(cls, shared: dict[str, Any]) -> dict[str, Any]:
        """Leave out a step rule that it does not take."""
        kept = "step" in shared and shared["step"]["kind"] in cls.steps
        return {name: value for name, value in shared.items() if kept or name != "step"}

    @property
    def geometry(self) -> GeometryName:
        """The norm in which it is a steepest descent, or tends to be one: which margin it raises."""
        return "l2"

    @classmethod
    def says_its_geometry(cls) -> bool:
        """Say whether that norm is known: what a plug-in brings may leave it open."""
        return True

    @property
    def scale_free(self) -> bool:
        """Whether its direction does not grow with the gradient."""
        return self.rescales

    @property
    def norm_words(self) -> str:
        """Its norm as papers write it, in running text."""
        return self.geometry

    def in_brief(self) -> str:
        """Say in two or three words which one it is."""
        return type(self).title

    def batching(self) -> Batching | None:
        """Return how a step draws its samples; None where it takes all of them."""
        return None

    def why_not_step(self) -> str:
        """Say why it does not go with its step rule, or ''."""
        if self.step.kind not in self.steps:
            return f"does not go with {self.kind}; allowed: {', '.join(self.steps)}"
        if self.step.gradient_descent_only and self.geometry != "l2":
            return "is a condition for gradient descent; set optimizer.norm to l2"
        if self.step.gradient_descent_only and self.weight_decay > 0:
            return "is a condition on the loss alone; set optimizer.weight_decay to 0, or take safe"
        return ""


_DESCENTS = {
    "l2": "gradient descent",
    "linf": "sign descent, l∞",
    "l1": "coordinate descent, l1",
    "spectral": "spectral descent",
}


def _exponent_of_the_norm(help: str, only: dict[str, str] | None = None) -> float:
    exponent: float = field(3.0, "p", help, symbol="p", gt=1, le=100, varies=True, only=only or {})
    return exponent


class SteepestSpec(OptimizerSpec):
    """Steepest descent with the whole training set in every step."""

    title: ClassVar[str] = "Steepest descent"
    help: ClassVar[str] = (
        "Full-batch steepest descent in a norm, the setting of the theorems: l2 is gradient descent, l-infinity sign "
        "descent, l1 coordinate descent, lp lies between them, spectral descends every layer by its gradient's polar "
        "factor."
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
    descends: ClassVar[bool] = True
    kind: Literal["steepest"]
    norm: Literal["l2", "linf", "l1", "spectral", "lp"] = field(
        "l2", "norm", "The geometry: which margin is maximised."
    )
    p: float = _exponent_of_the_norm(
        "Exponent of the lp norm: towards 1 coordinate descent, 2 gradient descent, large ones sign descent.",
        {"norm": "lp"},
    )
    scaled: bool = field(
        True,
        "dual-norm scaled",
        "Steps in proportion to the gradient's dual norm, as in the theorems; off: all of the same length, as signSGD "
        "takes them.",
    )
    step: StepChoice = _step(SafeSpec(kind="safe"))

    @property
    def geometry(self) -> GeometryName:
        """Its norm."""
        return self.norm

    @property
    def norm_words(self) -> str:
        """Its norm, with p."""
        return f"l{self.p:g}" if self.norm == "lp" else self.norm

    @property
    def scale_free(self) -> bool:
        """Whether all steps are of the same length."""
        return not self.scaled

    def in_brief(self) -> str:
        """Say in which norm it descends."""
        return f"steepest descent, {self.norm_words}" if self.norm == "lp" else _DESCENTS[self.norm]

    def why_not_step(self) -> str:
        """Say why it does not go with its step rule: steps of one length need a rate that is known in advance."""
        why_not = super().why_not_step()
        if self.scaled or self.step.scheduled or self.step.kind not in self.steps:
            return why_not
        scheduled = ", ".join(kind for kind in self.steps if STEP_KINDS[kind].scheduled)
        return f"does not go with steps that are not scaled; allowed: {scheduled}"


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

    def batching(self) -> Batching:
        """Return what it says of batches."""
        return Batching(self.batch, self.replacement)


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
    rescales: ClassVar[bool] = True
    kind: Literal["adam"]
    beta1: float = _beta1()
    beta2: float = _beta2()
    epsilon: float = _added_to_the_root()
    step: StepChoice = _step(ConstantSpec(kind="constant", eta=0.01))

    @property
    def geometry(self) -> GeometryName:
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
    rescales: ClassVar[bool] = True
    decoupled: ClassVar[bool] = True
    kind: Literal["adamw"]
    beta1: float = _beta1()
    beta2: float = _beta2()
    epsilon: float = _added_to_the_root()
    weight_decay: float = _weight_decay(
        0.01, "θ loses η times this share of itself every step; above 0 margin theorems are void."
    )
    step: StepChoice = _step(ConstantSpec(kind="constant", eta=0.01))

    @property
    def geometry(self) -> GeometryName:
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
    rescales: ClassVar[bool] = True
    kind: Literal["adagrad"]
    epsilon: float = _epsilon(1e-8, "Added to the sum of squares, under the root.")
    step: StepChoice = _step(NormalisedSpec(kind="normalised", a=0.05))

    @property
    def geometry(self) -> GeometryName:
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
    rescales: ClassVar[bool] = True
    kind: Literal["rmsprop"]
    beta2: float = _beta(0.95, "beta 2", "Memory of the square.", "\\beta_2")
    epsilon: float = _epsilon(1e-8, "Added to the average of squares, under the root.")
    step: StepChoice = _step(NormalisedSpec(kind="normalised", a=0.05))

    @property
    def geometry(self) -> GeometryName:
        """The metric that its own weights make."""
        return "conditioned"


class MuonSpec(OptimizerSpec):
    """Momentum, each layer's replaced by its polar factor."""

    title: ClassVar[str] = "Muon"
    help: ClassVar[str] = (
        "Momentum whose every layer is replaced by its exact polar factor U Vᵀ: spectral descent in steps of fixed "
        "length. Biases are a further column of their layer."
    )
    source: ClassVar[str] = "Jordan et al. 2024; Gronich & Vardi 2026"
    steps: ClassVar[tuple[str, ...]] = ("constant", "power")
    rescales: ClassVar[bool] = True
    kind: Literal["muon"]
    beta: float = _beta(0.95, "beta", "Memory of the gradient.", "\\beta")
    nesterov: bool = field(True, "Nesterov", "Look ahead: take the polar factor of β m + gradient.")
    step: StepChoice = _step(ConstantSpec(kind="constant", eta=0.01))

    @property
    def geometry(self) -> GeometryName:
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
    rescales: ClassVar[bool] = True
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
    def geometry(self) -> GeometryName:
        """The largest spectral norm of a layer."""
        return "spectral"


class FlowSpec(OptimizerSpec):
    """Gradient flow, integrated."""

    title: ClassVar[str] = "Gradient flow"
    help: ClassVar[str] = (
        "dθ/dτ = normalised gradient, dτ = S dt: gradient flow on the time scale of ln loss, by an "
        "adaptive Runge-Kutta method of order 5. A step is one that its error estimate accepted."
    )
    source: ClassVar[str] = "Dormand & Prince 1980; Lyu & Li 2020"
    steps: ClassVar[tuple[str, ...]] = ("adaptive",)
    descends: ClassVar[bool] = True
    continuous: ClassVar[bool] = True
    kind: Literal["flow"]
    rtol: float = field(
        1e-6,
        "tolerance",
        "Largest error of one step, relative to the parameters' norm. Above 1e-4 the way is no longer gradient "
        "flow's. At kinks (ReLU, max pooling) no estimate is right: a step this long is taken whatever it says, so "
        "that errors there are of the tolerance's own order and add up.",
        gt=0,
        le=0.1,
        live=True,
        varies=True,
    )
    step: StepChoice = _step(AdaptiveSpec(kind="adaptive"))


class MarginFlowSpec(OptimizerSpec):
    """The flow of the margin itself, at an infinite norm."""

    title: ClassVar[str] = "Margin flow"
    help: ClassVar[str] = (
        "What the direction u = θ/‖θ‖ follows late, without loss or time: the shortest mixture, across u, of gradients "
        "of the smallest margins, on all sides of kinks. The smallest margin never falls, the norm stays; it ends "
        "where u is stationary. Homogeneous networks without maximum pooling, full batch, solved in float64 on the "
        "processor."
    )
    source: ClassVar[str] = "Schechtman & Schreuder 2025"
    steps: ClassVar[tuple[str, ...]] = ("adaptive",)
    of_directions: ClassVar[bool] = True
    weight_decay: ClassVar[float] = 0.0  # type: ignore[misc]
    """None: it follows no loss that decay could be a term of."""
    kind: Literal["margin-flow"]
    arc: float = field(
        0.01, "arc", "How far u turns in a step at most, in radians.", gt=0, le=0.5, live=True, varies=True
    )
    step: StepChoice = _step(AdaptiveSpec(kind="adaptive"))


class MirrorSpec(OptimizerSpec):
    """Mirror descent with a power of the lp norm for potential."""

    title: ClassVar[str] = "Mirror descent"
    help: ClassVar[str] = (
        "Linear models, full batch: the gradient moves z = sign(w)|w|^(p − 1), and w follows. It turns to the "
        "maximum margin in lp, as steepest descent in lp does, on another way."
    )
    source: ClassVar[str] = "Sun et al. 2022; Azizan & Hassibi 2019"
    steps: ClassVar[tuple[str, ...]] = ("normalised", "constant", "power", "safe")
    linear_only: ClassVar[bool] = True
    kind: Literal["mirror"]
    p: float = _exponent_of_the_norm(
        "The potential is ‖w‖ₚᵖ/p: towards 1 few weights, 2 is gradient descent, large ones make weights alike."
    )
    step: StepChoice = _step(NormalisedSpec(kind="normalised", a=0.1))

    @property
    def geometry(self) -> GeometryName:
        """The lp norm."""
        return "lp"

    @property
    def norm_words(self) -> str:
        """Its norm, with p."""
        return f"l{self.p:g}"

    def in_brief(self) -> str:
        """Say with which potential."""
        return f"mirror descent, {self.norm_words}"

    def why_not_step(self) -> str:
        """Say why it does not go with its step rule: safe steps need a potential that is curved everywhere."""
        if isinstance(self.step, SafeSpec) and self.p > 2:
            return (
                f"has no bound with p = {self.p:g}: for p above 2 the potential is flat where a weight is 0; "
                "take normalised, or a p up to 2"
            )
        return super().why_not_step()


OPTIMIZER_KINDS = KindRegistry[OptimizerSpec](
    SteepestSpec,
    SgdSpec,
    MomentumSpec,
    AdamSpec,
    AdamWSpec,
    AdaGradSpec,
    RmsPropSpec,
    MuonSpec,
    ShampooSpec,
    FlowSpec,
    MarginFlowSpec,
    MirrorSpec,
)
OptimizerChoice = Annotated[OptimizerSpec, OPTIMIZER_KINDS]
"""An optimizer of any kind, as a field of the experiment."""
