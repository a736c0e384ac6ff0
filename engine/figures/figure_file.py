"""What a composed figure says, and its file in TOML: panels on a grid in millimetres, letters, fonts, annotations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import tomli_w
from pydantic import Strict, ValidationError, field_validator, model_validator

from engine.experiment.fields import Fields, Names, Numbers, field
from engine.experiment.toml_text import read_text, tables_from
from engine.experiment.validation import path_of, refusals
from engine.words.errors import Refusal, nearest, path_in_words

from .own_plots import is_axis
from .pictures import PICTURES
from .plots import HORIZONTAL, PLOTS
from .style import LEAST_MM, MOST_MM, Family

LegendPlace: TypeAlias = Literal[
    "above",
    "right",
    "none",
    "upper left",
    "upper right",
    "lower left",
    "lower right",
    "center left",
    "center right",
    "upper center",
    "lower center",
    "center",
]
PanelLegend: TypeAlias = Literal["as the style", LegendPlace]
LetterForm: TypeAlias = Literal["a", "(a)", "a)", "A", "(A)", "none"]
LetterPlace: TypeAlias = Literal["above", "beside", "inside"]
OneLegend: TypeAlias = Literal["auto", "yes", "no"]
LEAST_CELL_MM = 10.0
NOTHING = "-"
"""What a title, a letter or a label says that is to be left out."""
OWN_PLOT = "own"
"""What a panel shows of measurements that no plot of the lab has together."""
MOST_PANELS = 64
SHOWN: Mapping[str, str] = {
    **{plot.id: plot.title for plot in PLOTS},
    OWN_PLOT: "Own plot",
    **{kind.id: kind.title for kind in PICTURES.values()},
}
"""What a panel can show, with its words for people."""


class FigureStyle(Fields):
    """Fonts and sizes, letters and legends: what a journal asks for. It can be saved under a name."""

    name: str = field("", "name", "What the style is called where it is saved.")
    family: Family = field(
        "sans", "font", "sans: DejaVu Sans, serif: DejaVu Serif, times: STIX, as Times in papers."
    )
    font_size: float = field(7.5, "font size", "Of labels.", unit="points", ge=4, le=40)
    line_width: float = field(1.1, "line width", "Of curves.", unit="points", ge=0.1, le=10)
    dpi: int = field(
        300, "resolution", "Of PNG files, and of images within others.", unit="dots an inch", ge=50, le=1200
    )
    letters: LetterForm = field("(a)", "letters", "How panels are numbered.")
    letter_place: LetterPlace = field(
        "above",
        "place of letters",
        "above: in a line above the axes. beside: at their upper left. inside: in their corner.",
    )
    letter_size: float = field(9.0, "size of letters", "Of the panels' letters.", unit="points", ge=4, le=60)
    letter_bold: bool = field(True, "bold letters", "Whether the panels' letters are bold.")
    legend: LegendPlace = field("above", "legend", "Where legends stand that no panel places otherwise.")
    formulas: bool = field(True, "formulas", "Whether legends of few columns give their formulas.")
    moments: bool = field(True, "moments", "Whether it is drawn where runs are fitted and separated.")


class PageSpec(Fields):
    """A grid in millimetres."""

    width_mm: float = field(
        170.0,
        "width",
        "Of the whole figure, where no widths of columns are said.",
        unit="mm",
        ge=LEAST_MM,
        le=MOST_MM,
    )
    rows: int = field(1, "rows", "Of the grid.", ge=1, le=12)
    columns: int = field(1, "columns", "Of the grid.", ge=1, le=12)
    row_height_mm: float = field(
        60.0, "row height", "Of rows whose heights are not said.", unit="mm", ge=LEAST_CELL_MM, le=MOST_MM
    )
    row_heights_mm: Numbers = field((), "row heights", "One a row; none: all alike.", unit="mm")
    column_widths_mm: Numbers = field(
        (), "column widths", "One a column; none: the width in equal parts.", unit="mm"
    )
    gap_mm: float = field(4.0, "gap", "Between rows and between columns.", unit="mm", ge=0, le=100)
    shared_legend: OneLegend = field(
        "auto",
        "one legend",
        "Above all panels. auto: of what the legends of all panels have in common. yes: of all. no: none.",
    )

    @field_validator("shared_legend", mode="before")
    @classmethod
    def _in_words(cls, said: Any) -> Any:
        """Take what files say that know no more than true and false."""
        return {True: "yes", False: "no"}[said] if isinstance(said, bool) else said

    @model_validator(mode="after")
    def _fits(self) -> PageSpec:
        """Refuse sizes that no page has."""
        for name, sizes, count in (
            ("row_heights_mm", self.row_heights_mm, self.rows),
            ("column_widths_mm", self.column_widths_mm, self.columns),
        ):
            if sizes and len(sizes) != count:
                raise Refusal(name, list(sizes), f"must have {count} values, or none")
            if any(size < LEAST_CELL_MM for size in sizes):
                raise Refusal(name, list(sizes), f"must be at least {LEAST_CELL_MM:g} millimetres each")
        width, height = self.size
        if min(self.widths) < LEAST_CELL_MM:
            raise Refusal(
                "width_mm",
                self.width_mm,
                f"leaves columns of {min(self.widths):.3g} mm; {LEAST_CELL_MM:g} are the least",
            )
        if max(width, height) > MOST_MM:
            raise Refusal("row_height_mm", self.row_height_mm, f"makes a figure larger than {MOST_MM:g} mm")
        return self

    @property
    def widths(self) -> tuple[float, ...]:
        """Return the columns' widths in millimetres."""
        if self.column_widths_mm:
            return self.column_widths_mm
        return ((self.width_mm - (self.columns - 1) * self.gap_mm) / self.columns,) * self.columns

    @property
    def heights(self) -> tuple[float, ...]:
        """Return the rows' heights in millimetres."""
        return self.row_heights_mm or (self.row_height_mm,) * self.rows

    @property
    def size(self) -> tuple[float, float]:
        """Return the width and height of the whole figure in millimetres, without a legend that all share."""
        return (
            sum(self.widths) + (self.columns - 1) * self.gap_mm,
            sum(self.heights) + (self.rows - 1) * self.gap_mm,
        )


