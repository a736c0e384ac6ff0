"""Hints about a run: what a reader of the theory would point out, each with an edit that mends it. No Qt, no torch.

A rule is one line of `RULES` and one function of `hint_rules`: it says its sentence, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass

from ..experiment.document import Document
from ..experiment.experiment import Experiment, with_values
from ..experiment.provenance import BASED_ON
from ..protocol.run_history import RunHistory
from . import hint_rules as rules
from .watched_run import Remedy, WatchedRun


@dataclass(frozen=True)
class HintRule:
    """What is watched for."""

    name: str
    """What it is known by where somebody has dismissed it."""
    judge: Callable[[WatchedRun], rules.Told]

    @property
    def more(self) -> str:
        """Where the handbook says more: its line in the guide's table."""
        return f"guide#hints?{self.name}"


@dataclass(frozen=True)
class Hint:
    """What a rule says of a run."""

    rule: str
    sentence: str
    remedy: Remedy
    more: str


RULES = (
    HintRule("diverged", rules.diverged),
    HintRule("spoiled labels", rules.spoiled_labels),
    HintRule("not separated", rules.not_separated),
    HintRule("float32", rules.noise_in_float32),
    HintRule("loose flow", rules.loose_flow),
    HintRule("fixed length", rules.fixed_length),
    HintRule("margin falls", rules.margin_falls),
    HintRule("line search", rules.line_search),
    HintRule("finite time", rules.finite_time),
    HintRule("below epsilon", rules.below_epsilon),
    HintRule("beta2 throttles", rules.throttled),
    HintRule("late biases", rules.late_biases),
    HintRule("start weighs", rules.start_weighs),
    HintRule("weight decay", rules.weight_decay),
    HintRule("constant step", rules.constant_step),
    HintRule("just separated", rules.just_separated),
    HintRule("part of the kernel", rules.part_of_the_kernel),
)
"""Every hint, those first that matter most."""


def hints(experiment: Experiment, history: RunHistory, on_purpose: Container[str] = ()) -> list[Hint]:
    """Return what there is to say of a run, what matters most first.

    Args:
        experiment: of the run, with the edits that it took.
        history: what it has told so far.
        on_purpose: rules that are not asked, since what they point out is what the experiment shows.
    """
    if history.started is None or history.glanced:
        return []
    run = WatchedRun(experiment, history)
    found = []
    for rule in RULES:
        told = None if rule.name in on_purpose else rule.judge(run)
        if told is not None and mends(experiment, told[1]):
            found.append(Hint(rule.name, told[0], told[1], rule.more))
    return found


def shown_on_purpose(document: Document) -> Container[str]:
    """Return the rules that point out what a document shows; none once it is only based on what said so."""
    return () if document.base.title.startswith(BASED_ON) else document.about.on_purpose


def mends(experiment: Experiment, remedy: Remedy) -> bool:
    """Say whether a remedy is possible for an experiment, and changes it."""
    if any(
        varied == path or varied.startswith(f"{path}.")
        for varied in experiment.vary
        for path in remedy.changes
    ):
        return False
    try:
        return with_values(experiment, remedy.changes) != experiment
    except ValueError:  # a Refusal
        return False
