"""What became of the claims of the map looked at: judged beside the window, soon after its points change."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.claims import Verdict, judge_map
from engine.experiment.claims import Claim

from ..latest_work import LatestWork
from .lab_map import LabMap

PAUSE = 400
"""Milliseconds between two judgements while points arrive."""


class MapClaims(QObject):
    """Judges the claims of one map while somebody looks at it."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.judged: list[tuple[Claim, Verdict]] = []
        self._of: LabMap | None = None
        self._is_watched = False
        self._work = LatestWork(self)
        self._work.done.connect(self._on_judged)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._judge)

    @property
    def whose(self) -> str:
        """Return what the map is called whose claims are to be seen; '' where there are none."""
        return f"the map “{self._of.name}”" if self._is_watched and self._of and self.judged else ""

    def watch(self, shown: bool) -> None:
        """Note whether somebody looks at maps."""
        if shown != self._is_watched:
            self._is_watched = shown
            self._judge()
            self.changed.emit()

    def look_at(self, known: LabMap | None) -> None:
        """Judge the claims of a map, or of none."""
        if known is not self._of or (known is not None and self.judged and not known.document.claims):
            self._of, self.judged = known, []
            self._work.forget()
            self._judge()
            self.changed.emit()
        elif self._is_to_judge and not self._soon.isActive():
            self._soon.start(PAUSE)

    @property
    def _is_to_judge(self) -> bool:
        return self._is_watched and self._of is not None and bool(self._of.document.claims)

    @Slot()
    def _judge(self) -> None:
        of = self._of
        if of is None or not self._is_to_judge:
            return
        if self._work.working:
            self._soon.start(PAUSE)
        else:
            self._work.ask(partial(judge_map, of.document, of.grid, dict(of.results)))

    @Slot(object)
    def _on_judged(self, judged: object) -> None:
        if isinstance(judged, list) and judged != self.judged:
            self.judged = judged
            self.changed.emit()
