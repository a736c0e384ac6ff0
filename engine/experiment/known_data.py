"""What is known of the data of a run that pictures are made of, or that goes on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KnownData:
    """Which data a run was trained on, and where else they may lie by now."""

    sha256: str = ""
    """As `Started` told it; '' where that is not known: a new run, or one of an earlier lab."""
    beside: str | None = None
    """The folder of the session that the run is in: files that are no longer where they were are looked for there."""

    @property
    def folder(self) -> Path | None:
        """Return that folder."""
        return Path(self.beside) if self.beside else None


NOTHING_KNOWN = KnownData()
"""Of a run that has not begun."""
