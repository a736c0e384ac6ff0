"""Finds out what the table keeps of runs: at once where all of it is at hand or noted, else in a thread of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from engine.protocol.run_history import RunHistory
from gui.model.latest_work import LatestWork
from gui.model.run import ODD, AtHand, Run
from gui.model.run_list import RunList
from gui.model.session_store import SessionStore

from .summary import RunSummary, digest_of, judged_names, summary_from, summary_of, verdicts_of

MOST_AT_ONCE, BYTES_AT_ONCE = 50, 2**24
"""Runs, and bytes of their records, that one piece of reading is of."""
MOST_KEPT = 2**27
"""Bytes of records kept for other runs of their group, whose claims compare with them."""


@dataclass(frozen=True)
class _Wanted:
    """A run to be read, with what claims may compare it with."""

    run: Run
    group: tuple[Run, ...]
    live: Mapping[str, RunHistory]
    """By run, what those under way had told."""


class _Kept:
    """Runs read for one look, as long as there is room: others of their group want them as well."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[int, AtHand]] = {}

    def look_into(self, run: Run, live: Mapping[str, RunHistory]) -> AtHand:
        """Return experiment and records of a run.

        Raises:
            Refusal: where they cannot be read.
        """
        if run.is_at_hand:
            seen = run.looked_into()
            return replace(seen, history=live[run.id]) if run.id in live else seen
        if run.id in self._runs:
            return self._runs[run.id][1]
        seen = run.looked_into()
        self._runs[run.id] = run.size, seen
        while len(self._runs) > 1 and sum(size for size, _ in self._runs.values()) > MOST_KEPT:
            del self._runs[next(iter(self._runs))]
        return seen

    def only(self, ids: Set[str]) -> None:
        """Keep these runs alone."""
        for id in [id for id in self._runs if id not in ids]:
            del self._runs[id]


class SummaryReader(QObject):
    """Reads runs for the table; what it has read of them is not kept at hand."""

    summarised = Signal(str, object)
    """A run, and its summary; None where it cannot be read."""

    def __init__(self, run_list: RunList, store: SessionStore, parent: QObject) -> None:
        super().__init__(parent)
        self._run_list, self._store = run_list, store
        self._waiting: dict[str, None] = {}
        self._asked: dict[str, str] = {}
        """What is read now: how far each run had come when it was asked for."""
        self._groups: dict[str, list[Run]] | None = None
        """Runs by press of Run."""
        self._kept = _Kept()
        self._work = LatestWork(self)
        self._work.done.connect(self._on_done)
        run_list.runs_added.connect(self._on_runs_added)
        run_list.runs_removed.connect(self._on_runs_removed)

    @property
    def unread(self) -> int:
        """How many runs have still to be read."""
        return len(self._waiting) + len(self._asked)

    # --- at once --------------------------------------------------------------------------------------------

    def at_once(self, run: Run) -> RunSummary | None:
        """Return what is known of a run now, where nothing has to be read for it.

        Raises:
            Refusal: where what is at hand makes no sense; so do others of `ODD`.
        """
        if not run.is_at_hand:
            return self._noted(run)
        others = judged_names(run.document) - {run.experiment_name}
        if any(not peer.is_at_hand for peer in self._peers(run, others).values()):
            return None
        summary = _summary(_Wanted(run, self._group(run), {}), self._kept)
        self._note(run, summary)
        return summary

    def _note(self, run: Run, summary: RunSummary) -> None:
        """Have the session keep what was found out of a run that has ended."""
        if run.status.ended and summary.finals:
            self._store.session.digests.note(run.id, digest_of(summary))

    def _noted(self, run: Run) -> RunSummary | None:
        """Return what the session keeps of a run's summary; None where there is nothing of it as it is."""
        digest = self._store.session.digests.get(run.id)
        summary = None if digest is None else summary_from(digest)
        return summary if summary is not None and self.is_judged(run, summary) else None

    def is_judged(self, run: Run, summary: RunSummary) -> bool:
        """Say whether the runs that its claims compared it with are still as they were then."""
        names = set(summary.judged)
        return not names or summary.judged == _state(self._peers(run, names), names)

    def _peers(self, run: Run, names: Set[str]) -> dict[str, Run]:
        return _peers(self._group(run), names) if names else {}

    def _group(self, run: Run) -> tuple[Run, ...]:
        if self._groups is None:
            self._groups = {}
            for each in self._run_list.runs:
                self._groups.setdefault(each.group, []).append(each)
        return tuple(self._groups.get(run.group, ()))

    # --- in a thread of its own -----------------------------------------------------------------------------

    def ask(self, run: Run) -> None:
        """Read a run after those that wait."""
        self._waiting[run.id] = None
        if not self._asked:
            self._read_next()

    def _read_next(self) -> None:
        """Begin to read some of the runs that wait."""
        wanted, size, live = list[_Wanted](), 0, dict[str, Mapping[str, RunHistory]]()
        while self._waiting and len(wanted) < MOST_AT_ONCE and size < BYTES_AT_ONCE:
            id = next(iter(self._waiting))
            del self._waiting[id]
            run = self._run_list.get(id)
            if run is not None:
                group = self._group(run)
                if run.group not in live:
                    live[run.group] = {each.id: _frozen(each.history) for each in group if _is_live(each)}
                wanted.append(_Wanted(run, group, live[run.group]))
                size += run.size
        self._asked = {each.run.id: _mark(each.run) for each in wanted}
        if wanted:
            self._work.ask(partial(_summaries, wanted, self._kept))

    @Slot(object)
    def _on_done(self, answer: object) -> None:
        """Tell what was read; of a run that is gone meanwhile nobody wants to know."""
        told = answer if isinstance(answer, dict) else {}
        asked, self._asked = self._asked, {}
        for id, mark in asked.items():
            run, summary = self._run_list.get(id), told.get(id)
            # one that has gone on meanwhile is read again
            if run is not None and summary is not None and _mark(run) == mark:
                self._note(run, summary)
            self.summarised.emit(id, summary)
        self._read_next()

    @Slot(list)
    def _on_runs_added(self, _ids: list[str]) -> None:
        self._groups = None

    @Slot(list)
    def _on_runs_removed(self, ids: list[str]) -> None:
        self._groups = None
        for id in ids:
            self._waiting.pop(id, None)
            self._asked.pop(id, None)
        if not self._run_list.runs:  # as where another session is opened
            self._kept = _Kept()


