"""The claims of a map's document: those about the map together, and those about each of its points.

All are judged by one rule, wherever a map is trained or looked at: a claim is about points that were trained. While
one that it is about has not been, or failed (which is trained again where the map goes on), it is 'not yet'; but a
claim about each point fails with the first one that fails it. A point that diverged is a result: it has no last value,
and its claims are void, unless they were broken before. What is without a value, or has an infinite one, is left
out, and the verdict says how many that are, and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from ..experiment.claims import Claim
from ..experiment.document import Document
from ..experiment.sweep import Grid
from ..protocol.map_pictures import seed_counts, states_in_words
from ..protocol.point_table import DIVERGED, PointTable
from ..protocol.points import GOOD, PointResult
from ..words.formats import counted
from .over import judge_over
from .verdict import Status, Verdict, bound_text

_ENDINGS: Final[dict[Status, str]] = {"fails": "fails in", "void": "is void in", "holds": "holds in"}
"""What may have become of a claim at a point, the worst one first."""


def judge_map(
    document: Document, grid: Grid, results: Mapping[int, PointResult]
) -> list[tuple[Claim, Verdict]]:
    """Return every claim of a map's document with what is known of it by the points that there are.

    Args:
        document: the map.
        grid: its points.
        results: theirs, by number.
    """
    about_points = [claim for claim in document.claims if not claim.about_a_map]
    table = PointTable(grid, only=sorted({claim.of for claim in document.claims if claim.about_a_map}))
    table.take(results.values())
    return [
        (claim, judge_over(claim, table))
        if claim.about_a_map
        else (claim, _at_points(claim, about_points.index(claim), table, results))
        for claim in document.claims
    ]


def _at_points(claim: Claim, place: int, table: PointTable, results: Mapping[int, PointResult]) -> Verdict:
    """Say of a claim about a point in how many runs it holds, seeds counted; one that differs decides."""
    ended = [result for result in results.values() if result.status in GOOD]
    told = Counter(result.verdicts[place] if place < len(result.verdicts) else "" for result in ended)
    runs, judged = table.grid.runs, sum(told[status] for status in _ENDINGS)
    counts = [f"{words} {told[status]:,}" for status, words in _ENDINGS.items() if told[status]]
    where = f"of {counted(runs, 'run')}"
    sentence = f"{', '.join(reversed(counts)) or 'was judged in none'} {where}"
    without = states_in_words(seed_counts(table.states(DIVERGED)))
    diverged = table.counts.get("diverged", 0)
    unjudged = len(ended) - judged
    parts = (
        f"{diverged:,} diverged" if diverged else "",
        without,
        f"{unjudged:,} {'has' if unjudged == 1 else 'have'} no verdict" if unjudged else "",
    )
    rest = ", ".join(part for part in parts if part)
    return Verdict(
        status := _status(claim, told, complete=judged == runs),
        [told["holds"] / judged if judged else None],
        bound_text(claim),
        f"{sentence[:1].upper()}{sentence[1:]}{f'; {rest}' if rest else ''}.",
        as_expected=status == claim.expect and told[claim.expect] == runs,
        measured=f"holds in {told['holds']:,} {where}{f'; {rest}' if rest else ''}" if judged else "",
    )


def _status(claim: Claim, told: Mapping[str, int], *, complete: bool) -> Status:
    """Return what became of a claim about each point: the worst of what is not expected, else what is."""
    others = [status for status in _ENDINGS if told[status] and status != claim.expect]
    if complete:
        return others[0] if others else claim.expect
    return "fails" if "fails" in others else "not yet"
