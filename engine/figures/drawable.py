"""What a panel draws: a plot of records or a picture of one step, each with its numbers and where it comes from."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

from engine.words.errors import Refusal

from .area import RATIO, Area, Draw, Heading, draw_alone
from .draw import table_of
from .figure_file import OWN_PLOT, PanelFields
from .origin import Origin, about
from .own_plots import TITLE, OwnPlot
from .pictures import PICTURES
from .record_plot import draw_records
from .request import FigureRequest, FigureTrace
from .style import FAINT, Style, StyleName, file_of, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure


LETTER_MM, LINE_MM = 0.2, 0.5
"""Width of a letter and height of a line, by a point of the font."""


@dataclass(frozen=True)
class Drawable:
    """Something that draws itself into an area."""

    title: str
    draw: Draw
    table: Callable[[], str]
    """Returns its numbers as CSV."""
    height: Callable[[float], float]
    """Returns the height that suits a width, in millimetres, without title and legend."""
    origins: tuple[Origin, ...] = ()


def alone(drawable: Drawable, suffix: str, width_mm: float, style_name: StyleName) -> bytes:
    """Return the content of a figure's file with one thing in it, as high as suits its width.

    Raises:
        Refusal: where the size is none, or no such file can be written here.
    """

    def draw(look: Style) -> Figure:
        return draw_alone(drawable.draw, width_mm, drawable.height(width_mm), look)

    said = about(drawable.title, drawable.origins)
    return file_of(draw, suffix, said, width_mm=width_mm, style_name=style_name)


def of_records(request: FigureRequest) -> Drawable:
    """Return a plot of records."""
    origins = tuple(trace.origin or Origin(trace.name) for trace in request.traces)
    return Drawable(
        request.spec.title,
        lambda area: draw_records(request, area),
        lambda: table_of(request),
        lambda width: RATIO * width,
        origins,
    )


def of_panel(panel: PanelFields, traces: tuple[FigureTrace, ...], step: int | None = None) -> Drawable:
    """Return the plot of some runs that a panel describes, with a line at a step."""
    chosen = tuple(replace(trace, columns=panel.measurements or None) for trace in traces)
    own = None
    if panel.shows == OWN_PLOT:
        own = OwnPlot("own-1", panel.title or TITLE, panel.measurements, panel.horizontal, panel.log)
    return of_records(
        FigureRequest(
            panel.shows,
            chosen,
            horizontal=panel.horizontal,
            one_minus=panel.one_minus,
            diverged=panel.diverged,
            marked_step=step,
            own=own,
        )
    )


def of_picture(id: str, answer: Any, origin: Origin | None = None) -> Drawable:
    """Return a picture of one step."""
    kind = PICTURES[id]
    return Drawable(
        kind.title,
        lambda area: kind.draw(answer, area),
        lambda: kind.table(answer),
        lambda width: kind.height(answer, width),
        () if origin is None else (origin,),
    )


def not_drawn(title: str, refusal: Refusal) -> Drawable:
    """Return what stands for a thing that cannot be drawn, or not yet: it refuses when it is to be drawn."""

    def refuse(_area: Area | None = None) -> NoReturn:
        raise refusal

    return Drawable(title, refuse, refuse, lambda width: RATIO * width)


def write_in(area: Area, sentence: str) -> Heading:
    """Write a sentence where axes would be, in as many lines as there is room for."""
    axes, size = area.part.subplots(), area.look.font
    lines = textwrap.wrap(
        sentence,
        max(int(area.width_mm / (LETTER_MM * size)), 12),
        max_lines=max(int(area.height_mm / (LINE_MM * size)), 1),
        placeholder=" …",
    )
    axes.axis("off")
    axes.text(
        0.5,
        0.5,
        "\n".join(map(plain, lines)),
        ha="center",
        va="center",
        color=FAINT,
        transform=axes.transAxes,
        in_layout=False,
    )
    return Heading()
