"""Which plots a preset shows: those that have what it asks for, and the usual ones beside them. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from engine.experiment.columns import column
from engine.figures.plots import PlotSpec, among

from .choices import Choices


def presented(
    every: Mapping[str, Choices], wanted: tuple[str, ...], groups: Set[str], usual: Sequence[str], strip: str
) -> list[str]:
    """Let plots show these columns, and return the ids of those to be on screen.

    Usual plots of which no group is measured are left out; the strip stays beside what is asked of its plot.
    """
    asked = [id for id, choices in every.items() if any(among(choices.spec.columns, name) for name in wanted)]
    for id, choices in every.items():
        choices.present((*wanted, *choices.spec.shown) if id == strip else wanted)
    others = [id for id in usual if id != strip and id not in asked and groups & _groups(every[id].spec)]
    places = max(len(usual) - 1, len(asked) + len(asked) % 2)
    pairs = [id for id in asked if id != strip]
    return [*pairs, *others[: max(0, places - len(pairs))], strip]


def _groups(spec: PlotSpec) -> set[str]:
    """Return the groups that a plot's columns are measured in."""
    return {known.group for name in spec.columns if (known := column(name)) is not None}
