"""The axes of the document that is edited, as they are written and judged."""

from __future__ import annotations

from dataclasses import dataclass

from engine.experiment.axis_text import axis_from, axis_text
from engine.experiment.document import Document
from engine.experiment.sweep import Grid, Setting, SweepSpec, value_in_words
from engine.experiment.sweep_fields import suggested, sweepable
from engine.experiment.titles import short_title
from engine.sweep.plan import cost_of
from engine.sweep.points import one_point
from engine.words.errors import Refusal, shown
from engine.words.formats import counted, estimated_duration

MOST_SHOWN = 30
"""Values of an axis that its preview says."""
MOST_JUDGED = 60
"""Values of an axis that are judged while it is written."""
SEEDS = 3
"""Of a map that begins."""


@dataclass(frozen=True)
class AxisLine:
    """One axis as it is written."""

    path: str
    title: str
    text: str
    preview: str = ""
    """Its values, in words."""


def axis_lines(document: Document) -> tuple[list[AxisLine], list[tuple[str, str]]]:
    """Return the axes of a document as lines, and the fields that could be further ones, by path and title."""
    there: list[AxisLine] = []
    if document.sweep is not None:
        grid = Grid.of(document.base, document.sweep)
        for axis, values in zip(document.sweep.axes, grid.axes, strict=True):
            first = ", ".join(value_in_words(value) for value in values[:MOST_SHOWN])
            more = f" and {len(values) - MOST_SHOWN:,} more" if len(values) > MOST_SHOWN else ""
            words = short_title(document.base, axis.path)
            there.append(
                AxisLine(axis.path, words, axis_text(axis), f"{counted(len(values), 'value')}: {first}{more}")
            )
    paths = {line.path for line in there}
    return there, [field for field in sweepable(document.base) if field[0] not in paths]


def with_axis(document: Document, path: str, text: str | None = None) -> SweepSpec:
    """Return the document's map with an axis as it is written, or one that begins with values around the one at hand.

    Raises:
        Refusal: where the line is no axis, or the field takes no other value.
    """
    axis = suggested(document.base, path) if text is None else axis_from(path, text)
    sweep = document.sweep
    if sweep is None:
        wanted = SweepSpec(axes=(axis,), seeds=SEEDS)
    else:
        others = [axis if known.path == path else known for known in sweep.axes]
        there = any(known.path == path for known in sweep.axes)
        wanted = sweep.model_copy(update={"axes": tuple(others if there else [*others, axis])})
    _judge(Grid.of(document.base, wanted), path)
    return wanted


def refused_axis(path: str, refusal: Refusal) -> Refusal:
    """Return what to say of an axis that cannot be: which field, which of its values, what to do."""
    whose = path if refusal.field.startswith("sweep") else refusal.field or path
    value = "" if refusal.value is None or refusal.value == path else f"{shown(refusal.value)} "
    return Refusal("sweep", None, f"{whose}: {value}{refusal.remedy}")


def _judge(grid: Grid, path: str) -> None:
    """Refuse values of an axis that its experiment does not take, or that make one point, where others are first ones.

    All points are judged before a map is trained; of very many values some are here.
    """
    along = 0 if grid.sweep.order == "zip" else grid.paths.index(path)
    count = grid.shape[along]
    known: dict[str, Setting] = {}
    for place in range(0, count, -(-count // MOST_JUDGED)):
        setting = grid.setting(tuple(place if k == along else 0 for k in range(len(grid.shape))))
        first = known.setdefault(grid.experiment(setting).model_dump_json(), setting)
        if first is not setting:
            raise one_point(grid, first, setting)


def without_axis(document: Document, path: str) -> SweepSpec | None:
    """Return the document's map without an axis; None without its last one."""
    assert document.sweep is not None, "it is a map"
    axes = tuple(axis for axis in document.sweep.axes if axis.path != path)
    return document.sweep.model_copy(update={"axes": axes}) if axes else None


def cost_words(document: Document, known: int = 0) -> str:
    """Say how many points the document's map has, and about how long they take; '' where it is none.

    known: how many of its runs are known already.
    """
    if document.sweep is None:
        return ""
    grid = Grid.of(document.base, document.sweep)
    sizes = " × ".join(f"{count:,}" for count in grid.shape)
    count = (
        f"{sizes} = {counted(grid.points, 'point')}" if len(grid.shape) > 1 else counted(grid.points, "point")
    )
    seeds = f" with {counted(grid.sweep.seeds, 'seed')}: {grid.runs:,} runs" if grid.sweep.seeds > 1 else ""
    left = max(grid.runs - known, 0)
    if known:
        seeds += f", {known:,} known already"
    seconds = cost_of(document, document.base)[0] * left
    if not left:
        return f"{count}{seeds}"
    return f"{count}{seeds}, about {estimated_duration(seconds)} of one core if all were as long as this one"
