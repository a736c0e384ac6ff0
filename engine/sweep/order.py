"""What every worker of a map is told once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..experiment.claims import Claim
from ..experiment.document import Document
from .points import measured_at_the_end


@dataclass(frozen=True)
class Order:
    """What every worker of a map is told once: what to keep of points, and what to judge on them."""

    columns: tuple[str, ...] = ()
    """Measurements that are kept; (): all."""
    keep: Literal["final", "records", "snapshot"] = "final"
    claims: tuple[Claim, ...] = ()
    folder: str | None = None
    """Where relative paths start."""
    at_the_end: bool = True
    """Whether the last record alone is measured: none that depends on others is then kept."""

    @classmethod
    def of(cls, document: Document) -> Order:
        """Return what the workers of a map are told."""
        assert document.sweep is not None, "it is a map"
        return cls(
            columns=document.sweep.columns,
            keep=document.sweep.keep,
            claims=tuple(claim for claim in document.claims if not claim.about_a_map),
            folder=None if document.folder is None else str(document.folder),
            at_the_end=measured_at_the_end(document, document.base),
        )
