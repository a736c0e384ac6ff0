"""Data sets, one kind a file or small family: what each kind computes. NumPy alone.

A new kind is its fields in `engine.experiment.data` and one line of `MAKERS` that leads to its file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.data import (
    clusters,
    collapse,
    csv_files,
    digits,
    idx,
    modular,
    npz_files,
    parity,
    plane,
    planted,
    plug_ins,
    points,
    signals,
    teacher,
    tokens,
    toys,
)
from engine.data.dataset import Dataset, Scaling
from engine.data.files import named_file
from engine.data.given import GivenTables
from engine.data.identity import checksum, checksum_of_files, found, in_place_of, refuse_others, stamps
from engine.data.made import Made, MadeData
from engine.data.memory import refuse_beyond_memory
from engine.data.outside import outside
from engine.data.prepare import held_out, prepare
from engine.data.table import Maker, Sizes
from engine.experiment.data import (
    DATA_KINDS,
    BlobsSpec,
    CircleSpec,
    ClustersSpec,
    CollapseSpec,
    CsvSpec,
    DataSpec,
    DigitsSpec,
    HyperplaneSpec,
    IdxSpec,
    ModularSpec,
    MoonsSpec,
    NpzSpec,
    ParitySpec,
    PlantedSpec,
    PointsSpec,
    RingsSpec,
    SignalsSpec,
    SpiralsSpec,
    TeacherSpec,
    TokensSpec,
    XorSpec,
)
from engine.experiment.known_data import KnownData
from engine.experiment.plug_ins.absent import AbsentData
from engine.experiment.plug_ins.kinds import DataPlugIn
from engine.experiment.registry import Implementations
from engine.words.errors import Refusal

__all__ = [
    "GIVEN",
    "MAKERS",
    "DataCheck",
    "Dataset",
    "Maker",
    "Scaling",
    "Sizes",
    "data_outside",
    "file_checksum",
    "is_in_place",
    "make_data",
    "sizes",
    "stand_in",
    "where_data_lie",
]

MAKERS = Implementations[DataSpec, Maker](
    DATA_KINDS,
    {
        CircleSpec: Maker(toys.circle, toys.circle_shape),
        RingsSpec: Maker(toys.rings, toys.rings_shape),
        XorSpec: Maker(plane.xor, plane.xor_shape),
        MoonsSpec: Maker(plane.moons, plane.moons_shape),
        SpiralsSpec: Maker(plane.spirals, plane.spirals_shape),
        ClustersSpec: Maker(clusters.clusters, clusters.clusters_shape),
        BlobsSpec: Maker(toys.blobs, toys.blobs_shape),
        HyperplaneSpec: Maker(toys.hyperplane, toys.hyperplane_shape),
        PlantedSpec: Maker(planted.planted, planted.planted_shape),
        ParitySpec: Maker(parity.parity, parity.parity_shape),
        TeacherSpec: Maker(teacher.teacher, teacher.teacher_shape),
        TokensSpec: Maker(tokens.tokens, tokens.tokens_shape),
        CollapseSpec: Maker(collapse.collapse, collapse.collapse_shape),
        ModularSpec: Maker(modular.modular, modular.modular_shape),
        DigitsSpec: Maker(digits.digits, digits.digits_shape),
        IdxSpec: Maker(idx.idx_table, idx.idx_table_shape, idx.idx_paths),
        SignalsSpec: Maker(signals.signals, signals.signals_shape),
        PointsSpec: Maker(points.points, points.points_shape),
        CsvSpec: Maker(csv_files.csv_table, files=named_file),
        NpzSpec: Maker(npz_files.npz_table, files=named_file),
    },
    {DataPlugIn: Maker(plug_ins.own_table), AbsentData: Maker(plug_ins.absent_table)},
)
"""What computes each kind of data."""
GIVEN = GivenTables(MAKERS)
"""What this process was given in place of files."""
MADE = MadeData()
"""What this process remembers."""


def make_data(data: DataSpec, folder: Path | None = None) -> Dataset:
    """Make the data set; the same fields give the same arrays, bit for bit.

    Args:
        data: what the user said.
        folder: where relative paths start, the experiment file's; None is the current folder.

    Raises:
        Refusal: with the field, its value and what to do.
    """
    maker, folder = GIVEN.maker(data), folder or Path()
    if maker.shape is not None:
        refuse_beyond_memory(maker.shape(data, folder))
    with np.errstate(over="ignore", invalid="ignore"):  # prepare refuses what overflows
        table = maker.table(data, folder)
    refuse_others(maker, data, folder)
    return prepare(table, data)


def sizes(data: DataSpec, folder: Path | None = None) -> Sizes:
    """Return the sizes of `make_data` without making it; reads no more of files than it must.

    Raises:
        Refusal: where the numbers alone, or a file, show that there is no such data set.
    """
    maker, folder = GIVEN.maker(data), folder or Path()
    shape = maker.shape(data, folder) if maker.shape is not None else maker.table(data, folder).shape
    refuse_beyond_memory(shape)
    return Sizes(
        points=shape.points - held_out(shape, data),
        inputs=shape.inputs + data.append_constant,
        classes=shape.classes,
        image=None if data.append_constant else shape.image,
        field=shape.field,
    )


def where_data_lie(data: DataSpec, folder: Path | None, known: KnownData) -> tuple[DataSpec, Path]:
    """Return where the data of a run are read from: where its experiment says, else beside its session.

    Raises:
        Refusal: naming the file, where it is another by now, or is not there.
    """
    return found(GIVEN.maker(data), data, folder or Path(), known)


def stand_in(data: DataSpec, folder: Path | None, known: KnownData) -> tuple[DataSpec, Path, str]:
    """Return where data are read from, and which file is so in place of another, in words; '' for none.

    Raises:
        Refusal: as `where_data_lie`.
    """
    read = where_data_lie(data, folder, known)
    return *read, in_place_of(data, folder or Path(), known, read)


def file_checksum(data: DataSpec, folder: Path | None) -> str:
    """Return the SHA-256 of the files that data are read from; '' where they are made.

    Raises:
        Refusal: where a file cannot be read.
    """
    return checksum_of_files(GIVEN.maker(data), data, folder or Path())


def is_in_place(data: DataSpec, folder: Path | None) -> bool:
    """Say whether what data are read from is where they say, or read from nowhere. Nothing is opened."""
    try:
        stamps(MAKERS.of(data), data, folder or Path())
    except (Refusal, OSError):
        return False
    return True


def data_outside(data: DataSpec, folder: Path, root: Path) -> Path | None:
    """Return what data would be read from outside a folder, `root`; None where all lies within. Nothing is opened."""
    return outside(MAKERS.of(data), data, folder, root)


class DataCheck:
    """Tells that files stay the same while data are read from them, and gives their checksum."""

    def __init__(self, data: DataSpec, folder: Path | None) -> None:
        """Look at the files before.

        Raises:
            Refusal: where one is missing.
        """
        self._maker, self._data, self._folder = GIVEN.maker(data), data, folder or Path()
        self._stamps = stamps(self._maker, self._data, self._folder)

    def made(self, every: Sequence[DataSpec]) -> Made:
        """Return the data sets of these fields, all of the same files, and their checksum; remembered or made now.

        Raises:
            Refusal: where they cannot be made, or a file was changed meanwhile.
        """
        key = (self._folder, self._stamps, *((data.kind, data.model_dump_json()) for data in every))
        known = MADE.get(key)
        if known is None:
            datasets = tuple(make_data(data, self._folder) for data in every)
            known = datasets, self.checksum(datasets)
            MADE.put(key, known)
        return known

    def checksum(self, made: Sequence[Dataset]) -> str:
        """Return the SHA-256 of the data that were made since; of files that of their bytes.

        Raises:
            Refusal: where a file was changed meanwhile.
        """
        sha256 = checksum(self._maker, self._data, self._folder, made)
        if stamps(self._maker, self._data, self._folder) != self._stamps:
            field = self._data.reads
            raise Refusal(
                f"data.{field}", getattr(self._data, field), "was changed while it was read; try again"
            )
        return sha256
