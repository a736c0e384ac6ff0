"""How much memory a run needs."""

from __future__ import annotations

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
