"""Every run of the session in order, which one is looked at, and how each is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.experiment.document import Document
from engine.experiment.provenance import BASED_ON
from engine.figures.plots import PALETTE
from engine.formats import untaken

from .run import Run


class Entries(Protocol):
    """What gives a new run its id and its number: the session."""

    def add_run(self, document: Document, experiment_name: str) -> str: ...

    def number_run(self) -> int: ...


class SetShown(QUndoCommand):
    """Name or colour of a run."""

    def __init__(self, run_list: RunList, run: Run, name: str, value: str | int, words: str) -> None:
        super().__init__(words)
        self._run_list, self._run, self._name = run_list, run, name
        self._before, self._after = getattr(run, name), value

    def redo(self) -> None:
        self._set(self._after)

    def undo(self) -> None:
        self._set(self._before)

    def _set(self, value: str | int) -> None:
        setattr(self._run, self._name, value)
        self._run_list.run_changed.emit(self._run.id)


class Delete(QUndoCommand):
    """Take runs out of the list, with everything they hold, so that they can come back."""

    def __init__(self, run_list: RunList, runs: list[Run]) -> None:
        super().__init__("Delete the run" if len(runs) == 1 else f"Delete {len(runs)} runs")
        self._run_list = run_list
        self._places = [(run_list.runs.index(run), run) for run in runs]

    def redo(self) -> None:
        for _, run in reversed(self._places):
            self._run_list.take_out(run)

    def undo(self) -> None:
        for place, run in self._places:
            self._run_list.put_back(place, run)


class RunList(QObject):
    """Holds the runs; the undo stack takes what can be undone."""

    run_added = Signal(str)
    run_removed = Signal(str)
    run_changed = Signal(str)
    """Its name, colour, visibility, notes or status is another."""
    records_arrived = Signal(str)
    selection_changed = Signal()

    def __init__(self, undo_stack: QUndoStack, entries: Entries, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries = entries
        self.runs: list[Run] = []
        self.selected_id = ""
        self._undo_stack = undo_stack
        self._put_away: set[str] = set()
        """Runs hidden because another experiment was opened."""

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def selected(self) -> Run | None:
        return self.get(self.selected_id)

    def get(self, id: str) -> Run | None:
        return next((run for run in self.runs if run.id == id), None)

    def by_experiment(self) -> dict[str, list[Run]]:
        """Return the runs by the title of their experiment, in the order in which these were first run.

        What is based on an experiment stands with it.
        """
        groups: dict[str, list[Run]] = {}
        for run in self.runs:
            groups.setdefault(run.title.removeprefix(BASED_ON), []).append(run)
        return groups

    def new_run(self, document: Document, experiment_name: str, group: str, lineage: int) -> Run:
        """Add a run of one experiment of a document, with a name and a colour of its own."""
        name = f"Run {self._entries.number_run()}" + (f" · {experiment_name}" if experiment_name else "")
        name = self._untaken(name)
        id = self._entries.add_run(document, experiment_name)
        run = Run(id, name, self._free_colour(), document, experiment_name, group, lineage)
        self.add(run)
        return run

    def add(self, run: Run) -> None:
        self.runs.append(run)
        self.run_added.emit(run.id)

    def clear(self) -> None:
        """Forget every run, as when another session is opened."""
        for run in list(self.runs):
            self.take_out(run)
        self._put_away.clear()

    def turn_to(self, lineage: int, title: str) -> None:
        """Make room for an experiment that was opened: runs of others are hidden, and none of them looked at.

        Where it was open before, as after Undo, what its opening of another had hidden comes back.
        """
        for run in list(self.runs):
            if run.lineage == lineage or run.title == title:
                if run.id in self._put_away:
                    self.set_visible(run.id, True)
            elif run.visible:
                self.set_visible(run.id, False)
                self._put_away.add(run.id)
        its = [run.id for run in self.runs if run.lineage == lineage]
        self.select(its[-1] if its else "")

    @Slot(str)
    def select(self, id: str) -> None:
        if id != self.selected_id and (not id or self.get(id) is not None):
            self.selected_id = id
            self.selection_changed.emit()

    @Slot(str, str)
    def rename(self, id: str, name: str) -> None:
        """Call a run otherwise; a name that another run has gets a number."""
        run, name = self.get(id), name.strip()
        if run is not None and name and name != run.name and self._untaken(name, run) != run.name:
            self._undo_stack.push(SetShown(self, run, "name", self._untaken(name, run), "Rename the run"))

    @Slot(str, int)
    def recolour(self, id: str, colour: int) -> None:
        run = self.get(id)
        if run is not None and colour != run.colour:
            self._undo_stack.push(SetShown(self, run, "colour", colour, "Recolour the run"))

    @Slot(str, bool)
    def set_visible(self, id: str, visible: bool) -> None:
        run = self.get(id)
        if run is not None and visible != run.visible:
            run.visible = visible
            self._put_away.discard(id)
            self.run_changed.emit(id)

    def show_only(self, ids: Iterable[str]) -> None:
        wanted = set(ids)
        for run in self.runs:
            self.set_visible(run.id, run.id in wanted)

    def delete(self, ids: Iterable[str]) -> None:
        """Delete runs that are not under way; Undo brings them back with all they recorded."""
        wanted = set(ids)
        runs = [run for run in self.runs if run.id in wanted and not run.status.under_way]
        if runs:
            self._undo_stack.push(Delete(self, runs))

    def take_out(self, run: Run) -> None:
        place = self.runs.index(run)
        self.runs.remove(run)
        self.run_removed.emit(run.id)
        if self.selected_id == run.id:
            left = self.runs[min(place, len(self.runs) - 1)].id if self.runs else ""
            self.selected_id = ""
            self.select(left)
            if not left:
                self.selection_changed.emit()

    def put_back(self, place: int, run: Run) -> None:
        self.runs.insert(min(place, len(self.runs)), run)
        self.run_added.emit(run.id)
        self.select(run.id)

    def _untaken(self, name: str, besides: Run | None = None) -> str:
        """Return a name that no other run has."""
        return untaken(name, {run.name for run in self.runs if run is not besides})

    def _free_colour(self) -> int:
        """Return the colour that the fewest runs have, the palette's first among equals."""
        shown = [run.colour for run in self.runs]
        return min(range(len(PALETTE)), key=shown.count)
