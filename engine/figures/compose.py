"""Draws a composed figure: every panel in its cell of a grid in millimetres, letters, legends, annotations."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from engine.words.errors import Refusal

from .annotations import annotate
from .area import LEAST_SHARE, Area, Heading, ValueLimits
from .drawable import Drawable, write_in
from .figure_file import NOTHING, FigureSpec, FigureStyle, PanelSpec
from .legend import Group, in_common, legend_inside, place_above, without
from .origin import FileAbout, about
from .style import INK, MILLIMETRE, Style, dressed, plain, to_bytes, written
from .value_axes import limit

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from .layout import Cell


Troubles: TypeAlias = MutableMapping[int, Refusal]
"""By a panel's place, why it cannot be drawn."""


def composed(
    figure: FigureSpec, drawables: Sequence[Drawable], suffix: str, troubles: Troubles | None = None
) -> bytes:
    """Return the content of a composed figure's file ('.pdf', '.svg', '.png', '.pgf').

    Args:
        figure: its grid, style and panels.
        drawables: what each panel draws.
        suffix: the kind of file.
        troubles: takes up why a panel cannot be drawn so, which is said in its place then; None: it is refused.

    Raises:
        Refusal: where a panel cannot be drawn so, or there is too little room for all of them.
    """
    look = look_of(figure.style)
    with dressed(look):
        return to_bytes(compose(figure, drawables, look, troubles), suffix, about_of(figure, drawables))


def about_of(figure: FigureSpec, drawables: Sequence[Drawable]) -> FileAbout:
    """Return what a composed figure's file says of itself."""
    titles = dict.fromkeys(drawable.title for drawable in drawables)
    origins = [origin for drawable in drawables for origin in drawable.origins]
    return about(figure.title or ", ".join(titles), origins)


def look_of(style: FigureStyle) -> Style:
    """Return the sizes of a style."""
    return Style(style.font_size, style.line_width, style.dpi, style.family, style.formulas, style.moments)


def compose(
    figure: FigureSpec, drawables: Sequence[Drawable], look: Style, troubles: Troubles | None = None
) -> Figure:
    """Return a composed figure; call it inside `dressed`. Arguments are those of `composed`.

    Raises:
        Refusal: where a panel cannot be drawn so.
    """
    from matplotlib.figure import Figure

    from .layout import Cell, PageLayout

    page, layout = figure.page, PageLayout()
    width, height = page.size
    drawn = Figure((width * MILLIMETRE, height * MILLIMETRE), layout=layout)
    whole = Cell(drawn, width, height)
    layout.cells.append(whole)
    widths, heights = _with_gaps(page.widths, page.gap_mm), _with_gaps(page.heights, page.gap_mm)
    grid = whole.body.add_gridspec(
        len(heights), len(widths), hspace=0.0, wspace=0.0, width_ratios=widths, height_ratios=heights
    )
    cells: list[Cell] = []
    headings: list[Heading] = []
    for place, (panel, drawable) in enumerate(zip(figure.panels, drawables, strict=True)):
        rows = slice(2 * panel.row - 2, 2 * (panel.row + panel.rows) - 3)
        columns = slice(2 * panel.column - 2, 2 * (panel.column + panel.columns) - 3)
        cell = Cell(whole.body.add_subfigure(grid[rows, columns]), sum(widths[columns]), sum(heights[rows]))
        cells.append(cell)
        try:
            heading = _draw_body(panel, cell, drawable, look)
        except Refusal as refusal:
            if troubles is None:
                raise at_panel(refusal, place) from None
            troubles[place] = refusal
            cell.body.clear()
            heading = write_in(Area(cell.body, cell.width_mm, cell.height_mm, look), str(refusal))
        headings.append(heading)
    shared = _shared(figure, headings)
    for place, (cell, heading) in enumerate(zip(cells, headings, strict=True)):
        _dress_panel(figure, place, cell, heading, look, shared)
    layout.cells += cells
    by_row: dict[tuple[int, int], list[Cell]] = {}
    by_column: dict[tuple[int, int], list[Cell]] = {}
    for panel, cell in zip(figure.panels, cells, strict=True):
        by_row.setdefault((panel.row, panel.rows), []).append(cell)
        by_column.setdefault((panel.column, panel.columns), []).append(cell)
    layout.rows, layout.columns = list(by_row.values()), list(by_column.values())
    if shared:
        place_above(whole, "", shared, grow=True)
        drawn.set_size_inches(whole.width_mm * MILLIMETRE, whole.height_mm * MILLIMETRE)
    return drawn


