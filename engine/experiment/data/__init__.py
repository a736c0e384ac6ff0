"""What a user may say about data: one frozen model a kind."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator

from .common import FAMILIES, DataKind, Family
from .inputs import Collapse, Hyperplane, Modular, Parity, Planted, Teacher
from .own import Csv, Npz, Points
from .pictures import Digits, Idx, Signals
from .plane import Blobs, Circle, Clusters, Moons, Rings, Spirals, Xor

__all__ = [
    "DATA_KINDS",
    "FAMILIES",
    "Blobs",
    "Circle",
    "Clusters",
    "Collapse",
    "Csv",
    "Data",
    "DataKind",
    "Digits",
    "Family",
    "Hyperplane",
    "Idx",
    "Modular",
    "Moons",
    "Npz",
    "Parity",
    "Planted",
    "Points",
    "Rings",
    "Signals",
    "Spirals",
    "Teacher",
    "Xor",
]

Data = Annotated[
    Circle
    | Rings
    | Xor
    | Moons
    | Spirals
    | Clusters
    | Blobs
    | Hyperplane
    | Planted
    | Parity
    | Teacher
    | Collapse
    | Modular
    | Digits
    | Idx
    | Signals
    | Points
    | Csv
    | Npz,
    Discriminator("kind"),
]
DATA_KINDS: dict[str, type[DataKind]] = {
    "circle": Circle,
    "rings": Rings,
    "xor": Xor,
    "moons": Moons,
    "spirals": Spirals,
    "clusters": Clusters,
    "blobs": Blobs,
    "hyperplane": Hyperplane,
    "planted": Planted,
    "parity": Parity,
    "teacher": Teacher,
    "collapse": Collapse,
    "modular": Modular,
    "digits": Digits,
    "idx": Idx,
    "signals": Signals,
    "points": Points,
    "csv": Csv,
    "npz": Npz,
}
