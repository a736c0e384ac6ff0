"""What is looked at of the map that is shown: a column over two axes, and the place chosen."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal, get_args

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from engine.experiment.document import Document
from engine.experiment.sweep import Setting
from engine.figures.map_lines import lines_seen
from engine.figures.maps import (
    MapView,
    cell_in_words,
    first_look,
    map_seen,
    shown_lines,
    slices_seen,
    words_of,
)
from engine.protocol.map_pictures import AxisSeen, LinesSeen, MapSeen, SlicesSeen
from engine.protocol.points import PointResult
from engine.protocol.records import Array
from engine.words.errors import Refusal
from engine.words.formats import counted, read_out
from gui.plain_text import as_html

from ..draft import Draft
from .cell_curves import CellCurves
from .lab_map import LabMap
from .maps import Maps

Cell = tuple[int, int]
MapKind = Literal["cells", "slices", "lines", "points"]
"""How a map is shown: cells over two axes, lines along one, a line a point over all, a row a point."""
NOTHING_CHOSEN = (
    "A click on the map chooses a place; a double click opens its experiment. A drag gives the experiment at the left "
    "the values of the places that it comes to."
)
MOST_LINES = 40
"""Columns that the card of a place says."""


class ShownMap(QObject):
    """Looks at the map that `Maps` shows."""

    changed = Signal()

    def __init__(self, maps: Maps, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._maps = maps
        self.looked = MapView()
        self._kind: MapKind | None = None
        """How it is shown, where somebody chose it."""
        self.cell: Cell | None = None
        """The place chosen, upwards and across."""
        self._point: int | None = None
        """The point chosen in it, by number."""
        self._of = ""
        """The map looked at."""
        self._about: tuple[str, tuple[str, ...]] = "", ()
        """Its title, and the paths of its axes."""
        self._looks: dict[str, tuple[MapView, MapKind | None]] = {}
        """How other maps were looked at, by their ids."""
        self._curves = CellCurves(self)
        self._curves.changed.connect(self.changed)
        maps.listed.connect(self._on_listed)
        maps.points_changed.connect(self.changed)
        maps.listed.connect(self.changed)

    @Slot()
    def _on_listed(self) -> None:
        """Look at another map as it was looked at before; at one that follows by an edit of its axes as at that."""
        shown = self._maps.shown
        if shown is None or shown.id == self._of:
            return
        self._looks[self._of] = self.looked, self._kind
        before, self._about = self._about, (shown.document.base.title, tuple(shown.grid.paths))
        self._of = shown.id
        if shown.id in self._looks:
            self.looked, self._kind = self._looks[shown.id]
        elif before != self._about:
            self.looked, self._kind = MapView(), None

    @Slot(object)
    def look(self, view: MapView) -> None:
        """Look at something else."""
        before = self.looked if self._maps.shown is None else self._fitting()
        if view.across != before.across or view.up != before.up:
            self.choose(None)
        self.looked = view
        self.changed.emit()

    @property
    def kind(self) -> MapKind:
        """Return how it is shown: as was chosen, or as suits what it is about."""
        shown = self._maps.shown
        if self._kind is not None or shown is None:
            return self._kind or "cells"
        return "slices" if first_look(shown.document, shown.table)[1] else "cells"

    @Slot(str)
    def look_as(self, kind: MapKind) -> None:
        """Look at it in another way."""
        self._kind = kind
        self.changed.emit()

    def choose(self, cell: Cell | None) -> None:
        """Choose a place."""
        self.cell, self._point = cell, None

    def choose_point(self, number: int) -> None:
        """Choose a point by its number: its place, at its values of the axes that are not seen."""
        shown = self._maps.shown
        if shown is None or not 0 <= number < shown.grid.runs:
            return
        places = shown.grid.places(number // shown.grid.sweep.seeds)
        view = replace(self._fitting(), at=places)
        self.looked, self._point = view, number
        self.cell = (0 if view.up is None else places[view.up], places[view.across])

    @property
    def point(self) -> int | None:
        """Return the point chosen, by number: of a place the first one; None where no place is."""
        setting = None if self.cell is None else self._setting(self.cell)
        shown = self._maps.shown
        if setting is None or shown is None:
            return None
        first = setting.number * shown.grid.sweep.seeds
        there = range(first, first + shown.grid.sweep.seeds)
        return self._point if self._point in there else first

    def choose_of_slice(self, line: int, place: int) -> None:
        """Choose the place of a slice, by the line among those shown."""
        seen = self.seen()
        if seen is not None:
            self.choose((shown_lines(len(seen.values))[line], place))

    # --- what is seen ---

    def _fitting(self) -> MapView:
        shown = self._maps.shown
        assert shown is not None, "a map is shown"
        view = self.looked
        if not view.of:
            first, _ = first_look(shown.document, shown.table)
            view = replace(
                view, of=first.of, across=first.across if view == MapView(at=view.at) else view.across
            )
        return view.fitting(shown.table)

    def seen(self) -> MapSeen | None:
        """Return the cells; None without a map."""
        shown = self._maps.shown
        return None if shown is None else map_seen(shown.table, self._fitting())

    def slices(self) -> SlicesSeen | None:
        """Return the slices; None without a map."""
        shown = self._maps.shown
        return None if shown is None else slices_seen(shown.table, self._fitting())

    def lines(self) -> LinesSeen | None:
        """Return the points as lines; None without a map."""
        shown = self._maps.shown
        return None if shown is None else lines_seen(shown.table, self._fitting())

    def offered(self) -> tuple[MapView, list[str], tuple[AxisSeen, ...]]:
        """Return what is looked at, the columns that there are, and the axes."""
        shown = self._maps.shown
        assert shown is not None, "a map is shown"
        return self._fitting(), shown.table.names, shown.table.axes

    # --- the place chosen ---

    def _setting(self, cell: Cell) -> Setting | None:
        shown = self._maps.shown
        if shown is None:
            return None
        view = self._fitting()
        places = list(view.at)
        places[view.across] = cell[1]
        if view.up is not None:
            places[view.up] = cell[0]
        return shown.grid.setting(tuple(places))

    def values_of(self, cell: Cell) -> dict[str, Any]:
        """Return the values of all axes at a place, by the paths of their fields."""
        setting = self._setting(cell)
        return {} if setting is None else dict(setting.values)

    def document_of(self, cell: Cell) -> Document | None:
        """Return the experiment of a place, as a document that is no map; None where its values are refused."""
        shown, setting = self._maps.shown, self._setting(cell)
        if shown is None or setting is None:
            return None
        return _document(shown, setting, 0, shown.grid.sweep.seeds)

    def document_of_point(self, number: int) -> Document | None:
        """Return the experiment of a point by its number, with its seed alone; None where it is refused."""
        shown = self._maps.shown
        if shown is None or not 0 <= number < shown.grid.runs:
            return None
        setting, seed = divmod(number, shown.grid.sweep.seeds)
        return _document(shown, shown.grid.setting_of(setting), seed, 1)

    def _known(self) -> list[PointResult | None]:
        """Return what is known of the place chosen, one a seed."""
        shown = self._maps.shown
        setting = None if self.cell is None else self._setting(self.cell)
        if shown is None or setting is None:
            return []
        seeds = shown.grid.sweep.seeds
        return [shown.results.get(setting.number * seeds + k) for k in range(seeds)]

    def curves(self) -> tuple[list[tuple[Array, Array]], str]:
        """Return steps (T,) and values (T,) of the column looked at, one a seed, where they are kept; and its name."""
        shown = self._maps.shown
        if shown is None:
            return [], ""
        known = [result for result in self._known() if result is not None]
        kept = shown.grid.sweep.keep != "final"
        self._curves.look_at(self._maps.kept, shown.id, known if kept else [])
        name = self._fitting().of
        there = [point for point in self._curves.found if name in point.curves and point.steps is not None]
        return [(np.asarray(point.steps), point.curves[name]) for point in there], words_of(name)

    def card(self) -> str:
        """Say what is known of the place chosen, as HTML."""
        shown = self._maps.shown
        setting = None if self.cell is None else self._setting(self.cell)
        if shown is None or setting is None:
            return NOTHING_CHOSEN
        known = self._known()
        axes, places = shown.table.axes, shown.grid.places(setting.number)
        words = ", ".join(f"{axis.title} {axis.words[at]}" for axis, at in zip(axes, places, strict=True))
        said = [f"<b>{as_html(words)}</b>", _statuses(known, shown.grid.base.seed)]
        whys = dict.fromkeys(result.why for result in known if result is not None and result.why)
        said += [as_html(why) for why in whys]
        said.append(self._seeds_in_words(self.cell))
        return "<br>".join(part for part in said if part) + _finals(
            known, shown.grid.base.seed, self._fitting().of
        )

    def _seeds_in_words(self, cell: Cell | None) -> str:
        """Say what the seeds of a place are in the column looked at, as HTML, and of how many of them that is."""
        seen = self.seen()
        if seen is None or cell is None or seen.seeds == 1:
            return ""
        return as_html(cell_in_words(seen, *cell))

    # --- kept with the session ---

    def state(self) -> dict[str, Any]:
        """Return what is looked at."""
        return {
            **asdict(self.looked),
            "kind": self._kind or "",
            "map": self._maps.shown_id,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Look at what was looked at; what is not as it should be is left at its default."""
        wanted = state.get("map")
        if isinstance(wanted, str) and wanted in self._maps.maps:
            self._maps.show(wanted)
        self._looks.clear()
        kinds = {
            "of": str,
            "across": int,
            "up": int,
            "how": str,
            "log": bool,
            "contour": float,
            "fitted": bool,
        }
        told = {name: state[name] for name, kind in kinds.items() if isinstance(state.get(name), kind)}
        if told.get("how") not in (None, "median", "mean", "spread"):
            del told["how"]
        at = state.get("at")
        if isinstance(at, list | tuple) and all(isinstance(place, int) for place in at):
            told["at"] = tuple(at)
        if "up" in state and state["up"] is None:
            told["up"] = None
        self.looked = MapView(**told)
        ways: tuple[MapKind, ...] = get_args(MapKind)
        self._kind = next((way for way in ways if way == state.get("kind")), None)
        self.changed.emit()


