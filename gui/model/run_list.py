"""Every run of the session in order, which one is looked at, and how each is shown."""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Protocol

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.experiment.document import Document
from engine.experiment.provenance import BASED_ON
from engine.figures.plots import PALETTE
from engine.words.formats import untaken

from .draft import Draft
from .run import ODD, Run, why_unreadable

Shown = str | int | bool | tuple[str, ...]
"""What is shown of a run and can be changed."""


class Entries(Protocol):
    """What gives a new run its id and its number: the session."""

    def add_run(self, document: Document, experiment_name: str, id: str | None = None) -> str: ...

    def number_run(self) -> int: ...


class SetShown(QUndoCommand):
    """Name, colour, tags or star of runs."""

    def __init__(self, run_list: RunList, values: Mapping[Run, Shown], name: str, words: str) -> None:
        super().__init__(words)
        self._run_list, self._name = run_list, name
        self._before, self._after = {run: getattr(run, name) for run in values}, dict(values)

    def redo(self) -> None:
        self._set(self._after)

    def undo(self) -> None:
        self._set(self._before)

    def _set(self, values: Mapping[Run, Shown]) -> None:
        for run, value in values.items():
            setattr(run, self._name, value)
        self._run_list.runs_changed.emit([run.id for run in values])


class Delete(QUndoCommand):
    """Take runs out of the list, with everything they hold, so that they can come back."""

    def __init__(self, run_list: RunList, runs: list[Run]) -> None:
        super().__init__("Delete the run" if len(runs) == 1 else f"Delete {len(runs)} runs")
        self._run_list, self._runs = run_list, runs
        # this ends where nobody can undo it any more
        weakref.finalize(self, run_list.forget, {run.id for run in runs}).atexit = False
        places = {run.id: place for place, run in enumerate(run_list.runs)}
        self._places = [places[run.id] for run in runs]

    def redo(self) -> None:
        self._run_list.take_out(self._runs)

    def undo(self) -> None:
        self._run_list.put_back(dict(zip(self._places, self._runs, strict=True)))


