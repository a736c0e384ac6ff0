"""A point and its seed as one training, and the key by which its result is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from ..data import file_checksum
from ..experiment.columns import is_of_earlier
from ..experiment.data import DataSpec
from ..experiment.document import Document
from ..experiment.experiment import Experiment
from ..experiment.sweep import Grid, Setting, SweepSpec, value_in_words
from ..words.errors import Refusal

RECORDS = 4
"""Raised whenever records of an unchanged experiment change: what is known of points is then trained anew.

So it is whenever what travels to workers or back changes: workers of another number are told to train nothing.
"""
LAB, CHECKSUM, DIGITS = 8, 16, 32
"""Digits that a key has of what the lab makes of fields, of the checksum of files, and for all else."""
Unseeded = tuple[str, bytes]
"""What a key begins with, and what stands for all else but the seed."""


@dataclass(frozen=True)
class Point:
    """One training of a map."""

    number: int
    """Its place in the order of the map: settings in the order of the axes, seeds within each."""
    setting: Setting
    seed: int
    """From 0; it is trained with the base experiment's seed and this."""
    experiment: Experiment
    key: str


def points_of(document: Document) -> Iterator[Point]:
    """Yield every training of a document's map, judged, in order.

    Raises:
        Refusal: where a value of an axis is not allowed, two values make one point, or a file of data cannot be read.
    """
    assert document.sweep is not None, "it is a map"
    grid, keys = Grid.of(document.base, document.sweep), Keys(document)
    files, known = dict[DataSpec, str](), dict[Unseeded, int]()
    for setting in grid.settings():
        first = grid.experiment(setting)
        if first.data not in files:
            files[first.data] = keys.files(first.data)
        unseeded = keys.unseeded(first, keys.lab(first), files[first.data])
        if known.setdefault(unseeded, setting.number) != setting.number:
            raise one_point(grid, grid.setting_of(known[unseeded]), setting)
        for seed in range(document.sweep.seeds):
            experiment = first.model_copy(update={"seed": first.seed + seed})
            number = setting.number * document.sweep.seeds + seed
            yield Point(number, setting, seed, experiment, key_of(unseeded, experiment.seed))


def one_point(grid: Grid, first: Setting, second: Setting) -> Refusal:
    """Return what to say of two places on a map that are the same experiment."""
    unlike = [
        k for k, places in enumerate(zip(first.places, second.places, strict=True)) if len(set(places)) > 1
    ]
    remedy = "leave one of them out: a point of a map is trained once"
    if len(unlike) > 1:
        return Refusal("sweep.axes", None, f"make one point of {first.words} and of {second.words}; {remedy}")
    path, values = grid.paths[unlike[0]], (first.places[unlike[0]] + 1, second.places[unlike[0]] + 1)
    told = " and ".join(value_in_words(each.values[path]) for each in (first, second))
    where = f"sweep.axes[{unlike[0]}].path"
    return Refusal(
        where, path, f"makes one point of {told}, its values {values[0]} and {values[1]}; {remedy}"
    )


class Keys:
    """Gives the points of a map their keys.

    A key says what the lab makes of the experiment's fields, then which files the data are read from, then what stands
    for all else: what a file or another lab has made stale is told by its beginning, without working out every point.
    """

    def __init__(self, document: Document) -> None:
        self._folder, self._kept = document.folder, _kept(document)

    def lab(self, experiment: Experiment) -> str:
        """Return what keys of points of these kinds begin with: another where records or defaults have changed."""
        made = f"{self._kept}\n{_fields_of(tuple(_kinds(experiment)))}"
        return f"{RECORDS}-{hashlib.sha256(made.encode()).hexdigest()[:LAB]}"

    def files(self, data: DataSpec) -> str:
        """Return what keys of points on these data say of their files; '' where data are made.

        Raises:
            Refusal: where a file cannot be read.
        """
        return file_checksum(data, self._folder)[:CHECKSUM]

    def unseeded(self, experiment: Experiment, lab: str, files: str) -> Unseeded:
        """Return what stands for a complete experiment but its seed, whatever it is called and wherever it computes."""
        left_out: dict[str, Any] = {"title": True, "seed": True, "run": {"device": True, "threads": True}}
        text = json.dumps(experiment.model_dump(exclude=left_out), sort_keys=True, separators=(",", ":"))
        beginning = f"{lab}-{files}-"
        return beginning, hashlib.sha256(f"{beginning}{self._kept}\n{text}".encode()).digest()


def key_of(unseeded: Unseeded, seed: int) -> str:
    """Return what stands for a complete experiment."""
    beginning, digest = unseeded
    return beginning + hashlib.sha256(digest + str(seed).encode()).hexdigest()[:DIGITS]


def lab_and_files(key: str) -> tuple[str, str]:
    """Return what a key says of its lab, and of the files of its data; '' of what it does not say."""
    lab, _, files = key.rpartition("-")[0].rpartition("-")
    return lab, files


def _kinds(value: object) -> Iterator[type[BaseModel]]:
    """Yield the kinds of fields that an experiment is made of, from the outside in."""
    if isinstance(value, BaseModel):
        yield type(value)
        value = tuple(vars(value).values())
    if isinstance(value, tuple):
        for inner in value:
            yield from _kinds(inner)


@lru_cache(maxsize=1000)
def _fields_of(kinds: tuple[type[BaseModel], ...]) -> str:
    """Say which fields kinds have, and what these are where nobody says them."""
    return json.dumps(
        [[(name, repr(info.default)) for name, info in kind.model_fields.items()] for kind in kinds]
    )


def _kept(document: Document) -> str:
    """Say what is kept of points, and judged on them: other claims ask for other records."""
    assert document.sweep is not None, "it is a map"
    claims = [claim.judged for claim in document.claims if not claim.about_a_map]
    told = json.dumps([document.sweep.keep, sorted(document.sweep.columns), claims])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def measured_at_the_end(document: Document, experiment: Experiment) -> bool:
    """Say whether only the first and the last record of a point are wanted.

    Nothing is judged or kept of others, and no value that depends on them is asked for by name.
    """
    sweep: SweepSpec | None = document.sweep
    assert sweep is not None, "it is a map"
    stop = experiment.run.stop
    stops = stop.log_loss is not None or stop.plateau is not None
    judged = any(not claim.about_a_map for claim in document.claims)
    named = [*sweep.columns, *(claim.of for claim in document.claims)]
    return sweep.keep != "records" and not stops and not judged and not any(map(is_of_earlier, named))
