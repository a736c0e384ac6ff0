"""How a run gets from one step to the next: single steps, attempts that may be undone, or an integrator."""

from __future__ import annotations

from .base import Advance
from .build import build_advance

__all__ = ["Advance", "build_advance"]
