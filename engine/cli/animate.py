"""`marginlab animate`: a plot, a picture or a composed figure of a session over its stored steps, as a film."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from ..figures.compose import composed
from ..figures.drawable import alone
from ..figures.figure_file import PanelFields, load_figure
from ..figures.film import FILMS, FilmWriter, check_film, slower, steps_shown
from ..session import Session
from ..words.errors import Refusal
from .export import COMPOSED, by_option, panel_of, refuse_said_twice, style_of, suffix_wanted
from .outputs import Outputs
from .stored_figures import StoredFigures
from .words import warn

PICTURE = ".png"


def animate_figure(
    session: Path,
    figure: str,
    out: Path,
    *,
    run: str | None = None,
    frames: int = 60,
    rate: float = 10.0,
    width_mm: float | None = None,
    style: str | None = None,
    format: str | None = None,
    at: Mapping[str, object] | None = None,
    colour: str | None = None,
) -> int:
    """Write a film of a figure over the steps that are stored; return the exit status.

    Args:
        session: whose runs are shown.
        figure: a plot, a picture, or the path of a figure's TOML.
        out: the file to write.
        run: one run alone.
        frames: pictures at most; of more steps some are left out, evenly.
        rate: pictures a second.
        width_mm: width of the page; None for 120.
        style: sizes of text and lines; None for those of a paper.
        format: what to write, where the name of `out` does not say it.
        at: what else is said of a picture: replica, comparator.
        colour: the column by whose values the runs of plots are coloured; None: each has its own colour.

    What a composed figure shows, and its sizes, its file alone says.

    Raises:
        Refusal: where there is no such session, figure or run, no step is stored, or no film can be made here.
    """
    suffix = suffix_wanted(out, format, FILMS)
    check_film(suffix, rate)
    if why := slower(suffix, rate):
        warn(why)
    if frames < 2:
        raise Refusal("--frames", frames, "must be at least 2")
    is_composed = figure.lower().endswith(COMPOSED)
    outputs = Outputs({"--out": out}, {"F.mlab": session, "--figure": Path(figure) if is_composed else None})
    if is_composed:
        refuse_said_twice(figure, {"run": run, "width-mm": width_mm, "style": style, **(at or {})})
        spec = load_figure(Path(figure))
    else:
        panel, look = panel_of(figure, run, at or {}), style_of(style or "paper")
    with Session.read(session) as opened, nullcontext() if is_composed else by_option():
        stored = StoredFigures(opened, colour)
        steps = steps_shown(_steps(stored, spec.panels if is_composed else (panel,)), frames)
        film = FilmWriter(suffix, rate)
        for count, step in enumerate(steps, 1):
            warn(f"picture {count} of {len(steps)}, step {step:,}")
            film.add(
                composed(spec, stored.drawables(spec, step), PICTURE)
                if is_composed
                else alone(stored.drawable(panel, step), PICTURE, width_mm or 120.0, look)
            )
    outputs.write("--out", film.content)
    outputs.raise_failures()
    return 0


def _steps(stored: StoredFigures, panels: tuple[PanelFields, ...]) -> list[int]:
    steps = stored.steps(panels)
    if len(steps) < 2:
        raise Refusal("", None, "there are fewer than two stored steps, so nothing moves; run it for longer")
    return steps
