"""Which values and runs of a session a file lacks, and in what order they are written; what a copy of it lacks."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from .kept_maps import KeptMaps
from .pending_run import PendingRun
from .texts import path_to_text, plain
from .waiting import Waiting

DIGEST = 5
"""How often the time of what is said of a run its digest takes: its records are counted."""


@dataclass(frozen=True)
class NextOnes:
    """The runs that a transaction writes, and those that it deletes."""

    changed: list[str]
    deleted: list[str]
    digests: tuple[str, ...] = ()
    """Those whose digests are written: of runs that the file has then."""


@dataclass
class Changes:
    """What a file lacks of a session, by name; what runs recorded waits with them."""

    values: set[str] = field(default_factory=set)
    runs: dict[str, None] = field(default_factory=dict)
    """Those of which something waits: a flush is not to look at every run of thousands."""
    moved: set[str] = field(default_factory=set)
    """Those of which the file keeps a part where it is looked for no longer once they are written."""
    digests: dict[str, None] = field(default_factory=dict)
    """They are no reason to write the file, and are written with something else."""
    deleted: set[str] = field(default_factory=set)
    places: bool = False

    def __bool__(self) -> bool:
        return bool(self.values or self.deleted or self.places or self.runs)

    @property
    def only_views(self) -> bool:
        """Say whether it is only how the session is shown."""
        return not (self.runs or self.deleted or self.places or self.values - {"views"})

    def add(self, run: str) -> None:
        """Note that a run is new."""
        self.runs[run] = None
        self.places = True

    def delete(self, run: str) -> None:
        """Note that a run is gone."""
        self.runs.pop(run, None)
        self.moved.discard(run)
        self.digests.pop(run, None)
        self.deleted.add(run)

    def forget(self, written: NextOnes) -> None:
        """Note that all values were written, and these runs."""
        self.values.clear()
        self.deleted.difference_update(written.deleted)
        self.moved.difference_update(written.changed)
        for run in written.changed:
            self.runs.pop(run, None)
        for run in written.digests:
            self.digests.pop(run, None)
        self.places = self.places and bool(self.runs)  # a new one may be left

    def follow(self, written: NextOnes, values: set[str]) -> None:
        """Add what was written to another file."""
        self.values |= values
        self.runs |= dict.fromkeys(written.changed)
        for run in written.deleted:
            self.delete(run)
        self.places = True


class Books:
    """What the file of a session lacks, and what a copy of it lacks that is being made."""

    def __init__(self, values: dict[str, str], runs: Mapping[str, PendingRun], maps: KeptMaps) -> None:
        """Keep books of a session's values, runs and maps."""
        self._values, self._runs, self._maps = values, runs, maps
        self.changes = Changes()
        self._behind: Changes | None = None
        """What the copy lacks and the file has; None where none is made."""
        self._only_in_copy = False
        """Whether the copy has what the file could not be given."""
        self._begun = False
        """Whether something was written to the file."""

    @property
    def changed(self) -> bool:
        """Say whether anything waits to be written."""
        return bool(self.changes) or self._maps.changed

    @property
    def only_views(self) -> bool:
        """Say whether what waits is only how the session is shown."""
        return self.changes.only_views and not self._maps.changed

    @property
    def goes_on(self) -> bool:
        """Say whether points wait, or digests of a session whose file is written anyway."""
        return self._maps.changed or (self._begun and bool(self.changes.digests))

    @property
    def has_left(self) -> bool:
        """Say whether runs or digests are left for the next time."""
        return bool(self.changes.deleted or self.changes.runs or self.goes_on)

    def next_ones(self, most: int | None = None) -> NextOnes:
        """Return what to write of runs next: all that recorded something, and so many of the others."""
        runs, changes = self._runs, self.changes
        self._have_document()
        self._maps.choose(in_part=most is not None)
        recorded = [id for id in changes.runs if runs[id].has_arrays]
        others = [id for id in (*changes.runs, *changes.moved) if not runs[id].has_arrays]
        changed = [*recorded, *dict.fromkeys(others[:most])]
        there = [id for id in changes.digests if id not in changes.runs or id in changed]
        few = None if most is None else most // DIGEST
        return NextOnes(changed, sorted(changes.deleted)[:most], tuple(there[:few]))

    def _have_document(self) -> None:
        """Have a document where there is a map: earlier labs take an unsaved session without one for empty."""
        first = next(iter(self._maps.there), None)
        if first is not None and not self._values.get("document"):
            said = {"document": plain(first.text), "document_folder": path_to_text(first.folder) or ""}
            self._values.update(said)
            self.changes.values.update(said)

    def note_all(self) -> None:
        """Note that everything is to be written, as to another file."""
        self.changes.values.update(self._values)
        self.changes.places = True
        self.changes.runs = dict.fromkeys(self._runs)
        self._maps.note_all()

    def delete(self, run: str) -> None:
        """Note that a run is gone."""
        self.changes.delete(run)
        if self._behind is not None:
            self._behind.runs.pop(run, None)

    def write(self, database: sqlite3.Connection, next_ones: NextOnes) -> None:
        """Write to the file, inside the caller's transaction."""
        self._write(database, next_ones, self.changes.values, self.changes.places)
        self._maps.write(database)

    def forget(self, written: NextOnes) -> None:
        """Note what was written to the file."""
        self._forget(written)
        self._maps.forget()

    def _forget(self, written: NextOnes) -> None:
        self._begun = True
        copying = self._behind is not None
        if self._behind is not None:
            self._behind.follow(written, self.changes.values)
        for run in written.changed:
            self._runs[run].forget_changes(copying=copying)
        for run in written.digests:
            self._runs[run].digest = None
        self.changes.forget(written)

    # --- while a copy is made ---

    def begin_copy(self) -> None:
        """Begin to note what the copy lacks: it has what the file has now."""
        self._behind, self._only_in_copy = Changes(), False
        self._maps.begin_copy()

    def write_copy(self, database: sqlite3.Connection) -> None:
        """Write to the copy what it lacks: what the file was given meanwhile, and what that could not be given."""
        behind, self._only_in_copy = self._behind or Changes(), self.changed
        database.executemany("DELETE FROM run WHERE id = ?", [(run,) for run in behind.deleted])
        for run in behind.runs:
            self._runs[run].write_behind(database, 0)
        self._write(database, self.next_ones(), set(self._values), places=True)
        self._maps.write_copy(database)

    def note_copy(self) -> bool:
        """Note that the copy has everything; say whether the file has it, too, and can be given what comes."""
        self._forget_behind()
        self._behind = Changes()
        self._maps.begin_copy()
        return not self._only_in_copy

    def end_copy(self) -> None:
        """Note that the copy is the file from now on."""
        behind, self._behind = self._behind or Changes(), None
        if self._only_in_copy:
            self._forget(self.next_ones())
        self._maps.end_copy(only_in_copy=self._only_in_copy)
        if behind:
            self.changes.follow(NextOnes(list(behind.runs), sorted(behind.deleted)), behind.values)
        for run in behind.runs:
            self._runs[run].take_over()

    def give_up_copy(self) -> None:
        """Note that there is no copy."""
        self._forget_behind()
        self._behind = None
        self._maps.give_up_copy()

    def _forget_behind(self) -> None:
        for run in self._behind.runs if self._behind is not None else ():
            self._runs[run].behind = Waiting()

    def _write(
        self, database: sqlite3.Connection, next_ones: NextOnes, values: set[str], places: bool
    ) -> None:
        """Write values, runs, and where these stand in the list if any has moved."""
        rows = [(key, self._values[key]) for key in sorted(values)]
        database.executemany("INSERT OR REPLACE INTO session VALUES (?, ?)", rows)
        database.executemany("DELETE FROM run WHERE id = ?", [(run,) for run in next_ones.deleted])
        order = {run: place for place, run in enumerate(self._runs)} if places else {}
        for run in next_ones.changed:
            self._runs[run].write(database, order.get(run, 0))  # of one that is there its place stays
        for run in next_ones.digests:
            self._runs[run].write_digest(database)
        if places:
            known = database.execute("SELECT id, place FROM run").fetchall()
            moved = [(order[run], run) for run, place in known if order.get(run, place) != place]
            database.executemany("UPDATE run SET place = ? WHERE id = ?", moved)
