"""How this package's functions are compiled: once for each type, cached, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

F = TypeVar("F", bound=Callable[..., Any])

HOW: dict[str, Any] = {
    "cache": True,
    "nogil": True,
    "error_model": "numpy",
    # what rounding leaves open; sums keep their order, NaN and infinity keep their meaning
    "fastmath": {"contract", "arcp", "nsz"},
    "no_cfunc_wrapper": True,
}


def compiled(function: F) -> F:
    """Compile a function of numbers and arrays that compiled functions call."""
    # what Python itself never calls needs nothing that takes Python's objects apart, which is half of the compiling
    return numba.njit(**HOW, no_cpython_wrapper=True)(function)  # type: ignore[no-any-return]


def entry(function: F) -> F:
    """Compile a function that Python calls; it holds no lock of the interpreter's while it runs."""
    return numba.njit(**HOW)(function)  # type: ignore[no-any-return]
