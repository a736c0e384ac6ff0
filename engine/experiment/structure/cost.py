"""About how long steps take, from sizes alone."""

from __future__ import annotations

from .shape import Structure

FIXED, PER_MULTIPLICATION, PER_VALUE, PER_PARAMETER = 1.5e-6, 4e-11, 1e-9, 5e-9
"""Seconds of a replica's step: at least, for every multiply-add of its products, unit's value, and parameter."""


def step_seconds(structure: Structure, samples: int, replicas: int = 1) -> float:
    """Return about how long a step takes that looks at so many samples."""
    work = sum(layer.size * layer.positions for layer in structure.layers) * samples
    values = sum((layer.rows + layer.columns) * layer.positions for layer in structure.layers) * samples
    beside = PER_VALUE * values + PER_PARAMETER * structure.all_parameters
    return replicas * (FIXED + 3 * PER_MULTIPLICATION * work + beside)
