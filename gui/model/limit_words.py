"""A predicted limit in words: what comes out, how much of it to believe, and what proves it."""

from __future__ import annotations

import math

from engine.protocol.limit import LimitReady, degrees
from engine.words.formats import with_minus

SHOWN = (
    "Plots show its margin as a line; Surface has it as “Predicted limit” beside the network, Neurons its units as "
    "rings. A limit is one of the direction θ/‖θ‖: "
)
MOST_NAMED = 6
"""Samples that are named."""


def verdict(limit: LimitReady) -> str:
    """Return the answer in one sentence."""
    if not limit.rough:
        return (
            "It has not converged enough to say: what is found below is the stationary point beside the run, but the "
            "run may end elsewhere. Train on, and ask again."
        )
    past = "" if limit.nears else " The run has not come nearer to it of late: it may go past, or elsewhere."
    certainty = "" if limit.sure else "roughly "
    return (
        f"The direction goes {certainty}to the point below: it is {_angle(limit.now)} away by now, and the prediction "
        f"is right to about {_angle(limit.error)} (cosine about {math.cos(math.radians(limit.degrees)):.5f}).{past}"
    )


def certificate(limit: LimitReady) -> tuple[tuple[str, str, str], ...]:
    """Return the rows of the certificate: what, its value, what it means."""
    bearing = len(set(limit.samples))
    named = ", ".join(str(sample + 1) for sample in list(dict.fromkeys(limit.samples))[:MOST_NAMED])
    more = f" and {bearing - MOST_NAMED} more" if bearing > MOST_NAMED else ""
    rows = [
        (
            "Normalized margin",
            f"{limit.margin:.7g}",
            f"of the limit; the run has {limit.margin_now:.7g} by now",
        ),
        (
            "Stationarity residual",
            with_minus(f"{limit.residual:.1e}"),
            "how far the point is from solving the margin problem: 0 would be exactly",
        ),
        (
            "Samples that bear it",
            str(bearing),
            f"those with a multiplier above 0: numbers {named}{more}" if bearing else "none",
        ),
        (
            "Units on their kink",
            str(limit.kinks),
            "pairs of a unit and a sample where the unit just begins to bend; either side may bear there",
        ),
        (
            "Two refinements apart",
            _angle(limit.spread) if math.isfinite(limit.spread) else "one start",
            _starts(limit),
        ),
        (
            "By earlier directions",
            _angle(limit.tested) if math.isfinite(limit.tested) else "not told",
            "the same asked of stored steps before, up to three times as far away: how far their answers lie from "
            "this one. The error bar counts it, as what was wrong by so much may be so again",
        ),
    ]
    if math.isfinite(limit.power):
        rows.append(
            (
                "Extrapolation",
                _angle(limit.apart),
                f"how far the direction extrapolated from {limit.taken} stored steps lies from the point; what is "
                f"missing there falls like the power {limit.power:.2g} of 1/smallest margin",
            )
        )
    else:
        rows.append(
            (
                "Extrapolation",
                "none",
                "a margin flow has no loss, and so no law of it"
                if limit.follows_margins
                else "too few stored steps follow one law: the way still to go is the error bar",
            )
        )
    return tuple(rows)


def shown(limit: LimitReady) -> str:
    """Say where in the window a limit is seen, and what it is a limit of."""
    return SHOWN + ("a margin flow keeps the norm." if limit.follows_margins else "the norm grows for ever.")


def _starts(limit: LimitReady) -> str:
    """Say from where the point was refined."""
    if limit.follows_margins:
        return "from the flow's own direction: a stationary point that it stands at is its end"
    if not math.isfinite(limit.spread):
        return "from the run's own direction: no other is known that is far enough from it"
    second = "the extrapolated one" if math.isfinite(limit.power) else "an earlier one"
    return f"from the run's own direction and from {second}: far apart, the run may end in either"


def _angle(distance: float) -> str:
    angle = degrees(distance)
    return f"{angle:.2g}°" if angle >= 1e-4 else "less than 0.0001°"
