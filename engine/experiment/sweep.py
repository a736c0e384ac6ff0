"""What a user may say of a map: axes over fields, how they are combined, seeds, and what is kept of every point."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, Strict, model_validator

from ..words.errors import Refusal, nearest
from .columns import COLUMNS, column
from .data import DataSpec, paths_of_files
from .differences import last_words, shown
from .experiment import Experiment, field_at, value_at, with_values
from .fields import Fields, Names, Pair, field

Spaced = Annotated[tuple[float, float, int], Strict(False)]
"""From, to, how many."""
MOST_RUNS = 1_000_000
"""Points times seeds of one sweep, at most."""
DIGITS = 12
"""Significant digits of values between the ends of an axis, so that files say 0.01 and not 0.010000000000000002."""
CHOICES_OF_DATA = {"data", "data.kind"}
"""Fields whose values may be data of any kind."""
NO_AXES = ("version", "title", "replicas", "vary", "seed", "run.device", "run.threads")
"""Fields that are no axis: what decides nothing, where a run computes, and what a sweep says otherwise."""


class Random(Fields):
    """Values drawn between two ends, evenly or evenly in their logarithm, by the experiment's seed."""

    lin: Pair | None = field(None, "evenly", "The two ends.")
    log: Pair | None = field(None, "evenly in the logarithm", "The two ends, both above 0.")
    n: int = field(..., "values", "How many are drawn.", ge=1, le=MOST_RUNS)

    @model_validator(mode="after")
    def _has_ends(self) -> Random:
        """Refuse no ends, both kinds of ends, and ends without a logarithm."""
        if (self.lin is None) == (self.log is None):
            raise Refusal("random", None, "needs either lin = [from, to] or log = [from, to]")
        if self.log is not None:
            _check_logarithms("random.log", self.log)
        return self

    def drawn(self, random: np.random.Generator) -> list[float]:
        """Return the values, (n,), in the order they were drawn."""
        if self.log is not None:
            low, high = np.log(self.log)
            return [float(value) for value in np.exp(random.uniform(low, high, self.n))]
        low, high = self.lin or (0.0, 0.0)
        return [float(value) for value in random.uniform(low, high, self.n)]


class SweepAxis(Fields):
    """One field and the values it takes, given in one of four ways."""

    path: str = field(..., "field", "Its dotted path: a number, a kind, or a whole table.", min_length=1)
    values: list[Any] | None = field(None, "values", "Each of them.")
    lin: Spaced | None = field(None, "evenly", "From, to, how many.")
    log: Spaced | None = field(None, "evenly in the logarithm", "From, to, how many; both ends above 0.")
    random: Random | None = field(None, "at random", "Drawn by the experiment's seed.")

    @model_validator(mode="after")
    def _says_values(self) -> SweepAxis:
        """Refuse an axis without values, or with values in two ways."""
        given = [name for name in ("values", "lin", "log", "random") if getattr(self, name) is not None]
        if len(given) != 1:
            words = "values, lin, log or random"
            raise Refusal(
                given[1] if given else "values",
                None,
                f"is one too many; give one of {words}" if given else f"is missing; give one of {words}",
            )
        if self.values is not None and not self.values:
            raise Refusal("values", [], "is empty; give at least one value")
        for name in ("lin", "log"):
            spaced: tuple[float, float, int] | None = getattr(self, name)
            if spaced is not None and not 1 <= spaced[2] <= MOST_RUNS:
                raise Refusal(name, list(spaced), f"must ask for 1 to {MOST_RUNS:,} values")
            if spaced is not None and name == "log":
                _check_logarithms(name, spaced[:2])
        return self

    @property
    def is_log(self) -> bool:
        """Say whether a plot of it is better read on a logarithmic scale."""
        return self.log is not None or (self.random is not None and self.random.log is not None)

    def settings(self, base: Experiment, number: int) -> tuple[Any, ...]:
        """Return the values that its field takes, in order, whole numbers where the field has such.

        Args:
            base: the experiment whose field it is.
            number: which axis it is, from 0: axes drawn at random are independent.
        """
        if self.values is not None:
            return tuple(self.values)
        if self.random is not None:
            drawn = self.random.drawn(np.random.default_rng([base.seed, number]))
        elif self.log is not None:
            drawn = _between(self.log, np.geomspace(*self.log))
        else:
            assert self.lin is not None, "one of the four is given"
            drawn = _between(self.lin, np.linspace(*self.lin))
        if not _is_whole(base, self.path):
            return tuple(drawn)
        return tuple(dict.fromkeys(round(value) for value in drawn))


