"""What no theorem covers: what papers observed, and what is open as far as the lab knows."""

from __future__ import annotations

from ..experiment.networks import AttentionSpec, FreeFeaturesSpec
from ..experiment.optimizers import AdamSpec, MomentumSpec, MuonSpec, SgdSpec
from ..experiment.step_rules import LineSearchSpec, LossBasedSpec
from .beginnings import ONE_BY_ONE
from .case import Case, Judged, Statement, judged


def _papyan(case: Case) -> Judged:
    if isinstance(case.experiment.network, FreeFeaturesSpec):
        return judged("free features are its model, about which there are theorems")
    why_not = "" if case.shape.outputs > 1 else "it is about several classes with one output each"
    if not why_not and not case.hidden_layers():
        why_not = "it is about the last features of deep networks"
    return judged(
        why_not,
        "trained long after fitting, features of a class came together, and the classes made a simplex",
    )


def _adam_turns(case: Case) -> Judged:
    optimizer = case.optimizer
    if not isinstance(optimizer, AdamSpec) or not optimizer.epsilon > 0:
        return judged("it is about Adam with ε above 0")
    return judged(
        case.not_homogeneous(),
        "of two digits Adam raised the l-infinity margin first and, once gradients were below ε, the l2 margin",
    )


def _searched(case: Case) -> Judged:
    if not isinstance(case.optimizer.step, LossBasedSpec | LineSearchSpec):
        return judged("it is about steps that follow the loss")
    return judged(
        case.not_homogeneous(),
        "with learning rates in inverse proportion to the loss it fell below 1e-800, while margins grew",
    )


def _without_degree(case: Case) -> Judged:
    if isinstance(case.experiment.network, AttentionSpec):
        return judged("of attention there are theorems")
    if case.shape.is_unmeasured:
        return judged(case.not_homogeneous())
    if case.shape.degree is not None or case.shape.order is not None or case.shape.weights:
        return judged("the network has a degree, or nearly")
    return judged("", "a network that is not homogeneous (DenseNet) converged in direction as well")


def _which_point(case: Case) -> Judged:
    why_not = case.not_homogeneous()
    if not why_not and not case.hidden_layers():
        why_not = "of linear networks more is proved"
    return judged(
        why_not,
        "a KKT point need not be a local maximum of the margin, as examples prove (Vardi, Shamir & Srebro 2022, arXiv "
        "2110.02732); that gradient methods find the largest is proved in special cases, such as many units",
    )


def _how_fast(case: Case) -> Judged:
    why_not = case.not_homogeneous() or ("" if case.hidden_layers() else "rates of linear models are known")
    return judged(
        why_not,
        "of gradient flow it is proved how the loss falls and the norm grows; not how fast the direction converges",
    )


def _kinks(case: Case) -> Judged:
    why_not = case.not_homogeneous() or ("" if case.kinks() else "its gradients are locally Lipschitz")
    if not why_not and not isinstance(case.optimizer, AdamSpec | MuonSpec | MomentumSpec):
        why_not = "it is about optimizers with a memory"
    return judged(why_not, f"whether {case.optimizer.kind} has KKT limits at {case.kinks()}")


def _classes(case: Case) -> Judged:
    why_not = case.not_homogeneous() or (
        "" if case.shape.outputs > 1 else "there are two classes and one output"
    )
    return judged(
        why_not,
        "that the direction converges, and the late stage of SGD, are stated for two classes and one output; that "
        "limits of gradient flow are KKT points, for several classes, too",
    )


def _stochastic(case: Case) -> Judged:
    optimizer = case.optimizer
    if not isinstance(optimizer, SgdSpec):
        return judged("it is about SGD")
    if case.shape.degree is None:
        return judged("", "what SGD does in networks without a degree")
    return judged(
        "" if not optimizer.replacement else "batches are drawn with replacement",
        "the late stage of SGD over epochs, each sample once",
    )


OBSERVED = (
    Statement("Papyan, Han & Donoho 2020: neural collapse", _papyan, standing="empirical", unbounded=False),
    Statement("Tsilivis et al. 2024: Adam changes its margin", _adam_turns, standing="empirical"),
    Statement("Lyu & Li 2020: steps that follow the loss", _searched, standing="empirical"),
    Statement("Ji & Telgarsky 2020: beyond homogeneous networks", _without_degree, standing="empirical"),
    *ONE_BY_ONE,
)
"""What papers saw in experiments and did not prove, with what judges whether it is about a case."""

OPEN = (
    Statement("Which stationary point it is", _which_point, standing="open"),
    Statement("How fast the direction converges", _how_fast, standing="open"),
    Statement("Memory and kinks", _kinks, standing="open"),
    Statement("Several classes", _classes, standing="open"),
    Statement("Stochastic gradients", _stochastic, standing="open", unbounded=False),
)
"""What no theorem says that the lab knows, with what judges whether it is a question about a case."""
