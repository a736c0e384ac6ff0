"""What plots draw of groups: a line and a band for each, made a little in each turn of the event loop."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.figures.replicas import NO_VALUE, ReplicaScale, value_scale
from engine.protocol.run_history import RunHistory
from engine.words.formats import counted, told_apart
from gui.model.latest_work import LatestWork
from gui.model.run import ODD, Run
from gui.model.run_list import RunList

from .arranged import GroupRow, grouped
from .pooled import MOST_CELLS, GroupPart, Pooling
from .table import RunTable
from .values import are_numbers, in_cell, in_file

TURN = 0.008
"""Seconds of one turn that go into making lines."""
MOST_GROUPS = 40
MOST_READ = 2**28
"""Bytes of records of runs that are kept at hand for their group's sake."""
READ_AT_ONCE = 2**24
"""Bytes of records that one piece of reading is of."""
CALM, REST = 400, 4
"""Milliseconds until what was recorded since is drawn, and at least so many times what drawing took."""


@dataclass(frozen=True)
class GroupLine:
    """One group in the plots."""

    key: str
    label: str
    colour: str
    history: RunHistory


class GroupLines(QObject):
    """Keeps a line for every group of the table, of those of its runs that are visible."""

    lines_changed = Signal()

    def __init__(self, table: RunTable, run_list: RunList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table, self._run_list = table, run_list
        self.lines: list[GroupLine] = []
        self.note = ""
        """What of the groups is not drawn, in words; '' where all is."""
        self.colours: dict[str, str] = {}
        """By the key of a group, as "#rrggbb"."""
        self.run_colours: dict[str, str] = {}
        """By run, the colour of its group; of runs whose replicas are in several groups none."""
        self.scale: ReplicaScale | None = None
        """What these mean, for a legend."""
        self._wanted: list[GroupRow] = []
        self._many = 0
        """How many groups there are, those that are not drawn among them."""
        self._made: dict[str, Pooling] = {}
        self._under_way: tuple[str, Pooling] | None = None
        self._left: list[str] = []
        """Groups still to be looked at; all are told together."""
        self._spent = 0.0
        """Seconds that went into lines since they were told."""
        self._calm = CALM
        self._histories: dict[str, RunHistory] = {}
        """What runs told that are not at hand, as long as there are groups."""
        self._to_read: dict[str, Run] = {}
        self._odd: set[str] = set()
        """Runs that cannot be read."""
        self._no_room: set[str] = set()
        """Runs that are not read, since there is no room for all."""
        self._is_reading = False
        self._reading = LatestWork(self)
        self._reading.done.connect(self._on_read)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)
        table.groups_changed.connect(self._on_groups_changed)
        run_list.records_arrived.connect(self._on_told)

    @property
    def is_grouped(self) -> bool:
        """Say whether plots draw groups in place of runs."""
        return bool(self._wanted)

    @Slot()
    def _on_groups_changed(self) -> None:
        by, book = self._table.arrangement.group, self._table.book
        if by not in book:
            if self.is_grouped:
                self._end()
            return
        before = [(group.key, [row.key for row in group.rows]) for group in self._wanted]
        groups = grouped([row for row in self._table.kept if row.value("shown")], by)
        self._wanted, self._many = groups[:MOST_GROUPS], len(groups)
        self._read_first()
        self._colour(book.columns[by].title)
        if before == [(group.key, [row.key for row in group.rows]) for group in self._wanted]:
            self._on_told()
            return
        keys = [group.key[0] for group in self._wanted]
        self._left = [*(key for key in self._left if key in keys), *(k for k in keys if k not in self._left)]
        self._timer.start(0)

    def _end(self) -> None:
        """Draw no groups any more."""
        self._timer.stop()
        self._reading.forget()
        self._is_reading = False
        self._under_way = None
        for kept in (self._made, self._histories, self._to_read, self._odd, self._no_room):
            kept.clear()
        self._wanted, self._left, self.lines = [], [], []
        self.scale, self.colours, self.run_colours = None, {}, {}
        self.lines_changed.emit()

    def _colour(self, title: str) -> None:
        """Give every group a colour by its value."""
        told = [group.common for group in self._wanted if group.common is not None]
        values = told if are_numbers(told) else list(map(in_cell, told))
        self.scale = value_scale(title, values) if told else None
        known = dict(zip(told, self.scale.colours, strict=True)) if self.scale else {}
        self.colours = {
            group.key[0]: NO_VALUE if group.common is None else known[group.common] for group in self._wanted
        }
        of: dict[str, set[str]] = {}
        for group in self._wanted:
            for row in group.rows:
                of.setdefault(row.key[0], set()).add(self.colours[group.key[0]])
        self.run_colours = {run: next(iter(colours)) for run, colours in of.items() if len(colours) == 1}

    def _read_first(self) -> None:
        """Note which runs are to be read: of many evenly as many as there is room for."""
        ids = dict.fromkeys(row.key[0] for group in self._wanted for row in group.rows)
        runs = [run for id in ids if (run := self._run_list.get(id)) is not None and not run.is_at_hand]
        stride = max(1, -(-sum(run.size for run in runs) // MOST_READ))
        wanted = {run.id: run for run in runs[::stride]}
        self._no_room = {run.id for run in runs} - set(wanted)
        self._histories = {id: told for id, told in self._histories.items() if id in wanted}
        known = self._histories.keys() | self._odd
        self._to_read = {id: run for id, run in wanted.items() if id not in known}

    def _read(self) -> None:
        """Have some of the runs read that are not at hand."""
        some, size = [], 0
        for run in self._to_read.values():
            some.append(run)
            size += run.size
            if size > READ_AT_ONCE:
                break
        self._is_reading = True
        self._reading.ask(partial(_told_by, some))

    @Slot(object)
    def _on_read(self, answer: object) -> None:
        """Take up what was read; runs that cannot be read are left out."""
        self._is_reading = False
        told = answer if isinstance(answer, dict) else dict.fromkeys(self._to_read)
        for id, history in told.items():
            if self._to_read.pop(id, None) is None:
                continue
            if history is None:
                self._odd.add(id)
            else:
                self._histories[id] = history
        self._timer.start(0)

    @Slot()
    def _on_told(self) -> None:
        if self.is_grouped and not self._timer.isActive() and not self._is_reading:
            self._timer.start(self._calm)

    @Slot()
    def _go_on(self) -> None:
        """Read, then make a part of what is missing; what was made before stays until then.

        What is under way is ended first, however much is recorded meanwhile.
        """
        if self._to_read:
            if not self._is_reading:
                self._read()
            return
        started = time.perf_counter()
        done = self._work_on()
        self._spent += time.perf_counter() - started
        if done:
            self._calm = max(CALM, round(1000 * REST * self._spent))
            self._spent = 0.0
            self._publish()
        else:
            self._timer.start(0)

    def _work_on(self) -> bool:
        """Make a part of what is missing; say whether nothing is."""
        groups = {group.key[0]: group for group in self._wanted}
        if self._under_way is not None:
            key, pooling = self._under_way
            if key in groups and pooling.is_of(self._parts(groups[key])):
                if pooling.go_on(TURN):
                    self._made[key], self._under_way = pooling, None
                return False
            self._under_way = None
        elif not self._left:
            self._left = list(groups)
        rows = sum(len(group.rows) for group in self._wanted)
        while self._left:
            key = self._left.pop(0)
            if key not in groups:
                continue
            parts = self._parts(groups[key])
            if key not in self._made or self._made[key].stamps != tuple(part.stamp for part in parts):
                self._under_way = key, Pooling(parts, MOST_CELLS * len(groups[key].rows) // rows)
                return False
        return True

    def _parts(self, group: GroupRow) -> list[GroupPart]:
        parts = []
        for row in group.rows:
            run: Run | None = self._run_list.get(row.key[0])
            history = self._histories.get(row.key[0])
            if run is not None and run.is_at_hand:
                history = run.history
            if history is not None and len(history.records):
                parts.append(GroupPart(history, row.key[1], row.key[0]))
        return parts

    def _names(self) -> list[str]:
        """Return what groups are called: their values, with all digits where fewer look alike."""
        cells = [in_cell(group.common) or "none" for group in self._wanted]
        exact = [in_file(group.common) or "none" for group in self._wanted]
        return told_apart([e if cells.count(c) > 1 else c for c, e in zip(cells, exact, strict=True)])

    def _publish(self) -> None:
        """Tell the lines that are made."""
        wanted = {group.key[0] for group in self._wanted}
        self._made = {key: made for key, made in self._made.items() if key in wanted}
        column = self._table.book.get(self._table.arrangement.group)
        if column is None:
            return
        lines, drawn, left_out = [], 0, 0
        for group, name in zip(self._wanted, self._names(), strict=True):
            pooling = self._made.get(group.key[0])
            history = None if pooling is None else pooling.history()
            if pooling is not None and history is not None and len(history.records):
                drawn += pooling.drawn
                left_out += pooling.left_out
                label = f"{column.title} {name} ({pooling.members})"
                lines.append(GroupLine(group.key[0], label, self.colours[group.key[0]], history))
        self.note = self._missing(drawn, left_out)
        self.lines = lines
        self.lines_changed.emit()

    def _missing(self, drawn: int, left_out: int) -> str:
        """Say what of the groups is not drawn, and why, where `left_out` are not for want of room."""
        noun = "replica" if self._table.arrangement.by_replica else "run"
        rows = [row.key[0] for group in self._wanted for row in group.rows]
        odd, unread = (sum(id in ids for id in rows) for ids in (self._odd, self._no_room))
        runs = map(self._run_list.get, rows)
        empty = sum(run is not None and not run.has_records for run in runs)
        later = len(rows) - drawn - left_out - odd - unread - empty
        said = []
        if self._many > len(self._wanted):
            said.append(f"the first {len(self._wanted):,} of {self._many:,} groups are drawn")
        if left_out + unread:
            said.append(f"{counted(left_out + unread, noun)} of groups left out: there is no room for all")
        if odd:
            said.append(f"{counted(odd, noun)} cannot be read")
        if empty:
            said.append(f"{counted(empty, noun)} without records yet")
        if later > 0:
            said.append(f"{counted(later, noun)} of groups not drawn yet")
        return "; ".join(said)


def _told_by(runs: Sequence[Run]) -> dict[str, RunHistory | None]:
    """Return what runs told that are not at hand, in a thread of its own; None for what cannot be read."""
    told: dict[str, RunHistory | None] = {}
    for run in runs:
        try:
            told[run.id] = run.told()
        except ODD:
            told[run.id] = None
    return told
