"""What else is worth knowing before the first step."""

from __future__ import annotations

from ..experiment.fact import Fact
from ..experiment.networks import AttentionSpec
from ..experiment.optimizers import FlowSpec
from ..experiment.step_rules import SafeSpec
from .case import Case

LOOSE = 1e-4
"""Tolerance above which the integrator of gradient flow leaves its way: measured, theory section 11."""


def notices(case: Case) -> list[Fact]:
    """Return what a reader of the theory would say of the experiment's numbers."""
    experiment = case.experiment
    known: list[Fact] = []
    if experiment.run.dtype == "float32":
        known.append(Fact("precision", "float32: dual variables are noise once margins pass 1e4"))
    if isinstance(experiment.network, AttentionSpec):
        known += _of_attention(case)
    init = getattr(experiment.network, "init", None)
    if isinstance(case.optimizer.step, SafeSpec) and init is not None and init.kind == "he":
        words = (
            "safe steps from He initialisation are short until every sample is fitted (500 digits: 93 % after 6,000 "
            "steps; a line search and a small constant learning rate fit all of them in 150)"
        )
        known.append(Fact("steps", words))
    if isinstance(case.optimizer, FlowSpec):
        tolerance = max(experiment.vary.get("optimizer.rtol", [case.optimizer.rtol]))
        if tolerance > LOOSE:
            words = (
                f"a tolerance of {tolerance:g} is above {LOOSE:g}: the way is no longer gradient flow's, nor are path "
                "and margins on it; take a smaller one"
            )
            known.append(Fact("gradient flow", words))
        elif case.kinks():
            words = f"at {case.kinks()} errors are of the order of the tolerance, {tolerance:g}, itself, and add up"
            known.append(Fact("gradient flow", words))
    if case.optimizer.of_directions:
        words = (
            "the direction moves by its smallest margin alone; the norm stays as it began, and loss and dual weights "
            "at that norm are not what it lowers: look at normalized_margin, and where it ends ask 'Where is it going?'"
        )
        known.append(Fact("margin flow", words))
    if experiment.loss.reduction == "mean":
        words = "the mean scales only the learning rate; ln loss, thresholds and margins use the sum"
        known.append(Fact("loss", words))
    if not case.shape.generalises:
        words = "free features see a sample's number alone: nothing can be tested on new points"
        known.append(Fact("data", words))
    return known


def _of_attention(case: Case) -> list[Fact]:
    """Say what of the lab does not speak about attention, and what to do."""
    words = (
        "outputs stay bounded, so that the loss tends to a positive constant: 'separated' may never come, and there "
        "are no margins over norms and no KKT columns; look at cos_reference and at the tokens selected"
    )
    notices = [Fact("loss", words)]
    if not case.optimizer.scale_free:
        words = (
            f"{case.optimizer.step.kind} steps shrink with the gradient as tokens are selected (normalised ones are "
            "over the loss, which stays), and what safe guarantees is about homogeneous networks: take "
            "optimizer.scaled = false with a constant step, which is over the gradient's norm"
        )
        notices.append(Fact("steps", words))
    if case.shape.layers[0].columns == 1:
        words = (
            "these data have no rows, so that every input counts as a token of one number: take data of kind tokens, "
            "or pictures, and append no constant"
        )
        notices.append(Fact("data", words))
    return notices
