"""What a judgement says, and how it writes numbers and bounds for people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from ..experiment.claims import Claim
from ..experiment.columns import title_of

Status = Literal["holds", "fails", "not yet", "void"]


@dataclass(frozen=True)
class Verdict:
    """What became of a claim."""

    status: Status
    values: list[float | None]
    """What the check measured, one a replica; None where it is not defined."""
    bound: str
    """What is claimed of those values, such as 'at least 0.999'."""
    sentence: str
    """Where it fails first and by how much, which assumption is not met, or how it stands."""
    as_expected: bool
    """Whether it ended as the claim expects; 'not yet' never did."""
    first_step: int | None = None
    """The first recorded step at which the worst replica fails, where there is one."""


def number(value: float) -> str:
    """Write a number with 4 significant digits; more where it would look like a whole number and is none."""
    if abs(value) < 10 and not float(value).is_integer():
        written = (f"{value:.{digits}g}" for digits in range(4, 17))
        return next((text for text in written if not float(text).is_integer()), f"{value:.4g}")
    return f"{value + 0.0:.4g}"


def apart(value: float, limit: float) -> tuple[str, str]:
    """Write two numbers with 4 significant digits, or as many more as tell them apart."""
    for digits in range(4, 17):
        first, second = f"{value:.{digits}g}", f"{limit:.{digits}g}"
        if first != second or value == limit:
            break
    return first, second


def counted(count: float, noun: str) -> str:
    """Write a count and its noun: '1 step', '14,305 steps'."""
    return f"{count:,.0f} {noun}{'' if count == 1 else 's'}"


def bound_text(claim: Claim) -> str:
    """Say what a claim asks of the values that its check measures."""
    parts = []
    if claim.target is not None:
        parts.append(f"{number(claim.target)} ± {number(claim.tolerance)}")
    if claim.at_least is not None:
        parts.append(f"at least {_limit_text(claim.at_least)}")
    if claim.at_most is not None:
        parts.append(f"at most {_limit_text(claim.at_most)}")
    return " and ".join(parts) or _usual_bound(claim)


def _usual_bound(claim: Claim) -> str:
    """Say what the checks ask that need no bound."""
    if claim.check == "non_decreasing":
        return f"no drop above {number(claim.tolerance)}" if claim.tolerance else "no decrease"
    if claim.check == "order" and claim.compare:
        return f"{claim.compare[0]} above {claim.compare[1]}"
    if claim.check == "shrinking":
        return f"at most {number(1 + claim.tolerance)}" if claim.tolerance else "below 1"
    return ""


def _limit_text(limit: float | str) -> str:
    return title_of(limit) if isinstance(limit, str) else number(limit)


def finite(value: float) -> float | None:
    """Return the value, or None where there is none."""
    return None if math.isnan(value) else float(value)
