"""Hints about the run looked at: worked out as it goes on, applied by one edit, dismissed for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, QTimer, Signal, Slot

from .editor import ExperimentEditor
from .run import Run
from .run_list import RunList

if TYPE_CHECKING:
    from engine.claims.hints import Hint

PAUSE = 400
"""Milliseconds between two looks while records arrive."""
DISMISSED = "hints/dismissed"


class RunHints(QObject):
    """Knows what there is to say of the run looked at, and what nobody wants to hear again."""

    hints_changed = Signal()

    def __init__(self, editor: ExperimentEditor, run_list: RunList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.shown: list[Hint] = []
        """What there is to say now, what matters most first."""
        self._editor, self._run_list = editor, run_list
        self._told: tuple[str, list[Hint]] = ("", [])
        """The run looked at, and all that the rules say of it."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE)
        self._timer.timeout.connect(self.look)
        run_list.selection_changed.connect(self.look)
        run_list.draft_changed.connect(self._on_draft_changed)
        run_list.records_arrived.connect(self._on_records)
        run_list.runs_changed.connect(self._on_runs_changed)
        editor.document_changed.connect(self._show)

    @Slot()
    def look(self) -> None:
        """Ask every rule about the run looked at."""
        self._timer.stop()
        run = self._run_list.looked_at
        told: list[Hint] = []
        if run is not None and run.is_at_hand:
            from engine.claims.hints import hints, shown_on_purpose

            told = hints(run.current, run.history, shown_on_purpose(run.document))
        self._told = ("" if run is None else run.id, told)
        self._show()

    @Slot()
    def _show(self) -> None:
        """Show what is neither dismissed nor mended in the experiment being edited."""
        run, silent = self._run_list.looked_at, self.dismissed()
        shown = [hint for hint in self._told[1] if hint.rule not in silent]
        if run is not None and self._is_edited_here(run):
            edited = self._editor.document.experiments()[run.experiment_name]
            from engine.claims.hints import mends

            shown = [hint for hint in shown if mends(edited, hint.remedy)]
        if shown != self.shown:
            self.shown = shown
            self.hints_changed.emit()

    @Slot(str)
    def apply(self, rule: str) -> None:
        """Edit what a hint says, of the experiment that its run came from; Undo takes it back."""
        run = self._run_list.looked_at
        hint = next((hint for hint in self.shown if hint.rule == rule), None)
        if hint is None or run is None:
            return
        stack, editor = self._editor.undo_stack, self._editor
        stack.beginMacro(hint.remedy.label)
        try:
            if not self._is_edited_here(run):
                editor.load(run.with_its_edits(), words=f"Edit the experiment of {run.name}")
            editor.choose_experiment(run.experiment_name)
            edited = set(hint.remedy.changes)
            if any(field in spec.set for spec in editor.document.edits for field in edited):
                editor.remove_edits()  # which would set them again
            editor.change(dict(hint.remedy.changes), hint.remedy.label, next(iter(edited)))
        finally:
            stack.endMacro()

    @Slot(str)
    def dismiss(self, rule: str) -> None:
        """Say this no more, of no run, here and in labs that are opened later."""
        QSettings().setValue(DISMISSED, sorted({*self.dismissed(), rule}))
        self._show()

    @Slot()
    def take_back(self) -> None:
        """Say again what was dismissed."""
        QSettings().remove(DISMISSED)
        self._show()

    @staticmethod
    def dismissed() -> set[str]:
        """Return the rules that nobody wants to hear."""
        stored = QSettings().value(DISMISSED, [])
        return set(map(str, stored)) if isinstance(stored, list) else {str(stored)}

    def _is_edited_here(self, run: Run) -> bool:
        known = run.experiment_name in self._editor.document.experiments()
        return known and run.lineage == self._editor.edited.lineage

    @Slot(str)
    def _on_records(self, id: str) -> None:
        run = self._run_list.looked_at
        if run is not None and run.id == id and not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_draft_changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    @Slot(list)
    def _on_runs_changed(self, ids: list[str]) -> None:
        run = self._run_list.looked_at
        if run is not None and run.id in ids and run.status.ended:
            self.look()
