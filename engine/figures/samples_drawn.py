"""Figures of training samples: margins over steps, and their histogram at one."""

from __future__ import annotations

import textwrap

import numpy as np

from engine.protocol.samples import MarginsSeen, SamplesReady

from .area import Area, Heading
from .images import colour_bar, even_image, frame
from .kernel import class_words
from .log_axes import class_colours, log_across
from .picture_tables import text_of
from .samples import SCALES, histogram_edges, margin_map, scale_of, shown, support_limit
from .style import INK, plain


def margins_height(_: SamplesReady, width_mm: float) -> float:
    """Return the height in millimetres that suits a width."""
    return 0.8 * width_mm


def draw_margins(picture: SamplesReady, area: Area) -> Heading:
    """Draw margins over steps, samples in the order of their last one."""
    axes = area.part.subplots()
    scale = scale_of(picture, "normalized")
    drawn = margin_map(picture.stored, picture.now, scale)
    low, high = drawn.across
    extent = (low, high, 0.0, float(len(drawn.order)))
    image = even_image(
        axes, drawn.values, drawn.level, origin="lower", extent=extent, aspect="auto", interpolation="nearest"
    )
    log_across(axes, area)
    axes.set_xlabel("step")
    axes.set_ylabel("samples, by their last margin")
    frame(axes)
    bar = colour_bar(image, axes, shrink=0.85, pad=0.02)
    bar.set_label(
        textwrap.fill(plain(SCALES[scale][1]), max(16, int(area.height_mm / (0.25 * area.look.font))))
    )
    return Heading(log=(True, False))


def draw_margins_histogram(picture: SamplesReady, area: Area) -> Heading:
    """Draw how many samples have which margin at the step, by class."""
    from matplotlib.patches import Patch

    axes, look = area.part.subplots(), area.look
    scale = scale_of(picture, "normalized")
    seen = MarginsSeen(picture.step, picture.margins, picture.now.scale)
    values, limit = shown(seen, scale), support_limit(seen, scale)
    edges, colours = histogram_edges(values), class_colours(picture.labels)
    base = np.zeros(len(edges) - 1)
    for label, colour in colours.items():
        own = values[(picture.labels == label) & np.isfinite(values)]
        counts = np.histogram(own, edges)[0]
        axes.bar(
            edges[:-1],
            counts,
            np.diff(edges),
            base,
            align="edge",
            color=colour,
            edgecolor="white",
            linewidth=0.3,
        )
        base = base + counts
    if np.isfinite(limit) and limit < edges[-1]:
        axes.axvline(limit, color=INK, linestyle=(0, (4.0, 1.6)), linewidth=0.7 * look.line)
    axes.set_xlabel(plain(SCALES[scale][1]))
    axes.set_ylabel("samples")
    named = [
        (Patch(color=colour), plain(f"class {class_words(label, picture.labels, picture.class_names)}"))
        for label, colour in colours.items()
    ]
    return Heading(plain(f"Margins at step {picture.step:,}"), [named])


def margins_table(picture: SamplesReady) -> str:
    """Return a row a sample and stored step."""
    rows = (
        (step.step, sample, picture.labels[sample], margin)
        for step in (picture.stored or (picture.now,))
        for sample, margin in zip(picture.samples.tolist(), step.margins.tolist(), strict=True)
    )
    return text_of(["step", "sample", "class", "margin"], rows)


def samples_table(picture: SamplesReady) -> str:
    """Return a row a sample at the step."""
    lacking = [None] * len(picture.margins)
    multipliers = lacking if picture.multipliers is None else picture.multipliers.tolist()
    rows = zip(
        range(len(picture.margins)),
        picture.labels.tolist(),
        picture.margins.tolist(),
        picture.weights.tolist(),
        multipliers,
        picture.support.astype(int).tolist(),
        strict=True,
    )
    return text_of(["sample", "class", "margin", "weight", "multiplier", "support vector"], rows)
