"""Build the way a run advances from what its experiment says."""

from __future__ import annotations

from ..batches import Batches
from ..experiment.experiment import Experiment
from ..gradient_window import GradientWindow
from ..optimizers import Attempted, build_optimizer, build_step_rule, numbers_of
from ..optimizers.step_rules import log_reduction
from ..setting import Setting
from .base import Advance
from .epochs import Epochs
from .flow import FlowSteps
from .searched import SearchedSteps
from .single import SingleSteps


def build_advance(experiment: Experiment, setting: Setting) -> Advance:
    """Build it; `experiment` is the run's as it stands now, edited or not."""
    members = experiment.members()
    optimizer = build_optimizer(members, setting.network, setting.dtype, setting.device)
    rule = build_step_rule(members, setting.network.degree, setting.dtype, setting.device)
    if rule is None:
        return FlowSteps(optimizer, numbers_of(members, setting.dtype, setting.device)("rtol"))
    fields, reduction = experiment.optimizer, experiment.loss.reduction
    batches = None
    if fields.kind == "sgd":
        seeds = [member.seed for member in members]
        batches = Batches(seeds, setting.samples, fields.batch, fields.replacement, setting.device)
    whole = log_reduction(reduction, setting.samples)
    window = GradientWindow(setting.initial) if optimizer.full_batch else None
    if batches is None and isinstance(rule, Attempted):
        return SearchedSteps(optimizer, rule, window, whole)
    steps = SingleSteps(optimizer, rule, window, batches, reduction, setting.samples)
    return Epochs(steps, rule, batches, whole) if batches and isinstance(rule, Attempted) else steps
