"""Where the names of vertical lines stand above a plot: each beside a line of its own, over none. No Qt."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, pairwise, product
from typing import NamedTuple

NAMES = ("fitted", "separated")
EDITED = "edited"
"""What the line of an edit is called where there are several in view, or no room for more."""
GAP = 2.0
"""Pixels between a line and its name."""
MOST_TRIED = 4
"""Places tried for one name."""


class Placed(NamedTuple):
    """A name and the pixels that it takes."""

    left: float
    right: float
    words: str


def place_names(
    marks: Sequence[tuple[float, str]], width_of: Callable[[str], float], room: float
) -> list[Placed]:
    """Return where names stand, from left to right.

    Each stands once, tightly beside one of its lines, to the right of it or else to the left, within the strip, over
    no line and touching no other name. What was edited is told shorter where that helps; then names are left out,
    edits last, and their number is told: 'edited +1'. Where no name has room, the first stands over lines.

    Args:
        marks: the lines' places in pixels and their names.
        width_of: the width of words.
        room: the strip's width.
    """
    lines: dict[str, list[float]] = {}
    for x, name in sorted(marks):
        lines.setdefault(name, []).append(x)
    every = sorted(x for x, _ in marks)
    for wanted in _wanted(sorted(lines, key=_importance)):
        choices = [_free(lines[name], width_of(words), every, room) for name, words in wanted]
        for spans in product(*choices):
            placed = sorted(Placed(*span, words) for span, (_, words) in zip(spans, wanted, strict=True))
            if all(before.right + GAP <= after.left for before, after in pairwise(placed)):
                return placed
    if not lines:
        return []
    first = min(lines, key=_importance)
    words = _short(first)
    width = width_of(words)
    left = max(min(lines[first][0] + GAP, room - width), 0.0)
    return [Placed(left, left + width, words)]


def _wanted(names: Sequence[str]) -> Iterator[list[tuple[str, str]]]:
    """Yield which names are told, and how: as many as there are, then fewer."""
    for count in range(len(names), 0, -1):
        more = len(names) - count
        for some in combinations(names, count):
            for tell in (str, _short):
                words = [tell(name) for name in some]
                if more:
                    words[0] += f" +{more}"
                yield list(zip(some, words, strict=True))


def _free(
    lines: Sequence[float], width: float, every: Sequence[float], room: float
) -> list[tuple[float, float]]:
    """Return places for words of some width beside lines, over none of those there are."""
    beside = (span for x in lines for span in ((x + GAP, x + GAP + width), (x - GAP - width, x - GAP)))
    free = [
        (low, high)
        for low, high in beside
        if low >= 0 and high <= room and bisect_left(every, low) == bisect_left(every, high)
    ]
    return free[:MOST_TRIED]


def _importance(name: str) -> int:
    return NAMES[::-1].index(name) + 1 if name in NAMES else 0


def _short(name: str) -> str:
    return name if name in NAMES else EDITED
