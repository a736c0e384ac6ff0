"""Straight lines through what a plot draws: power laws, exponential rates, their standard errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from engine.protocol.records import Array
from engine.words.formats import with_minus

from .curves import Shown
from .drawn_curve import DrawnCurve
from .plots import LN10
from .ranges import Range


class Law(Enum):
    """What a straight line is, by whether logarithms run across and up."""

    POWER = "power law"
    EXPONENTIAL = "exponential"
    LOGARITHMIC = "logarithmic law"
    STRAIGHT = "straight line"

    @classmethod
    def on(cls, log_across: bool, log_up: bool) -> Law:
        """Return the law that is a straight line on such axes."""
        if log_up:
            return cls.POWER if log_across else cls.EXPONENTIAL
        return cls.LOGARITHMIC if log_across else cls.STRAIGHT

    @property
    def formula(self) -> str:
        """Return the law in x and y, its rate being a."""
        return {
            Law.POWER: "y = c·x^a",
            Law.EXPONENTIAL: "y = c·exp(a·x)",
            Law.LOGARITHMIC: "y = c + a·ln x",
            Law.STRAIGHT: "y = c + a·x",
        }[self]

    @property
    def scale(self) -> float:
        """Return the law's rate over the slope of log10 values that are drawn."""
        return {Law.EXPONENTIAL: LN10, Law.LOGARITHMIC: 1 / LN10}.get(self, 1.0)


@dataclass(frozen=True)
class Fit:
    """The line of least squares through points (x, y) as they are drawn, logarithms being log10."""

    law: Law
    slope: float
    """Of what is drawn."""
    slope_error: float
    """Its standard error; NaN through two points."""
    middle: tuple[float, float]
    """The points' mean, through which the line goes."""
    count: int
    """How many points there are."""
    across: Range
    """From the first to the last point."""

    @property
    def rate(self) -> float:
        """Return the law's a: the exponent, the rate per unit, the growth per factor e, or the slope."""
        return self.slope * self.law.scale

    @property
    def error(self) -> float:
        """Return the standard error of `rate`; NaN through two points."""
        return self.slope_error * self.law.scale

    @property
    def offset(self) -> float:
        """Return the law's c; of a power law or an exponential log10 c, which floats always hold."""
        return self.middle[1] - self.slope * self.middle[0]

    def heights(self, x: Array) -> Array:
        """Return where the line is drawn at positions (T,)."""
        return self.middle[1] + self.slope * (x - self.middle[0])

    def words(self, across: str = "x") -> str:
        """Return the law with its numbers: '0.52·x^−0.98', '3.1 + 0.2·ln x'."""
        rate = with_minus(f"{self.rate:.4g}")
        if self.law in (Law.POWER, Law.EXPONENTIAL):
            grows = f"{across}^{rate}" if self.law is Law.POWER else f"exp({rate}·{across})"
            return f"{with_minus(_power(self.offset))}·{grows}"
        sign, size = ("−" if self.rate < 0 else "+"), f"{abs(self.rate):.4g}"
        of = f"ln {across}" if self.law is Law.LOGARITHMIC else across
        return f"{with_minus(f'{self.offset:.4g}')} {sign} {size}·{of}"

    def mathtext(self, across: str) -> str:
        """Return what the law is proportional to, for the legend of a figure; `across` as matplotlib is to set it."""
        rate = self.rate_words().replace("−", "-").replace(" ± ", r" \pm ")
        if self.law is Law.POWER:
            return rf"$\propto$ {across}$^{{{rate}}}$"
        if self.law is Law.EXPONENTIAL:
            return rf"$\propto \exp[({rate})\,\cdot$ {across}$]$"
        return rf"slope ${rate}$" + (f" per ln {across}" if self.law is Law.LOGARITHMIC else "")

    def rate_words(self) -> str:
        """Return the rate with its standard error: '−0.983 ± 0.021'."""
        return with_error(self.rate, self.error)


def fit(x: Array, y: Array, *, log_across: bool, log_up: bool) -> Fit | None:
    r"""Return the line of least squares through points; None where they tell none.

    slope = S_xy / S_xx about the means, and its standard error sqrt(RSS / (n - 2) / S_xx), as for independent errors
    of one size in y.

    Args:
        x: positions (T,) as drawn: log10 of values where `log_across`. What is not finite is left out.
        y: heights (T,) as drawn, likewise.
        log_across: whether positions are logarithms.
        log_up: whether heights are.
    """
    there = np.isfinite(x) & np.isfinite(y)
    across, up = x[there], y[there]
    count = len(across)
    if count < 2:
        return None
    middle = float(across.mean()), float(up.mean())
    dx, dy = across - middle[0], up - middle[1]
    spread = float(dx @ dx)
    if spread <= count * (1e-12 * max(1e-300, float(np.abs(across).max()))) ** 2:
        return None
    slope = float(dx @ dy) / spread
    rest = dy - slope * dx
    error = math.sqrt(float(rest @ rest) / (count - 2) / spread) if count > 2 else math.nan
    law, ends = Law.on(log_across, log_up), (float(across.min()), float(across.max()))
    return Fit(law, slope, error, middle, count, ends)


@dataclass(frozen=True)
class Between:
    """What is fitted in a plot: the lines drawn of some columns, over the records from one step to another."""

    first: int
    last: int
    columns: tuple[str, ...] | None = None
    """Whose lines; None: all that are drawn."""

    def fits(self, name: str) -> bool:
        """Say whether a column's line is fitted."""
        return self.columns is None or name in self.columns

    def fit(self, drawn: DrawnCurve, steps: NDArray[np.int64], log_across: bool, shown: Shown) -> Fit | None:
        """Return the line of least squares through what is drawn of a column; None where it tells none.

        Args:
            drawn: the line of the only replica, the median's or that of the replica chosen.
            steps: of the run's records (T,).
            log_across: whether positions are logarithms.
            shown: what of the column's values is drawn.
        """
        low, high = min(self.first, self.last), max(self.first, self.last)
        there = (steps[drawn.rows] >= low) & (steps[drawn.rows] <= high)
        x, y = drawn.whole
        return fit(x[there], y[there], log_across=log_across, log_up=shown.is_logarithm)


def with_error(value: float, error: float) -> str:
    """Write a value with its standard error, both to the error's second digit: '−0.983 ± 0.021'."""
    if not math.isfinite(error):
        return with_minus(f"{value:.4g}")
    size = max(abs(value), error)
    if error <= 1e-15 * size or size == 0:
        return with_minus(f"{value:.6g} ± 0")
    decimals = 1 - math.floor(math.log10(error))
    if 1e-4 <= size < 1e6 and decimals <= 12:
        places = max(0, decimals)
        return with_minus(f"{value:.{places}f} ± {error:.{places}f}")
    exponent = math.floor(math.log10(size))
    places = max(0, min(decimals + exponent, 15))
    mantissa, rest = f"{value / 10.0**exponent:.{places}f}", f"{error / 10.0**exponent:.{places}f}"
    return f"({mantissa} ± {rest})e{exponent}".replace("-", "−")


def _power(log: float) -> str:
    """Write the number of a log10, which floats may not hold: '0.52', '3.2e-41'."""
    exponent = math.floor(log)
    mantissa = 10.0 ** (log - exponent)
    if -4 <= exponent < 5:
        return f"{mantissa * 10.0**exponent:.4g}"
    return f"{mantissa:.3f}e{exponent}"
