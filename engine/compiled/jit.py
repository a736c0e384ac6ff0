"""How this package's functions are compiled: once for each type, without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, NullCache, _CacheLocator

from .kept import PLACE

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


def compiled(function: F) -> F:
    """Compile a function of numbers and arrays that compiled functions call."""
    # what Python itself never calls needs nothing that takes Python's objects apart, which is half of the compiling
    return _njit(**HOW, no_cpython_wrapper=True)(function)  # type: ignore[no-any-return]


def part(function: F) -> F:
    """Compile a function into whatever calls it: it may return arrays, that is views of what its caller has."""
    return _njit(**HOW, no_cpython_wrapper=True, inline="always")(function)  # type: ignore[no-any-return]


def counting(function: F) -> F:
    """Compile a function that calls what makes arrays, or returns them."""
    return _njit(**(HOW | {"_nrt": True}), no_cpython_wrapper=True)(function)  # type: ignore[no-any-return]


def entry(function: F) -> F:
    """Compile a function that Python calls; it holds no lock of the interpreter's while it runs.

    Its code has that of all that it calls in it, and is the only one that is kept between processes.
    """
    dispatcher = _njit(**HOW)(function)
    dispatcher._cache = _Kept(function)
    return dispatcher  # type: ignore[no-any-return]


class _Kept(NullCache):
    """The code of one function, in the folder that this process reads from or writes to."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._in_folder: Callable[[], Any] = partial(_InFolder, function)  # made anew, as the place changes

    def load_overload(self, signature: Any, context: Any) -> Any:
        """Return what is kept for a signature, or None; what cannot be read is compiled anew."""
        context.refresh()
        if PLACE.folder is None or PLACE.writes:
            return None
        try:
            return self._in_folder().load_overload(signature, context)
        except Exception:  # a pickle can fail in any way
            return None

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep what was compiled, in the process that makes the folder."""
        if PLACE.folder is None or not PLACE.writes:
            return
        try:
            self._in_folder().save_overload(signature, result)
        except OSError as error:
            PLACE.failure = error


class _Locator(_CacheLocator):
    """The folder, whose name says whether the code is of this source."""

    def get_cache_path(self) -> str:
        """Return the folder."""
        return str(PLACE.folder)

    def get_source_stamp(self) -> str:
        """Return nothing more than its name says."""
        return ""

    def get_disambiguator(self) -> str:
        """Return nothing: no two entries are named alike."""
        return ""


class _Impl(CompileResultCacheImpl):
    def __init__(self, function: Callable[..., Any]) -> None:
        self._locator, self._filename_base, self._lineno = _Locator(), function.__qualname__, 0


class _InFolder(FunctionCache):
    _impl_class = _Impl
