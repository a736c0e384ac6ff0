"""Which theorems speak about an experiment, and which do not and why."""

from __future__ import annotations

import math

from ..experiment.networks import AttentionSpec, FreeFeaturesSpec, NoRotationSpec
from ..experiment.optimizers import (
    AdaGradSpec,
    AdamSpec,
    MirrorSpec,
    MuonSpec,
    RmsPropSpec,
    SgdSpec,
    SteepestSpec,
)
from ..experiment.step_rules import ConstantSpec, NormalisedSpec, PowerSpec, SafeSpec
from .beginnings import ALIGNMENT
from .case import NORMS, Case, Judged, Statement, judged


def _soudry(case: Case) -> Judged:
    why_not = "" if case.linear_model() else "it is about linear models"
    return judged(why_not or case.not_descent())


def _large_steps(case: Case) -> Judged:
    optimizer, loss = case.optimizer, case.experiment.loss.kind
    if not case.linear_model():
        return judged("it is about linear models")
    if loss != "logistic":
        return judged(f"it is about the logistic loss; with the {loss} one a large step may diverge")
    if not isinstance(optimizer, SteepestSpec) or optimizer.norm != "l2":
        return judged(f"{optimizer.kind} is not full-batch gradient descent in l2")
    if not isinstance(optimizer.step, ConstantSpec):
        return judged(f"the step rule {optimizer.step.kind} is not a constant learning rate")
    return judged("", "applies: the step may be of any size, on separable data")


def _gunasekar(case: Case) -> Judged:
    why_not = "" if case.linear_model() else "it is about linear models"
    if not why_not and case.optimizer.descends and isinstance(case.optimizer.step, NormalisedSpec):
        return judged(case.not_lasting(), f"applies with small steps: the {case.norm_words} margin")
    why_not = why_not or case.not_descent(NORMS)
    return judged(why_not, f"applies: the {case.norm_words} margin")


def _sun(case: Case) -> Judged:
    if not isinstance(case.optimizer, MirrorSpec):
        return judged("it is about mirror descent")
    small = "" if isinstance(case.optimizer.step, SafeSpec) else " with small steps"
    return judged(case.not_lasting() or case.not_binary(), f"applies{small}: the {case.norm_words} margin")


def _ji_telgarsky_2019(case: Case) -> Judged:
    shape = case.shape
    deep = shape.chain and shape.linear and len(shape.layers) > 1 and shape.all_train and shape.generalises
    if not deep or any(layer.bias for layer in shape.layers):
        return judged("the network is not deep linear without biases")
    return judged(case.not_binary() or case.not_descent())


def _lyu_li(case: Case) -> Judged:
    why_not = case.not_homogeneous() or case.not_descent()
    if why_not or case.optimizer.continuous:
        return judged(why_not)
    culprit = case.not_twice_smooth()
    if culprit:
        return judged(
            "",
            "applies for gradient flow; its theorem for gradient descent asks for two continuous derivatives, "
            f"and {culprit} rule that out",
        )
    return judged("", "applies; for gradient descent with steps as small as its assumption (S5) asks")


def _ji_telgarsky_2020(case: Case) -> Judged:
    why_not = case.not_homogeneous() or case.not_binary()
    if not why_not and case.not_descent():
        why_not = "it is about gradient flow; this step rule or optimizer does not follow it"
    if case.kinks():
        return judged(
            why_not,
            "applies for gradient flow: the direction converges; that gradients align is proved where those of the "
            f"margins are locally Lipschitz, and {case.kinks()} rule that out",
        )
    return judged(why_not, "applies for gradient flow: the direction converges, and gradients align with it")


def _chizat_bach(case: Case) -> Judged:
    if not case.two_relu_layers() or case.shape.degree is None or not case.shape.all_train:
        return judged("it is about two-layer ReLU networks, all of them trained")
    applies = "applies in the limit of many units: the F1 margin"
    if case.steps_fall():
        return judged(
            case.not_binary(), f"{applies}; steps whose length falls follow the flow but for its time"
        )
    return judged(case.not_binary() or case.not_descent(), applies)