def _check_logarithms(name: str, ends: tuple[float, float]) -> None:
    if min(ends) <= 0:
        raise Refusal(name, list(ends), "has an end without a logarithm; both must be above 0")


def _between(spaced: tuple[float, float, int], values: np.ndarray) -> list[float]:
    """Return spaced values in few digits, with the ends as they were given."""
    inner = [float(f"{value:.{DIGITS}g}") for value in values]
    return [spaced[0], *inner[1:-1], spaced[1]][: len(inner)] if len(inner) > 1 else [spaced[0]]


def _is_whole(base: Experiment, path: str) -> bool:
    """Say whether a field takes whole numbers alone."""
    try:
        owner, name = field_at(base, path)
    except Refusal:  # it belongs to a kind that another axis chooses
        return False
    return owner.model_fields[name].annotation is int


class SweepSpec(Fields):
    """A map: every combination of its axes' values, each with several seeds."""

    axes: Annotated[tuple[SweepAxis, ...], Strict(False)] = field(
        ..., "axes", "Fields and their values.", min_length=1
    )
    order: Literal["grid", "zip"] = field("grid", "order", "grid: crossed; zip: side by side.")
    seeds: int = field(1, "seeds", "Every point is trained with seed, seed + 1, …", ge=1)
    keep: Literal["final", "records", "snapshot"] = field(
        "final",
        "keep",
        "final: the last value of every measurement; records: thinned curves too; snapshot: the last parameters too.",
    )
    columns: Names = field((), "measurements", "Which are kept of every point; none named: all that apply.")

    @model_validator(mode="after")
    def _fits(self) -> SweepSpec:
        """Refuse two axes of one field, and measurements that there are not."""
        paths = [axis.path for axis in self.axes]
        for i, path in enumerate(paths):
            if path in NO_AXES or path.partition(".")[0] == "vary":
                told = "it is what `seeds` is for" if path == "seed" else "it is no setting of a point"
                raise Refusal(f"axes[{i}].path", path, f"cannot be an axis; {told}")
            if path in paths[:i]:
                raise Refusal(f"axes[{i}].path", path, "is an axis already; give all its values there")
            for k, value in enumerate(self.axes[i].values or ()):
                for name in _no_axes_within(path):
                    if isinstance(value, Mapping) and name in value:
                        where = f"axes[{i}].values[{k}].{name}"
                        raise Refusal(where, value[name], "cannot be an axis; it is no setting of a point")
        for name in self.columns:
            if column(name) is None:
                raise Refusal(
                    "columns", name, f"is not a measurement; {nearest(name, [c.name for c in COLUMNS])}"
                )
        return self


def _dotted_fields(model: BaseModel, prefix: str = "") -> Iterator[str]:
    """Yield the paths of all fields that may be axes, within an experiment's own kinds."""
    for name in type(model).model_fields:
        path, value = f"{prefix}{name}", getattr(model, name)
        if path not in NO_AXES:
            yield path
        if isinstance(value, BaseModel):
            yield from _dotted_fields(value, f"{path}.")


def _no_axes_within(path: str) -> list[str]:
    """Return what of the table at a path is no axis."""
    return [name.removeprefix(f"{path}.") for name in NO_AXES if name.startswith(f"{path}.")]


@dataclass(frozen=True)
class Setting:
    """One place on a map: a value of every axis."""

    number: int
    """In the order of the axes, the last one fastest."""
    places: tuple[int, ...]
    """Which value of each axis it takes, from 0."""
    values: Mapping[str, Any]
    """By the path of its axis."""

    @property
    def words(self) -> str:
        """Say which one it is, as in 'init scale 0.1, widths [64]'."""
        return ", ".join(f"{last_words(path)} {value_in_words(value)}" for path, value in self.values.items())