class AnnotationSpec(Fields):
    """A text, an arrow or a slope triangle, at values of the axes."""

    kind: Literal["text", "arrow", "slope"] = field(
        "text",
        "kind",
        "text: words. arrow: from the words to a point. slope: a triangle that shows a slope.",
    )
    text: str = field("", "text", "What it says, with $formulas$; of a slope: the slope itself, if none.")
    x: float = field(..., "x", "Where it stands, as the horizontal axis says it.")
    y: float = field(..., "y", "Where it stands, as the value axis says it.")
    to_x: float | None = field(None, "to x", "Of an arrow: where it points.")
    to_y: float | None = field(None, "to y", "Of an arrow: where it points.")
    slope: float = field(-1.0, "slope", "Of a triangle: decades up a decade to the right, or units a unit.")
    width: float = field(1.0, "width", "Of a triangle: decades, or units, to the right.", gt=0)

    @model_validator(mode="after")
    def _is_whole(self) -> AnnotationSpec:
        """Refuse an arrow that points nowhere, and words without any."""
        if self.kind == "arrow" and (self.to_x is None or self.to_y is None):
            raise Refusal("to_x" if self.to_x is None else "to_y", None, "must say where the arrow points")
        if self.kind == "text" and not self.text.strip():
            raise Refusal("text", self.text, "must say something")
        return self


class PanelFields(Fields):
    """One panel without its annotations."""

    shows: str = field(
        "margins",
        "shows",
        "A plot or a picture, as `marginlab export --figure` calls it; own: the measurements listed.",
        choices=SHOWN,
    )
    title: str = field("", "title", "Above the axes; none: what a picture says of itself; - for nothing.")
    row: int = field(1, "row", "Its first row of the grid.", ge=1)
    column: int = field(1, "column", "Its first column of the grid.", ge=1)
    rows: int = field(1, "rows", "How many rows it spans.", ge=1)
    columns: int = field(1, "columns", "How many columns it spans.", ge=1)
    runs: Names = field(
        (), "runs", "Which runs, by id, the beginning of an id, or title; none: all that are not hidden."
    )
    measurements: Names = field(
        (), "measurements", "Of a plot: which columns; none: those that it shows at first."
    )
    horizontal: str = field(
        "log_step",
        "horizontal axis",
        "Of a plot: what runs to the right; any column as column:NAME, its logarithm as log_column:NAME.",
        choices={axis.id: axis.title for axis in HORIZONTAL},
    )
    log: bool = field(False, "logarithmic", "Of an own plot: whether its values are drawn as logarithms.")
    one_minus: bool = field(False, "1 - value", "Of a plot of cosines: draw their distance from 1.")
    diverged: bool = field(
        False,
        "diverged runs whole",
        "Of a plot: axes hold diverged runs, too; else they hold the others, and the legend says what goes beyond.",
    )
    step: int | None = field(
        None, "step", "Of a picture: the stored step nearest to it is shown; none: the last.", ge=0
    )
    replica: int | None = field(
        None, "replica", "Which one; none: the first in a picture, the median in a plot.", ge=0
    )
    comparator: str = field(
        "ntk-max-margin", "comparator", "Of a surface: what stands beside the network.", advanced=True
    )
    layer: str = field("", "layer", "Of a kernel: one layer's share; none: all together.", advanced=True)
    kernel: Literal["start", "step", "difference"] = field(
        "step", "kernel", "Of a kernel: at the start, at the step, or their difference.", advanced=True
    )
    letter: str = field("", "letter", "In place of the next one; - for none.", advanced=True)
    legend: PanelLegend = field("as the style", "legend", "Where it stands.")
    x_from: float | None = field(None, "from x", "Where the horizontal axis begins.", advanced=True)
    x_to: float | None = field(None, "to x", "Where the horizontal axis ends.", advanced=True)
    y_from: float | None = field(None, "from y", "Where the value axis begins.", advanced=True)
    y_to: float | None = field(None, "to y", "Where the value axis ends.", advanced=True)
    x_label: str = field(
        "", "horizontal label", "In place of the axis' own, with $formulas$; - for none.", advanced=True
    )
    y_label: str = field(
        "", "vertical label", "In place of the axis' own, with $formulas$; - for none.", advanced=True
    )


