"""The numbers of pictures as tables that any other program reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from engine.protocol.kernel import KernelReady
from engine.protocol.surface import SurfaceReady

from .table import name_cell


def surface_table(surface: SurfaceReady) -> str:
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
    return text_of(list(columns), zip(*(values.ravel().tolist() for values in columns.values()), strict=True))


def kernel_table(kernel: KernelReady) -> str:
    """Return a row a pair of samples."""
    samples, labels = kernel.samples.tolist(), kernel.labels.tolist()
    rows = (
        (samples[i], samples[j], labels[i], labels[j], value)
        for i, row in enumerate(kernel.values.tolist())
        for j, value in enumerate(row)
    )
    return text_of(["sample", "other sample", "class", "other class", "value"], rows)


def spectrum_table(kernel: KernelReady) -> str:
    """Return a row an eigenvalue: at the start and at the step."""
    pairs = zip(kernel.start.eigenvalues.tolist(), kernel.now.eigenvalues.tolist(), strict=True)
    rows = ((k, at_start, now) for k, (at_start, now) in enumerate(pairs, 1))
    return text_of(["index", "eigenvalue at the start", f"eigenvalue at step {kernel.step}"], rows)


def text_of(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table with a head; what spreadsheets took for a formula there is made a text."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(map(name_cell, names))
    writer.writerows(rows)
    return stream.getvalue()
