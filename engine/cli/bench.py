"""`marginlab bench`: how fast this machine is at what the lab does, side by side in one run."""

from __future__ import annotations

import dataclasses
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from ..bench import (
    LONG,
    OTHERS,
    PRESET,
    SHAPES,
    SMALL,
    BenchFound,
    Figures,
    StepsCase,
    large_kernel,
    measured,
    side_by_side,
    step_speed,
    title_of,
    training_speed,
)
from ..device import computing, devices, keep_freed_memory, spare_cores, versions
from ..experiment.run import Device
from ..files import version_of
from ..words.errors import Refusal
from ..words.formats import estimated_duration
from .bench_files import bench_json, read_benches
from .bench_tables import print_bench, print_changes
from .outputs import Outputs, json_text
from .progress import ProgressDisplay, progress
from .status import Status
from .tables import console
from .words import warn

AGREE = 1e-10
"""Kernels agree where they differ by no more, relative to the largest entry."""
Show = Callable[[int, str], None]
"""Hears how far a piece is, and a remark."""


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


@dataclass(frozen=True)
class BenchPiece:
    """Something that is timed by itself."""

    title: str
    total: int
    unit: str
    measure: Callable[[Show], Figures]

    def has(self, word: str) -> bool:
        """Say whether a word is a part of its title."""
        return word.casefold() in self.title.casefold()


def run_bench(
    *, json: Path | None, quick: bool, only: Sequence[str], files: Sequence[Path], against: Path | None
) -> int:
    """Measure, or read what was measured; print it, write it, and compare it; return the exit status.

    Args:
        json: where it is written.
        quick: measure small sizes.
        only: measure only what has one of these in its title.
        files: read these instead of measuring.
        against: what it is compared with.

    Raises:
        Refusal: where a file cannot be read or written, or nothing has such a title.
    """
    read = {f"--from {path}": path for path in files} | {"--against": against}
    outputs = Outputs({"--json": json}, read)
    before = read_benches([against], "--against") if against is not None else None
    if files and (quick or only):
        raise Refusal("--from", str(files[0]), "was measured already; leave out --quick and --only")
    found = read_benches(files, "--from") if files else _measured(quick, only)
    outputs.write("--json", lambda: json_text(bench_json(found)))
    out = console(to_stderr=outputs.words_go_to_stderr)
    print_bench(out, found)
    if before is not None:
        print_changes(out, before, found)
    outputs.raise_failures()
    kernel = found.kernel
    if kernel is not None and kernel.difference is not None and not kernel.difference <= AGREE:
        warn(f"The kernels differ by {kernel.difference:.1e}, more than {AGREE:.0e}.")
        return Status.ENGINE
    return Status.DONE


def _measured(quick: bool, only: Sequence[str]) -> BenchFound:
    """Measure every piece that is asked for, one after the other."""
    sizes = QUICK if quick else FULL
    there = _best(devices())
    device = torch.device(there.name)
    if device.type == "cuda" and not quick:
        sizes = dataclasses.replace(sizes, large_samples=ON_A_GPU)
    chosen = _chosen(list(_pieces(sizes, device)), only)
    keep_freed_memory()
    threads = spare_cores()
    found = BenchFound(there, platform.platform(), _versions(), threads, "float64", quick)
    with progress() as shown, computing(threads):
        return found.with_figures(_figures(piece, shown) for piece in chosen)


def _figures(piece: BenchPiece, shown: ProgressDisplay) -> Figures:
    shown.begin(piece.title, piece.total, piece.unit)
    return piece.measure(shown.show)


def _chosen(pieces: list[BenchPiece], only: Sequence[str]) -> list[BenchPiece]:
    """Return the pieces that have one of some words in their titles; no words: all.

    Raises:
        Refusal: where none has a word.
    """
    for word in only:
        if not any(piece.has(word) for piece in pieces):
            remedy = (
                f"is in no title; take kernel, steps, training, measurements or a row, such as {SMALL.title}"
            )
            raise Refusal("--only", word, remedy)
    return [piece for piece in pieces if not only or any(map(piece.has, only))]


def _best(there: tuple[Device, ...]) -> Device:
    """Return the first GPU with CUDA, or the processor."""
    return next((device for device in there if device.name.startswith("cuda")), there[0])


def _versions() -> dict[str, str]:
    """Return the versions of what takes time here; those of packages that are not installed are left out."""
    found = versions()
    known = {package: version_of(package) for package in ("margin-lab", "numba", "jax")}
    return found | {package: version for package, version in known.items() if version}


def _pieces(sizes: BenchSizes, device: torch.device) -> Iterator[BenchPiece]:
    """Yield all that can be measured, in the order of the tables."""

    def beside(show: Show) -> Figures:
        remark = partial(_remarked, show, "layers, recipe, products")
        return side_by_side(sizes.samples, sizes.hidden, sizes.runs, device, remark)

    def large(show: Show) -> Figures:
        def percent(done: float, left: float) -> None:
            show(int(100 * done), f"about {estimated_duration(left)} left")

        return large_kernel(sizes.large_samples, sizes.large_hidden, device, percent)

    def training(show: Show) -> Figures:
        remark = partial(_remarked, show, "lab, plain loop, 16 replicas, torch")
        return training_speed(sizes.steps, sizes.training_runs, remark)

    def steps(case: StepsCase, show: Show) -> Figures:
        remark = partial(_remarked, show, "compiled, torch, plain, products")
        return step_speed(case, sizes.step_runs, sizes.long, remark)

    def share(case: StepsCase, show: Show) -> Figures:
        remark = partial(_remarked, show, "measured and not")
        return measured(case, sizes.measured_steps, sizes.training_runs, remark)

    yield BenchPiece(title_of(sizes.samples, sizes.hidden), sizes.runs, "runs", beside)
    yield BenchPiece(title_of(sizes.large_samples, sizes.large_hidden), 100, "%", large)
    for case in sizes.cases:
        yield BenchPiece(f"steps of {case.title}", sizes.step_runs, "runs", partial(steps, case))
    yield BenchPiece(f"training {PRESET}", sizes.training_runs, "runs", training)
    for case in sizes.measured:
        title = f"measurements of {case.title}"
        yield BenchPiece(title, sizes.training_runs, "runs", partial(share, case))


def _remarked(show: Show, remark: str, run: int) -> None:
    show(run, remark)
