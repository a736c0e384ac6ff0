"""A point and its seed as one training, and the key by which its result is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..data import file_checksum
from ..experiment.data import DataSpec
from ..experiment.document import Document
from ..experiment.experiment import Experiment
from ..experiment.sweep import Grid, Setting, SweepSpec

RECORDS = 1
"""Raised whenever records of an unchanged experiment change: what is known of points is then trained anew."""


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
        Refusal: where a value of an axis is not allowed, or a file of data cannot be read.
    """
    assert document.sweep is not None, "it is a map"
    grid = Grid.of(document.base, document.sweep)
    kept, files = _kept(document), dict[DataSpec, str]()
    for setting in grid.settings():
        first = grid.experiment(setting)
        if first.data not in files:
            files[first.data] = file_checksum(first.data, document.folder)
        unseeded = _unseeded(first, f"{RECORDS} {files[first.data]} {kept}")
        for seed in range(document.sweep.seeds):
            experiment = first.model_copy(update={"seed": first.seed + seed})
            number = setting.number * document.sweep.seeds + seed
            yield Point(number, setting, seed, experiment, _key(unseeded, experiment.seed))


def _unseeded(experiment: Experiment, beside: str) -> bytes:
    """Return what stands for a complete experiment but its seed, whatever it is called and wherever it computes."""
    left_out: dict[str, Any] = {"title": True, "seed": True, "run": {"device": True, "threads": True}}
    text = json.dumps(experiment.model_dump(exclude=left_out), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{beside}\n{text}".encode()).digest()


def _key(unseeded: bytes, seed: int) -> str:
    """Return what stands for a complete experiment."""
    return hashlib.sha256(unseeded + str(seed).encode()).hexdigest()[:32]


def _kept(document: Document) -> str:
    """Say what is kept of points, and judged on them: other claims ask for other records."""
    assert document.sweep is not None, "it is a map"
    claims = [claim.model_dump_json() for claim in document.claims if not claim.about_a_map]
    told = json.dumps([document.sweep.keep, sorted(document.sweep.columns), claims])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def measured_at_the_end(document: Document, experiment: Experiment) -> bool:
    """Say whether only the first and the last record of a point are wanted: nothing is judged or kept of others."""
    sweep: SweepSpec | None = document.sweep
    assert sweep is not None, "it is a map"
    stop = experiment.run.stop
    stops = stop.log_loss is not None or stop.plateau is not None
    judged = any(not claim.about_a_map for claim in document.claims)
    return sweep.keep != "records" and not stops and not judged
