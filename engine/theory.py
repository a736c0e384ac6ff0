"""Which theorems speak about an experiment, and which do not and why. No torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .experiment.experiment import Experiment
from .experiment.fact import Fact
from .experiment.networks import FreeFeaturesSpec, MlpSpec, NoRotationSpec
from .experiment.optimizers import (
    AdaGradSpec,
    AdamSpec,
    FlowSpec,
    MuonSpec,
    OptimizerSpec,
    RmsPropSpec,
    SgdSpec,
)
from .experiment.step_rules import ConstantSpec, NormalisedSpec, PowerSpec, SafeSpec
from .experiment.structure import Structure
from .experiment.structure.activations import SMOOTH, TWICE_SMOOTH

LOOSE = 1e-4
"""Tolerance above which the integrator of gradient flow leaves its way: measured, theory section 11."""


@dataclass(frozen=True)
class Case:
    """What a theorem asks about: the experiment, and its network's structure."""

    experiment: Experiment
    shape: Structure

    @property
    def optimizer(self) -> OptimizerSpec:
        """Return what is said of the optimizer."""
        return self.experiment.optimizer

    @property
    def norm(self) -> str:
        """Return the optimizer's geometry."""
        return self.optimizer.geometry

    def not_homogeneous(self) -> str:
        """Say why the network has no degree, or ''."""
        return (
            "" if self.shape.degree is not None else f"the network is not homogeneous ({self.shape.why_not})"
        )

    def not_descent(self, norms: tuple[str, ...] = ("l2",)) -> str:
        """Say why this is no full-batch steepest descent in one of these norms, with a step it is proved for, or ''."""
        optimizer = self.optimizer
        if not optimizer.descends:
            return (
                f"{optimizer.kind} is not full-batch {'gradient' if norms == ('l2',) else 'steepest'} descent"
            )
        if optimizer.geometry not in norms:
            return f"the descent is in {optimizer.geometry}, not in {' or '.join(norms)}"
        if optimizer.scale_free:
            return "steps of fixed length are not in proportion to the gradient"
        if optimizer.continuous:
            return ""
        step = optimizer.step
        if not step.follows_flow:
            return f"the step rule {step.kind} gives no guarantee; take safe or a small constant one"
        return self.not_lasting()

    def not_lasting(self) -> str:
        """Say that the learning rates have a finite sum, or ''."""
        if not self.optimizer.step.has_finite_sum():
            return ""
        return "the learning rates have a finite sum, so that the flow's time ends; take an exponent up to 1"

    def steps_fall(self) -> bool:
        """Say whether these are steps of the normalised gradient in l2 whose length falls to 0, with an infinite sum.

        They follow the flow on the time scale of ln loss. Source: theory section 0.1; Chizat & Bach 2020.
        """
        step = self.optimizer.step
        falls = isinstance(step, NormalisedSpec) and step.exponent > 0 and not step.has_finite_sum()
        return falls and self.optimizer.descends and self.norm == "l2"

    def largest_decay(self) -> float:
        """Return the largest weight decay of all replicas."""
        varied = self.experiment.vary.get("optimizer.weight_decay")
        return float(max(varied or [self.optimizer.weight_decay]))

    def not_binary(self) -> str:
        """Say why this is no problem of two classes with one output, or ''."""
        outputs = self.shape.outputs
        return "" if outputs == 1 else f"it is about two classes and one output; there are {outputs}"

    def linear_model(self) -> bool:
        """Say whether one matrix, all of it trained, is the whole network."""
        return self.shape.chain and len(self.shape.layers) == 1 and self.shape.all_train

    def kinks(self) -> str:
        """Say where the gradients of the outputs jump, or '' where they are locally Lipschitz in the parameters."""
        name, pooling = self.shape.activation, self.experiment.network.kink()
        if self.shape.opaque:
            return "kinks that its plug-in may have"
        if self._linear() or (name in SMOOTH and not pooling):
            return ""
        return f"the kinks of {pooling if name in SMOOTH else name}"

    def not_twice_smooth(self) -> str:
        """Say what keeps the network from two continuous derivatives away from 0, or ''."""
        name = self.shape.activation
        if self._linear() or self.kinks() or name in TWICE_SMOOTH:
            return self.kinks()
        return f"the jumps of {name}'s second derivative"

    def _linear(self) -> bool:
        """Say whether the outputs are a polynomial of what trains, whatever the activation."""
        return self.shape.linear or not any(layer.trained for layer in self.shape.layers[:-1])

    def not_decaying(self) -> str:
        """Say why the learning rates do not fall to 0 with an infinite sum, as a power of t, or ''."""
        step = self.optimizer.step
        if not isinstance(step, PowerSpec) or step.exponent == 0:
            return f"it asks for steps that decay with a power of t, and these are {step.kind}"
        if step.has_finite_sum():
            return "the learning rates have a finite sum; take an exponent up to 1"
        return ""

    def two_relu_layers(self) -> bool:
        """Say whether this is a dense network of two layers with ReLU between them."""
        network = self.experiment.network
        return isinstance(network, MlpSpec) and len(network.widths) == 1 and network.activation == "relu"


