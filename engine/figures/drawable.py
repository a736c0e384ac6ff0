"""What a panel draws: a plot of records or a picture of one step, each with its numbers and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .area import RATIO, Draw, draw_alone
from .draw import table_of
from .figure_file import OWN_PLOT, PanelFields
from .origin import Origin, about
from .own_plots import TITLE, OwnPlot
from .pictures import PICTURES
from .record_plot import draw_records
from .request import FigureRequest, FigureTrace
from .style import Style, StyleName, file_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