class RunList(QObject):
    """Holds the runs; the undo stack takes what can be undone."""

    runs_added = Signal(list)
    """Their ids, as with the three below: thousands may come, go or change at once."""
    runs_removed = Signal(list)
    runs_forgotten = Signal(list)
    """Deleted runs that Undo cannot bring back any more."""
    runs_changed = Signal(list)
    """Name, colour, visibility, notes or status is another."""
    records_arrived = Signal(str)
    run_read = Signal(str)
    """A run that was only listed is at hand now."""
    unreadable = Signal(str, str)
    """A run that cannot be read, and why: it is taken out of the list, and stays in its file."""
    selection_changed = Signal()
    draft_changed = Signal()
    """The draft is another one, has told more, or there is none any more."""

    def __init__(self, undo_stack: QUndoStack, entries: Entries, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries = entries
        self.runs: list[Run] = []
        self._by_id: dict[str, Run] = {}
        self._by_experiment: dict[str, list[Run]] | None = None
        self.selected_id = ""
        self.draft: Draft | None = None
        """What is steered; it is none of the runs."""
        self._undo_stack = undo_stack
        self._put_away: set[str] = set()
        """Runs hidden because another experiment was opened."""

    def __len__(self) -> int:
        return len(self.runs)

    @property
    def selected(self) -> Run | None:
        return self.get(self.selected_id)

    @property
    def looked_at(self) -> Run | None:
        """Return the draft's run while there is one, else the run selected."""
        return self.selected if self.draft is None else self.draft.run

    def get(self, id: str) -> Run | None:
        return self._by_id.get(id)

    def by_experiment(self) -> dict[str, list[Run]]:
        """Return the runs by the title of their experiment, in the order in which these were first run.

        What is based on an experiment stands with it. Runs that are added are added there; where any have gone or come
        back it is another dictionary.
        """
        if self._by_experiment is None:
            self._by_experiment = {}
            self._sort_in(self.runs)
        return self._by_experiment

    def _sort_in(self, runs: Iterable[Run]) -> None:
        if self._by_experiment is not None:
            for run in runs:
                self._by_experiment.setdefault(run.title.removeprefix(BASED_ON), []).append(run)

    def new_run(self, document: Document, experiment_name: str, group: str, lineage: int) -> Run:
        """Add a run of one experiment of a document, with a name and a colour of its own."""
        return self.new_runs(document, [experiment_name], group, lineage)[0]

    def new_runs(self, document: Document, names: Iterable[str], group: str, lineage: int) -> list[Run]:
        """Add a run of each of these experiments of a document; thousands at once."""
        taken, colours = {run.name for run in self.runs}, self._colours()
        runs = []
        for experiment_name in names:
            name = untaken(self._numbered_name(experiment_name), taken)
            taken.add(name)
            colour = _rarest(colours)
            colours[colour] += 1
            id = self._entries.add_run(document, experiment_name)
            runs.append(Run(id, name, colour, document, experiment_name, group, lineage))
        self.fill(runs)
        return runs

    def show_draft(self, draft: Draft | None) -> None:
        """Let this be what is steered, with what it has told by now; None for nothing."""
        self.draft = draft
        self.draft_changed.emit()

    def keep_draft(self, group: str) -> Run | None:
        """Let the draft be one of the runs; None where there is none."""
        if self.draft is None:
            return None
        run = self.draft.run
        run.name, run.group = self._untaken(self._numbered_name(run.experiment_name)), group
        self._entries.add_run(run.document, run.experiment_name, run.id)
        self.add(run)
        self.show_draft(None)
        return run

    def _numbered_name(self, experiment_name: str) -> str:
        """Return the name of the next run, unless another one has it."""
        return f"Run {self._entries.number_run()}" + (f" · {experiment_name}" if experiment_name else "")

    def add(self, run: Run) -> None:
        self.fill([run])

    def fill(self, runs: Sequence[Run]) -> None:
        """Add runs after those that are there."""
        self.runs.extend(runs)
        self._by_id.update((run.id, run) for run in runs)
        self._sort_in(runs)
        self.runs_added.emit([run.id for run in runs])

    def clear(self) -> None:
        """Forget every run, as when another session is opened."""
        self.take_out(list(self.runs))
        self._put_away.clear()

    def turn_to(self, lineage: int, title: str) -> None:
        """Make room for an experiment that was opened: runs of others are hidden, and none of them looked at.

        Where it was open before, as after Undo, what its opening of another had hidden comes back.
        """
        its_own = [run for run in self.runs if run.lineage == lineage or run.title == title]
        kept = {run.id for run in its_own}
        others = [run for run in self.runs if run.visible and run.id not in kept]
        self._show({run.id: True for run in its_own if run.id in self._put_away})
        self._show({run.id: False for run in others})
        self._put_away.update(run.id for run in others)
        its = [run.id for run in self.runs if run.lineage == lineage]
        self.select(its[-1] if its else "")

    def make_ready(self, run: Run) -> bool:
        """Read a run that is only listed; one that cannot be read is taken out, and its file keeps it as it is."""
        if run.is_at_hand:
            return True
        try:
            run.read()
        except ODD as error:
            self.unreadable.emit(run.id, f"{run.name} cannot be read: {why_unreadable(error)}")
            self.take_out([run])
            return False
        self.run_read.emit(run.id)
        return True

    @Slot(str)
    def select(self, id: str) -> None:
        run = self.get(id)
        if id != self.selected_id and (not id or (run is not None and self.make_ready(run))):
            self.selected_id = id
            self.selection_changed.emit()

    @Slot(str, str)
    def rename(self, id: str, name: str) -> None:
        """Call a run otherwise; a name that another run has gets a number."""
        run, name = self.get(id), name.strip()
        if run is not None and name and name != run.name and self._untaken(name, run) != run.name:
            self._undo_stack.push(SetShown(self, {run: self._untaken(name, run)}, "name", "Rename the run"))

    @Slot(str, int)
    def recolour(self, id: str, colour: int) -> None:
        run = self.get(id)
        if run is not None and colour != run.colour:
            self._undo_stack.push(SetShown(self, {run: colour}, "colour", "Recolour the run"))

    @Slot(list, bool)
    def star(self, ids: Iterable[str], starred: bool) -> None:
        """Give runs a star, or take it from them."""
        runs = [run for id in ids if (run := self.get(id)) is not None and run.starred != starred]
        if runs:
            words = f"{'Star' if starred else 'Take the star from'} {_the_runs(len(runs))}"
            self._undo_stack.push(SetShown(self, dict.fromkeys(runs, starred), "starred", words))

    @Slot(list, list, list)
    def tag(self, ids: Iterable[str], tags: Iterable[str], gone: Iterable[str] = ()) -> None:
        """Give runs tags that they have not, and take others from them."""
        wanted, lost = [tag.strip() for tag in tags if tag.strip()], set(gone)
        after: dict[Run, Shown] = {}
        for run in filter(None, map(self.get, ids)):
            tags_after = tuple(dict.fromkeys(tag for tag in (*run.tags, *wanted) if tag not in lost))
            if tags_after != run.tags:
                after[run] = tags_after
        if after:
            self._undo_stack.push(SetShown(self, after, "tags", f"Tag {_the_runs(len(after))}"))

    @Slot(str, bool)
    def set_visible(self, id: str, visible: bool) -> None:
        self._show({id: visible})

    def show_only(self, ids: Iterable[str]) -> None:
        wanted = set(ids)
        self._show({run.id: run.id in wanted for run in self.runs})

    def _show(self, wanted: Mapping[str, bool]) -> None:
        """Show and hide runs, all at once."""
        changed = []
        for id, visible in wanted.items():
            run = self._by_id.get(id)
            if run is not None and run.visible != visible:
                run.visible = visible
                changed.append(id)
        self._put_away.difference_update(changed)
        if changed:
            self.runs_changed.emit(changed)

    def delete(self, ids: Iterable[str]) -> None:
        """Delete runs that are not under way; Undo brings them back with all they recorded."""
        wanted = set(ids)
        runs = [run for run in self.runs if run.id in wanted and not run.status.under_way]
        if runs:
            self._undo_stack.push(Delete(self, runs))

    def take_out(self, runs: Sequence[Run]) -> None:
        gone = {run.id for run in runs if run.id in self._by_id}
        place = next((place for place, run in enumerate(self.runs) if run.id == self.selected_id), 0)
        before = sum(1 for run in self.runs[:place] if run.id not in gone)
        self.runs[:] = [run for run in self.runs if run.id not in gone]
        self._by_experiment = None
        for id in gone:
            self._by_id.pop(id, None)
        if gone:
            self.runs_removed.emit(list(gone))
        if self.selected_id in gone:
            left = self.runs[min(before, len(self.runs) - 1)].id if self.runs else ""
            self.selected_id = ""
            self.select(left)
            if not self.selected_id:
                self.selection_changed.emit()

    def forget(self, ids: Set[str]) -> None:
        """Tell which runs are gone for good, now that nobody can bring them back."""
        gone = [id for id in ids if id not in self._by_id]
        if gone and shiboken6.isValid(self):
            self.runs_forgotten.emit(gone)

    def put_back(self, places: Mapping[int, Run]) -> None:
        """Let runs be in these places of the list again."""
        others = iter(self.runs)
        count = len(self.runs) + len(places)
        merged = [places[place] if place in places else next(others, None) for place in range(count)]
        back = list(places.values())
        self.runs[:] = [
            *(run for run in merged if run is not None),
            *(run for p, run in places.items() if p >= count),
        ]
        self._by_id.update((run.id, run) for run in back)
        self._by_experiment = None
        self.runs_added.emit([run.id for run in back])
        self.select(back[-1].id)

    def _untaken(self, name: str, besides: Run | None = None) -> str:
        """Return a name that no other run has."""
        return untaken(name, {run.name for run in self.runs if run is not besides})

    def free_colour(self) -> int:
        """Return the colour that the fewest runs have, the palette's first among equals."""
        return _rarest(self._colours())

    def _colours(self) -> Counter[int]:
        return Counter(run.colour for run in self.runs)


def _rarest(colours: Counter[int]) -> int:
    return min(range(len(PALETTE)), key=colours.__getitem__)


def _the_runs(count: int) -> str:
    return "the run" if count == 1 else f"{count:,} runs"
