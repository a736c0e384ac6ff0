"""A sweep from rich to lazy: which `vary` gives every replica its own scale, and a step size to go with it. No Qt."""

from __future__ import annotations

from typing import Any

from engine.experiment.experiment import Experiment, value_at
from engine.experiment.fields import about
from engine.words.formats import rounded

OUTPUT_SCALE, INITIAL_SCALE = "network.output_scale", "network.init.scale"
SWEPT = {OUTPUT_SCALE: "output scale α", INITIAL_SCALE: "initial scale"}


def can_sweep(experiment: Experiment, path: str) -> bool:
    """Say whether replicas of this experiment may differ in a scale."""
    owner = value_at(experiment, path.rpartition(".")[0])
    name = path.rpartition(".")[2]
    return name in type(owner).model_fields and bool(about(type(owner), name).get("varies"))


def swept(experiment: Experiment, path: str, least: float, most: float, count: int) -> dict[str, list[float]]:
    """Return the `vary` of a sweep: `count` values of a scale, evenly spaced in their logarithm.

    With the output scale alpha the rate of a step rule that has one falls like 1/alpha^2, so that f moves as fast in
    every replica (Chizat, Oyallon & Bach 2019); like 1/alpha where steps do not grow with the gradient. The
    experiment's own rate belongs to its own output scale.
    """
    values = [rounded(least * (most / least) ** (k / max(count - 1, 1))) for k in range(count)]
    rate = rate_path(experiment)
    if path != OUTPUT_SCALE or rate is None:
        return {path: values}
    own, power = experiment.network.output_scale, rate_power(experiment)
    return {path: values, rate: [rounded(value_at(experiment, rate) * (own / v) ** power) for v in values]}


def rate_path(experiment: Experiment) -> str | None:
    """Return the dotted path of the step rule's rate; None where the rule adapts by itself."""
    rule = experiment.optimizer.step
    return None if rule.adapts else f"optimizer.step.{rule.rate}"


def rate_power(experiment: Experiment) -> int:
    """Return the power of 1/alpha that keeps f moving as fast: 2, or 1 where steps do not grow with the gradient."""
    # steps that do not grow with the gradient move f alpha times as fast, not alpha^2
    optimizer = experiment.optimizer
    return 1 if optimizer.scale_free and optimizer.step.scheduled else 2


def without(experiment: Experiment) -> dict[str, list[Any]]:
    """Return `vary` without a sweep, and without the rates that came with it."""
    gone = {path for path in SWEPT if path in experiment.vary}
    if OUTPUT_SCALE in gone:
        gone.add(rate_path(experiment) or "")
    return {path: list(values) for path, values in experiment.vary.items() if path not in gone}


def swept_path(experiment: Experiment) -> str | None:
    """Return which scale differs between the replicas; None where none does."""
    return next((path for path in SWEPT if path in experiment.vary), None)
