"""What plots draw of groups: a line and a band for each, made a little in each turn of the event loop."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.figures.replicas import ReplicaScale, value_scale
from engine.formats import counted, told_apart
from engine.protocol.run_history import RunHistory
from gui.model.run import ODD, Run
from gui.model.run_list import RunList

from .arranged import GroupRow, grouped
from .colouring import NOTHING
from .pooled import GroupPart, Pooling
from .table import RunTable
from .values import are_numbers, in_cell, in_file

TURN = 0.008
"""Seconds of one turn that go into making lines."""
MOST_GROUPS = 40
MOST_READ = 2**28
"""Bytes of records of runs that are kept at hand for their group's sake."""
CALM = 400
"""Milliseconds until what was recorded since is drawn."""


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
        self.scale: ReplicaScale | None = None
        """What these mean, for a legend."""
        self._wanted: list[GroupRow] = []
        self._known: dict[str, tuple[Pooling, RunHistory | None]] = {}
        self._left: list[str] = []
        self._histories: dict[str, RunHistory] = {}
        """What runs told that are not at hand, as long as there are groups."""
        self._to_read: dict[str, Run] = {}
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
        before = self.is_grouped
        if by not in book:
            self._wanted, self._left = [], []
            self._known.clear()
            if before:
                self._timer.stop()
                self._histories.clear()
                self._to_read.clear()
                self.lines, self.scale, self.colours = [], None, {}
                self.lines_changed.emit()
            return
        visible = [row for row in self._table.kept if row.value("shown")]
        self._wanted = grouped(visible, by)[:MOST_GROUPS]
        self._read_first()
        self._colour(book.columns[by].title)
        self._timer.start(0)

    def _colour(self, title: str) -> None:
        """Give every group a colour by its value."""
        told = [group.common for group in self._wanted if group.common is not None]
        values = told if are_numbers(told) else list(map(in_cell, told))
        self.scale = value_scale(title, values) if told else None
        known = dict(zip(told, self.scale.colours, strict=True)) if self.scale else {}
        self.colours = {
            group.key[0]: NOTHING if group.common is None else known[group.common] for group in self._wanted
        }

    def _read_first(self) -> None:
        """Note which runs are to be read: of many evenly as many as there is room for."""
        ids = dict.fromkeys(row.key[0] for group in self._wanted for row in group.rows)
        runs = [run for id in ids if (run := self._run_list.get(id)) is not None and not run.is_at_hand]
        stride = max(1, -(-sum(run.size for run in runs) // MOST_READ))
        wanted = {run.id: run for run in runs[::stride]}
        self._histories = {id: told for id, told in self._histories.items() if id in wanted}
        self._to_read = {id: run for id, run in wanted.items() if id not in self._histories}

    def _read(self) -> None:
        """Read some of the runs that are not at hand; those that cannot be read are left out."""
        end = time.perf_counter() + TURN
        while self._to_read and time.perf_counter() < end:
            id, run = next(iter(self._to_read.items()))
            del self._to_read[id]
            with contextlib.suppress(*ODD):
                self._histories[id] = run.told()

    @Slot()
    def _on_told(self) -> None:
        if self.is_grouped and not self._timer.isActive():
            self._timer.start(CALM)

    @Slot()
    def _go_on(self) -> None:
        """Read, then make a part of what is missing; what was made before stays until then."""
        if self._to_read:
            self._read()
            self._timer.start(0)
            return
        if not self._left:
            self._left = [group.key[0] for group in self._wanted]
        groups = {group.key[0]: group for group in self._wanted}
        worked = False
        while self._left and not worked:
            group = groups.get(self._left[0])
            worked = group is not None and self._make(group)
            if not worked:
                self._left.pop(0)
        if self._left:
            self._timer.start(0)
        else:
            self._publish()

    def _make(self, group: GroupRow) -> bool:
        """Work on a group's line; say whether there was something to do."""
        key, parts = group.key[0], self._parts(group)
        known = self._known.get(key)
        if known is None or known[0].stamps != tuple(part.stamp for part in parts):
            known = (Pooling(parts), None)
        elif known[1] is not None:
            return False
        pooling = known[0]
        self._known[key] = (pooling, pooling.history() if pooling.go_on(TURN) else None)
        return True

    def _parts(self, group: GroupRow) -> list[GroupPart]:
        parts = []
        for row in group.rows:
            run: Run | None = self._run_list.get(row.key[0])
            history = self._histories.get(row.key[0])
            if run is not None and run.is_at_hand:
                history = run.history
            if history is not None and len(history.records):
                parts.append(GroupPart(history, row.key[1]))
        return parts

    def _names(self) -> list[str]:
        """Return what groups are called: their values, with all digits where fewer look alike."""
        cells = [in_cell(group.common) or "none" for group in self._wanted]
        exact = [in_file(group.common) or "none" for group in self._wanted]
        return told_apart([e if cells.count(c) > 1 else c for c, e in zip(cells, exact, strict=True)])

    def _publish(self) -> None:
        """Tell the lines that are made."""
        wanted = {group.key[0] for group in self._wanted}
        self._known = {key: known for key, known in self._known.items() if key in wanted}
        column = self._table.book.get(self._table.arrangement.group)
        if column is None:
            return
        lines, drawn, every = [], 0, 0
        for group, name in zip(self._wanted, self._names(), strict=True):
            pooling, history = self._known.get(group.key[0], (None, None))
            every += len(group.rows)
            if pooling is not None and history is not None and len(history.records):
                drawn += len(pooling.stamps) - pooling.left_out
                label = f"{column.title} {name} ({len(group.rows):,})"
                lines.append(GroupLine(group.key[0], label, self.colours[group.key[0]], history))
        missing = every - drawn
        self.note = f"{counted(missing, 'run')} of the groups not drawn yet" if missing else ""
        self.lines = lines
        self.lines_changed.emit()
