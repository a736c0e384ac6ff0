"""`marginlab export`: a plot, a picture of one step, or a composed figure of a session, as a figure or as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from ..figures.compose import composed
from ..figures.drawable import Drawable, alone
from ..figures.figure_file import FigureSpec, PanelFields, load_figure
from ..figures.pictures import PICTURES
from ..figures.plots import PLOTS, columns_in, plot
from ..figures.style import STYLES, SUFFIXES, StyleName
from ..session import Session
from ..words.errors import Refusal, nearest
from .map_figures import SEEN, MapOptions, map_drawable
from .outputs import Outputs
from .stored_figures import ALONE, StoredFigures

NOTHING_SAID = MapOptions()
TABLE = ".csv"
COMPOSED = ".toml"


def export_figure(
    session: Path,
    figure: str,
    out: Path,
    *,
    run: str | None = None,
    width_mm: float | None = None,
    style: str | None = None,
    format: str | None = None,
    at: Mapping[str, object] | None = None,
    colour: str | None = None,
    of_map: MapOptions = NOTHING_SAID,
) -> int:
    """Write a plot of runs that are not hidden, or of one, a picture of one or of a map, or what a file composes.

    Args:
        session: whose runs are shown.
        figure: a plot, a picture, or the path of a figure's TOML.
        out: the file to write.
        run: one run alone.
        width_mm: width on paper; None for 85.
        style: sizes of text and lines; None for those of a paper.
        format: what to write, where the name of `out` does not say it.
        at: what else is said of a picture: step, replica, comparator.
        colour: the column by whose values the runs of plots are coloured; None: each has its own colour.
        of_map: what is said of a map.

    What a composed figure shows, and its sizes, its file alone says.

    Raises:
        Refusal: where there is no such session, figure or run, or the file cannot be written.
    """
    suffix = suffix_wanted(out, format, (*SUFFIXES, TABLE))
    if figure not in SEEN and of_map.said:
        raise Refusal(of_map.said[0], None, f"goes with {', '.join(SEEN)} alone, which show a map")
    if figure.lower().endswith(COMPOSED):
        refuse_said_twice(figure, {"run": run, "width-mm": width_mm, "style": style, **(at or {})})
        outputs = Outputs({"--out": out}, {"F.mlab": session, "--figure": Path(figure)})
        spec = load_figure(Path(figure))
        with Session.read(session) as opened:
            content = _composed(StoredFigures(opened, colour), spec, suffix)
    elif figure in SEEN:
        refuse_of_a_run(figure, {"run": run, "colour": colour, **(at or {})})
        look = style_of(style or "paper")
        outputs = Outputs({"--out": out}, {"F.mlab": session})
        with Session.read(session) as opened:
            content = _written(map_drawable(opened, figure, of_map), suffix, width_mm or 85.0, look)
    else:
        panel, look = panel_of(figure, run, at or {}), style_of(style or "paper")
        outputs = Outputs({"--out": out}, {"F.mlab": session})
        with Session.read(session) as opened, by_option():
            content = _alone(StoredFigures(opened, colour), panel, suffix, width_mm or 85.0, look)
    outputs.write("--out", lambda: content)
    outputs.raise_failures()
    return 0


def refuse_said_twice(figure: str, options: Mapping[str, object]) -> None:
    """Refuse options beside a file that composes the figure and says all of it.

    Raises:
        Refusal: with the first that is said.
    """
    for name, value in options.items():
        if value is not None:
            raise Refusal(f"--{name}", value, f"is said in {figure}, which composes the figure; leave it out")


def refuse_of_a_run(figure: str, options: Mapping[str, object]) -> None:
    """Refuse options about a run beside a figure of a map.

    Raises:
        Refusal: with the first that is said.
    """
    for name, value in options.items():
        if value is not None:
            raise Refusal(f"--{name}", value, f"is about a run, and {figure} shows a map; leave it out")


def panel_of(figure: str, run: str | None, at: Mapping[str, object]) -> PanelFields:
    """Return the panel that options describe.

    Raises:
        Refusal: where there is no such figure.
    """
    check_word("--figure", figure, [*(p.id for p in PLOTS), *PICTURES])
    said = {"shows": figure, "runs": () if run is None else (run,)}
    return PanelFields().model_copy(update={**said, **(at if figure in PICTURES else {})})


def style_of(word: str) -> StyleName:
    """Return the style that an option names.

    Raises:
        Refusal: where there is none of that name.
    """
    check_word("--style", word, STYLES)
    return cast(StyleName, word)


@contextmanager
def by_option() -> Iterator[None]:
    """Let refusals of a panel's fields name the options that said them."""
    try:
        yield
    except Refusal as refusal:
        option = ALONE.get(refusal.field, refusal.field)
        raise Refusal(option, refusal.value, refusal.remedy) from None


def suffix_wanted(out: Path, format: str | None, known: tuple[str, ...]) -> str:
    """Return the kind of file that is wanted: as said, else as its name ends.

    Raises:
        Refusal: where that is none of the known ones.
    """
    if format is not None:
        check_word("--format", format.lower(), [suffix[1:] for suffix in known])
        return f".{format.lower()}"
    if out.suffix.lower() in known:
        return out.suffix.lower()
    raise Refusal(
        "--out",
        str(out),
        f"must end in {', '.join(known[:-1])} or {known[-1]}, or --format say which it is",
    )


def _composed(stored: StoredFigures, spec: FigureSpec, suffix: str) -> bytes:
    drawables = stored.drawables(spec)
    if suffix != TABLE:
        return composed(spec, drawables, suffix)
    if len(drawables) > 1:
        raise Refusal(
            "--format", "csv", "is a table of one panel; export what the panels show one by one, by --figure"
        )
    return drawables[0].table().encode()


def _alone(
    stored: StoredFigures, panel: PanelFields, suffix: str, width_mm: float, style: StyleName
) -> bytes:
    if suffix == TABLE and panel.shows not in PICTURES:  # every column that the plot can show
        names = [name for entry in stored.entries(panel.runs) for name in stored.history(entry).records.names]
        every = tuple(columns_in(plot(panel.shows), list(dict.fromkeys(names))))
        panel = panel.model_copy(update={"measurements": every})
    return _written(stored.drawable(panel), suffix, width_mm, style)


def _written(drawable: Drawable, suffix: str, width_mm: float, style: StyleName) -> bytes:
    return drawable.table().encode() if suffix == TABLE else alone(drawable, suffix, width_mm, style)


def check_word(option: str, word: str, valid: list[str] | tuple[str, ...]) -> None:
    """Refuse a word that an option does not take.

    Raises:
        Refusal: with the nearest of those that it takes.
    """
    if word not in valid:
        raise Refusal(option, word, f"is not known; {nearest(word, valid)}")
