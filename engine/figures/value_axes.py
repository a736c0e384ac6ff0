"""ValueLimits and ticks of axes whose values, or the logarithms of these, are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine.words.errors import Refusal

from .area import Area, ValueLimits
from .style import MILLIMETRE
from .ticks import log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis


def placed(value: float, log: bool, field: str) -> float:
    """Return where a value lies on an axis.

    Raises:
        Refusal: where it has no logarithm, and the axis draws that.
    """
    if not log:
        return value
    if value <= 0:
        raise Refusal(field, value, "must be above 0 on a logarithmic axis")
    return float(np.log10(value))


def limit(axes: Axes, limits: ValueLimits, log: tuple[bool, bool]) -> None:
    """Let axes begin and end where that is said.

    Raises:
        Refusal: where an end has no place on the axis.
    """
    for name, ends, is_log, setter in (
        ("x", limits.x, log[0], axes.set_xlim),
        ("y", limits.y, log[1], axes.set_ylim),
    ):
        low, high = (
            None if end is None else placed(end, is_log, f"{name}_{word}")
            for end, word in zip(ends, ("from", "to"), strict=True)
        )
        if low is not None or high is not None:
            setter(low, high)


def set_ticks(axes: Axes, area: Area, log: tuple[bool, bool]) -> None:
    """Set as many ticks as there is room for."""
    from matplotlib.ticker import MaxNLocator

    across, up = (side * MILLIMETRE * 72 / area.look.font for side in (area.width_mm, area.height_mm))
    for axis, ends, is_log, most in (
        (axes.xaxis, axes.get_xlim(), log[0], across / (_power_width(axes.get_xlim()) if log[0] else 6)),
        (axes.yaxis, axes.get_ylim(), log[1], up / 4),
    ):
        if is_log:
            _set_log_ticks(axis, ends, most)
        else:
            axis.set_major_locator(MaxNLocator(nbins=max(3, int(most)), steps=[1, 2, 2.5, 5, 10]))


def _power_width(limits: tuple[float, float]) -> float:
    """Return the room for a power of ten between two logarithms, in sizes of its font: 10^1 takes less than 10^-200."""
    return 4.0 + 0.7 * (max(len(f"{end:.0f}") for end in limits) - 1)


def _set_log_ticks(axis: Axis, limits: tuple[float, float], most: float) -> None:
    """Let an axis that draws logarithms say the values."""
    from matplotlib.ticker import FixedLocator, NullFormatter

    ticks = log_ticks(*limits, most)
    axis.set_ticks(ticks.places, labels=ticks.labels)
    axis.set_minor_locator(FixedLocator(ticks.small))
    axis.set_minor_formatter(NullFormatter())
