"""What figures and the window draw of margins over steps alike: their order, their colours, their place on an axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.protocol.records import Array
from engine.protocol.samples import SUPPORT_RANGE, MarginsSeen, SamplesReady, are_fitted

SCALES = {
    "normalized": ("Over ‖θ‖ᴸ", "margin over the parameter norm to the power L"),
    "relative": ("Over the largest", "margin over the largest |margin| of its step"),
    "margin": ("As they are", "sign of the margin times log₁₀(1 + |margin|)"),
}
"""How margins become colours: by name, what is chosen, and what it means."""
COLUMNS = 480
"""Of the picture of margins over steps, evenly in the step's logarithm."""


@dataclass(frozen=True)
class MarginMap:
    """Margins of samples (rows, the smallest at the last step first) over the logarithm of the step (columns)."""

    order: NDArray[np.int64]
    """The places among the samples looked at, in the order of their rows (n,)."""
    values: Array
    """(n, columns)."""
    across: tuple[float, float]
    """log10 of the first and the last step."""
    level: float
    """The largest absolute value."""
    steps: int
    """How many steps it is made of."""


def scale_of(picture: SamplesReady, wanted: str) -> str:
    """Return how margins are shown: as wanted, where that is defined."""
    if wanted == "normalized" and picture.exponent is None:
        return "relative"
    return wanted if wanted in SCALES else "relative"


def shown(seen: MarginsSeen, scale: str) -> Array:
    """Return the margins (n,) of a step as they are shown."""
    q = seen.margins
    if scale == "margin":
        return np.asarray(np.sign(q) * np.log10(1 + np.abs(q)))
    over = seen.scale
    if scale == "relative":
        finite = np.abs(q[np.isfinite(q)])
        over = float(finite.max()) if finite.size else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(q / over)


def support_limit(seen: MarginsSeen, scale: str) -> float:
    """Return q_min + log 100, below which support vectors lie, as margins are shown; NaN where one is not fitted."""
    least = float(seen.margins.min()) if are_fitted(seen.margins) else float("nan")
    if not np.isfinite(least):
        return float("nan")
    limit = least + SUPPORT_RANGE
    if scale == "relative":
        return limit / float(seen.margins[np.isfinite(seen.margins)].max())
    return float(shown(MarginsSeen(seen.step, np.array([limit]), seen.scale), scale)[0])


def margin_map(rows: Sequence[MarginsSeen], now: MarginsSeen, scale: str) -> MarginMap:
    """Return the picture of margins over stored steps; of the step looked at alone where no other is there.

    A column shows the stored step nearest to it on the logarithmic axis; step 0 has no place there.
    """
    later = [row for row in rows if row.step > 0 and len(row.margins) == len(now.margins)] or [now]
    order = np.argsort(later[-1].margins, kind="stable")
    places = np.log10([max(row.step, 1) for row in later])
    values = np.stack([shown(row, scale) for row in later], axis=1)[order]
    finite = np.abs(values[np.isfinite(values)])
    low, high = float(places[0]), float(places[-1])
    if high <= low:
        low, high = low - 0.5, high + 0.5
    raster = np.linspace(low, high, COLUMNS)
    nearest = np.abs(raster[:, None] - places).argmin(1)
    level = float(finite.max()) if finite.size else 0.0
    return MarginMap(order, values[:, nearest], (low, high), level or 1.0, len(later))


def histogram_edges(values: Array) -> Array:
    """Return the edges of about sqrt(n) bins over the finite values; of equal values one bin around them."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.array([0.0, 1.0])
    low, high = float(finite.min()), float(finite.max())
    if high <= low:
        half = 0.05 * abs(low) or 0.5
        return np.array([low - half, low + half])
    return np.linspace(low, high, int(np.clip(2 * np.sqrt(finite.size), 8, 60)) + 1)


def carried(weights: Array, share: float = 0.95) -> int:
    """Return how many samples, the heaviest first, carry a share of the weight."""
    ordered = np.sort(weights)[::-1].cumsum()
    return int(np.searchsorted(ordered, share * ordered[-1])) + 1 if len(ordered) else 0
