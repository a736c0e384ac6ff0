"""What the buttons under the plots do: run, pause, step, rewind, go on."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from .editor import ExperimentEditor
from .resume import changes_of, is_same_but_live, why_not
from .run import Run
from .run_list import RunList
from .selection import Selection
from .steering import Steering
from .trainer import Trainer


class Transport(QObject):
    """Trains the experiment being edited, and goes on with runs."""

    values_taken = Signal()
    """A run is made of the document as it is: whoever holds values that were refused says that they are not in it."""

    def __init__(
        self,
        editor: ExperimentEditor,
        run_list: RunList,
        trainer: Trainer,
        steering: Steering,
        selection: Selection,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._editor, self._run_list, self._trainer = editor, run_list, trainer
        self._steering, self._selection = steering, selection
        steering.keeping.connect(self.take_values)

    @Slot()
    def run(self) -> None:
        """Do what the one big button says: run, pause or go on; a draft of the experiment is its run already."""
        match self._trainer.state:
            case "running" | "starting":
                self._trainer.pause()
            case "paused":
                self._trainer.resume()
            case _:
                if self._editor.document.variations or not self._steering.keep():
                    self.run_anew()

    @Slot()
    def pause_or_go_on(self) -> None:
        """Pause what is under way, or go on with it; nothing where nothing is."""
        if self._trainer.state in ("running", "starting", "paused"):
            self.run()

    @Slot()
    def run_anew(self) -> None:
        """Train every experiment of the document, each as a new run; what is under way is stopped."""
        self.take_values()
        self._selection.mark_step(None)
        self._trainer.run_document(self._editor.document, self._editor.edited.lineage)

    @Slot()
    def run_after(self) -> None:
        """Train every experiment of the document, as it is now, when what is under way has ended."""
        self.take_values()
        for run in self._trainer.run_document_after(self._editor.document, self._editor.edited.lineage):
            run.takes_edits = False  # the next ones are typed while it trains

    @Slot()
    def take_values(self) -> None:
        """Make ready for runs of the document as it is."""
        self._editor.forget_refused_runs()
        self.values_taken.emit()

    @Slot()
    def stop(self) -> None:
        self._trainer.stop()

    @Slot()
    def advance(self) -> None:
        """Take one step; where nothing is under way, prepare a run and hold it before its first step."""
        if self._trainer.state == "idle":
            self.take_values()
            self._trainer.run_document(self._editor.document, self._editor.edited.lineage, paused=True)
        elif self._trainer.state == "running":
            self._trainer.pause()
        else:
            self._trainer.advance()

    @Slot()
    def rewind(self) -> None:
        """Begin the run again with the same seed; it holds at the start unless it was training."""
        run = self._trainer.current or self._run_list.selected
        going = self._trainer.state in ("running", "starting")
        self._selection.mark_step(None)
        if run is None:
            self.advance()
            return
        document = run.with_its_edits()
        if self.is_edited_here(run) and run.takes_edits:
            document = self._editor.document
            self.take_values()
        self._trainer.run_again(run, document, run.lineage, paused=not going)

    @Slot()
    def new_seed(self) -> None:
        """Draw the initialisation anew, and run."""
        base = self._editor.document.base
        if self._editor.change({"seed": base.seed + base.replicas}, "New seed", "seed", everywhere=True):
            self._selection.mark_step(None)
            self._trainer.run_document(self._editor.document, self._editor.edited.lineage)

    @Slot()
    def continue_selected(self) -> None:
        """Go on with the run looked at, with the edits that a run can take on its way."""
        run = self._run_list.selected
        if run is not None and not self.why_not_continue():
            edited = self._editor.document
            asked = run.current
            if is_same_but_live(run, edited):
                run.lineage, run.takes_edits = self._editor.edited.lineage, True
                asked = edited.experiments()[run.experiment_name]
            self._selection.mark_step(None)
            self._trainer.continue_run(run, changes_of(run, edited))
            run.asked = asked

    def why_not_continue(self) -> str:
        """Say why the run looked at cannot go on; '' where it can."""
        return why_not(self._run_list.selected, self._editor.document)

    def is_edited_here(self, run: Run) -> bool:
        """Say whether the document being edited is the one that a run came from."""
        known = run.experiment_name in self._editor.document.experiments()
        return known and run.lineage == self._editor.edited.lineage
