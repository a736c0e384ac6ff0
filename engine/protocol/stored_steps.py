"""Parameters at stored steps, which go along with a question whose picture runs over steps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class StoredSteps:
    """What one replica's parameters were at some stored steps."""

    steps: NDArray[np.int64]
    """(T,)."""
    theta: NDArray[np.generic]
    """(T, P)."""

    def finite(self) -> StoredSteps:
        """Return the steps at which all parameters are finite."""
        kept = np.isfinite(self.theta).all(1)
        return self if kept.all() else StoredSteps(self.steps[kept], self.theta[kept])


NO_STEPS = StoredSteps(np.empty(0, np.int64), np.empty((0, 0)))
