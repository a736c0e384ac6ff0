"""What was kept of a map's points, and what of it other data or another lab have made stale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from ..data.files import file_name
from ..experiment.data import DataSpec
from ..experiment.document import Document
from ..experiment.sweep import Grid
from ..protocol.points import PointResult
from ..words.errors import Refusal
from ..words.formats import counted
from .points import Keys, key_of, lab_and_files

SAMPLES = 4
"""Points of one lab whose keys are worked out whole: where one of them is another, all are looked at."""
OTHER_LAB = "by another version of the lab"
Files = Mapping[DataSpec, str | None]
"""Of data that points are trained on, what keys say of their files; None where these cannot be read."""


@dataclass(frozen=True)
class KnownPoints:
    """What is known of a map's points as they would be trained now."""

    results: dict[int, PointResult]
    """What became of them, by number."""
    stale: str = ""
    """What was trained otherwise, in words; '' for nothing."""
    files: Files = field(default_factory=dict, compare=False)
    """The files that this was judged by."""


def known_points(document: Document, points: Mapping[str, PointResult]) -> KnownPoints:
    """Return what is still so of a map's points, by their keys; where data cannot be read now, nothing is said of them.

    Raises:
        Refusal: where the document is no map any more.
    """
    return _PointsKept(document).known(points)


def are_other_files(document: Document, files: Files) -> bool:
    """Say whether any of a map's files has become another one."""
    keys = Keys(document)
    return any(_files_now(keys, data) != known for data, known in files.items())


def _files_now(keys: Keys, data: DataSpec) -> str | None:
    try:
        return keys.files(data)
    except (Refusal, OSError):
        return None


class _Now(NamedTuple):
    """What keys of a place begin with if it is trained now; None where that cannot be told."""

    lab: str | None = None
    files: str | None = None
    named: str = ""
    """What its file is called."""


class _PointsKept:
    """The points of one map as they were kept."""

    def __init__(self, document: Document) -> None:
        assert document.sweep is not None, "it is a map"
        self.grid, self._keys = Grid.of(document.base, document.sweep), Keys(document)
        self._now: dict[tuple[int, ...], _Now] = {}
        """By the places on the axes that decide it."""
        self._deciding = [k for k in range(len(self.grid.paths)) if self._decides(k)]
        self._files: dict[DataSpec, str | None] = {}

    def _decides(self, axis: int) -> bool:
        path, values = self.grid.paths[axis], self.grid.axes[axis]
        is_of_files = self.grid.reads_files and path.partition(".")[0] == "data"
        return is_of_files or path.endswith("kind") or any(isinstance(value, Mapping) for value in values)

    def known(self, points: Mapping[str, PointResult]) -> KnownPoints:
        results: dict[int, PointResult] = {}
        keys: dict[int, str] = {}
        stale: dict[int, str] = {}
        for key, result in points.items():
            why = self._why(key, result.point)
            if why:
                stale[result.point] = why
            else:
                results[result.point], keys[result.point] = result, key
        numbers = sorted(keys)
        step = max(1, len(numbers) // SAMPLES)
        if any(self._is_other(number, keys[number]) for number in numbers[::step][: SAMPLES + 1]):
            for number in numbers:
                if self._is_other(number, keys[number]):
                    stale[number] = OTHER_LAB
                    del results[number]
        count = Counter(stale[number] for number in stale.keys() - results.keys())
        return KnownPoints(results, _in_words(count), self._files)

    def _why(self, key: str, number: int) -> str:
        """Say what has changed since a point was trained, as its key tells; '' for nothing."""
        if not 0 <= number < self.grid.runs:
            return OTHER_LAB
        now, (lab, files) = self._as_of_now(number // self.grid.sweep.seeds), lab_and_files(key)
        if now.lab is not None and lab != now.lab:
            return OTHER_LAB
        return f"before {now.named} was changed" if now.files is not None and files != now.files else ""

    def _as_of_now(self, setting: int) -> _Now:
        places = self.grid.setting_of(setting).places if self._deciding else ()
        which = tuple(places[k] for k in self._deciding)
        if which not in self._now:
            self._now[which] = self._worked_out(setting)
        return self._now[which]

    def _worked_out(self, setting: int) -> _Now:
        try:
            experiment = self.grid.experiment(self.grid.setting_of(setting))
        except Refusal:
            return _Now()
        data = experiment.data
        if data not in self._files:
            self._files[data] = _files_now(self._keys, data)
        return _Now(self._keys.lab(experiment), self._files[data], file_name(data.named_file) or "its data")

    def _is_other(self, number: int, key: str) -> bool:
        """Say whether a point of this number has another key by now, whatever its files are."""
        setting, seed = divmod(number, self.grid.sweep.seeds)
        try:
            experiment = self.grid.experiment(self.grid.setting_of(setting), seed)
        except Refusal:
            return True
        return key_of(self._keys.unseeded(experiment, *lab_and_files(key)), experiment.seed) != key


def _in_words(stale: Mapping[str, int]) -> str:
    count = sum(stale.values())
    were = f"{counted(count, 'run')} {'was' if count == 1 else 'were'} trained"
    told = [f"{count:,} {why}" if len(stale) > 1 else why for why, count in stale.items()]
    return f"{were} {' and '.join(told)}" if stale else ""