def _document(shown: LabMap, setting: Setting, seed: int, replicas: int) -> Document | None:
    """Return the experiment of a place with some of its seeds; None where its values are refused."""
    try:
        experiment = shown.grid.experiment(setting, seed)
    except Refusal:
        return None
    told = f", seed {experiment.seed}" if replicas < shown.grid.sweep.seeds else ""
    title = f"{shown.name}: {setting.words}{told}"
    experiment = experiment.model_copy(update={"title": title, "replicas": replicas})
    return shown.document.with_sweep(None).model_copy(update={"base": experiment})


def _statuses(known: Sequence[PointResult | None], first: int) -> str:
    """Say what became of seeds, from the first on."""
    words = [
        "not trained" if result is None else f"{result.status} at step {result.step:,}" for result in known
    ]
    if len(words) == 1:
        return words[0]
    if len(set(words)) == 1:
        return f"{counted(len(words), 'seed')}: {words[0]}"
    return ", ".join(f"seed {first + k}: {word}" for k, word in enumerate(words))


def _finals(known: Sequence[PointResult | None], first: int, of: str) -> str:
    """Return the values of the place's seeds as a table, their medians first; the column looked at is its first row."""
    seeds = {first + k: result for k, result in enumerate(known) if result is not None}
    there = list(seeds.values())
    names = list(dict.fromkeys(name for result in there for name in (*result.last_values, *result.events)))
    names = [name for name in (of, *names) if name in names]
    rows = []
    for name in list(dict.fromkeys(names))[:MOST_LINES]:
        told = [_told(result, name) for result in there]
        middle = [read_out(_median(there, name))] if len(there) > 1 else []
        rows.append(_row(words_of(name), middle + told))
    if rows and len(known) > 1:
        rows.insert(0, _row("seed", [*(["median"] if len(there) > 1 else []), *map(str, seeds)]))
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _row(title: str, cells: Sequence[str]) -> str:
    values = "".join(f"<td align=right>&nbsp;{cell}</td>" for cell in cells)
    return f"<tr><td>{as_html(title)}</td>{values}</tr>"


def _median(there: Sequence[PointResult], name: str) -> float:
    """Return the median of what seeds have of a last value, or of the step of an event; NaN where none has any."""
    values = [result.events.get(name, result.last_values.get(name, math.nan)) for result in there]
    defined = [value for value in values if not math.isnan(value)]
    return statistics.median(defined) if defined else math.nan


def _told(result: PointResult, name: str) -> str:
    """Write a last value of a point, or the step of an event."""
    if name in result.events:
        return f"{result.events[name]:,}"
    return read_out(result.last_values.get(name, float("nan")))


def curve_of(draft: Draft, name: str) -> tuple[Array, Array] | None:
    """Return the steps (T,) and values (T,) of a column of what is steered, of its first replica."""
    records = draft.run.history.records
    if name not in records or not len(records):
        return None
    return records.steps.astype(float), records.column(name)[:, 0]
