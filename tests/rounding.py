"""Comparing numbers that were come by in different ways."""

from __future__ import annotations

from typing import Any

import numpy as np

ROUNDING = 1000.0
"""Units in the last place, of the largest number there is: what some thousand operations may round differently."""


def assert_close(found: Any, expected: Any, rounding: float = ROUNDING, what: str = "") -> None:
    """Compare two ways to the same numbers that differ in shapes or in order: replicas together and alone, blocks.

    Processors and their libraries choose how to add and multiply by shape and by where numbers lie in memory, so
    that such ways agree to rounding alone: to `rounding` ulps of the largest number, more where the mathematics
    loses digits (a condition number, say). Bit for bit is right between two runs of the same shapes in one place.
    """
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape, what
    assert found.dtype == expected.dtype, what
    largest = np.max(np.abs(expected), initial=0.0, where=np.isfinite(expected))
    tolerance = rounding * np.finfo(expected.dtype).eps * largest
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=tolerance, err_msg=what)
