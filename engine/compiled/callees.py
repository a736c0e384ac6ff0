"""Functions that only compiled functions call: their code is optimised, and made machine code, in that of the caller.

Numba does both for every function by itself first, and again for all that a caller has of others: 40 % of the
compiling.
"""

from __future__ import annotations

from typing import Any

from llvmlite.binding import Linkage
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler


class Callee(Compiler):
    """Compiles a function as far as its callers need it."""

    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *more: Any) -> None:
        """Take what Numba compiles with; a library of its own, unless one is given."""
        super().__init__(typingctx, targetctx, library or _Unfinished(targetctx.codegen(), "callee"), *more)


class _Unfinished(JITCodeLibrary):
    """Code that is linked into that of others."""

    def _optimize_final_module(self) -> None:
        """Leave that to the caller."""

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: it lies nowhere."""
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Any:
        """Return what makes its code."""
        return _Nowhere(self._codegen)


class Caller(Compiler):
    """Compiles a function that Python calls, with all that it calls."""

    def __init__(self, typingctx: Any, targetctx: Any, library: Any, *more: Any) -> None:
        """Take what Numba compiles with; a library of its own, unless one is given."""
        super().__init__(typingctx, targetctx, library or _Whole(targetctx.codegen(), "caller"), *more)


class _Whole(JITCodeLibrary):
    """Code that has all that it calls in it, for nobody else."""

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self.enable_object_caching()

    def _optimize_final_module(self) -> None:
        """Let what is called once become part of its caller: a call takes tuples of arrays apart, number by number."""
        for function in self._final_module.functions:
            if function.is_declaration:
                continue
            if function.linkage == Linkage.linkonce_odr:
                function.linkage = "internal"
            elif not function.name.startswith("_ZN7cpython"):
                function.add_function_attribute("noinline")  # else it is in what Python calls, too
        super()._optimize_final_module()


class _Nowhere:
    """A code generator, for code that lies nowhere and has no environment: nothing in here raises what needs one."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        """Set nothing."""
