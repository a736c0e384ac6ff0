"""Compiled steps: what torch does in a step, for many steps in one call, on the tensors of the run's own state."""

from __future__ import annotations
