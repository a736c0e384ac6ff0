"""How much memory a run needs, and how people read a number of bytes."""

from __future__ import annotations

import math

from .shape import Ends, Structure

COPIES = 12
"""Tensors of the size of theta: the state, its copies at records, gradients."""


def memory_bytes_of(shape: Structure, ends: Ends, replicas: int, itemsize: int) -> int:
    """Estimate the peak: parameters with their copies, and two passes of activations."""
    per_sample = ends.inputs + 4 * ends.outputs
    for layer in shape.layers:
        windows = 2 * layer.columns if layer.positions > 1 else 0
        per_sample += layer.positions * (3 * layer.rows + windows)
    return itemsize * replicas * (COPIES * shape.all_parameters + ends.samples * per_sample)


def in_units(size: float) -> str:
    """Write a number of bytes for people."""
    if size < 1024:
        return f"{size:.0f} B"
    power = min(4, int(math.log(size, 1024)))
    return f"{size / 1024**power:.1f} {['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}"
