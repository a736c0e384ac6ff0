"""The figures of a kernel: rows run down, classes are told apart, colours are even about zero, nothing is clipped."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from engine.figures.kernel import class_blocks, kernel_words
from engine.figures.style import dressed, style
from engine.protocol.kernel import KernelReady, Spectrum
from tests.engine.figures.material import picture_alone, picture_bytes

LABELS = np.array([0, 0, 0, 2, 2])


@pytest.fixture
def kernel() -> KernelReady:
    values = np.arange(25, dtype=np.float32).reshape(5, 5) - 20
    start = Spectrum(np.array([4.0, 2.0, 1.0, 0.5, 0.0]), 3.0, 7.5)
    now = Spectrum(np.array([100.0, 10.0, 1.0, 0.0, 0.0]), 1.5, 111.0)
    shares = {"W1": (0.25, 0.5), "W2": (0.75, 0.5)}
    said = (1, "run", 12000, 0, "W1", "difference", True)
    return KernelReady(*said, values, np.arange(5), LABELS, start, now, 0.8125, shares)  # type: ignore[arg-type]


def drawn(kernel: KernelReady, which: str, width: float, look: str = "paper") -> Figure:
    chosen = style(look, width)  # type: ignore[arg-type]
    with dressed(chosen):
        figure = picture_alone(which, kernel, width, chosen)
        figure.draw_without_rendering()
    return figure


def test_the_map_runs_down_and_is_even_about_zero(kernel: KernelReady) -> None:
    axes = drawn(kernel, "kernel_map", 85).axes[0]
    image = axes.images[0]
    assert image.get_clim() == (-20, 20)
    left, right, bottom, top = image.get_extent()
    assert (left, right, bottom, top) == (0, 5, 5, 0)
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0", "2"]
    assert [line.get_ydata()[0] for line in axes.lines[:1]] == [3]
    assert class_blocks(LABELS) == [(0, 0, 3), (2, 3, 5)]
    assert kernel_words(kernel) == (
        "tangent kernel at step 12,000 less at the start, layer W1, each over its Frobenius norm"
    )


def test_the_spectra_are_logarithms_of_what_is_not_rounding(kernel: KernelReady) -> None:
    figure = drawn(kernel, "spectrum", 85)
    start, now = figure.axes[0].lines
    assert start.get_ydata() == pytest.approx(np.log10([4, 2, 1, 0.5]))
    assert now.get_xdata() == pytest.approx(np.log10([1, 2, 3]))
    words = " ".join(text.get_text() for legend in figure.legends for text in legend.get_texts())
    assert "effective rank 1.5" in words and "alignment with the start 0.8125" in words


@pytest.mark.parametrize("which", ["kernel_map", "spectrum"])
@pytest.mark.parametrize(("width", "look"), [(60, "paper"), (85, "paper"), (200, "slides")])
def test_nothing_is_clipped(kernel: KernelReady, which: str, width: float, look: str) -> None:
    figure = drawn(kernel, which, width, look)
    across, up = figure.get_size_inches() * figure.dpi
    renderer = FigureCanvasAgg(figure).get_renderer()
    parts = [*figure.axes, *figure.legends, *figure.texts]
    for part in parts:
        box = part.get_tightbbox(renderer)
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= across + 1 and box.y1 <= up + 1, part


def test_files_are_the_same_every_time(kernel: KernelReady) -> None:
    for id in ("kernel_map", "spectrum"):
        first, second = (picture_bytes(id, kernel, ".pdf", 85, "paper") for _ in range(2))
        assert first == second
