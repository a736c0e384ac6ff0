"""What differs between runs, in the words of the table's columns: 'learning rate 0.03, hidden widths 40'."""

from __future__ import annotations

import time
from collections.abc import Iterable

from gui.model.run import Run

from .column import TableColumn
from .known_columns import KnownColumns
from .summary import RunSummary, summary_of
from .values import in_cell

TURN = 0.01
"""Seconds of one look that go into runs that were never looked at."""
MOST_NAMED = 6


class Differences:
    """Knows the fields of some runs; those that have gone from among them still count."""

    def __init__(self) -> None:
        self._known = KnownColumns()
        self._summaries: dict[str, RunSummary] = {}
        self._columns: list[TableColumn] | None = None
        """Those in which runs differ; None: to be worked out anew."""
        self._words: dict[str, str] = {}
        self.is_told = True
        """Whether all runs were looked at."""

    def look_at(self, runs: Iterable[Run]) -> None:
        """Take up runs, as many as there is time for now."""
        end = time.perf_counter() + TURN
        for run in runs:
            if run.id not in self._summaries:
                self.is_told = time.perf_counter() < end
                if not self.is_told:
                    return
                summary = summary_of(run.experiment, run.history, {}, {})
                self._known.add(summary, run.described)
                self._summaries[run.id] = summary
                self._words.clear()
                self._columns = None
        self.is_told = True

    def of(self, run: Run) -> str:
        """Say what a run has that others have not; '' where nothing differs, or it was not looked at."""
        summary = self._summaries.get(run.id)
        if summary is None or not self.is_told:
            return ""
        if self._columns is None:
            book = self._known.book()
            self._columns = [book.columns[path] for path in self._known.differing()]
        if run.id not in self._words:
            told = [(column.title, in_cell(summary.field(column.name, None))) for column in self._columns]
            said = [f"{title} {value}" for title, value in told if value]
            more = f", {len(said) - MOST_NAMED} more" if len(said) > MOST_NAMED else ""
            self._words[run.id] = ", ".join(said[:MOST_NAMED]) + more
        return self._words[run.id]
