"""What the experiment says about loss, optimizer and step rule."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.experiment.experiment import Experiment
from gui.forms.form import Form
from gui.forms.form_context import FormContext


class LossOptimizerPanel(QWidget):
    """Shows loss and optimizer and says how they are edited."""

    edited = Signal(str, object)
    summary_changed = Signal(str)

    def __init__(self, context: FormContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = Form(Experiment, "", context, names=("loss", "optimizer"), parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.addWidget(self.form)
        self.form.edited.connect(self._on_edited)

    def show_experiment(self, experiment: Experiment, *, discard: bool = False) -> None:
        """Show the experiment's loss and optimizer."""
        self.form.show_value(experiment, discard=discard)
        optimizer = experiment.optimizer
        step = optimizer.step.title.lower()
        self.summary_changed.emit(f"{experiment.loss.kind}, {optimizer.title}, {step}")

    @Slot(str, object)
    def _on_edited(self, path: str, value: object) -> None:
        self.edited.emit(path, value)
