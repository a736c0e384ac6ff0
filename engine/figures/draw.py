"""Figures of records as files: from runs to PDF, SVG, PNG or a table. Never pyplot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.files import write_whole

from .area import RATIO, Area, Heading, draw_alone
from .fitted_table import with_axis, with_fits
from .origin import Origin, about
from .plots import among, columns_in
from .record_plot import DETAIL, draw_records
from .request import FigureRequest, FigureTrace
from .style import file_of, style, suffix_of
from .table import TableRun, csv_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["DETAIL", "FigureRequest", "FigureTrace", "draw", "export_csv", "export_figure", "figure_bytes"]


def export_figure(path: Path, request: FigureRequest) -> None:
    """Write a figure as PDF, SVG or PNG, as the path's suffix says.

    Raises:
        Refusal: where the suffix or the size is none, or the file cannot be written.
    """
    write_whole(path, figure_bytes(request, suffix_of(path)))


def export_csv(path: Path, request: FigureRequest) -> None:
    """Write the data of a figure as a table, only the columns that it shows.

    Raises:
        Refusal: where the file cannot be written.
    """
    write_whole(path, table_of(request))


def table_of(request: FigureRequest) -> str:
    """Return the data of a figure as a table, only the columns that it shows."""
    spec, runs = request.spec, []
    for trace, name in zip(request.traces, request.names(), strict=True):
        names = columns_in(spec, trace.history.records.names)
        wanted = [n for n in names if (among(spec.shown, n) if trace.columns is None else n in trace.columns)]
        records, wanted = with_axis(request, trace.history.records, wanted)
        records, wanted = with_fits(request, trace, records, wanted)
        runs.append(
            TableRun(trace.id or name, records, trace.name if trace.id else "", wanted, trace.history.edits)
        )
    return csv_text(runs)


def figure_bytes(request: FigureRequest, suffix: str) -> bytes:
    """Return the content of a figure's file ('.pdf', '.svg', '.png'); a request always gives the same bytes.

    Raises:
        Refusal: where the size is none.
    """
    return file_of(
        lambda _look: draw(request),
        suffix,
        about(
            request.title or request.spec.title,
            [trace.origin or Origin(trace.name) for trace in request.traces],
        ),
        width_mm=request.width_mm,
        style_name=request.style,
        height_mm=request.height_mm,
    )


def draw(request: FigureRequest) -> Figure:
    """Return the figure; call it and save it inside `dressed`."""

    def draw_into(area: Area) -> Heading:
        return draw_records(request, area)

    height = RATIO * request.width_mm if request.height_mm is None else request.height_mm
    look = style(request.style, request.width_mm)
    return draw_alone(draw_into, request.width_mm, height, look, grow=request.height_mm is None)
