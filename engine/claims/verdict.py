"""What a judgement says, and how it writes numbers and bounds for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ..experiment.claims import FINITE, Claim
from ..experiment.columns import title_of
from ..words.formats import number, power_of_ten

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
    measured: str = ""
    """The values in words that say what they are: '0 decreases in 14,327 steps', 'difference 0.00238'."""


_MEASURED = {
    "always": "closest {}",
    "peak": "peak {}",
    "fall": "falls by {}",
    "slope": "slope {}",
    "drift": "moves by {}",
    "shrinking": "largest ratio {}",
    "length": "largest ratio {}",
    "growth": "factor {}",
    "non_decreasing": "worst drop {}",
    "ratio": "ratio {}",
    "order": "difference {}",
}
"""What the number that a check measures is; of `final` it is the quantity that the claim is about."""
_OF_THE_QUANTITY = ("final", "always", "peak")
"""The checks whose number is a value of the quantity itself."""


def measured_text(claim: Claim, values: Sequence[float | None]) -> str:
    """Say what was measured over the replicas: one value, or the least and the largest; '' where none is defined."""
    defined = sorted(value for value in values if value is not None)
    if not defined:
        return ""
    a_log = claim.of == "log_loss" and claim.check in _OF_THE_QUANTITY
    write = both_logs if a_log else number
    low, high = write(defined[0]), write(defined[-1])
    return _MEASURED.get(claim.check, "{}").format(low if low == high else f"{low} to {high}")


def both_logs(value: float) -> str:
    """Write a loss's natural logarithm beside the loss, as a power of ten: 'ln loss -39.24, loss 10^-17.0'."""
    return f"ln loss {value:.4g}, loss {power_of_ten(value)}"


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
    if claim.check == "length":
        return f"at most {number(FINITE)}"
    if claim.check == "shrinking":
        return f"at most {number(1 + claim.tolerance)}" if claim.tolerance else "below 1"
    return ""


def _limit_text(limit: float | str) -> str:
    return title_of(limit) if isinstance(limit, str) else number(limit)


def finite(value: float) -> float | None:
    """Return the value, or None where there is none."""
    return None if math.isnan(value) else float(value)
