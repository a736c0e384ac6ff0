"""What a user may say about the length of a run and where it computes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator

from .fields import Fields, field

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


def _is_device(value: str) -> str:
    if not _DEVICE.fullmatch(value):
        raise ValueError("must be auto, cpu, cuda, cuda:1 (any number) or mps")
    return value


@dataclass(frozen=True)
class Device:
    """A place to compute: its name as `run.device` says it, what it is, and its memory."""

    name: str
    title: str
    memory: int
    float64: bool = True


class StopSpec(Fields):
    """When a run ends before its last step; nothing said, it does not."""

    log_loss: float | None = field(
        None, "ln loss", "Stop once the natural log of the summed loss is below this.", live=True
    )
    seconds: float | None = field(
        None, "seconds", "Stop after this much training time.", gt=0, unit="s", live=True
    )
    plateau: float | None = field(
        None,
        "plateau",
        "Stop once the normalized margin grew by less than this fraction while the number of steps doubled.",
        gt=0,
        live=True,
    )


class RunSpec(Fields):
    """How long, where and with what numbers."""

    steps: int = field(10_000, "steps", "Number of steps.", ge=1, le=10**15, live=True)
    stop: StopSpec = field(StopSpec(), "stop early", "When to end before the last step.")
    device: Annotated[str, AfterValidator(_is_device)] = field(
        "auto",
        "device",
        "auto takes the processor for small work and a GPU for large.",
        choices=("auto", "cpu", "cuda", "mps"),
    )
    dtype: Literal["float64", "float32"] = field(
        "float64", "precision", "float32 loses the dual variables once margins pass 1e4."
    )
    backend: Literal["auto", "compiled", "torch"] = field(
        "auto",
        "steps by",
        "What takes the steps: compiled code where every part of the run has it, or torch. The records are the same "
        "to rounding.",
        advanced=True,
    )
    threads: int = field(0, "threads", "Processor threads; 0 lets the engine choose by measurement.", ge=0)
