"""What tells the replicas of a run apart, in words, and where each lies on a scale."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import Any

from engine.experiment.experiment import Experiment, field_at
from engine.experiment.fields import about
from engine.words.errors import Refusal
from engine.words.formats import editable_number, rounded

from .thinning import evenly

OUTPUT_SCALE, INITIAL_SCALE = "network.output_scale", "network.init.scale"
NAMES = {OUTPUT_SCALE: "α", INITIAL_SCALE: "initial scale"}
LAZY_WHEN_LARGE = (OUTPUT_SCALE, INITIAL_SCALE)
SCALE = ("#440154", "#414487", "#2a788e", "#22a884", "#7ad151")
"""Viridis without its lightest fifth: even steps of lightness, for every kind of colour vision and in grey."""
MOST_NAMED = 7
"""Values in a legend."""
LEAST_GAP = 0.02
"""Between two places, as a share of the scale."""


@dataclass(frozen=True)
class ReplicaScale:
    """The replicas of a run on a scale from 0 to 1."""

    labels: tuple[str, ...]
    """By replica."""
    places: tuple[float, ...]
    """By replica: the logarithm of the varied value, or one after the other."""
    ends: tuple[str, str] = ("", "")
    """What the scale's two ends mean."""
    title: str = ""
    """What is varied; '' where replicas differ in their seed alone."""
    values: tuple[str, ...] = ()
    """By replica: its value of that."""
    rest: str = "none"
    """What is said of those whose colour stands for no value."""

    @property
    def colours(self) -> tuple[str, ...]:
        """Return every replica's colour, as "#rrggbb", by its place; none where nothing is varied."""
        return tuple(map(colour_at, self.places)) if self.values else ()

    def named(self, most: int = MOST_NAMED) -> list[tuple[str, str]]:
        """Return colours and values of some replicas for a legend, along the scale, the first and last of all."""
        order = sorted(range(len(self.places)), key=lambda r: self.places[r])
        told = dict.fromkeys((self.colours[r], self.values[r]) for r in order)
        every = list(told)
        return [every[k] for k in evenly(len(every), most)]

    def nearest(self, place: float) -> int:
        """Return the replica that is nearest to a place."""
        return min(range(len(self.places)), key=lambda r: abs(self.places[r] - place))

    def beside(self, replica: int, by: int) -> int:
        """Return the replica some places further along the scale."""
        order = sorted(range(len(self.places)), key=lambda r: (self.places[r], r))
        return order[min(max(order.index(replica) + by, 0), len(order) - 1)]


def replica_scale(experiment: Experiment) -> ReplicaScale:
    """Return what the replicas of an experiment are called and where they lie."""
    count = experiment.replicas
    if not experiment.vary:
        labels = tuple(f"replica {r}, seed {experiment.seed + r}" for r in range(count))
        return ReplicaScale(labels, _evenly(count))
    first = next((path for path in LAZY_WHEN_LARGE if path in experiment.vary), next(iter(experiment.vary)))
    values = list(experiment.vary[first])
    ends = ("rich", "lazy") if first in LAZY_WHEN_LARGE else ("", "")
    return replace(value_scale(_name(experiment, first), values), ends=ends)


NO_VALUE = "#8a8f94"
"""Colour of runs that have no value where others are told apart by theirs."""


def value_scale(title: str, values: list[Any]) -> ReplicaScale:
    """Return values on a scale, as those of replicas are: what is told apart by them may be runs as well."""
    texts = tuple(map(_text, values))
    return ReplicaScale(tuple(f"{title} = {text}" for text in texts), _placed(values), ("", ""), title, texts)


def colour_at(place: float) -> str:
    """Return the colour of a place from 0 to 1: viridis up to where it is too light for white paper."""
    at = min(max(place, 0.0), 1.0) * (len(SCALE) - 1)
    k = min(int(at), len(SCALE) - 2)
    low, high = ([int(SCALE[j][i : i + 2], 16) for i in (1, 3, 5)] for j in (k, k + 1))
    return "#" + "".join(f"{round(a + (b - a) * (at - k)):02x}" for a, b in zip(low, high, strict=True))


def _placed(values: list[Any]) -> tuple[float, ...]:
    """Return places by the logarithm; in the values' order where that is not defined, or sets two too close."""
    numbers = [float(v) if isinstance(v, int | float) else math.nan for v in values]
    order = sorted(range(len(numbers)), key=lambda r: (numbers[r], r))
    ranks = dict(zip(order, _evenly(len(order)), strict=True))
    by_rank = tuple(ranks[r] for r in range(len(numbers)))
    if not all(v > 0 and math.isfinite(v) for v in numbers):
        return by_rank
    logs = [math.log(v) for v in numbers]
    span = max(logs) - min(logs)
    steps = [logs[b] - logs[a] for a, b in itertools.pairwise(order)]
    if not steps or min(steps) <= LEAST_GAP * span:
        return by_rank
    return tuple((v - min(logs)) / span for v in logs)


def _evenly(count: int) -> tuple[float, ...]:
    return tuple(k / max(count - 1, 1) for k in range(count))


def _name(experiment: Experiment, path: str) -> str:
    if path in NAMES:
        return NAMES[path]
    try:
        owner, name = field_at(experiment, path)
    except Refusal:
        return path
    return str(about(owner, name)["title"])


def _text(value: Any) -> str:
    return editable_number(rounded(value)) if isinstance(value, int | float) else str(value)
