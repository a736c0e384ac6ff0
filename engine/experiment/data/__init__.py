"""What a user may say about data: one frozen model a kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator

from .common import FAMILIES, DataSpec, Family
from .inputs import CollapseSpec, HyperplaneSpec, ModularSpec, ParitySpec, PlantedSpec, TeacherSpec
from .own import CsvSpec, NpzSpec, PointsSpec
from .pictures import DigitsSpec, IdxSpec, SignalsSpec
from .plane import BlobsSpec, CircleSpec, ClustersSpec, MoonsSpec, RingsSpec, SpiralsSpec, XorSpec

__all__ = [
    "DATA_KINDS",
    "FAMILIES",
    "BlobsSpec",
    "CircleSpec",
    "ClustersSpec",
    "CollapseSpec",
    "CsvSpec",
    "DataChoice",
    "DataSpec",
    "DigitsSpec",
    "Family",
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
    "XorSpec",
]

DataChoice = Annotated[
    CircleSpec
    | RingsSpec
    | XorSpec
    | MoonsSpec
    | SpiralsSpec
    | ClustersSpec
    | BlobsSpec
    | HyperplaneSpec
    | PlantedSpec
    | ParitySpec
    | TeacherSpec
    | CollapseSpec
    | ModularSpec
    | DigitsSpec
    | IdxSpec
    | SignalsSpec
    | PointsSpec
    | CsvSpec
    | NpzSpec,
    Discriminator("kind"),
]
DATA_KINDS: dict[str, type[DataSpec]] = {
    "circle": CircleSpec,
    "rings": RingsSpec,
    "xor": XorSpec,
    "moons": MoonsSpec,
    "spirals": SpiralsSpec,
    "clusters": ClustersSpec,
    "blobs": BlobsSpec,
    "hyperplane": HyperplaneSpec,
    "planted": PlantedSpec,
    "parity": ParitySpec,
    "teacher": TeacherSpec,
    "collapse": CollapseSpec,
    "modular": ModularSpec,
    "digits": DigitsSpec,
    "idx": IdxSpec,
    "signals": SignalsSpec,
    "points": PointsSpec,
    "csv": CsvSpec,
    "npz": NpzSpec,
}
