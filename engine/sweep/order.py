"""What every worker of a map is told once, by its document."""

from __future__ import annotations

from ..experiment.document import Document
from ..protocol.points import Order
from .points import measured_at_the_end


def order_of(document: Document) -> Order:
    """Return what the workers of a map are told."""
    assert document.sweep is not None, "it is a map"
    return Order(
        columns=document.sweep.columns,
        keep=document.sweep.keep,
        claims=tuple(claim for claim in document.claims if not claim.about_a_map),
        folder=None if document.folder is None else str(document.folder),
        at_the_end=measured_at_the_end(document, document.base),
    )
