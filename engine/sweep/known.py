"""What was kept of a map's points, and what of it other data or another lab have made stale."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ..data.files import file_name
from ..experiment.document import Document
from ..experiment.sweep import Grid
from ..protocol.points import PointResult
from ..words.errors import Refusal
from ..words.formats import counted
from .points import DIGITS, Keys, files_in, key_of

SAMPLES = 4
"""Points whose keys are worked out whole: where one of them is another, all are."""
OTHER_LAB = "by a lab that made other records"


@dataclass(frozen=True)
class KnownPoints:
    """What is known of a map's points as they would be trained now."""

    results: dict[int, PointResult]
    """What became of them, by number."""
    stale: str = ""
    """What was trained otherwise, in words; '' for nothing."""


def known_points(document: Document, points: Mapping[str, PointResult]) -> KnownPoints:
    """Return what is still so of a map's points, by their keys; where data cannot be read now, nothing is said of them.

    Raises:
        Refusal: where the document is no map any more.
    """
    return _PointsKept(document).known(points)


class _PointsKept:
    """The points of one map as they were kept."""

    def __init__(self, document: Document) -> None:
        assert document.sweep is not None, "it is a map"
        self.grid, self._keys = Grid.of(document.base, document.sweep), Keys(document)
        self._stamps: dict[tuple[int, ...], tuple[str, str] | None] = {}
        """Of the places on axes of data: what keys say of files now, and what these are called; None: not known."""
        self._of_data = [k for k, path in enumerate(self.grid.paths) if path.partition(".")[0] == "data"]

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
        return KnownPoints(
            results, _in_words(Counter(stale[number] for number in stale.keys() - results.keys()))
        )

    def _why(self, key: str, number: int) -> str:
        """Say what has changed since a point was trained, as its key tells; '' for nothing."""
        if not 0 <= number < self.grid.runs:
            return OTHER_LAB
        files = files_in(key)
        if files is None:
            return OTHER_LAB
        now = self._stamp(number // self.grid.sweep.seeds) if self.grid.reads_files else None
        return f"before {now[1]} was changed" if now is not None and files != now[0] else ""

    def _stamp(self, setting: int) -> tuple[str, str] | None:
        """Return what the key of a place says of its files as they are now, and what these are called."""
        places = self.grid.setting(self.grid.places(setting)).places if self._of_data else ()
        which = tuple(places[k] for k in self._of_data)
        if which not in self._stamps:
            self._stamps[which] = self._stamp_now(setting)
        return self._stamps[which]

    def _stamp_now(self, setting: int) -> tuple[str, str] | None:
        try:
            data = self.grid.experiment(self.grid.setting(self.grid.places(setting))).data
            return files_in(self._keys.stamp(data)) or "", file_name(data.named_file) or "its data"
        except (Refusal, OSError):
            return None

    def _is_other(self, number: int, key: str) -> bool:
        """Say whether a point of this number has another key by now, whatever its files are."""
        setting, seed = divmod(number, self.grid.sweep.seeds)
        try:
            experiment = self.grid.experiment(self.grid.setting(self.grid.places(setting)), seed)
        except Refusal:
            return True
        return key_of(self._keys.unseeded(experiment, key[:-DIGITS]), experiment.seed) != key


def _in_words(stale: Mapping[str, int]) -> str:
    count = sum(stale.values())
    were = f"{counted(count, 'point')} {'was' if count == 1 else 'were'} trained"
    told = [f"{count:,} {why}" if len(stale) > 1 else why for why, count in stale.items()]
    return f"{were} {' and '.join(told)}" if stale else ""
