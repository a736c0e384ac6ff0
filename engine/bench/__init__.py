"""What `marginlab bench` measures: kernels, steps and whole runs, each beside the same in other hands."""

from __future__ import annotations

from .cases import OTHERS, SHAPES, SMALL, StepsCase
from .comparison import Change, changes
from .found import BenchFound, Figures, found_adapter
from .kernels import BESIDE, LargeKernel, SideBySide, large_kernel, side_by_side, title_of
from .steps import LONG, StepSpeed, step_speed
from .timed import Timed
from .training import PRESET, MeasuringShare, TrainingSpeed, measured, training_speed

__all__ = [
    "BESIDE",
    "LONG",
    "OTHERS",
    "PRESET",
    "SHAPES",
    "SMALL",
    "BenchFound",
    "Change",
    "Figures",
    "LargeKernel",
    "MeasuringShare",
    "SideBySide",
    "StepSpeed",
    "StepsCase",
    "Timed",
    "TrainingSpeed",
    "changes",
    "found_adapter",
    "large_kernel",
    "measured",
    "side_by_side",
    "step_speed",
    "title_of",
    "training_speed",
]