def _summaries(wanted: Sequence[_Wanted], kept: _Kept) -> dict[str, RunSummary | None]:
    """Return what the table keeps of runs, by run; None of those that cannot be read."""
    told: dict[str, RunSummary | None] = {}
    for each in wanted:
        try:
            told[each.run.id] = _summary(each, kept)
        except ODD:
            told[each.run.id] = None
    kept.only({run.id for run in wanted[-1].group} if wanted else set())
    return told


def _summary(wanted: _Wanted, kept: _Kept) -> RunSummary:
    """Return what the table keeps of a run, its claims judged beside the newest runs of its group."""
    run = wanted.run
    seen = kept.look_into(run, wanted.live)
    others = judged_names(seen.document) - {run.experiment_name}
    peers = _peers(wanted.group, others)
    told = {name: kept.look_into(peer, wanted.live).history for name, peer in peers.items()}
    verdicts = verdicts_of(seen.document, {run.experiment_name: seen.history, **told})
    return summary_of(seen.experiment, seen.history, verdicts, _state(peers, others))


def _peers(group: Sequence[Run], names: Set[str]) -> dict[str, Run]:
    """Return of a run's group the newest run of each of these experiments that recorded anything."""
    return {o.experiment_name: o for o in group if o.experiment_name in names and o.has_records}


def _is_live(run: Run) -> bool:
    return run.is_at_hand and not run.status.ended


def _frozen(history: RunHistory) -> RunHistory:
    """Return what a run has told by now, while it goes on."""
    records = history.records.copy()
    records.changes = history.records.changes
    events = {name: list(steps) for name, steps in history.events.items()}
    return replace(history, records=records, events=events)


def _mark(run: Run) -> str:
    """Return what is another once a run has gone on; no record is read."""
    return f"{run.status.value}/{run.seconds!r}"


def _state(runs: Mapping[str, Run], names: Iterable[str]) -> dict[str, str]:
    """Return by experiment what is another once its run has gone on, or is another one; no record is read."""
    return {name: f"{run.id}/{_mark(run)}" if (run := runs.get(name)) else "" for name in names}