def value_in_words(value: Any) -> str:
    """Write a value of an axis as texts do: of a table its values alone."""
    if isinstance(value, Mapping):
        return " ".join(value_in_words(part) for part in value.values())
    return shown(tuple(value)) if isinstance(value, list) else shown(value)


def _refuse_equal(field: str, path: str | None, values: Sequence[Any]) -> None:
    """Refuse values of an axis, or of axes side by side (no path), of which two are equal: they would be one point."""
    with contextlib.suppress(TypeError):  # of those that are tables or lists
        if len(set(values)) == len(values):
            return
    known: dict[Hashable, int] = {}
    for k, value in enumerate(values):
        first = known.setdefault(_comparable(value), k)
        if first != k:
            words = value_in_words(value) if path else ", ".join(map(value_in_words, value))
            told = f"has the value {words} twice" if path else f"say {words} twice"
            remedy = "leave one of them out: a point of a map is trained once"
            raise Refusal(field, path, f"{told}, as values {first + 1} and {k + 1}; {remedy}")


def _comparable(value: Any) -> Hashable:
    """Return what is equal for equal values of an axis."""
    if isinstance(value, Mapping):
        return frozenset((name, _comparable(part)) for name, part in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(_comparable, value))
    return (value,) if isinstance(value, bool) else value  # 1 is no truth


