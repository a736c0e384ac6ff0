"""The claims of a map's document: those about the map together, and in which share of its points the others hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from ..experiment.claims import Claim
from ..experiment.document import Document
from ..experiment.sweep import Grid
from ..protocol.points import PointResult
from ..words.formats import counted, percentage
from .over import judge_over
from .verdict import Status, Verdict, bound_text


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
    return [
        (claim, judge_over(claim, grid, _with(claim.of, results)))
        if claim.about_a_map
        else (claim, _over_points(claim, about_points.index(claim), grid, results))
        for claim in document.claims
    ]


def _with(name: str, results: Mapping[int, PointResult]) -> dict[int, PointResult]:
    """Return results that have one column alone: arrays of all the others are not made."""
    return {
        number: replace(
            result, finals={name: result.finals[name]} if name in result.finals else {}, verdicts=()
        )
        for number, result in results.items()
    }


def _over_points(claim: Claim, place: int, grid: Grid, results: Mapping[int, PointResult]) -> Verdict:
    """Say of a claim about a point in how many of them it holds; one point that differs decides."""
    told = Counter(
        result.verdicts[place] if place < len(result.verdicts) else "" for result in results.values()
    )
    judged = sum(count for status, count in told.items() if status)
    counts = [
        f"{words} {told[status]:,}"
        for status, words in (("holds", "holds in"), ("fails", "fails in"), ("void", "is void in"))
        if told[status]
    ]
    missing = grid.runs - len(results)
    said = ", ".join(counts) or "was judged in none"
    sentence = f"{said[:1].upper()}{said[1:]} of {counted(grid.runs, 'point')}"
    if missing:
        sentence += f"; {missing:,} have not been trained"
    if told[""]:
        sentence += f"; {told['']:,} have no verdict"
    status: Status = "not yet"
    if told["fails"]:
        status = "fails"
    elif not missing:
        status = "holds" if told["holds"] else "void"
    as_expected = not missing and judged > 0 and told[claim.expect] == judged
    share = told["holds"] / judged if judged else None
    measured = "" if share is None else f"holds in {percentage(share)} of the points"
    return Verdict(status, [share], bound_text(claim), f"{sentence}.", as_expected, measured=measured)
