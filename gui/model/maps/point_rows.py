"""The points of a map as rows of a table, and the columns that there are of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.experiment.claims import Claim
from engine.experiment.columns import column as measurement
from engine.experiment.sweep import Grid, value_in_words
from engine.experiment.titles import full_title, short_title
from engine.figures.maps import words_of
from engine.protocol.point_table import CLAIM as CLAIM_NUMBER
from engine.protocol.point_table import DIVERGED, is_share
from engine.protocol.points import PointResult
from gui.model.run_table.column import ColumnBook, TableColumn, headed
from gui.model.run_table.known_columns import FIRST_EVENTS, FIRST_FINALS
from gui.model.run_table.rows import CLAIM, RowKey
from gui.model.run_table.values import Value, are_numbers, as_value

NOT_TRAINED = "not trained"
POINT_COLUMNS = (
    TableColumn("point", "place", "point", "Its place in the order of the axes, from 0; seeds share it."),
    TableColumn("seed", "seed", "point", "What it is trained with."),
    TableColumn("status", "status", "point", "What became of it.", is_text=True),
    TableColumn("step", "step", "point", "The last one that it was trained to."),
    TableColumn("seconds", "seconds", "point", "Its share in the time that its task was trained."),
    TableColumn("where", "ran on", "point", "The machine whose process trained it.", is_text=True),
    TableColumn("why", "why", "point", "Why it failed, ended early or was lost.", is_text=True),
)


@dataclass(frozen=True)
class PointsOf:
    """What the rows of one map share."""

    grid: Grid
    values: tuple[tuple[Value, ...], ...]
    """Of every axis (K,), as cells hold them."""
    claims: Mapping[str, int]
    """Places of the claims about a point, by column."""

    @classmethod
    def of(cls, grid: Grid, claims: Sequence[Claim]) -> PointsOf:
        """Return what rows of a map share."""
        values = tuple(tuple(_cell(value) for value in axis) for axis in grid.axes)
        return cls(grid, values, {f"{CLAIM}{claim.text}": k for k, claim in enumerate(_of_points(claims))})

    def rows(self, results: Mapping[int, PointResult]) -> Iterator[PointRow]:
        """Yield every point in its order, with what became of it by number."""
        for number in range(self.grid.runs):
            yield PointRow(self, number, results.get(number))


@dataclass(frozen=True, slots=True)
class PointRow:
    """One point with one seed."""

    of: PointsOf
    number: int
    result: PointResult | None
    """None: it has not been trained."""

    @property
    def key(self) -> RowKey:
        return str(self.number), None

    @property
    def state(self) -> object:
        return self.result

    def value(self, column: str) -> Value:
        """Return what stands in a column."""
        grid, result = self.of.grid, self.result
        setting, seed = divmod(self.number, grid.sweep.seeds)
        if column in grid.paths:
            axis = grid.paths.index(column)
            places = grid.places(setting)
            return self.of.values[axis][places[0 if grid.sweep.order == "zip" else axis]]
        if column == "point":
            return setting
        if column == "seed":
            return grid.base.seed + seed
        if result is None:
            return NOT_TRAINED if column == "status" else None
        if column in _OF_RESULT:
            return _OF_RESULT[column](result)
        if column in self.of.claims:
            place = self.of.claims[column]
            return result.verdicts[place] if place < len(result.verdicts) else None
        if column in result.events:
            return result.events[column]
        return as_value(result.last_values.get(column))


def _status(result: PointResult) -> Value:
    return result.status


def _step(result: PointResult) -> Value:
    return result.step


def _seconds(result: PointResult) -> Value:
    return result.seconds


def _where(result: PointResult) -> Value:
    return result.place


def _why(result: PointResult) -> Value:
    return result.why


_OF_RESULT = {"status": _status, "step": _step, "seconds": _seconds, "where": _where, "why": _why}


def _cell(value: object) -> Value:
    return value_in_words(value) if isinstance(value, Mapping) else as_value(value)


def _of_points(claims: Sequence[Claim]) -> list[Claim]:
    return [claim for claim in claims if not claim.about_a_map]


def columns_of(of: PointsOf, names: Sequence[str]) -> ColumnBook:
    """Return all columns of a map's points.

    Args:
        of: what they share.
        names: last values, events and claims that there are of some point, as its table calls them.
    """
    base = of.grid.base
    axes = [
        TableColumn(
            path, short_title(base, path), "field", full_title(base, path), is_text=not are_numbers(values)
        )
        for path, values in zip(of.grid.paths, of.values, strict=True)
    ]
    told = [_told(name) for name in names if not name.startswith(CLAIM_NUMBER)]
    claims = [
        TableColumn(name, f"claim {k + 1}", "claim", name.removeprefix(CLAIM), True, alias=f"claim{k + 1}")
        for name, k in of.claims.items()
    ]
    return ColumnBook([*POINT_COLUMNS[:2], *axes, *POINT_COLUMNS[2:], *told, *claims])


def _told(name: str) -> TableColumn:
    known = measurement(name)
    if known is None and name.endswith("_step"):
        return TableColumn(name, words_of(name), "event", "The first step at which it happened.")
    help = "" if known is None else known.help
    return TableColumn(name, words_of(name), "measurement", f"{help}\nThe last value.".strip())


def shown_columns(names: Sequence[str]) -> list[tuple[str, list[TableColumn]]]:
    """Return under headings what can be shown at the places of a map: what there is of its points, and shares of seeds.

    Args:
        names: last values, events and claims that there are of some point, as its table calls them.
    """
    told = [_told(name) for name in names if not is_share(name)]
    shares = [
        TableColumn(name, words_of(name), "claim", "The share of seeds.") for name in names if is_share(name)
    ]
    diverged = TableColumn(DIVERGED, words_of(DIVERGED), "event", "The share of seeds.")
    return headed([*told, *shares, diverged], ())


def usual_columns(of: PointsOf, names: Sequence[str], shown: str, *, why: bool, where: bool) -> list[str]:
    """Return the columns that say something, where nobody has chosen any.

    Args:
        of: what the points share.
        names: what there is of some point.
        shown: the column that the map is coloured by.
        why: whether there is a point with a reason.
        where: whether points ran on several machines.
    """
    finals = [next((name for name in group if name in names), "") for group in FIRST_FINALS]
    wanted = [
        *of.grid.paths,
        *(["seed"] if of.grid.sweep.seeds > 1 else []),
        "status",
        "step",
        "seconds",
        *(["where"] if where else []),
        *([shown] if shown in names and not shown.startswith(CLAIM_NUMBER) else []),
        *finals,
        *(name for name in FIRST_EVENTS if name in names),
        *of.claims,
        *(["why"] if why else []),
    ]
    return [name for name in dict.fromkeys(wanted) if name]
