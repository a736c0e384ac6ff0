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
    # arrays are neither made nor counted in here: Python owns them all; counting took 40 % of a small step
    "_nrt": False,
}


def compiled(function: F) -> F:
    """Compile a function of numbers and arrays that compiled functions call."""
    # what Python itself never calls needs nothing that takes Python's objects apart, which is half of the compiling
    return numba.njit(**HOW, no_cpython_wrapper=True)(function)  # type: ignore[no-any-return]


def part(function: F) -> F:
    """Compile a function into whatever calls it: it may return arrays, that is views of what its caller has."""
    return numba.njit(**HOW, no_cpython_wrapper=True, inline="always")(function)  # type: ignore[no-any-return]


def counting(function: F) -> F:
    """Compile a function that calls what makes arrays, or returns them."""
    return numba.njit(**(HOW | {"_nrt": True}), no_cpython_wrapper=True)(function)  # type: ignore[no-any-return]


def entry(function: F) -> F:
    """Compile a function that Python calls; it holds no lock of the interpreter's while it runs."""
    return numba.njit(**HOW)(function)  # type: ignore[no-any-return]
