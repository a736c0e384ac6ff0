"""How this package's functions are compiled: once for each type, cached, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

FAST = {"contract", "arcp", "nsz"}
"""What rounding leaves open; sums keep their order, NaN and infinity keep their meaning."""


def compiled(function: F) -> F:
    """Compile a function of numbers and arrays; it holds no lock of the interpreter's while it runs."""
    jitted: F = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)(function)
    return jitted
