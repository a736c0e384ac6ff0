"""What is known of the data of a run, of before or to come, when they are to be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class KnownData:
    """Which data runs were trained on, and where else they may lie by now."""

    sha256: str = ""
    """As `Started` told it; '' where that is not known: what no run has read, or one of an earlier lab."""
    beside: str | None = None
    """The folder of the session that the run is in: files that are no longer where they were are looked for there."""
    anew: bool = False
    """Whether a new run reads them: it takes what lies where its experiment says, whatever runs of before read."""

    @property
    def folder(self) -> Path | None:
        """Return that folder."""
        return Path(self.beside) if self.beside else None


NOTHING_KNOWN = KnownData()
"""Of data that are read where their experiment says."""
