"""How a run gets from one step to the next: single steps, attempts that may be undone, or an integrator."""

from __future__ import annotations

from ..compiled.coverage import why_not_compiled
from .ahead import Ahead
from .base import Stepper
from .build import build_solvers, build_stepper, build_twin_steps
from .first_use import COMPILING, have_compiled

__all__ = [
    "COMPILING",
    "Ahead",
    "Stepper",
    "build_solvers",
    "build_stepper",
    "build_twin_steps",
    "have_compiled",
    "why_not_compiled",
]
