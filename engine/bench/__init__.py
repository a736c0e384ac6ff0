"""What `marginlab bench` measures: tangent kernels beside the usual recipe, and training beside a plain loop."""

from __future__ import annotations

from .kernels import BESIDE, LargeKernel, SideBySide, large_kernel, side_by_side
from .training import Training, plain_loop, training_speed

__all__ = [
    "BESIDE",
    "LargeKernel",
    "SideBySide",
    "Training",
    "large_kernel",
    "plain_loop",
    "side_by_side",
    "training_speed",
]