def at_panel(refusal: Refusal, place: int) -> Refusal:
    """Return what was refused of a panel as the figure calls its field."""
    field = f"panels[{place}]" + (f".{refusal.field}" if refusal.field else "")
    return Refusal(field, refusal.value, refusal.remedy)


def letter_of(figure: FigureSpec, place: int) -> str:
    """Return the letter of a panel as its style writes it; '' for none."""
    own = figure.panels[place].letter
    form = figure.style.letters
    if own or form == "none":
        return "" if own == NOTHING else own
    before = sum(not panel.letter for panel in figure.panels[:place])
    letter = chr(ord("a") + before % 26) * (before // 26 + 1)
    return form.replace("a", letter) if "a" in form else form.replace("A", letter.upper())


def _with_gaps(sizes: Sequence[float], gap: float) -> list[float]:
    """Return rows or columns with the gaps between them."""
    least = sum(sizes) * LEAST_SHARE
    return [size for part in sizes for size in (max(gap, least), part)][1:]


def _draw_body(panel: PanelSpec, cell: Cell, drawable: Drawable, look: Style) -> Heading:
    """Draw a panel with all that stands in it; return what is to stand above it."""
    limits = ValueLimits((panel.x_from, panel.x_to), (panel.y_from, panel.y_to))
    area = Area(cell.body, cell.width_mm, cell.height_mm, look, limits)
    heading = drawable.draw(area)
    axes = cell.body.axes[0]
    limit(axes, limits, heading.log)
    if panel.x_label:
        axes.set_xlabel(written(panel.x_label.removeprefix(NOTHING), "x_label"))
    if panel.y_label:
        axes.set_ylabel(written(panel.y_label.removeprefix(NOTHING), "y_label"))
    annotate(axes, panel.annotations, heading.log, look)
    return heading


def _legend_place(figure: FigureSpec, panel: PanelSpec) -> str:
    """Return where the legend of a panel stands."""
    return figure.style.legend if panel.legend == "as the style" else panel.legend


def _shared(figure: FigureSpec, headings: Sequence[Heading]) -> list[Group]:
    """Return the legend that is drawn once for the page; [] where each panel has its own."""
    one = figure.page.shared_legend
    both = list(zip(figure.panels, headings, strict=True))
    if one == "yes":
        told: dict[str, Any] = {}
        for panel, heading in both:
            if _legend_place(figure, panel) != "none":
                for group in heading.groups:
                    told |= {label: handle for handle, label in group if label not in told}
        return [[(handle, label) for label, handle in told.items()]] if told else []
    legends = [
        [group for group in heading.groups if group]
        for panel, heading in both
        if _legend_place(figure, panel) == "above"
    ]
    return in_common([groups for groups in legends if groups]) if one == "auto" else []


def _dress_panel(
    figure: FigureSpec, place: int, cell: Cell, heading: Heading, look: Style, shared: Sequence[Group]
) -> None:
    """Draw letter and title of a panel, and of its legend what does not stand above the page."""
    panel, style, axes = figure.panels[place], figure.style, cell.body.axes[0]
    letter = _draw_letter(figure, place, cell, look)
    title = plain("" if panel.title == NOTHING else panel.title) if panel.title else heading.title
    legend, one = _legend_place(figure, panel), figure.page.shared_legend == "yes"
    groups = [] if one or legend == "none" else [group for group in heading.groups if group]
    if groups and legend != "above":
        legend_inside(axes, groups, legend, cell.width_mm, cell.height_mm)
    in_line = letter if style.letter_place == "above" else None
    above = without(groups, shared) if legend == "above" else []
    place_above(cell, title, above, grow=False, letter=in_line, share=heading.most_within)
    if letter is not None and style.letter_place == "beside":
        letter.set_y(1.0 - cell.heading_mm / cell.height_mm)
        letter.set_in_layout(False)


def _draw_letter(figure: FigureSpec, place: int, cell: Cell, look: Style) -> Text | None:
    style, letter = figure.style, plain(letter_of(figure, place))
    if not letter.strip():
        return None
    how: dict[str, Any] = {
        "size": style.letter_size,
        "weight": "bold" if style.letter_bold else "normal",
        "color": INK,
        "va": "top",
    }
    if style.letter_place == "inside":
        axes = cell.body.axes[0]
        shift = 0.5 * style.letter_size
        axes.annotate(
            letter,
            (0.0, 1.0),
            xycoords="axes fraction",
            xytext=(shift, -shift),
            textcoords="offset points",
            zorder=6,
            **how,
        )
        return None
    return cell.whole.text(0.0, 1.0, letter, ha="left", **how)
