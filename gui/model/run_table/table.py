"""The table of runs: what is known of each, read a little in each turn of the event loop, filtered, sorted, grouped."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.experiment.provenance import BASED_ON
from gui.model.run import ODD, Run
from gui.model.run_list import RunList
from gui.model.session_store import SessionStore

from .arranged import COUNT
from .arrangement import Arrangement
from .arranging import arranged, filter_of_group
from .cells import group_columns
from .colouring import Colouring
from .column import ColumnBook, TableColumn
from .filter_read import FilterRead
from .known_columns import KnownColumns
from .rows import RunRowOf, TableRow
from .summary import RunSummary
from .summary_reader import SummaryReader
from .values import Value

TURN = 0.01
"""Seconds of one turn that go into reading runs, or taking up what was read; at least one is."""
BETWEEN = 4
"""Milliseconds until the next turn of it: what was painted and asked meanwhile has turns of its own."""
SHOWN_EVERY = 200
"""Milliseconds between two arrangements while runs are read or records arrive."""

OFTEN_GROUPED = ("status", "tags", "star", "experiment", "replicas")
"""Columns of every run that make sensible groups."""


class RunTable(QObject):
    """Knows of every run what a table can show, and arranges it as the user wants."""

    arranged = Signal()
    """Rows, columns or what stands in them are others."""
    colours_changed = Signal()
    """Runs have other colours, or the values that these mean are others."""
    groups_changed = Signal()
    """Which runs make which groups is another."""

    def __init__(self, run_list: RunList, store: SessionStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run_list = run_list
        self.arrangement = Arrangement()
        self.book = ColumnBook()
        self.rows: list[TableRow] = []
        """As they are shown, one after the other."""
        self.kept: list[TableRow] = []
        """Those that the filter keeps, in order, before they are grouped."""
        self.count = 0
        """How many rows there are without the filter."""
        self.filter_read = FilterRead(self)
        self.colouring = Colouring()
        self._watched = False
        self._summaries: dict[str, RunSummary] = {}
        self._known = KnownColumns()
        self._stale: dict[str, None] = {}
        self._told: dict[str, RunSummary | None] = {}
        """What was read in a thread, to be taken up; None of what cannot be read."""
        self._unreadable: set[str] = set()
        self._reader = SummaryReader(run_list, store, self)
        self._reader.summarised.connect(self._on_summarised)
        self._take = QTimer(self)
        self._take.setSingleShot(True)
        self._take.timeout.connect(self._take_next)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SHOWN_EVERY)
        self._soon.timeout.connect(self._arrange_now)
        run_list.runs_added.connect(self._on_runs_added)
        run_list.runs_removed.connect(self._on_runs_removed)
        run_list.runs_changed.connect(self._on_runs_changed)
        run_list.records_arrived.connect(self._on_records_arrived)

    # --- what is looked at ----------------------------------------------------------------------------------

    def watch(self, watched: bool) -> None:
        """Keep up with the runs from now on, or no longer."""
        if watched and not self._watched:
            self._watched = True
            for run in self._run_list.runs:
                if run.id not in self._summaries and run.id not in self._unreadable:
                    self._stale[run.id] = None
            self._arrange_now()
            self._take.start()
        self._watched = watched or self.is_used_elsewhere

    @property
    def is_used_elsewhere(self) -> bool:
        """Say whether plots show what the table says: groups, or colours by value."""
        return bool(self.arrangement.group or self.arrangement.colour)

    @property
    def unread(self) -> int:
        """How many runs have still to be read."""
        return len(self._stale) + len(self._told) + self._reader.unread

    @property
    def is_busy(self) -> bool:
        """Say whether runs are still read, or what was read is still to be arranged."""
        return self._take.isActive() or self._soon.isActive() or self._reader.unread > 0

    @property
    def columns(self) -> list[TableColumn]:
        """The columns shown, in order; what a session names and no run has is left out."""
        names = self.arrangement.columns
        wanted = self.usual_columns() if names is None else names
        columns = [column for name in wanted if (column := self.book.get(name)) is not None]
        by = self.book.get(self.arrangement.group)
        return columns if by is None else group_columns(columns, by)

    def groupings(self) -> list[TableColumn]:
        """Return the columns whose values may make groups or give colours: first the fields that differ."""
        chosen = (self.arrangement.group, self.arrangement.colour)
        names = dict.fromkeys((*self.differing(), *OFTEN_GROUPED, *chosen))
        others = [c.name for c in self.book.columns.values() if c.group in ("measurement", "event", "claim")]
        wanted = [self.book.get(name) for name in dict.fromkeys((*names, *others))]
        return [column for column in wanted if column is not None]

    def differing(self) -> list[str]:
        """Return the fields that differ among runs, or among the replicas of some run."""
        return [*dict.fromkeys((*self._known.differing(), *self._known.varied(self._summaries.values())))]

    def usual_axes(self) -> tuple[str, str]:
        """Return the columns of a first scatter plot: a field that differs, and a measurement."""
        numbers = [c.name for c in self.columns if not c.is_text and c.name not in ("star", "shown", COUNT)]
        fields = [name for name in numbers if self.book.columns[name].group == "field"]
        finals = [name for name in numbers if self.book.columns[name].group == "measurement"]
        return next(iter(fields), "step"), next(iter(finals), "seconds")

    @Slot(str, object)
    def open_group(self, column: str, value: Value) -> None:
        """Show the rows of a group in place of all groups: the filter says its value from now on."""
        self.arrange(group="", filter=filter_of_group(self.arrangement, self.book, column, value))

    def usual_columns(self) -> list[str]:
        """Return the columns that say something of these runs."""
        runs = self._run_list.runs
        return self._known.usual(
            by_replica=self.arrangement.by_replica,
            titles=len({run.title.removeprefix(BASED_ON) for run in runs}),
            tagged=any(run.tags for run in runs),
            noted=any(run.notes for run in runs),
            varied=self._known.varied(self._summaries.values()),
        )

    def summary(self, id: str) -> RunSummary | None:
        """Return what is known of a run; None where it has not been read."""
        return self._summaries.get(id)

    # --- what the user chooses ------------------------------------------------------------------------------

    def arrange(self, **changes: Any) -> None:
        """Arrange it otherwise: fields of `Arrangement` and their values."""
        before, self.arrangement = self.arrangement, replace(self.arrangement, **changes)
        if self.arrangement == before:
            return
        self._watched |= self.is_used_elsewhere
        self._arrange_now()

    def restore(self, stored: object) -> None:
        """Take up what a session kept."""
        self.arrangement = Arrangement.read(stored)
        if self.is_used_elsewhere and not self._watched:
            self.watch(True)
        self._arrange_now()

    # --- keeping up -----------------------------------------------------------------------------------------

    @Slot(list)
    def _on_runs_added(self, ids: list[str]) -> None:
        self._note((*ids, *self._judged_before({run.group for id in ids if (run := self._run_list.get(id))})))

    @Slot(list)
    def _on_runs_removed(self, ids: list[str]) -> None:
        for id in ids:
            self._stale.pop(id, None)
            self._told.pop(id, None)
            self._unreadable.discard(id)
            self._forget(id)
        self._note(self._judged_before({run.group for run in self._run_list.runs}))

    @Slot(list)
    def _on_runs_changed(self, ids: list[str]) -> None:
        changed = []
        for id in ids:
            run, known = self._run_list.get(id), self._summaries.get(id)
            if run is not None and run.is_at_hand and (known is None or not known.is_of(run.history)):
                changed.append(id)
        runs = [run for id in changed if (run := self._run_list.get(id)) is not None and run.status.ended]
        ended = [run.id for run in runs]
        if runs:
            ended += self._judged_before({run.group for run in runs})
        self._note((*changed, *ended))
        if ended and not self._watched:  # so that the session can say it in few words
            self._stale.update(dict.fromkeys(ended))
            self._take.start(0)
        if self._watched:
            self._soon.start(0)  # as after a click on a star

    @Slot(str)
    def _on_records_arrived(self, id: str) -> None:
        self._note((id,), calm=True)

    def _note(self, ids: Iterable[str], calm: bool = False) -> None:
        """Read runs anew, soon; those under way not for every record; where nobody looks, when somebody does."""
        if not self._watched:
            for id in ids:
                self._told.pop(id, None)
                self._forget(id)
            return
        self._stale.update(dict.fromkeys(ids))
        if self._stale and not self._take.isActive():
            self._take.start(SHOWN_EVERY if calm else 0)
        self._arrange_soon()

    def _arrange_soon(self) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def _forget(self, id: str) -> None:
        known = self._summaries.pop(id, None)
        if known is not None:
            self._known.remove(known)

    @Slot()
    def _take_next(self) -> None:
        """Take up what was read, and read more, as much as a turn has room for."""
        started = time.perf_counter()
        while self._told or self._stale:
            if self._told:
                self._take_told(*self._told.popitem())
            else:
                id = next(iter(self._stale))
                del self._stale[id]
                run = self._run_list.get(id)
                if run is not None:
                    self._read(run)
            if time.perf_counter() - started > TURN:
                break
        if self._told or self._stale:
            self._take.start(BETWEEN)
        if self._watched:
            self._arrange_soon()

    def _read(self, run: Run) -> None:
        """Take up what is known of a run now: from what its session says in few words, else from all it has told."""
        try:
            summary = self._reader.at_once(run)
        except ODD:
            self._unreadable.add(run.id)  # its row says what its entry says; selecting it says why
            return
        if summary is None:
            self._reader.ask(run)
        else:
            self._take_up(run, summary)

    @Slot(str, object)
    def _on_summarised(self, id: str, summary: RunSummary | None) -> None:
        self._told[id] = summary
        if not self._take.isActive():
            self._take.start(BETWEEN)

    def _take_told(self, id: str, summary: RunSummary | None) -> None:
        run = self._run_list.get(id)
        if run is not None and summary is not None:
            self._take_up(run, summary)
        elif run is not None:
            self._unreadable.add(id)

    def _take_up(self, run: Run, summary: RunSummary) -> None:
        try:
            self._known.add(summary, run.described)
        except ODD:
            self._unreadable.add(run.id)
            return
        self._unreadable.discard(run.id)
        self._forget(run.id)
        self._summaries[run.id] = summary

    def _judged_before(self, groups: set[str]) -> list[str]:
        """Return runs of groups whose claims compared them with others as these are no more."""
        return [
            id
            for id, summary in self._summaries.items()
            if (run := self._run_list.get(id)) is not None
            and run.group in groups
            and not self._reader.is_judged(run, summary)
        ]

    # --- arranging ------------------------------------------------------------------------------------------

    @Slot()
    def _arrange_now(self) -> None:
        """Filter, sort and group what is known now."""
        self._soon.stop()
        self.book = self._known.book()
        choice = self.arrangement
        self.filter_read.read(choice.filter, self.book, all_known=not self.unread)
        every = self._every_row()
        self.count = len(every)
        self.kept, self.rows = arranged(every, choice, self.book, self.filter_read.condition, self.rows)
        self._colour()
        self.arranged.emit()
        self.groups_changed.emit()

    def _every_row(self) -> list[TableRow]:
        rows: list[TableRow] = []
        for run in self._run_list.runs:
            summary = self._summaries.get(run.id)
            if self.arrangement.by_replica and summary is not None and summary.replicas > 1:
                rows += [RunRowOf(run, summary, replica) for replica in range(summary.replicas)]
            else:
                rows.append(RunRowOf(run, summary, 0 if self.arrangement.by_replica and summary else None))
        return rows

    def _colour(self) -> None:
        column = self.book.get(self.arrangement.colour)
        rows = [RunRowOf(run, self._summaries.get(run.id)) for run in self._run_list.runs] if column else []
        colouring = Colouring.of(column, rows, self._unreadable)
        if colouring != self.colouring:
            self.colouring = colouring
            self.colours_changed.emit()
