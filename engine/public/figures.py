"""Publication figures of results."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from ..figures.draw import FigureRequest, FigureTrace, draw, export_figure
from ..figures.origin import origin_of
from ..figures.plots import HORIZONTAL, PALETTE, PLOTS
from ..figures.replicas import replica_scale
from ..figures.style import StyleName, check_size, dressed
from ..figures.style import style as sizes
from ..words.errors import Refusal, nearest
from .results import Results, RunResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure(
    runs: Results | RunResult | Sequence[RunResult],
    plot: str = "margins",
    path: str | Path | None = None,
    *,
    columns: Sequence[str] | None = None,
    horizontal: str = "log_step",
    one_minus: bool = False,
    diverged: bool = False,
    width_mm: float = 85.0,
    height_mm: float | None = None,
    style: StyleName = "paper",
    title: str = "",
) -> Figure:
    """Draw a plot of runs as the lab exports it, and write it where a path is given.

    Args:
        runs: one or several; a colour each.
        plot: which plot: margins, norms, directions, kernel, loss, stationarity, layers ...
        path: a .pdf, .svg or .png to write.
        columns: which measurements; None: those that the plot shows at first.
        horizontal: what runs to the right: log_step, step, log_time, log_inverse_loss or norm.
        one_minus: draw cosines as log10(1 - value).
        diverged: let axes hold diverged runs, too; else they hold the others, and the legend says what goes beyond.
        width_mm: width on paper.
        height_mm: height on paper; None: a quiet ratio.
        style: paper or slides.
        title: a line above.

    Raises:
        Refusal: where there is no such plot, axis, style or size, or the file cannot be written.
    """
    _check("plot", plot, [spec.id for spec in PLOTS])
    _check("horizontal", horizontal, [axis.id for axis in HORIZONTAL])
    _check("style", style, get_args(StyleName))
    check_size(width_mm, height_mm)
    request = FigureRequest(
        plot,
        _traces(runs, columns),
        horizontal=horizontal,
        one_minus=one_minus,
        diverged=diverged,
        width_mm=width_mm,
        height_mm=height_mm,
        style=style,
        title=title,
    )
    importlib.import_module("matplotlib")  # with its user's settings, who may draw other figures here
    if path is not None:
        export_figure(Path(path), request)
    with dressed(sizes(style, width_mm)):
        return draw(request)


def _traces(
    runs: Results | RunResult | Sequence[RunResult], columns: Sequence[str] | None
) -> tuple[FigureTrace, ...]:
    """Return the runs as a figure takes them, each with a name and a colour of its own."""
    match runs:
        case Results():
            chosen = list(runs.runs.values())
        case RunResult():
            chosen = [runs]
        case _:
            chosen = list(runs)
    wanted = None if columns is None else tuple(columns)
    names = (run.title or f"run {place + 1}" for place, run in enumerate(chosen))
    return tuple(
        FigureTrace(
            name,
            PALETTE[place % len(PALETTE)],
            run.history,
            wanted,
            scale=replica_scale(run.experiment),
            origin=origin_of(run.experiment, run.history, name),
        )
        for place, (name, run) in enumerate(zip(names, chosen, strict=True))
    )


def _check(field: str, word: str, valid: Sequence[str]) -> None:
    if word not in valid:
        raise Refusal(field, word, f"is not known; {nearest(word, valid)}")
