"""How this package's functions are compiled: once for each type, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba
from numba.extending import intrinsic

from .callees import Callee, Caller
from .code_cache import CodeCache

F = TypeVar("F", bound=Callable[..., Any])
_njit: Any = numba.njit  # whose types do not know every option

HOW: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    # what rounding leaves open; sums keep their order, NaN and infinity keep their meaning
    "fastmath": {"contract", "arcp", "nsz"},
    "no_cfunc_wrapper": True,
    # arrays are neither made nor counted in here: Python owns them all; counting took 40 % of a small step
    "_nrt": False,
}
# what Python itself never calls needs nothing that takes Python's objects apart, which is half of the compiling
CALLEE = HOW | {"no_cpython_wrapper": True, "pipeline_class": Callee}


def compiled(function: F) -> F:
    """Compile a function of numbers and arrays that compiled functions call."""
    return _njit(**CALLEE)(function)  # type: ignore[no-any-return]


def exact(function: F) -> F:
    """Compile a function whose rounding errors are what IEEE 754 says: nothing is contracted or left open."""
    return _njit(**CALLEE | {"fastmath": False})(function)  # type: ignore[no-any-return]


def part(function: F) -> F:
    """Compile a function into whatever calls it: it may return arrays, that is views of what its caller has."""
    return _njit(**CALLEE, inline="always")(function)  # type: ignore[no-any-return]


def written(function: Callable[..., Any]) -> Any:
    """Make a function that compiled ones call, of what it says in LLVM's own language."""
    return intrinsic(function)


def entry(function: F) -> F:
    """Compile a function that Python calls; it holds no lock of the interpreter's while it runs.

    Its code has that of all that it calls in it, and is the only one that is kept between processes.
    """
    dispatcher = _njit(**HOW, pipeline_class=Caller)(function)
    dispatcher._cache = CodeCache(function)
    return dispatcher  # type: ignore[no-any-return]
