"""Steps compiled to machine code: what the torch path does in a step, for many steps at once, on the run's own tensors."""

from __future__ import annotations
