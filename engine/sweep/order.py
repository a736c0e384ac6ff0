"""What every worker of a map is told once, by its document and the data of its points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..data import GIVEN, MADE
from ..data.given import is_read, light, name_of
from ..data.table import Table
from ..experiment.data import DataSpec
from ..experiment.document import Document
from ..experiment.plug_ins.loaded import names_on
from ..protocol.points import Order, Task
from .points import RECORDS


@dataclass(frozen=True)
class Brief:
    """An order on its way to workers, sent once."""

    name: str
    """Of the map's training."""
    order: Order
    records: int = RECORDS
    """The number that is raised whenever records change, as its sender knows it."""


def order_of(document: Document, data: Iterable[DataSpec] = ()) -> Order:
    """Return what the workers of a map are told.

    Args:
        document: the map.
        data: what points train on that is read here, once; workers read those of others themselves.

    Raises:
        Refusal: where a file cannot be read.
    """
    assert document.sweep is not None, "it is a map"
    return Order(
        columns=document.sweep.columns,
        keep=document.sweep.keep,
        claims=tuple(claim for claim in document.claims if not claim.about_a_map),
        folder=None if document.folder is None else str(document.folder),
        plug_ins=names_on(),
        tables=_tables(document, data),
    )


def _tables(document: Document, every: Iterable[DataSpec]) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for data in dict.fromkeys(every):
        if is_read(data) and (name := name_of(data)) not in tables:
            tables[name] = GIVEN.read(data, document.folder or Path())
    return tables


def as_sent(task: Task) -> Task:
    """Return a task without the copy of its data's file where the order has its table."""
    data = task.experiment.data
    slim = light(data)
    return (
        task if slim is data else replace(task, experiment=task.experiment.model_copy(update={"data": slim}))
    )


def take_up(order: Order) -> None:
    """Let data of this process be made of what the order has, and of no file; what was made for others is forgotten."""
    GIVEN.give(order.tables)
    MADE.forget()
