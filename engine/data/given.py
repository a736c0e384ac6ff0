"""Tables that a process was given, so that it opens no file: whoever sent them has read the files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from engine.data.identity import refuse_others
from engine.data.source import copy_s_checksum
from engine.data.table import Maker, Table
from engine.experiment.data import CopiedSpec, DataSpec
from engine.experiment.registry import Implementations

PREPARED = ("label_noise", "random_labels", "relabel", "normalize", "append_constant", "view")
"""Fields that change a data set, but not the table that it is made of."""


def is_read(data: DataSpec) -> bool:
    """Say whether data come from a file, or from the copy of one."""
    return bool(data.reads)


def light(data: DataSpec) -> DataSpec:
    """Return the same data without the copy of their file, whose checksum stands for it."""
    if not isinstance(data, CopiedSpec) or not data.embedded:
        return data
    return data.model_copy(update={"embedded": "", "sha256": copy_s_checksum(data.embedded)})


def name_of(data: DataSpec) -> str:
    """Return what stands for the table that data are made of."""
    data = light(data)
    left_out = {*PREPARED, "seed"} if isinstance(data, CopiedSpec) else set(PREPARED)
    return json.dumps(data.model_dump(exclude=left_out), sort_keys=True)


class GivenTables:
    """The tables of a process that trains for others; none in any other."""

    def __init__(self, makers: Implementations[DataSpec, Maker]) -> None:
        """makers: what makes tables that nobody has given."""
        self._makers, self._tables = makers, dict[str, Table]()

    def read(self, data: DataSpec, folder: Path) -> Table:
        """Return the table of data that are read, for whoever is to have it.

        Raises:
            Refusal: where a file cannot be read, or is another than was promised.
        """
        maker = self._makers.of(data)
        table = maker.table(data, folder)
        refuse_others(maker, data, folder)
        return table

    def give(self, tables: Mapping[str, Table]) -> None:
        """Take these tables, and no files, wherever data are made of them."""
        self._tables = dict(tables)

    def maker(self, data: DataSpec) -> Maker:
        """Return what makes data: from the table that was given, if there is one."""
        maker = self._makers.of(data)
        table = self._tables.get(name_of(data)) if self._tables and is_read(data) else None
        return maker if table is None else Maker(lambda data, folder: table, lambda data, folder: table.shape)
