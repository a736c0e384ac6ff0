"""Pictures of what the engine answers about one step of a run, where plots are of records over many.

A new one is a function that draws an answer into an area, one that returns its numbers, and a line of `PICTURES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.protocol.kernel import AskKernel, KernelChoice
from engine.protocol.layers import AskLayers
from engine.protocol.neurons import AskNeurons
from engine.protocol.pictures import Question, Subject
from engine.protocol.records import Snapshot
from engine.protocol.samples import AskSamples
from engine.protocol.stored_steps import NO_STEPS, StoredSteps
from engine.protocol.surface import FIRST_PREDICTOR, AskSurface

from .area import RATIO, Area, Heading
from .kernel import draw_map, draw_spectrum, map_height
from .layers_drawn import (
    draw_layer_spectra,
    draw_singular_values,
    layer_spectra_table,
    layers_height,
    singular_values_table,
)
from .map_lines import draw_lines, lines_table
from .maps_drawn import cells_height, draw_map_cells, draw_slices, map_table, slices_table
from .neurons_drawn import draw_neurons, draw_unit_norms, neurons_height, neurons_table
from .picture_tables import kernel_table, spectrum_table, surface_table
from .run_pictures import draw_scatter, draw_table, scatter_table, table_content, table_height
from .samples_drawn import (
    draw_margins,
    draw_margins_histogram,
    margins_height,
    margins_table,
    samples_table,
)
from .surface import draw_surface, surface_height


def no_steps() -> StoredSteps:
    """Return no stored steps."""
    return NO_STEPS


def quiet_height(_: Any, width_mm: float) -> float:
    """Return the height in millimetres of axes in a quiet ratio."""
    return RATIO * width_mm


@dataclass(frozen=True)
class Asked:
    """What a picture is wanted of, where no tab of the window asks for it."""

    subject: Subject
    latest: Snapshot | None = None
    """The run's last snapshot."""
    comparator: str = FIRST_PREDICTOR[0]
    layer: str = ""
    choice: KernelChoice = "step"
    stored: Callable[[], StoredSteps] = no_steps
    """Returns the replica's parameters at the steps that are stored."""


def _ask_surface(asked: Asked) -> Question:
    return AskSurface(asked.subject, predictor=asked.comparator, latest=asked.latest)


def _ask_kernel(asked: Asked) -> Question:
    return AskKernel(asked.subject, layer=asked.layer, choice=asked.choice)


def _ask_neurons(asked: Asked) -> Question:
    return AskNeurons(asked.subject, asked.layer, stored=asked.stored())


def _ask_samples(asked: Asked) -> Question:
    return AskSamples(asked.subject, stored=asked.stored())


def _ask_layers(asked: Asked) -> Question:
    return AskLayers(asked.subject, asked.stored())


@dataclass(frozen=True)
class PictureKind:
    """A kind of picture: how an answer is drawn, and what its numbers are."""

    id: str
    title: str
    draw: Callable[[Any, Area], Heading]
    """Draws axes into an area, inside `dressed`, and returns the title and the legend."""
    table: Callable[[Any], str]
    """Returns its numbers as CSV."""
    height: Callable[[Any, float], float] = quiet_height
    """Returns the height in millimetres that suits an answer and a width, without title and legend."""
    ask: Callable[[Asked], Question] | None = None
    """Returns the question that it answers; None where no run alone answers it."""


PICTURES: dict[str, PictureKind] = {
    kind.id: kind
    for kind in (
        PictureKind("surface", "Surface", draw_surface, surface_table, surface_height, _ask_surface),
        PictureKind("kernel_map", "Tangent kernel", draw_map, kernel_table, map_height, _ask_kernel),
        PictureKind("spectrum", "Kernel spectrum", draw_spectrum, spectrum_table, ask=_ask_kernel),
        PictureKind("neurons", "Neurons", draw_neurons, neurons_table, neurons_height, _ask_neurons),
        PictureKind("unit_norms", "Norms against angles", draw_unit_norms, neurons_table, ask=_ask_neurons),
        PictureKind(
            "margins_map", "Margins over steps", draw_margins, margins_table, margins_height, _ask_samples
        ),
        PictureKind(
            "margins_histogram", "Margins at a step", draw_margins_histogram, samples_table, ask=_ask_samples
        ),
        PictureKind(
            "singular_values",
            "Singular values over steps",
            draw_singular_values,
            singular_values_table,
            layers_height,
            _ask_layers,
        ),
        PictureKind(
            "layer_spectra",
            "Singular values at a step",
            draw_layer_spectra,
            layer_spectra_table,
            ask=_ask_layers,
        ),
        PictureKind("run_scatter", "Two columns of the runs", draw_scatter, scatter_table),
        PictureKind("sweep_map", "Map", draw_map_cells, map_table, cells_height),
        PictureKind("sweep_slices", "Slices of a map", draw_slices, slices_table),
        PictureKind("sweep_lines", "Points of a map as lines", draw_lines, lines_table),
        PictureKind("run_table", "Table of runs", draw_table, table_content, table_height),
    )
}
"""By id: that is how figures, the command line and the tabs of the window call them."""
