"""`marginlab bench`: how fast this machine is at what the lab does, side by side in one run."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console

from ..bench import (
    LONG,
    OTHERS,
    SHAPES,
    SMALL,
    LargeKernel,
    MeasuringShare,
    SideBySide,
    StepsCase,
    StepSpeed,
    TrainingSpeed,
    large_kernel,
    measured,
    side_by_side,
    step_speed,
    training_speed,
)
from ..device import computing, devices, keep_freed_memory, spare_cores, versions
from ..experiment.run import Device
from ..formats import byte_size, duration, estimated_duration
from .outputs import Outputs, json_text
from .progress import ProgressDisplay, progress
from .status import Status
from .tables import console, plain_table
from .words import escaped, warn

AGREE = 1e-10
"""Kernels agree where they differ by no more, relative to the largest entry."""


@dataclass(frozen=True)
class BenchSizes:
    """How much is measured."""

    samples: int
    hidden: tuple[int, ...]
    runs: int
    large_samples: int
    large_hidden: tuple[int, ...]
    steps: int | None
    training_runs: int
    cases: tuple[StepsCase, ...]
    """Whose steps are timed."""
    step_runs: int
    long: float
    """Seconds, about, of one timing of steps."""
    measured: tuple[StepsCase, ...]
    """Whose default measurements are timed."""
    measured_steps: int


FULL = BenchSizes(
    500, (512, 512), 5, 5000, (1024, 1024), None, 3, SHAPES + OTHERS, 5, LONG, SHAPES[:3], 100_000
)
QUICK = BenchSizes(60, (48, 48), 3, 300, (96, 96), 500, 1, (SMALL,), 1, 0.02, (SMALL,), 500)
ON_A_GPU = 10_000
"""Samples of the large kernel there."""


def run_bench(*, json: Path | None, quick: bool) -> int:
    """Measure kernels and training, print and write what was found; return the exit status."""
    outputs = Outputs({"--json": json})
    keep_freed_memory()
    sizes = QUICK if quick else FULL
    there = _best(devices())
    device = torch.device(there.name)
    if device.type == "cuda" and not quick:
        sizes = dataclasses.replace(sizes, large_samples=ON_A_GPU)
    threads = spare_cores()
    with progress() as shown, computing(threads):
        beside = _side_by_side(sizes, device, shown)
        large = _large(sizes, device, shown)
        steps = _steps(sizes, shown)
        training = _training(sizes, shown)
        shares = _shares(sizes, shown)
    outputs.write(
        "--json", lambda: json_text(_json(there, threads, quick, beside, large, steps, training, shares))
    )
    out = console(to_stderr=outputs.words_go_to_stderr)
    _print(out, there, threads, beside, large)
    _print_steps(out, steps)
    _print_training(out, training, shares)
    outputs.raise_failures()
    if beside.difference is not None and not beside.difference <= AGREE:
        warn(f"The kernels differ by {beside.difference:.1e}, more than {AGREE:.0e}.")
        return Status.ENGINE
    return Status.DONE


def _best(there: tuple[Device, ...]) -> Device:
    """Return the first GPU with CUDA, or the processor."""
    return next((device for device in there if device.name.startswith("cuda")), there[0])


def _side_by_side(sizes: BenchSizes, device: torch.device, shown: ProgressDisplay) -> SideBySide:
    shown.begin(f"{sizes.samples:,} x {sizes.samples:,} kernel, side by side", sizes.runs, "runs")
    return side_by_side(
        sizes.samples,
        sizes.hidden,
        sizes.runs,
        device,
        lambda run: shown.show(run, "layers, recipe, products"),
    )


def _large(sizes: BenchSizes, device: torch.device, shown: ProgressDisplay) -> LargeKernel:
    samples = sizes.large_samples
    shown.begin(f"{samples:,} x {samples:,} kernel", 100, "%")
    return large_kernel(
        samples,
        sizes.large_hidden,
        device,
        lambda done, left: shown.show(int(100 * done), f"about {estimated_duration(left)} left"),
    )


def _training(sizes: BenchSizes, shown: ProgressDisplay) -> TrainingSpeed:
    shown.begin("training, side by side", sizes.training_runs, "runs")
    return training_speed(
        sizes.steps, sizes.training_runs, lambda run: shown.show(run, "lab, plain loop, 16 replicas, torch")
    )


def _steps(sizes: BenchSizes, shown: ProgressDisplay) -> list[StepSpeed]:
    found = []
    for case in sizes.cases:
        shown.begin(f"steps of {case.title}", sizes.step_runs, "runs")
        found.append(
            step_speed(
                case,
                sizes.step_runs,
                sizes.long,
                lambda run: shown.show(run, "compiled, torch, plain, products"),
            )
        )
    return found


def _shares(sizes: BenchSizes, shown: ProgressDisplay) -> list[MeasuringShare]:
    found = []
    for case in sizes.measured:
        shown.begin(f"measurements of {case.title}", sizes.training_runs, "runs")
        found.append(
            measured(
                case,
                sizes.measured_steps,
                sizes.training_runs,
                lambda run: shown.show(run, "measured and not"),
            )
        )
    return found


def _print(out: Console, there: Device, threads: int, beside: SideBySide, large: LargeKernel) -> None:
    word = "thread" if threads == 1 else "threads"
    out.print(f"{escaped(there.name)}: {escaped(there.title)}, {threads} {word}, float64")
    table = plain_table("what", "found", "ratio")
    table.add_row(_title(beside.samples, beside.hidden), duration(beside.layers_seconds), "layer by layer")
    if beside.recipe_seconds is not None and beside.times_faster is not None:
        faster = (
            f"{beside.times_faster:.3g} times as long; largest relative difference {beside.difference:.1e}"
        )
        table.add_row("  torch.func, Jacobian contraction", duration(beside.recipe_seconds), faster)
    else:
        table.add_row("  torch.func, Jacobian contraction", "", escaped(beside.note))
    over = f"the kernel takes {beside.over_floor:.2f} times as long"
    table.add_row("  its matrix products alone", duration(beside.floor_seconds), over)
    title = _title(large.samples, large.hidden)
    if large.seconds is None or large.planned_bytes is None:
        table.add_row(title, "", escaped(large.note))
    else:
        peak = "unknown here" if large.peak_bytes is None else byte_size(large.peak_bytes)
        planned = f"{byte_size(large.planned_bytes)} planned"
        table.add_row(title, duration(large.seconds), f"peak memory {peak}, {planned}")
    out.print(table)


def _print_steps(out: Console, steps: Sequence[StepSpeed]) -> None:
    hands = ["compiled", "torch", "plain", "jax", "products"]
    hands = [hand for hand in hands if any(hand in speed.by for speed in steps)]
    out.print("\nSteps, microseconds each (and how many times as long as compiled ones):")
    table = plain_table("samples x inputs - hidden", *hands)
    for speed in steps:
        cells = []
        for hand in hands:
            timed = speed.by.get(hand)
            times = "" if hand == "compiled" or timed is None else f" ({speed.ratios[hand]:.3g})"
            cells.append("" if timed is None else f"{timed.median:,.3g}{times}")
        table.add_row(escaped(speed.title), *cells)
    out.print(table)


def _print_training(out: Console, training: TrainingSpeed, shares: Sequence[MeasuringShare]) -> None:
    out.print()
    table = plain_table("whole runs", "found", "ratio")
    table.add_row(
        f"training {training.preset} on {training.device}", f"{training.lab:,.0f} steps/s", training.path
    )
    slower = f"{training.lab / training.by_torch:.3g} times as long"
    table.add_row("  steps by torch", f"{training.by_torch:,.0f} steps/s", slower)
    over = f"the lab takes {training.over_plain:.3g} times as long"
    table.add_row("  plain loop, no measurement", f"{training.plain:,.0f} steps/s", over)
    many = f"{training.many_over_one:.2f} times as long as one"
    table.add_row("  16 replicas together", f"{training.many:,.0f} steps/s", many)
    table.add_row("  one record, all measurements", f"{training.record_ms:.2f} ms")
    for share in shares:
        table.add_row(
            f"default measurements of {escaped(share.title)}",
            f"{100 * share.share:.0f} %",
            f"beyond {share.steps:,} steps alone",
        )
    out.print(table)


def _title(samples: int, hidden: Sequence[int]) -> str:
    return f"kernel of {samples:,} samples, hidden {', '.join(map(str, hidden))}"


def _json(
    there: Device,
    threads: int,
    quick: bool,
    beside: SideBySide,
    large: LargeKernel,
    steps: Sequence[StepSpeed],
    training: TrainingSpeed,
    shares: Sequence[MeasuringShare],
) -> dict[str, Any]:
    return {
        "device": {"name": there.name, "title": there.title, "memory": there.memory},
        "machine": platform.platform(),
        "versions": versions(),
        "threads": threads,
        "dtype": "float64",
        "quick": quick,
        "kernel": dataclasses.asdict(beside),
        "large_kernel": dataclasses.asdict(large),
        "steps": [dataclasses.asdict(speed) for speed in steps],
        "training": dataclasses.asdict(training),
        "measurements": [dataclasses.asdict(share) for share in shares],
    }
