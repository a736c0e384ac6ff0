"""Figures of a session's map on the command line: which map, and what is looked at of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..experiment.document import Document, parse
from ..experiment.sweep import Grid, value_in_words
from ..experiment.word_values import value_of
from ..figures.drawable import Drawable, of_picture
from ..figures.map_lines import lines_seen
from ..figures.maps import HOW, MapView, first_look, map_seen, slices_seen
from ..figures.origin import Origin
from ..protocol.point_table import DIVERGED, PointTable
from ..session import Session
from ..session.sweeps import StoredSweep
from ..sweep.known import known_points
from ..words.errors import Refusal, nearest
from .words import warn

SEEN = {"sweep_map": map_seen, "sweep_slices": slices_seen, "sweep_lines": lines_seen}
"""What is drawn of maps, by the name of its figure."""
NO_AXIS = "none"
"""What `--up` says where nothing runs upwards."""


@dataclass(frozen=True)
class MapOptions:
    """What is looked at of a map, as options say it; None, or nothing, of what they leave out."""

    map: str | None = None
    column: str | None = None
    across: str | None = None
    up: str | None = None
    at: Sequence[str] = ()
    over_seeds: str | None = None
    log: bool | None = None
    contour: float | None = None
    fit: bool = False

    @property
    def said(self) -> list[str]:
        """Return which of them are said."""
        return [
            f"--{name.replace('_', '-')}"
            for name, value in vars(self).items()
            if value not in (None, (), [], False)
        ]


def map_drawable(session: Session, figure: str, options: MapOptions) -> Drawable:
    """Return a map's cells, its slices, or its points as lines, as they are looked at.

    Raises:
        Refusal: where there is no such map, column, axis or value.
    """
    stored = _named(session.maps.all, options.map)
    document = parse(stored.text, None if stored.folder is None else Path(stored.folder))
    if document.sweep is None:
        raise Refusal("--map", options.map, "is no map any more")
    known = known_points(document, session.maps.points(stored.id))
    table = PointTable(Grid.of(document.base, document.sweep))
    table.take(known.results.values())
    if known.stale:
        anew = "not in the figure; `marginlab sweep` trains them anew"
        if not table.known:
            raise Refusal("--figure", figure, f"would have no point: {known.stale}; {anew}")
        warn(f"{known.stale}: {anew}.")
    if not table.known:
        raise Refusal(
            "--figure", figure, "is of a map, and no point of it has been trained; `marginlab sweep` does"
        )
    return of_picture(
        figure, SEEN[figure](table, _view(document, table, options)), Origin(stored.title or "map")
    )


def _named(maps: Sequence[StoredSweep], word: str | None) -> StoredSweep:
    """Return the only map, or the one that a word names by title, id or its beginning; of one title the last."""
    if not maps:
        raise Refusal("F.mlab", None, "holds no map; `marginlab sweep EXPERIMENT --out F.mlab` makes one")
    found = [one for one in maps if word is None or one.title == word or one.id.startswith(word)]
    titles = {one.title for one in found}
    if len(found) == 1 or titles == {word} or (word is None and len(titles) == 1):
        return found[-1]
    names = ", ".join(f"{one.id[:8]} ({one.title or 'map'})" for one in maps)
    raise Refusal("--map", word, f"must name one of the session's maps: {names}")


def _view(document: Document, table: PointTable, options: MapOptions) -> MapView:
    grid, (first, _) = table.grid, first_look(document, table)
    names = [*table.names, DIVERGED]
    if options.column is not None and options.column not in names:
        raise Refusal(
            "--column", options.column, f"is not kept of this map's points; {nearest(options.column, names)}"
        )
    how = options.over_seeds or "median"
    if how not in HOW:
        raise Refusal("--over-seeds", how, f"is not known; {nearest(how, list(HOW))}")
    axes = len(grid.shape)
    across = first.across if options.across is None else _axis(grid, "--across", options.across)
    others = [k for k in range(axes) if k != across]
    up = others[0] if others else None
    if options.up is not None:
        up = None if options.up == NO_AXIS else _axis(grid, "--up", options.up)
    if up == across:
        raise Refusal("--up", options.up, f"runs across already; name another axis, or {NO_AXIS}")
    at = [0] * axes
    for word in options.at:
        path, _, value = word.partition("=")
        axis = _axis(grid, "--at", path)
        at[axis] = _place(grid, axis, value, word)
    return MapView(
        options.column or first.of,
        across,
        up,
        tuple(at),
        how,
        options.log,
        options.contour,
        options.fit,
    )


def _axis(grid: Grid, option: str, path: str) -> int:
    """Return which axis a field is; side by side all of them are one."""
    if path not in grid.paths:
        raise Refusal(option, path, f"is not an axis of this map; {nearest(path, list(grid.paths))}")
    return 0 if grid.sweep.order == "zip" else grid.paths.index(path)


def _place(grid: Grid, axis: int, value: str, word: str) -> int:
    """Return which of an axis's values a word names."""
    values = grid.axes[axis]
    wanted = value_of(value)
    if wanted in values:
        return values.index(wanted)
    raise Refusal("--at", word, f"is not among its values: {', '.join(map(value_in_words, values))}")