Judged = tuple[bool, str]
"""Whether a theorem speaks about a case, and in which sense, or why not."""


def facts(experiment: Experiment, shape: Structure) -> tuple[Fact, ...]:
    """Return what is known before the first step: the degree, each theorem with whether it applies, notices."""
    case = Case(experiment, shape)
    judged = [(subject, *_without_decay(case, judge(case))) for subject, judge in THEOREMS]
    theorems = [Fact(subject, words, holds) for subject, holds, words in judged]
    theorems.sort(key=lambda fact: not fact.holds)  # stable: what applies comes first
    return (homogeneity(shape), *theorems, *_notices(case))


def homogeneity(shape: Structure) -> Fact:
    """Say what kind of homogeneity follows from the structure."""
    if shape.degree is not None:
        words = f"homogeneous of degree L = {shape.degree:g} in {shape.parameters:,} trained parameters"
        words += f"; {shape.measured}" if shape.measured else ""
    elif shape.order is not None:
        words = f"near-homogeneous of order M = {shape.order}: {shape.why_not}"
    elif shape.weights:
        rates = ", ".join(f"{rate:g} for {name}" for name, rate in shape.weights)
        words = f"quasi-homogeneous, λ = {rates}: {shape.why_not}"
    elif shape.opaque and shape.measured:
        words = shape.measured
    else:
        words = f"not homogeneous: {shape.why_not}"
    return Fact("homogeneity", words)


def _judged(why_not: str, words: str = "applies") -> Judged:
    return not why_not, why_not or words


def _without_decay(case: Case, judged: Judged) -> Judged:
    """Return what was judged of a theorem, void where weight decay keeps norms from growing without bound."""
    decay = case.largest_decay()
    if not judged[0] or not decay:
        return judged
    return _judged(
        f"weight decay of {decay:g} keeps the norm bounded, and it is about norms that grow without bound"
    )


def _soudry(case: Case) -> Judged:
    why_not = "" if case.linear_model() else "it is about linear models"
    return _judged(why_not or case.not_descent())


def _gunasekar(case: Case) -> Judged:
    why_not = "" if case.linear_model() else "it is about linear models"
    if not why_not and case.optimizer.descends and isinstance(case.optimizer.step, NormalisedSpec):
        return _judged(case.not_lasting(), f"applies with small steps: the {case.norm} margin")
    why_not = why_not or case.not_descent(("l2", "linf", "l1", "spectral"))
    return _judged(why_not, f"applies: the {case.norm} margin")


def _ji_telgarsky_2019(case: Case) -> Judged:
    shape = case.shape
    deep = shape.chain and shape.linear and len(shape.layers) > 1 and shape.all_train and shape.generalises
    if not deep or any(layer.bias for layer in shape.layers):
        return _judged("the network is not deep linear without biases")
    return _judged(case.not_binary() or case.not_descent())


def _lyu_li(case: Case) -> Judged:
    why_not = case.not_homogeneous() or case.not_descent()
    if why_not or case.optimizer.continuous:
        return _judged(why_not)
    culprit = case.not_twice_smooth()
    if culprit:
        return _judged(
            "",
            "applies for gradient flow; its theorem for gradient descent asks for two continuous derivatives, "
            f"and {culprit} rule that out",
        )
    return _judged("", "applies; for gradient descent with steps as small as its assumption (S5) asks")


def _ji_telgarsky_2020(case: Case) -> Judged:
    why_not = case.not_homogeneous() or case.not_binary()
    if not why_not and case.not_descent():
        why_not = "it is about gradient flow; this step rule or optimizer does not follow it"
    if case.kinks():
        return _judged(
            why_not,
            "applies for gradient flow: the direction converges; that gradients align is proved where those of the "
            f"margins are locally Lipschitz, and {case.kinks()} rule that out",
        )
    return _judged(why_not, "applies for gradient flow: the direction converges, and gradients align with it")