def number_of(value: Any) -> float:
    """Return the number that a value of an axis is, or a list of one number; NaN of what is no number."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if is_number else math.nan


@dataclass(frozen=True)
class Grid:
    """The points of a sweep, as its axes make them of one experiment."""

    base: Experiment
    sweep: SweepSpec
    axes: tuple[tuple[Any, ...], ...]
    """The values of every axis."""

    @classmethod
    def of(cls, base: Experiment, sweep: SweepSpec) -> Grid:
        """Work out the values of every axis.

        Raises:
            Refusal: where axes side by side have unlike numbers of values, an axis has a value twice, or there are too
                many points.
        """
        axes = tuple(axis.settings(base, number) for number, axis in enumerate(sweep.axes))
        if sweep.order == "zip":
            for i, values in enumerate(axes):
                if len(values) != len(axes[0]):
                    raise Refusal(
                        f"sweep.axes[{i}]",
                        None,
                        f"has {len(values):,} values where {sweep.axes[0].path} has {len(axes[0]):,}; "
                        'axes side by side need as many, or say order = "grid"',
                    )
        grid = cls(base, sweep, axes)
        if grid.runs > MOST_RUNS:
            raise Refusal(
                "sweep.axes",
                None,
                f"make {grid.runs:,} runs with their seeds, where {MOST_RUNS:,} are allowed; take fewer values",
            )
        if sweep.order == "zip":
            _refuse_equal("sweep.axes", None, list(zip(*axes, strict=True)))
        else:
            for i, values in enumerate(axes):
                _refuse_equal(f"sweep.axes[{i}].path", sweep.axes[i].path, values)
        return grid

    @property
    def shape(self) -> tuple[int, ...]:
        """Return how many values every axis has; side by side they are one axis."""
        lengths = tuple(len(values) for values in self.axes)
        return lengths[:1] if self.sweep.order == "zip" else lengths

    @property
    def points(self) -> int:
        """Return the number of settings."""
        return math.prod(self.shape)

    @property
    def runs(self) -> int:
        """Return the number of settings times seeds."""
        return self.points * self.sweep.seeds

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the fields of the axes, in order."""
        return tuple(axis.path for axis in self.sweep.axes)

    @property
    def reads_files(self) -> bool:
        """Say whether points may train on data that are read from files."""
        return bool(self.base.data.reads) or not CHOICES_OF_DATA.isdisjoint(self.paths)

    def data_of_axes(self) -> Iterator[DataSpec]:
        """Yield the data of every value that can choose a file, where other axes have their first one.

        Where nothing but names of files differs, the first one alone is judged: there may be very many.
        """
        named = paths_of_files()
        choosing = [k for k, path in enumerate(self.paths) if path in CHOICES_OF_DATA | named]
        for along in choosing:
            path, alike = self.paths[along], None
            are_names = path in named and (self.sweep.order == "grid" or len(choosing) == 1)
            for place, value in enumerate(self.axes[along]):
                if alike is not None and isinstance(value, str):
                    yield alike.model_copy(update={alike.reads: value})
                    continue
                others = (place if k == along else 0 for k in range(len(self.shape)))
                places = (place,) if self.sweep.order == "zip" else tuple(others)
                with contextlib.suppress(Refusal):  # it is no point
                    data = self.experiment(self.setting(places)).data
                    alike = data if are_names else None
                    yield data

    def settings(self) -> Iterator[Setting]:
        """Yield every place on the map, the last axis fastest."""
        places = (
            ((i,) * len(self.axes) for i in range(self.points))
            if self.sweep.order == "zip"
            else itertools.product(*(range(len(values)) for values in self.axes))
        )
        for number, place in enumerate(places):
            values = {path: values[i] for path, values, i in zip(self.paths, self.axes, place, strict=True)}
            yield Setting(number, place, values)

    def places(self, number: int) -> tuple[int, ...]:
        """Return which values of its axes a setting has, by its number; side by side they are one axis."""
        places: list[int] = []
        for count in reversed(self.shape):
            number, place = divmod(number, count)
            places.insert(0, place)
        return tuple(places)

    def setting(self, places: tuple[int, ...]) -> Setting:
        """Return the place on the map that has these values of its axes, from 0; side by side they are one axis."""
        number = 0
        for count, place in zip(self.shape, places, strict=True):
            number = number * count + place
        each = places * len(self.axes) if self.sweep.order == "zip" else places
        values = {path: values[i] for path, values, i in zip(self.paths, self.axes, each, strict=True)}
        return Setting(number, each, values)

    def setting_of(self, number: int) -> Setting:
        """Return the place on the map that has this number."""
        return self.setting(self.places(number))

    def experiment(self, setting: Setting, seed: int = 0) -> Experiment:
        """Return the experiment of a point and its seed, the first of which is 0.

        Raises:
            Refusal: with the axis whose value is not allowed here, and why.
        """
        try:
            experiment = with_values(self.base, {p: self._complete(p, v) for p, v in setting.values.items()})
        except Refusal as refusal:
            raise self._unknown(refusal) or self._blamed(setting, refusal) from None
        return experiment.model_copy(update={"seed": self.base.seed + seed}) if seed else experiment

    def _complete(self, path: str, value: Any) -> Any:
        """Return a value of an axis, a whole table with what of it no axis says: where a run computes."""
        if not isinstance(value, Mapping):
            return value
        return {**{name: value_at(self.base, f"{path}.{name}") for name in _no_axes_within(path)}, **value}

    def _unknown(self, refusal: Refusal) -> Refusal | None:
        """Say of a refusal of an axis that is of no field which one may be meant; None of others."""
        for i, path in enumerate(self.paths):
            if refusal.value is None and refusal.field and f"{path}.".startswith(f"{refusal.field}."):
                names = list(_dotted_fields(self.base))
                if path in names:
                    continue
                last = path.rpartition(".")[2]
                meant = [name for name in names if name.rpartition(".")[2] == last]
                meant = meant or get_close_matches(path, names, n=1, cutoff=0.6)
                parts = dict.fromkeys(name.partition(".")[0] for name in names if "." in name)
                told = (
                    f"did you mean {' or '.join(map(repr, meant))}?"
                    if meant
                    else f"allowed are fields of {', '.join(parts)}, such as optimizer.step.kind"
                )
                return Refusal(f"sweep.axes[{i}].path", path, f"is not a known field; {told}")
        return None

    def _blamed(self, setting: Setting, refusal: Refusal) -> Refusal:
        """Say of a refused point which of its axes is to blame, as far as that can be told, and where it lies."""
        for i, path in enumerate(self.paths):
            if f"{refusal.field}.".startswith(f"{path}."):
                if refusal.field == path and refusal.value is None:
                    return Refusal(f"sweep.axes[{i}].path", path, refusal.remedy)
                told = refusal.remedy if refusal.field == path else f"is refused: {refusal}"
                alone = len(self.paths) == 1
                where = "" if alone else f" (at {setting.words})"
                return Refusal(
                    f"sweep.axes[{i}].values[{setting.places[i]}]", setting.values[path], told + where
                )
        return Refusal("sweep.axes", None, f"make a point that is refused, {setting.words}: {refusal}")
