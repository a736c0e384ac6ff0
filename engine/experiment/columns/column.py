"""What is known of one measurement, and the papers that many of them name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Scale = Literal["linear", "log", "fraction"]

LL = "Lyu & Li 2020"
JT = "Ji & Telgarsky 2020"
JT19 = "Ji & Telgarsky 2019"
TS = "Tsilivis et al. 2024"
CAI = "Cai et al. 2025"
AT = "Ataee Tarzanagh et al. 2023"
THINNED = "every record, or fewer where that would be over a tenth of the steps' work so far"


_NUMBERED = re.compile(r"[A-Za-z]{0,3}\d{1,9}")
"""What stands for the star: a layer's name, or a number. A file may call its columns anything."""


@dataclass(frozen=True)
class Column:
    """One measurement.

    `name` may end in `.*` where there are several: one a layer (`layer_norm.W1`), or one a number (`ntk_eigenvalue.1`).
    """

    name: str
    group: str
    title: str
    """The label in legends; says which norm."""
    formula: str
    """Mathtext, without the dollars."""
    help: str
    source: str = ""
    scale: Scale = "linear"
    """How its axis wants it; log values may be 0 or below and leave a gap."""
    cost: str = "every record"
    definition: int = 1
    """Grows where the name comes to mean another quantity: what was recorded under an earlier one is not shown."""
    of_earlier: bool = False
    """Whether a record's value depends on other records than itself and the run's start."""

    def matches(self, name: str) -> bool:
        """Say whether a recorded column is this one."""
        if name == self.name or not self.name.endswith(".*") or not name.startswith(self.name[:-1]):
            return name == self.name
        return _NUMBERED.fullmatch(name, len(self.name) - 1) is not None