class PanelSpec(PanelFields):
    """One panel: what it shows, where it stands, what is written into it."""

    annotations: Annotated[tuple[AnnotationSpec, ...], Strict(False)] = field(
        (), "annotations", "What is written into it."
    )

    @model_validator(mode="after")
    def _is_known(self) -> PanelSpec:
        """Refuse what cannot be drawn, and limits that are in the wrong order."""
        if self.shows not in SHOWN:
            raise Refusal("shows", self.shows, f"is not known; {nearest(self.shows, SHOWN)}")
        if self.shows == OWN_PLOT and not self.measurements:
            raise Refusal("measurements", None, "must list what the plot shows")
        if not is_axis(self.horizontal) or not self.horizontal:
            axes = [axis.id for axis in HORIZONTAL]
            raise Refusal("horizontal", self.horizontal, f"is not known; {nearest(self.horizontal, axes)}")
        for axis in ("x", "y"):
            low, high = getattr(self, f"{axis}_from"), getattr(self, f"{axis}_to")
            if low is not None and high is not None and low >= high:
                raise Refusal(f"{axis}_to", high, f"must be above {axis}_from, which is {low:g}")
        return self

    @property
    def is_picture(self) -> bool:
        """Say whether it shows one step of one run."""
        return self.shows in PICTURES


class FigureSpec(Fields):
    """A composed figure."""

    version: Literal[1] = field(1, "version", "Version of the file format.")
    title: str = field("", "title", "What the figure's file says of itself; nothing of it is drawn.")
    page: PageSpec = field(PageSpec(), "page", "The grid.")
    style: FigureStyle = field(FigureStyle(), "style", "Fonts, letters, legends.")
    panels: Annotated[tuple[PanelSpec, ...], Strict(False)] = field(..., "panels", "In the order of letters.")

    @model_validator(mode="after")
    def _panels_fit(self) -> FigureSpec:
        """Refuse panels that are not on the grid, or that lie on one another."""
        if not self.panels:
            raise Refusal("panels", None, "must be at least one; write [[panels]] with what it shows")
        if len(self.panels) > MOST_PANELS:
            raise Refusal("panels", len(self.panels), f"must be at most {MOST_PANELS}")
        taken: dict[tuple[int, int], int] = {}
        for place, panel in enumerate(self.panels):
            for name, count, most in (
                ("row", panel.row + panel.rows - 1, self.page.rows),
                ("column", panel.column + panel.columns - 1, self.page.columns),
            ):
                if count > most:
                    raise Refusal(
                        f"panels[{place}].{name}",
                        getattr(panel, name),
                        f"lies outside the grid, which has {most} {name}{'s' if most > 1 else ''}",
                    )
            for cell in cells_of(panel):
                if cell in taken:
                    raise Refusal(
                        f"panels[{place}].row",
                        panel.row,
                        f"lies on panels[{taken[cell]}], at row {cell[0]}, column {cell[1]}; move one of them",
                    )
                taken[cell] = place
        return self


def cells_of(panel: PanelFields) -> list[tuple[int, int]]:
    """Return the rows and columns of the grid that a panel takes."""
    return [
        (row, column)
        for row in range(panel.row, panel.row + panel.rows)
        for column in range(panel.column, panel.column + panel.columns)
    ]


def figure_from(text: str) -> FigureSpec:
    """Read a figure from its TOML.

    Raises:
        Refusal: with the first field that is wrong, its value and what is allowed.
    """
    return figure_of(tables_from(text))


def load_figure(path: Path) -> FigureSpec:
    """Read a figure's file.

    Raises:
        Refusal: where it cannot be read, or with the first field that is wrong.
    """
    name = path_in_words(path)
    try:
        text = read_text(path, name)
    except OSError as error:
        raise Refusal("", name, f"cannot be read: {error.strerror or error}") from None
    return figure_from(text)


def figure_of(tables: Mapping[str, Any]) -> FigureSpec:
    """Return the figure that some tables describe.

    Raises:
        Refusal: with the first field that is wrong, its value and what is allowed.
    """
    try:
        return FigureSpec.model_validate(dict(tables))
    except ValidationError as error:
        raise _first(error) from None


def _first(error: ValidationError) -> Refusal:
    """Return the first refusal, with the whole path of its field."""
    item = error.errors()[0]
    inner = item.get("ctx", {}).get("error")
    if not isinstance(inner, Refusal):
        return refusals(error, FigureSpec)[0]
    path = ".".join(part for part in (path_of(item["loc"]), inner.field) if part)
    return Refusal(path, inner.value, inner.remedy)


def figure_text(figure: FigureSpec) -> str:
    """Return a figure's TOML: what differs from the defaults alone."""
    return tomli_w.dumps(
        {"version": 1, **figure.model_dump(exclude_defaults=True, exclude_none=True, mode="json")}
    )
