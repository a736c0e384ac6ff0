"""Figures of what the engine answers about one step of a run, where other plots are of records over many."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.files import write_whole
from engine.protocol.kernel import KernelReady
from engine.protocol.pictures import Picture
from engine.protocol.surface import SurfaceReady

from .kernel import draw_map, draw_spectrum
from .style import Style, StyleName, file_of, suffix_of
from .surface import draw_surface
from .table import name_cell

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = {"surface": "Surface", "kernel_map": "Tangent kernel", "spectrum": "Kernel spectrum"}
"""Their titles by id."""


def picture_bytes(id: str, answer: Picture, suffix: str, width_mm: float, style_name: StyleName) -> bytes:
    """Return the content of a picture's file ('.pdf', '.svg', '.png', or '.csv' for its numbers).

    Raises:
        Refusal: where the size is none.
    """
    if suffix == ".csv":
        return _table(id, answer).encode()

    def draw(look: Style) -> Figure:
        if isinstance(answer, SurfaceReady):
            return draw_surface(answer, width_mm, look)
        assert isinstance(answer, KernelReady)
        return (draw_spectrum if id == "spectrum" else draw_map)(answer, width_mm, look)

    return file_of(draw, suffix, width_mm=width_mm, style_name=style_name)


def write_picture(path: Path, id: str, answer: Picture, *, width_mm: float, style_name: StyleName) -> None:
    """Write a picture, or its numbers where the path ends in .csv.

    Raises:
        Refusal: where the suffix or the size is none, or the file cannot be written.
    """
    suffix = ".csv" if path.suffix.lower() == ".csv" else suffix_of(path)
    write_whole(path, picture_bytes(id, answer, suffix, width_mm, style_name))


def _table(id: str, answer: Picture) -> str:
    if isinstance(answer, SurfaceReady):
        return _surface(answer)
    assert isinstance(answer, KernelReady)
    return _spectra(answer) if id == "spectrum" else _kernel(answer)


def _surface(surface: SurfaceReady) -> str:
    """Return a row a point: both inputs, what either predictor says, as it is, and the winning classes."""
    first, second = np.meshgrid(surface.axis, surface.axis)
    filled: dict[str, Any] = {
        "x1": first,
        "x2": second,
        "network": surface.network,
        surface.predictor: surface.other,
        "network class": surface.network_class,
        f"{surface.predictor} class": surface.other_class,
    }
    columns = {name: values for name, values in filled.items() if values is not None}
    return _text(list(columns), zip(*(values.ravel().tolist() for values in columns.values()), strict=True))


def _kernel(kernel: KernelReady) -> str:
    """Return a row a pair of samples."""
    samples, labels = kernel.samples.tolist(), kernel.labels.tolist()
    rows = (
        (samples[i], samples[j], labels[i], labels[j], value)
        for i, row in enumerate(kernel.values.tolist())
        for j, value in enumerate(row)
    )
    return _text(["sample", "other sample", "class", "other class", "value"], rows)


def _spectra(kernel: KernelReady) -> str:
    pairs = zip(kernel.start.eigenvalues.tolist(), kernel.now.eigenvalues.tolist(), strict=True)
    rows = ((k, at_start, now) for k, (at_start, now) in enumerate(pairs, 1))
    return _text(["index", "eigenvalue at the start", f"eigenvalue at step {kernel.step}"], rows)


def _text(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(map(name_cell, names))
    writer.writerows(rows)
    return stream.getvalue()