def _cai(case: Case) -> Judged:
    shape = case.shape
    if shape.degree is not None:
        return judged("the network is homogeneous: Lyu & Li's theorem is the sharper one")
    if shape.order is None:
        return judged(f"no order of near-homogeneity is known ({shape.why_not})")
    if case.experiment.loss.kind != "exponential":
        return judged(
            f"the modified margin is proved to grow for the exponential loss, not for {case.experiment.loss.kind}"
        )
    return judged(
        case.not_binary() or case.not_descent(),
        f"applies with M = {shape.order}, from strong separability on",
    )


def _schechtman(case: Case) -> Judged:
    optimizer = case.optimizer
    if isinstance(optimizer, SgdSpec) and isinstance(optimizer.step, ConstantSpec) and optimizer.replacement:
        return judged(
            case.not_homogeneous() or case.not_binary(), "applies while the smallest margin stays positive"
        )
    if optimizer.of_directions:
        return judged(case.not_binary(), "applies: it is the flow that the late stage discretises")
    return judged("it is about SGD with replacement and a constant step, and the margin flow that it follows")


def _tsilivis(case: Case) -> Judged:
    why_not = case.not_homogeneous() or case.not_descent(NORMS)
    if case.experiment.loss.kind != "exponential":
        flow = f"steepest flow in {case.norm_words}"
        words = f"applies for {flow} as to margins; its KKT points are for the exponential loss"
        return judged(why_not, words)
    return judged(why_not, f"applies for steepest flow in {case.norm_words}")


def _telgarsky(case: Case) -> Judged:
    quadratic = case.shape.degree == 2
    if isinstance(case.experiment.network, NoRotationSpec) and quadratic:
        return judged(
            case.not_binary() or case.not_descent(),
            "applies to wide networks: the margin of the fixed directions is reached",
        )
    if not case.two_relu_layers() or not quadratic:
        return judged("it is about two-layer ReLU networks")
    return judged(
        case.not_binary() or case.not_descent(),
        "applies to wide networks: a margin within a constant of the kernel's",
    )


def _wang(case: Case) -> Judged:
    optimizer = case.optimizer
    if isinstance(optimizer, AdaGradSpec):
        return judged(case.not_homogeneous(), "applies: the l2 margin in the metric 1/h of the limit")
    if isinstance(optimizer, RmsPropSpec):
        why_not = case.not_homogeneous() or ("" if optimizer.epsilon > 0 else "ε is 0")
        return judged(why_not, "applies: the l2 margin after all")
    if isinstance(optimizer, AdamSpec) and optimizer.beta1 == 0:
        why_not = case.not_homogeneous() or ("" if optimizer.epsilon > 0 else "ε is 0")
        return judged(why_not, "applies, as to RMSProp: the l2 margin after all")
    return judged("it is about AdaGrad, RMSProp and Adam without momentum")


def _zhang(case: Case) -> Judged:
    optimizer = case.optimizer
    if not isinstance(optimizer, AdamSpec):
        return judged("it is about Adam")
    if not case.linear_model():
        return judged("it is about linear models; of networks Gronich & Vardi 2026 speak")
    return judged(
        _not_sign_like(optimizer) or case.not_decaying() or case.not_binary(),
        "applies: the l-infinity margin, at a rate that the step's decay decides; by the lab's own sketch (theory "
        f"section 7) what is missing is at most of the order {_order_of_the_gap(case)}",
    )


