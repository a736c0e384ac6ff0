"""Two predictors on one scale, and their difference: what the surface shows, on screen and on paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.protocol.records import Array
from engine.protocol.surface import SurfaceReady

VOID = "support vectors are void while samples are not fitted"
"""Why no samples are ringed."""

NORMALISED = "each predictor divided by its root mean square over the square; their difference"
RAW = "each predictor as it is; their difference"
"""What the colours mean."""


@dataclass(frozen=True)
class Compared:
    """Values (G, G) of the network, of the predictor beside it, and of the first less the second."""

    network: Array
    other: Array | None
    difference: Array | None
    """Binary labels alone: outputs of several classes have no common zero."""
    differs: NDArray[np.bool_] | None
    """Where the two give different classes."""
    level: float
    """The largest absolute value of all three: one scale for them, even about zero."""

    @property
    def share(self) -> float:
        """Return the share of the square on which the two give different classes."""
        return float(self.differs.mean()) if self.differs is not None else float("nan")


def compared(surface: SurfaceReady, normalise: bool) -> Compared:
    """Return what the pictures show; with `normalise` each predictor over its root mean square on the square."""
    network = _scaled(surface.network, normalise)
    other = None if surface.other is None else _scaled(surface.other, normalise)
    difference, differs = None, None
    if other is not None and surface.network_class is None:
        difference = network - other
        differs = (network > 0) != (other > 0)
    elif surface.network_class is not None and surface.other_class is not None:
        differs = surface.network_class != surface.other_class
    parts = [part for part in (network, other, difference) if part is not None]
    return Compared(network, other, difference, differs, max(map(largest, parts)) or 1.0)


def root_mean_square(values: Array) -> float:
    """Return sqrt(mean f^2) over the finite values; 0 where there is none."""
    finite = values[np.isfinite(values)]
    most = largest(values)
    return most * float(np.sqrt(np.mean((finite / most) ** 2))) if most > 0 else 0.0


def largest(values: Array) -> float:
    """Return the largest finite absolute value; 0 where there is none."""
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def _scaled(values: Array, normalise: bool) -> Array:
    size = root_mean_square(values)
    finite = np.where(np.isfinite(values), values, np.nan)
    return finite / size if normalise and size > 0 else finite


def why_no_rings(surface: SurfaceReady) -> str:
    """Say why no samples are ringed over the network; '' where some are, or there are no samples."""
    return "" if surface.support is None or surface.support.any() else VOID
