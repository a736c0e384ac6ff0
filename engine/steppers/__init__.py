"""How a run gets from one step to the next: single steps, attempts that may be undone, or an integrator."""

from __future__ import annotations

from ..compiled.coverage import why_not_compiled
from .base import Stepper
from .build import build_stepper, build_twin_steps
from .first_use import have_compiled

__all__ = ["Stepper", "build_stepper", "build_twin_steps", "have_compiled", "why_not_compiled"]
