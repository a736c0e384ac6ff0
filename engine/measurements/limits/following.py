"""From a direction to a stationary point by the margin flow: for networks whose linear systems would take minutes."""

from __future__ import annotations

import numpy as np

from ...protocol.records import Array
from ...run.margin_ascent import ascended
from ...run.pieces import Pieces
from .refinement import Refined, judged

ARC = 0.01
"""How far a step may turn."""
STEPS = 40
"""Steps at most."""
SOLVING = 1.5e9
"""What the cubes of programmes' sizes may sum up to, about: seconds."""
TIED = 1e-6
"""How near they are where the point is judged."""


def followed(pieces: Pieces, start: Array) -> Refined | None:
    """Return where the margin flow from a direction (P,) ends; None from one whose margin is not positive.

    It asks for gradients and quadratic programmes of what bears alone, and for no curvature: saddles are left as the
    flow leaves them.
    """
    if not pieces.seen(start).margins.min() > 0:
        return None
    direction, size, left = start / np.linalg.norm(start), 0.0, SOLVING
    for _ in range(STEPS):
        found = ascended(pieces, direction, size, ARC, np.asarray, left)
        direction, size, left = found.direction, found.size, left - found.solving
        if not found.goes_on or left < 0:
            break
    return judged(pieces, direction, TIED)
