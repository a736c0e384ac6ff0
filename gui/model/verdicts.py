"""What became of the claims of the run looked at: judged a few times a second, and at once when it ends."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.claims import Verdict, judge_all
from engine.experiment.claims import Claim
from engine.experiment.document import Document

from .run import Run
from .run_list import RunList

PAUSE = 250  # milliseconds between two judgements while records arrive


class Verdicts(QObject):
    """Judges the claims of the selected run's document over all runs of the same press of Run."""

    verdicts_changed = Signal()

    def __init__(self, run_list: RunList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.judged: list[tuple[Claim, Verdict]] = []
        self._run_list = run_list
        self._of = ""
        """The id of the run that was judged; '' where there was none."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self.judge_now)
        run_list.selection_changed.connect(self.judge_now)
        run_list.draft_changed.connect(self._on_draft_changed)
        run_list.records_arrived.connect(self._on_records)
        run_list.runs_changed.connect(self._on_runs_changed)

    @Slot()
    def judge_now(self) -> None:
        """Judge every claim of the document of the run looked at."""
        self._timer.stop()
        started = time.perf_counter()
        run = self._run_list.looked_at
        judged: list[tuple[Claim, Verdict]] = []
        if run is not None:
            others = [other for other in self.compared(run) if self._run_list.make_ready(other)]
            histories = {other.experiment_name: other.history for other in others}
            judged = list(zip(run.document.claims, judge_all(run.document, histories), strict=True))
        of = "" if run is None else run.id
        if (of, judged) != (self._of, self.judged):  # none of one run are not none of another
            self._of, self.judged = of, judged
            self.verdicts_changed.emit()
        # many replicas take long to judge: never more than a twentieth of the window's time
        self._timer.setInterval(max(PAUSE, int(20_000 * (time.perf_counter() - started))))

    @staticmethod
    def before_any_run(document: Document) -> list[tuple[Claim, Verdict]]:
        """Return a document's claims as they stand before anything has run."""
        return list(zip(document.claims, judge_all(document, {}), strict=True))

    def compared(self, run: Run) -> list[Run]:
        """Return the runs that a run's claims are about: the newest of every experiment of its group.

        A draft is of no group: it is compared with none.
        """
        if self._run_list.get(run.id) is None:
            return [run]
        newest: dict[str, Run] = {}
        for other in self._run_list.runs:
            if other.group == run.group and other.has_records:
                newest[other.experiment_name] = other
        newest[run.experiment_name] = run
        return list(newest.values())

    @Slot(str)
    def _on_records(self, id: str) -> None:
        if not self._timer.isActive() and self._concerns(id):
            self._timer.start()

    @Slot()
    def _on_draft_changed(self) -> None:
        if self._run_list.draft is None:
            self.judge_now()
        elif not self._timer.isActive():
            self._timer.start()

    @Slot(list)
    def _on_runs_changed(self, ids: list[str]) -> None:
        runs = (self._run_list.get(id) for id in ids if self._concerns(id))
        if any(run is not None and run.status.ended for run in runs):
            self.judge_now()

    def _concerns(self, id: str) -> bool:
        run, selected = self._run_list.get(id), self._run_list.selected
        if self._run_list.draft is not None:
            return False
        return run is not None and selected is not None and run.group == selected.group