def _order_of_the_gap(case: Case) -> str:
    """Say how (1 + sum eta^(3/2)) / sum eta falls for eta = t^-a (theory section 7)."""
    step = case.optimizer.step
    varied = case.experiment.vary.get("optimizer.step.exponent")
    if varied or not isinstance(step, PowerSpec):
        return "(1 + Σ η^(3/2))/Σ η, which the decay of the learning rates decides"
    a = step.exponent
    if a == 1:
        return "1/log t"
    if math.isclose(a, 2 / 3):
        return "log t · t^(−1/3)"
    return f"t^(−{a / 2:.3g})" if a < 2 / 3 else f"t^(−{1 - a:.3g})"


def _gronich_vardi(case: Case) -> Judged:
    optimizer = case.optimizer
    if not isinstance(optimizer, AdamSpec | MuonSpec):
        return judged("it is about Adam, Muon and other steepest descent with momentum")
    why_not = case.not_homogeneous()
    if not why_not and case.kinks():
        why_not = f"it asks for smooth networks, and {case.kinks()} rule that out"
    if isinstance(optimizer, AdamSpec):
        why_not = why_not or _not_sign_like(optimizer)
    norm = "l-infinity" if isinstance(optimizer, AdamSpec) else "spectral"
    return judged(
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
    return judged(
        why_not or case.not_descent(), "applies: only the norm of the largest λ's parameters counts"
    )


def _free_features(case: Case) -> Judged:
    network, classes = case.experiment.network, max(2, case.shape.outputs)
    if not isinstance(network, FreeFeaturesSpec):
        return judged("it is about free features, without a network below")
    why_not = "" if case.shape.all_train else "features and weights must both train"
    if not why_not and network.features < classes - 1:
        why_not = (
            f"{network.features} features hold no simplex of {classes} classes, which takes {classes - 1}"
        )
    if not why_not and (case.shape.outputs == 1 or case.experiment.loss.kind == "exponential"):
        why_not = "it is about cross-entropy, with one output a class"
    return judged(
        why_not or case.not_descent(),
        "applies for gradient flow: limits are KKT points of a margin problem, whose optimum with as many samples "
        "of every class is a simplex",
    )


def _tarzanagh(case: Case) -> Judged:
    network, optimizer = case.experiment.network, case.optimizer
    if not isinstance(network, AttentionSpec):
        return judged("it is about attention with a fixed head")
    why_not = case.not_binary() or ("" if case.shape.all_train else "both factors must train")
    if not why_not and not (optimizer.descends and case.norm == "l2"):
        why_not = "it is about full-batch gradient descent"
    if not why_not and not (optimizer.scale_free or optimizer.continuous or optimizer.step.follows_flow):
        why_not = f"the step rule {optimizer.step.kind} gives no guarantee; take a constant one"
    local = "; descent may also select tokens that are optimal only locally"
    if network.form == "factored":
        words = (
            "applies to the regularisation path: K and Q select tokens by the least nuclear norm of K Qᵀ; that descent "
            "does is seen in experiments, and proved for gradient flow by Sheen et al. 2024 where starts are aligned"
        )
    else:
        words = (
            "applies: W selects tokens by the least Frobenius norm, for gradient descent near such a solution, and "
            "from any start under further conditions on the data"
        )
    return judged(why_not or case.not_lasting(), words + local)


THEOREMS = (
    Statement(
        "Lyu & Li 2020: the smoothed margin grows, limits are KKT points",
        _lyu_li,
        "outputs homogeneous in θ, locally Lipschitz, with a chain rule; exponential, logistic or cross-entropy loss; "
        "gradient flow that separates the data at some time. Gradient descent: two continuous derivatives away from 0",
    ),
    Statement(
        "Ji & Telgarsky 2020: the direction converges, gradients align",
        _ji_telgarsky_2020,
        "outputs homogeneous, locally Lipschitz, definable in an o-minimal structure; two classes; exponential or "
        "logistic loss; gradient flow from where the data are separated. For alignment: locally Lipschitz gradients",
    ),
    Statement(
        "Tsilivis et al. 2024: steepest descent in a norm raises that norm's margin",
        _tsilivis,
        "outputs homogeneous, locally Lipschitz, with a chain rule; exponential loss; steepest flow in any norm that "
        "separates the data at some time",
    ),
    Statement(
        "Cai et al. 2025: near-homogeneous networks, the modified margin grows",
        _cai,
        "outputs that miss degree M by no more than a polynomial of lower degree in the norm; exponential loss; "
        "gradient flow, strongly separated at some time",
    ),
    Statement(
        "Schechtman & Schreuder 2025: SGD's late stage finds critical directions",
        _schechtman,
        "outputs homogeneous, definable in an o-minimal structure; two classes; exponential or logistic loss; "
        "a constant learning rate; the smallest normalized margin stays above 0",
    ),
    Statement(
        "Telgarsky 2022: feature learning with little rotation",
        _telgarsky,
        "two layers of ReLU, wide beside what the kernel's margin asks for, from a standard initialisation",
    ),
    Statement(
        "Chizat & Bach 2020: wide networks reach the global margin",
        _chizat_bach,
        "two layers, infinitely many units that cover all directions at the start; gradient flow whose direction "
        "converges",
    ),
    Statement(
        "Ji & Telgarsky 2019: layers align, the product maximises the margin",
        _ji_telgarsky_2019,
        "deep linear networks; separable data; a decreasing loss; a start that is not critical and no worse than 0; "
        "gradient flow, or steps that follow the loss' smoothness",
    ),
    Statement(
        "Soudry et al. 2018: w = ŵ log t + w̃",
        _soudry,
        "linear models; separable data; a smooth decreasing loss with an exponential tail; a learning rate below 2 "
        "over its smoothness",
    ),
    Statement(
        "Wu, Bartlett, Telgarsky & Yu 2024: logistic regression, a constant step of any size",
        _large_steps,
        "linear models; separable data; logistic loss; gradient descent with a constant learning rate of any size",
    ),
    Statement(
        "Gunasekar et al. 2018: steepest descent of linear models",
        _gunasekar,
        "linear models; separable data; exponential loss; small steps of steepest descent in a norm",
    ),
    Statement(
        "Sun et al. 2022: mirror descent turns to the lp margin of its potential",
        _sun,
        "linear models; separable data; a decreasing convex loss with an exponential tail; the potential ‖w‖ₚᵖ/p, "
        "p > 1; small steps",
    ),
    Statement(
        "Zhang, Zou & Cao 2024: Adam and the l-infinity margin",
        _zhang,
        "linear models; separable data; full-batch Adam without ε, β₁ ≤ β₂; learning rates that fall to 0 with an "
        "infinite sum",
    ),
    Statement(
        "Gronich & Vardi 2026: Adam and Muon in smooth homogeneous networks",
        _gronich_vardi,
        "outputs homogeneous with locally Lipschitz gradients; learning rates that fall to 0 with an infinite sum; "
        "Adam without ε",
        source="arXiv\N{NO-BREAK SPACE}2602.16340",
    ),
    Statement(
        "Wang et al. 2021: adaptive methods and their metric",
        _wang,
        "outputs homogeneous; a loss with an exponential tail; ε above 0; the data separated at some time",
    ),
    Statement(
        "Kunin et al. 2022: quasi-homogeneous networks",
        _kunin,
        "outputs quasi-homogeneous in θ; a loss with an exponential tail; gradient flow that separates the data",
    ),
    Statement(
        "Ji et al. 2022: free features (unconstrained features model) collapse",
        _free_features,
        "features that are parameters themselves; cross-entropy; gradient flow. For the simplex: as many samples of "
        "every class",
    ),
    Statement(
        "Ataee Tarzanagh et al. 2023: attention selects tokens like a support vector machine",
        _tarzanagh,
        "one layer of attention, its head fixed; decreasing smooth loss; tokens that can be selected. Gradient descent "
        "on W: a start in the solution's own cone, or conditions on scores and first gradient",
    ),
    ALIGNMENT,
)
"""Every theorem that the lab knows, with what judges whether it speaks about a case."""
