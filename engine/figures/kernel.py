"""The figures of a tangent kernel: its values ordered by class, and its spectrum."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.protocol.kernel import KernelReady
from engine.protocol.records import Array
from engine.words.formats import cosine, number, with_minus

from .area import Area, Heading
from .images import colour_bar, even_image, frame
from .log_axes import log_across, log_up
from .plots import PALETTE
from .style import FAINT, INK, plain

DASHED: Any = (0, (4.0, 1.6))
SOLID: Any = "solid"
MOST_LETTERS = 24
"""Of a class's name."""


def kernel_words(kernel: KernelReady) -> str:
    """Say which kernel a picture shows."""
    of = f"layer {kernel.layer}" if kernel.layer else "all layers"
    over = ", each over its Frobenius norm" if kernel.normalised and kernel.choice == "difference" else ""
    over = over or (", over its Frobenius norm" if kernel.normalised else "")
    which = {
        "start": "at the start",
        "step": f"at step {kernel.step:,}",
        "difference": f"at step {kernel.step:,} less at the start",
    }[kernel.choice]
    return f"tangent kernel {which}, {of}{over}"


def class_blocks(labels: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """Return class, first row and row after the last of every block of labels (n,) that are in order."""
    edges = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    return [(int(labels[a]), a, b) for a, b in itertools.pairwise(edges) if b > a]


def class_words(label: int, labels: NDArray[np.int64], names: Sequence[str] = ()) -> str:
    """Return how texts write one of the classes: its name where it has one, else −1 and +1 of two, or its number."""
    place = int(label > 0) if labels.min(initial=0) < 0 else label
    if place < len(names):
        name = with_minus(names[place])
        return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"
    return with_minus(f"{label:+d}") if labels.min(initial=0) < 0 else str(label)


def positive(eigenvalues: Array) -> Array:
    """Return the eigenvalues that stand above rounding, which are the first ones."""
    return eigenvalues[eigenvalues > 0]


def map_height(_: KernelReady, width_mm: float) -> float:
    """Return the height in millimetres that suits a width: a square, with its colour bar beside it."""
    return 0.95 * width_mm


def draw_map(kernel: KernelReady, area: Area) -> Heading:
    """Draw a kernel's values, by class."""
    axes, look = area.part.subplots(), area.look
    count = len(kernel.labels)
    level = float(np.abs(kernel.values).max(initial=0.0)) or 1.0
    image = even_image(axes, kernel.values, level, interpolation="nearest", extent=(0, count, count, 0))
    blocks = class_blocks(kernel.labels)
    for _, _, end in blocks[:-1]:
        axes.axhline(end, color=INK, linewidth=0.5 * look.line)
        axes.axvline(end, color=INK, linewidth=0.5 * look.line)
    middles, names = (
        [(a + b) / 2 for _, a, b in blocks],
        [plain(class_words(c, kernel.labels, kernel.class_names)) for c, _, _ in blocks],
    )
    axes.set_xticks(middles, labels=names)
    axes.set_yticks(middles, labels=names)
    axes.set_xlabel(f"{count:,} samples by class")
    axes.tick_params(length=0)
    frame(axes)
    colour_bar(image, axes, shrink=0.85, pad=0.02)
    words = plain(_first_up(kernel_words(kernel)))
    return Heading(textwrap.fill(words, int(area.width_mm / (0.25 * look.font))))


def draw_spectrum(kernel: KernelReady, area: Area) -> Heading:
    """Draw a kernel's two spectra."""
    from matplotlib.lines import Line2D

    axes, look = area.part.subplots(), area.look
    entries = []
    for which, one, colour, dashes in (
        ("start", kernel.start, FAINT, DASHED),
        (f"step {kernel.step:,}", kernel.now, PALETTE[0], SOLID),
    ):
        values = positive(one.eigenvalues)
        x, y = np.log10(np.arange(1, len(values) + 1)), np.log10(values)
        marks = "o" if len(values) <= 60 else None
        axes.plot(x, y, color=colour, linestyle=dashes, marker=marks, markersize=2.2 * look.line)
        line = Line2D([], [], color=colour, linestyle=dashes)
        entries.append(
            (
                line,
                plain(
                    f"{which}: effective rank {number(one.effective_rank, 3)}, trace {number(one.trace, 3)}"
                ),
            )
        )
    log_across(axes, area)
    log_up(axes, area)
    axes.set_xlabel("index")
    axes.set_ylabel("eigenvalue")
    of = f"layer {kernel.layer}" if kernel.layer else "all layers"
    entries.append((Line2D([], [], linestyle="none"), f"alignment with the start {cosine(kernel.alignment)}"))
    words = f"Kernel spectrum, {of}"
    return Heading(plain(words), [[entry] for entry in entries], (True, True))


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
