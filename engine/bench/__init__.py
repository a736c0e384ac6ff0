"""What `marginlab bench` measures: kernels, steps and whole runs, each beside the same in other hands."""

from __future__ import annotations

from .cases import OTHERS, SHAPES, SMALL, StepsCase
from .kernels import BESIDE, LargeKernel, SideBySide, large_kernel, side_by_side
from .steps import LONG, StepSpeed, step_speed
from .training import MeasuringShare, TrainingSpeed, measured, training_speed

__all__ = [
    "BESIDE",
    "LONG",
    "OTHERS",
    "SHAPES",
    "SMALL",
    "LargeKernel",
    "MeasuringShare",
    "SideBySide",
    "StepSpeed",
    "StepsCase",
    "TrainingSpeed",
    "large_kernel",
    "measured",
    "side_by_side",
    "step_speed",
    "training_speed",
]
