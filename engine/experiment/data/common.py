"""The fields that every kind of data has, and the families that a gallery shows the kinds in."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Strict

from ...words.errors import Refusal
from ..fields import Integers, Kind, field

Family = Literal["plane", "inputs", "others"]
FAMILIES: dict[Family, str] = {
    "plane": "Plane",
    "inputs": "Many inputs",
    "others": "Pictures, own",
}
"""The families of kinds and their titles, in the order that people see them."""


class DataSpec(Kind):
    """The fields that every kind of data has."""

    family: ClassVar[Family]
    """Which kinds it stands with."""
    own_split: ClassVar[bool] = False
    """Whether the kind decides itself what is held out, so that `test_fraction` does not apply."""
    reads: ClassVar[str] = ""
    """The field that names the file or the folder it reads; '' where it reads none."""
    endings: ClassVar[tuple[str, ...]] = ()
    """How files that it reads end; of a folder the only such file is taken."""
    known_names: ClassVar[tuple[str, ...]] = ()
    """What it says instead of a path of data that are known by name."""
    small_file: ClassVar[bool] = False
    """Whether what it reads is usually read at once."""
    slow_start: ClassVar[bool] = False
    """Whether making it takes a second for what it imports, however little there is."""
    downloads: ClassVar[bool] = False
    """Whether the lab can download what it reads."""

    seed: int = field(0, "data seed", "Draws the data; independent of the run's own seed.", ge=0, varies=True)
    label_noise: float = field(
        0.0,
        "label noise",
        "Share of training labels replaced by another class; one sample of each class keeps its label.",
        ge=0,
        lt=1,
        varies=True,
    )
    random_labels: bool = field(
        False,
        "random labels",
        "Draw every training label anew, whatever the point, as Zhang et al. 2017 did; no class is lost, the "
        "test set keeps its labels, and label noise comes after.",
        advanced=True,
    )
    relabel: Annotated[tuple[Integers, ...], Strict(False)] = field(
        (),
        "labels by hand",
        "Training samples that get another class, after all noise: rows of a sample's number, from 1, and its class, "
        "from 0 in the order of the classes.",
        advanced=True,
    )
    test_fraction: float = field(0.0, "test fraction", "Share of points held out for testing.", ge=0, lt=1)
    normalize: Literal["none", "max-norm", "unit-norm", "center", "standardize"] = field(
        "none",
        "normalize",
        "max-norm: divide all by the largest norm; unit-norm: every point by its own; center: subtract the "
        "training points' mean; standardize: center, then divide every column by its standard deviation.",
    )
    append_constant: bool = field(
        False,
        "append constant",
        "Add an input that is always 1: before points are divided by a norm, after they are centered or standardized.",
    )
    view: float = field(
        0.0,
        "view",
        "Half the side of the square that surfaces show, in the units of the points; 0 fits the points.",
        ge=0,
        advanced=True,
    )

    @property
    def named_file(self) -> str:
        """The file or folder that is read, as the user says it; '' where none is."""
        return str(getattr(self, self.reads)) if self.reads else ""

    @classmethod
    def accepted(cls, shared: dict[str, Any]) -> dict[str, Any]:
        """Leave out labels and the square of other samples, and what is held out where the kind decides that itself."""
        left_out = {"relabel", "view"} | ({"test_fraction"} if cls.own_split else set())
        return {name: value for name, value in shared.items() if name not in left_out}


def _checksum(value: str) -> str:
    """Return a checksum in small letters, or refuse what is none."""
    if not re.fullmatch("(?:[0-9a-f]{64})?", value.lower()):
        raise Refusal(
            "", value, "is no SHA-256, which has 64 of the letters 0-9 and a-f; empty takes any file"
        )
    return value.lower()


class FileSpec(DataSpec):
    """The fields of data that are read from files."""

    sha256: Annotated[str, AfterValidator(_checksum)] = field(
        "",
        "checksum",
        "SHA-256 that the file must have, as exported presets say it, so that they mean these data and no others; "
        "empty: any.",
        advanced=True,
    )