def _chizat_bach(case: Case) -> Judged:
    if not case.two_relu_layers() or case.shape.degree is None or not case.shape.all_train:
        return _judged("it is about two-layer ReLU networks, all of them trained")
    applies = "applies in the limit of many units: the F1 margin"
    if case.steps_fall():
        return _judged(
            case.not_binary(), f"{applies}; steps whose length falls follow the flow but for its time"
        )
    return _judged(case.not_binary() or case.not_descent(), applies)


def _cai(case: Case) -> Judged:
    shape = case.shape
    if shape.degree is not None:
        return _judged("the network is homogeneous: Lyu & Li's theorem is the sharper one")
    if shape.order is None:
        return _judged(f"no order of near-homogeneity is known ({shape.why_not})")
    if case.experiment.loss.kind != "exponential":
        return _judged(
            f"the modified margin is proved to grow for the exponential loss, not for {case.experiment.loss.kind}"
        )
    return _judged(
        case.not_binary() or case.not_descent(),
        f"applies with M = {shape.order}, from strong separability on",
    )


def _schechtman(case: Case) -> Judged:
    optimizer = case.optimizer
    if isinstance(optimizer, SgdSpec) and isinstance(optimizer.step, ConstantSpec) and optimizer.replacement:
        return _judged(
            case.not_homogeneous() or case.not_binary(), "applies while the smallest margin stays positive"
        )
    return _judged("it is about SGD with replacement and a constant step")


def _tsilivis(case: Case) -> Judged:
    why_not = case.not_homogeneous() or case.not_descent(("l2", "linf", "l1", "spectral"))
    if case.experiment.loss.kind != "exponential":
        words = f"applies for steepest flow in {case.norm} as to margins; its KKT points are for the exponential loss"
        return _judged(why_not, words)
    return _judged(why_not, f"applies for steepest flow in {case.norm}")


def _telgarsky(case: Case) -> Judged:
    quadratic = case.shape.degree == 2
    if isinstance(case.experiment.network, NoRotationSpec) and quadratic:
        return _judged(
            case.not_binary() or case.not_descent(),
            "applies to wide networks: the margin of the fixed directions is reached",
        )
    if not case.two_relu_layers() or not quadratic:
        return _judged("it is about two-layer ReLU networks")
    return _judged(
        case.not_binary() or case.not_descent(),
        "applies to wide networks: a margin within a constant of the kernel's",
    )


def _wang(case: Case) -> Judged:
    optimizer = case.optimizer
    if isinstance(optimizer, AdaGradSpec):
        return _judged(case.not_homogeneous(), "applies: the l2 margin in the metric 1/h of the limit")
    if isinstance(optimizer, RmsPropSpec):
        why_not = case.not_homogeneous() or ("" if optimizer.epsilon > 0 else "ε is 0")
        return _judged(why_not, "applies: the l2 margin after all")
    if isinstance(optimizer, AdamSpec) and optimizer.beta1 == 0:
        why_not = case.not_homogeneous() or ("" if optimizer.epsilon > 0 else "ε is 0")
        return _judged(why_not, "applies, as to RMSProp: the l2 margin after all")
    return _judged("it is about AdaGrad, RMSProp and Adam without momentum")


def _zhang(case: Case) -> Judged:
    optimizer = case.optimizer
    if not isinstance(optimizer, AdamSpec):
        return _judged("it is about Adam")
    if not case.linear_model():
        return _judged("it is about linear models; of networks Gronich & Vardi 2026 speak")
    return _judged(
        _not_sign_like(optimizer) or case.not_decaying() or case.not_binary(),
        "applies: the l-infinity margin, at a rate that the step's decay decides",
    )


def _gronich_vardi(case: Case) -> Judged:
    optimizer = case.optimizer
    if not isinstance(optimizer, AdamSpec | MuonSpec):
        return _judged("it is about Adam, Muon and other steepest descent with momentum")
    why_not = case.not_homogeneous()
    if not why_not and case.kinks():
        why_not = f"it asks for smooth networks, and {case.kinks()} rule that out"
    if isinstance(optimizer, AdamSpec):
        why_not = why_not or _not_sign_like(optimizer)
    norm = "l-infinity" if isinstance(optimizer, AdamSpec) else "spectral"
    return _judged(
        why_not or case.not_decaying(),
        f"applies: limits of the direction are KKT points of the {norm} margin",
    )


def _not_sign_like(optimizer: AdamSpec) -> str:
    """Say why Adam does not stay near sign descent, or ''."""
    if optimizer.epsilon > 0:
        return "ε is above 0, and once gradients fall below it Adam is gradient descent"
    return "β₁ is above β₂" if optimizer.beta1 > optimizer.beta2 else ""


