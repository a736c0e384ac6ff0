"""Compiled code between processes: written by the one that makes the folder, read by all others."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache, NullCache, _CacheLocator

from .kept import PLACE


class CodeCache(NullCache):
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
        name = f"{function.__module__}.{function.__name__}"
        self._locator, self._filename_base, self._lineno = _Locator(), name, 0


class _InFolder(FunctionCache):
    _impl_class = _Impl
