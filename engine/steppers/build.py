"""Build the stepper of a run from what its experiment says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..experiment.experiment import Experiment
from ..experiment.optimizers import MarginFlowSpec
from ..optimizers import Attempted, build_decay, build_optimizer, build_step_rule, numbers_of
from ..optimizers.step_rules import log_reduction
from ..run.problem import Problem
from .base import Stepper
from .captured import CapturedSteps, worth_capturing
from .captured_twin import CapturedTwinSteps
from .epoch import Epoch
from .gradient_average import GradientAverage
from .gradient_flow import GradientFlow
from .graphs import CudaGraphs
from .line_search import LineSearch
from .margin_flow import MarginFlow
from .minibatches import MiniBatches
from .single_step import SingleStep
from .waiting import why_it_waits

if TYPE_CHECKING:
    from ..compiled.solvers import CompiledSolvers
    from ..compiled.twin import TwinSteps


def build_twin_steps(problem: Problem, *, compiled: bool) -> TwinSteps | CapturedTwinSteps | None:
    """Build what takes the steps of the linearised twin beside the network's; None: it takes them itself."""
    if problem.device.type == "cuda":
        return CapturedTwinSteps(problem, CudaGraphs(problem.device))
    if not compiled:
        return None
    from ..compiled.twin import TwinSteps

    return TwinSteps(problem)


def build_solvers(compiled: bool) -> CompiledSolvers | None:
    """Build what solves for all records of a batch at once; None: each is solved by the references' solvers."""
    if not compiled:
        return None
    from ..compiled.solvers import CompiledSolvers

    return CompiledSolvers()


def build_stepper(experiment: Experiment, problem: Problem, *, compiled: bool = False) -> Stepper:
    """Build it; `experiment` is the run's as it stands now, edited or not; compiled: what `why_not_compiled` allows."""
    members = problem.members_of(experiment)
    optimizer = build_optimizer(members, problem.network, problem.dtype, problem.device)
    rule = build_step_rule(members, problem.network.degree, problem.dtype, problem.device)
    decay = build_decay(members, problem.dtype, problem.device)
    batching, reduction = experiment.optimizer.batching(), experiment.loss.reduction
    whole = log_reduction(reduction, problem.samples)
    if isinstance(experiment.optimizer, MarginFlowSpec):
        return MarginFlow(optimizer, numbers_of(members, problem.dtype, problem.device)("arc"))
    if rule is None:
        tolerance = numbers_of(members, problem.dtype, problem.device)("rtol")
        return GradientFlow(optimizer, tolerance, decay, whole)
    batches = None
    if batching is not None:
        seeds = [member.seed for member in members]
        batches = MiniBatches(seeds, problem.samples, batching.size, batching.replacement, problem.device)
    window = GradientAverage(problem.initial) if optimizer.full_batch else None
    block = 1 if window is None else window.block
    if batches is None and isinstance(rule, Attempted):
        search = LineSearch(optimizer, rule, window, whole, decay)
        if not compiled:
            return search
        from ..compiled.searches import CompiledSearch

        numbers = numbers_of(members, torch.float64, problem.device)
        return CompiledSearch(search, optimizer, numbers, experiment, problem, block, None)
    steps = SingleStep(optimizer, rule, window, batches, reduction, problem.samples, decay)
    if compiled:
        from ..compiled.steps import CompiledSteps  # which takes a moment to import

        numbers = numbers_of(members, torch.float64, problem.device)
        fast = CompiledSteps(steps, optimizer, numbers, experiment, problem, block, batches)
        return Epoch(fast, rule, batches, whole, decay) if batches and isinstance(rule, Attempted) else fast
    if isinstance(rule, Attempted):
        assert batches is not None, "else it searches along a line"
        return Epoch(steps, rule, batches, whole, decay)
    small = worth_capturing(problem, problem.samples if batches is None else batches.size)
    if problem.device.type == "cuda" and small and not why_it_waits(optimizer, rule, problem.network):
        return CapturedSteps(steps, batches, rule.period, CudaGraphs(problem.device))
    return steps