def _kunin(case: Case) -> Judged:
    why_not = (
        "" if case.shape.weights else "the network is not quasi-homogeneous, or it is homogeneous outright"
    )
    return _judged(
        why_not or case.not_descent(), "applies: only the norm of the largest λ's parameters counts"
    )


def _papyan(case: Case) -> Judged:
    return _judged("it is an observation on deep networks, not a theorem; free features are a model of it")


def _free_features(case: Case) -> Judged:
    network, classes = case.experiment.network, max(2, case.shape.outputs)
    if not isinstance(network, FreeFeaturesSpec):
        return _judged("it is about free features, without a network below")
    why_not = "" if case.shape.all_train else "features and weights must both train"
    if not why_not and network.features < classes - 1:
        why_not = (
            f"{network.features} features hold no simplex of {classes} classes, which takes {classes - 1}"
        )
    if not why_not and (case.shape.outputs == 1 or case.experiment.loss.kind == "exponential"):
        why_not = "it is about cross-entropy, with one output a class"
    return _judged(
        why_not or case.not_descent(),
        "applies for gradient flow: limits are KKT points of a margin problem, whose optimum with as many samples "
        "of every class is a simplex",
    )


THEOREMS: tuple[tuple[str, Callable[[Case], Judged]], ...] = (
    ("Lyu & Li 2020: the smoothed margin grows, limits are KKT points", _lyu_li),
    ("Ji & Telgarsky 2020: the direction converges, gradients align", _ji_telgarsky_2020),
    ("Tsilivis et al. 2024: steepest descent in a norm raises that norm's margin", _tsilivis),
    ("Cai et al. 2025: near-homogeneous networks, the modified margin grows", _cai),
    ("Schechtman & Schreuder 2025: SGD's late stage finds critical directions", _schechtman),
    ("Telgarsky 2022: feature learning with little rotation", _telgarsky),
    ("Chizat & Bach 2020: wide networks reach the global margin", _chizat_bach),
    ("Ji & Telgarsky 2019: layers align, the product maximises the margin", _ji_telgarsky_2019),
    ("Soudry et al. 2018: w = ŵ log t + w̃", _soudry),
    ("Gunasekar et al. 2018: steepest descent of linear models", _gunasekar),
    ("Zhang, Zou & Cao 2024: Adam and the l-infinity margin", _zhang),
    ("Gronich & Vardi 2026: Adam and Muon in smooth homogeneous networks", _gronich_vardi),
    ("Wang et al. 2021: adaptive methods and their metric", _wang),
    ("Kunin et al. 2022: quasi-homogeneous networks", _kunin),
    ("Ji et al. 2022: free features (unconstrained features model) collapse", _free_features),
    ("Papyan, Han & Donoho 2020: neural collapse", _papyan),
)
"""Every theorem that the lab knows, with what judges whether it speaks about a case."""


def _notices(case: Case) -> list[Fact]:
    experiment, notices = case.experiment, []
    if experiment.run.dtype == "float32":
        notices.append(Fact("precision", "float32: dual variables are noise once margins pass 1e4"))
    init = getattr(experiment.network, "init", None)
    if isinstance(case.optimizer.step, SafeSpec) and init is not None and init.kind == "he":
        words = (
            "safe steps from He initialisation are short until every sample is fitted (500 digits: 93 % after 6,000 "
            "steps; a line search and a small constant learning rate fit all of them in 150)"
        )
        notices.append(Fact("steps", words))
    if isinstance(case.optimizer, FlowSpec):
        tolerance = max(experiment.vary.get("optimizer.rtol", [case.optimizer.rtol]))
        if tolerance > LOOSE:
            words = (
                f"a tolerance of {tolerance:g} is above {LOOSE:g}: the way is no longer gradient flow's, nor are path "
                "and margins on it; take a smaller one"
            )
            notices.append(Fact("gradient flow", words))
        elif case.kinks():
            words = f"at {case.kinks()} errors are of the order of the tolerance, {tolerance:g}, itself, and add up"
            notices.append(Fact("gradient flow", words))
    if experiment.loss.reduction == "mean":
        words = "the mean scales only the learning rate; ln loss, thresholds and margins use the sum"
        notices.append(Fact("loss", words))
    if not case.shape.generalises:
        words = "free features see a sample's number alone: nothing can be tested on new points"
        notices.append(Fact("data", words))
    return notices
