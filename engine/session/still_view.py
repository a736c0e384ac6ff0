"""A session that is being written, as it was at one moment: copied while it is written on."""

from __future__ import annotations

import contextlib
from pathlib import Path

from . import storage

_TABLES = "SELECT name FROM {}.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


class StillView:
    """What a file in log mode has now, to be copied to a new file; `copy` is to be called once, in any thread."""

    def __init__(self, path: Path, copy: Path) -> None:
        """Look at a file.

        Raises:
            sqlite3.Error: where it cannot be read, or the copy cannot be begun.
        """
        with contextlib.ExitStack() as stack:
            self._database = database = storage.connect_new(copy, lasting=False)
            stack.callback(database.close)
            database.execute("ATTACH ? AS seen", (storage.address(path, "ro"),))
            database.execute("BEGIN")
            database.execute(
                "SELECT count(*) FROM seen.sqlite_master"
            ).fetchone()  # it stands still from here on
            stack.pop_all()

    def copy(self) -> None:
        """Copy all of it; that it lasts, whoever asked sees to.

        Raises:
            sqlite3.Error: where it is damaged, or its copy cannot be written.
        """
        with contextlib.closing(self._database) as database:
            there = {name for (name,) in database.execute(_TABLES.format("seen"))}
            for (table,) in database.execute(_TABLES.format("main")).fetchall():
                if table not in there:  # of a file that an earlier lab made
                    continue
                database.execute(f"INSERT INTO main.{table} SELECT * FROM seen.{table}")
            database.execute("COMMIT")
