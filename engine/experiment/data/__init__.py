"""What a user may say about data: one frozen model a kind."""

from __future__ import annotations

from typing import Annotated

from ..registry import KindRegistry
from .common import FAMILIES, DataSpec, Family, FileSpec
from .inputs import (
    CollapseSpec,
    HyperplaneSpec,
    ModularSpec,
    ParitySpec,
    PlantedSpec,
    TeacherSpec,
    TokensSpec,
)
from .own import DATA_ENDINGS, CopiedSpec, CsvSpec, NpzSpec, PointsSpec
from .pictures import DigitsSpec, IdxSpec, SignalsSpec
from .plane import BlobsSpec, CircleSpec, ClustersSpec, MoonsSpec, RingsSpec, SpiralsSpec, XorSpec

__all__ = [
    "DATA_ENDINGS",
    "DATA_KINDS",
    "FAMILIES",
    "BlobsSpec",
    "CircleSpec",
    "ClustersSpec",
    "CollapseSpec",
    "CopiedSpec",
    "CsvSpec",
    "DataChoice",
    "DataSpec",
    "DigitsSpec",
    "Family",
    "FileSpec",
    "HyperplaneSpec",
    "IdxSpec",
    "ModularSpec",
    "MoonsSpec",
    "NpzSpec",
    "ParitySpec",
    "PlantedSpec",
    "PointsSpec",
    "RingsSpec",
    "SignalsSpec",
    "SpiralsSpec",
    "TeacherSpec",
    "TokensSpec",
    "XorSpec",
    "paths_of_files",
]

DATA_KINDS = KindRegistry[DataSpec](
    CircleSpec,
    RingsSpec,
    XorSpec,
    MoonsSpec,
    SpiralsSpec,
    ClustersSpec,
    BlobsSpec,
    HyperplaneSpec,
    PlantedSpec,
    ParitySpec,
    TeacherSpec,
    TokensSpec,
    CollapseSpec,
    ModularSpec,
    DigitsSpec,
    IdxSpec,
    SignalsSpec,
    PointsSpec,
    CsvSpec,
    NpzSpec,
)


def paths_of_files() -> set[str]:
    """Return the dotted fields that name a file or a folder, of one kind of data or another."""
    return {f"data.{kind.reads}" for kind in DATA_KINDS.values() if kind.reads}


DataChoice = Annotated[DataSpec, DATA_KINDS]
"""Data of any kind, as a field of the experiment."""
