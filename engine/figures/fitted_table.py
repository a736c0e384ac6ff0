"""What the table of a figure has besides the columns drawn: what runs to the right, and the lines fitted."""

from __future__ import annotations

import numpy as np

from engine.protocol.records import RecordBatch, Records

from .curves import Shown, shown_as
from .drawn_curve import CurveDrawing, Detail
from .plots import COLUMN, LN10, LOG_COLUMN
from .positions import positions
from .request import FigureRequest, FigureTrace

LEAST = Detail(strips=1, line=2, band=2, singles=2)
"""Lines are fitted, not drawn."""


def with_axis(request: FigureRequest, records: Records, columns: list[str]) -> tuple[Records, list[str]]:
    """Return the columns with the one that runs to the right first, where a column does."""
    name = request.axis.id.removeprefix(LOG_COLUMN).removeprefix(COLUMN)
    if name == request.axis.id or name not in records or name in columns:
        return records, columns
    return records, [name, *columns]


def with_fits(
    request: FigureRequest, trace: FigureTrace, records: Records, columns: list[str]
) -> tuple[Records, list[str]]:
    """Return records with the lines of least squares beside the columns that they were fitted to.

    Of a column c these are `fit.c`, the fitted value from the first to the last record fitted; `fit_rate.c`,
    the exponent, the rate or the slope; and `fit_error.c`, its standard error.
    """
    if request.fitted is None:
        return records, columns
    places, more = positions(records, request.axis), dict[str, np.ndarray]()
    for name in columns:
        shown = shown_as(request.spec, name, request.one_minus)
        if not request.fitted.fits(name):
            continue
        replica = trace.replica if records.replicas > 1 else None
        thinned = trace.history.is_thinned(name)
        drawn = CurveDrawing().of(
            records.column(name), places, shown, LEAST, replica=replica, thinned=thinned
        )
        found = request.fitted.fit(drawn, records.steps, request.axis.log, shown)
        if found is None:
            continue
        x = places.x
        inside = (x >= found.across[0]) & (x <= found.across[1])
        more[f"fit.{name}"] = np.where(inside, _value(found.heights(x), shown), np.nan)
        more[f"fit_rate.{name}"] = np.where(inside, found.rate, np.nan)
        more[f"fit_error.{name}"] = np.where(inside, found.error, np.nan)
    if not more:
        return records, columns
    both = Records(records.replicas)
    kept = {name: records.column(name) for name in columns}
    both.extend(RecordBatch(records.steps, kept | more))
    ordered = [c for name in columns for c in (name, *_of(name)) if c in both]
    return both, ordered


def _of(name: str) -> tuple[str, str, str]:
    return f"fit.{name}", f"fit_rate.{name}", f"fit_error.{name}"


def _value(heights: np.ndarray, shown: Shown) -> np.ndarray:
    """Return the column's value at what is drawn."""
    if shown is Shown.NATURAL_LOG:
        return heights * LN10
    if shown.takes_logarithm:
        with np.errstate(over="ignore", under="ignore"):
            values = 10.0**heights
        return 1.0 - values if shown is Shown.ONE_MINUS else values
    return heights
