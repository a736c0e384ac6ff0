"""Which theorems speak about an experiment, and which do not and why."""

from __future__ import annotations

from .experiment.experiment import Experiment
from .experiment.structure import ACTIVATION_DEGREE, Structure
from .messages import Fact

_SMOOTH = {"gelu", "silu", "softplus", "tanh", "linear", "relu2", "relu3"}


def facts(experiment: Experiment, shape: Structure) -> tuple[Fact, ...]:
    """Return what is known before the first step: the degree, and each theorem with whether it applies."""
    return (_degree(shape), *_theorems(experiment, shape), *_notices(experiment))


def _degree(shape: Structure) -> Fact:
    if shape.degree is None:
        return Fact("homogeneity", f"not homogeneous: {shape.why_not}")
    return Fact(
        "homogeneity",
        f"homogeneous of degree L = {shape.degree:g} in {shape.parameters:,} trained parameters",
    )


def _theorems(experiment: Experiment, shape: Structure) -> list[Fact]:
    flow_like = experiment.optimizer.kind == "steepest" and experiment.optimizer.step.kind in (
        "safe",
        "constant",
    )
    not_homogeneous = "" if shape.degree is not None else f"the network is not homogeneous ({shape.why_not})"
    return [
        _fact(
            "Lyu & Li 2020: the smoothed margin grows, limits are KKT points",
            not_homogeneous or _not_descent(experiment) or _not_smooth(experiment),
        ),
        _fact(
            "Ji & Telgarsky 2020: the direction converges, gradients align",
            not_homogeneous
            or ("" if flow_like else "it is about gradient flow; this step rule does not follow it"),
        ),
        _fact(
            "Ji & Telgarsky 2019: layers align, the product maximises the margin",
            _not_deep_linear(experiment),
        ),
        _fact(
            "Schechtman & Schreuder 2025: SGD's late stage", not_homogeneous or _not_constant_sgd(experiment)
        ),
    ]


def _fact(subject: str, why_not: str) -> Fact:
    remark = why_not.startswith("for gradient flow")
    if remark:
        return Fact(subject, f"applies {why_not}", True)
    return Fact(subject, "applies" if not why_not else f"does not apply: {why_not}", not why_not)


def _not_descent(experiment: Experiment) -> str:
    optimizer = experiment.optimizer
    if optimizer.kind == "steepest" and optimizer.step.kind in ("safe", "constant"):
        return ""
    if optimizer.kind == "steepest":
        return f"the step rule {optimizer.step.kind} gives no guarantee; take safe or a small constant one"
    return f"{optimizer.kind} is not full-batch gradient descent"


def _not_smooth(experiment: Experiment) -> str:
    activation = experiment.network.activation
    if not experiment.network.widths or activation in _SMOOTH:
        return ""
    return "for gradient flow; its theorem for gradient descent asks for a smooth network, which relu's kinks are not"


def _not_deep_linear(experiment: Experiment) -> str:
    network = experiment.network
    if (
        network.widths
        and network.activation == "linear"
        and network.bias == "none"
        and network.train == "all"
    ):
        return "" if experiment.optimizer.kind == "steepest" else "the optimizer is not gradient descent"
    return "the network is not deep linear without biases"


def _not_constant_sgd(experiment: Experiment) -> str:
    optimizer = experiment.optimizer
    if optimizer.kind == "sgd" and optimizer.step.kind == "constant" and optimizer.replacement:
        return (
            ""
            if ACTIVATION_DEGREE[experiment.network.activation] is not None
            else "the activation is not homogeneous"
        )
    return "it is about SGD with replacement and a constant step"


def _notices(experiment: Experiment) -> list[Fact]:
    found = []
    if experiment.run.dtype == "float32":
        found.append(Fact("precision", "float32: dual variables are noise once margins pass 1e4"))
    if experiment.loss.reduction == "mean":
        found.append(
            Fact(
                "loss", "the mean scales only the learning rate; log loss, thresholds and margins use the sum"
            )
        )
    return found
