"""What the experiment says about seeds, replicas, length, place and measurements."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.experiment.experiment import Experiment
from engine.experiment.measure import GROUP_TITLES, MeasureSpec
from engine.experiment.run import Device, RunSpec
from engine.words.formats import byte_size
from gui.forms.check_editor import CheckEditor
from gui.forms.editor import FieldEditor
from gui.forms.field_spec import FieldSpec
from gui.forms.form import Form
from gui.forms.form_context import FormContext
from gui.forms.number_editors import NumberEditor
from gui.forms.text_editors import FreeChoiceEditor
from gui.forms.vary_editor import VaryEditor
from gui.forms.vary_paths import vary_paths

ALWAYS_THERE = (("auto", "The processor for small work, a GPU for large."), ("cpu", "The processor."))


def groups_editor(spec: FieldSpec) -> FieldEditor:
    """Return the editor of `measure.groups`: 'auto' on top, then a box for each group."""
    titles = {group: GROUP_TITLES.get(group, group) for group in spec.shape.options}
    return CheckEditor(titles, spec.shape.word, "auto: every group that applies")


class RunPanel(QWidget):
    """Shows length, seeds, replicas and place of a run, and says how they are edited."""

    edited = Signal(str, object)
    summary_changed = Signal(str)

    def __init__(self, context: FormContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.length = Form(RunSpec, "run", context, names=("steps", "stop"), parent=self)
        self.copies = Form(Experiment, "", context, names=("seed", "replicas", "vary"), parent=self)
        self.place = Form(
            RunSpec, "run", context, names=("device", "dtype", "backend", "threads"), parent=self
        )
        self.forms = (self.length, self.copies, self.place)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.setSpacing(12)
        for form in self.forms:
            column.addWidget(form)
            form.edited.connect(self._on_edited)
        self._set_devices(ALWAYS_THERE)

    def show_experiment(self, experiment: Experiment, *, discard: bool = False) -> None:
        """Show how the experiment runs."""
        vary = self.copies.row("vary")
        if vary is not None and isinstance(vary.editor, VaryEditor):
            vary.editor.show_paths(vary_paths(experiment))
        self.length.show_value(experiment.run, discard=discard)
        self.copies.show_value(experiment, discard=discard)
        self.place.show_value(experiment.run, discard=discard)
        replicas = self.copies.row("replicas")
        if replicas is not None and isinstance(replicas.editor, NumberEditor):
            reason = f"vary lists {experiment.replicas} values: one replica each"
            replicas.editor.set_enabled_because(not experiment.vary, reason)
        many = f", {experiment.replicas} replicas" if experiment.replicas > 1 else ""
        self.summary_changed.emit(f"{experiment.run.steps:,} steps{many}")

    def show_devices(self, devices: tuple[Device, ...]) -> None:
        """Offer the devices that this machine has."""
        further = [(d.name, _device_note(d)) for d in devices if d.name not in ("auto", "cpu")]
        processor = next(((d.name, _device_note(d)) for d in devices if d.name == "cpu"), ALWAYS_THERE[1])
        self._set_devices((ALWAYS_THERE[0], processor, *further))

    def _set_devices(self, devices: tuple[tuple[str, str], ...]) -> None:
        row = self.place.row("run.device")
        if row is not None and isinstance(row.editor, FreeChoiceEditor):
            row.editor.set_options(devices)

    @Slot(str, object)
    def _on_edited(self, path: str, value: object) -> None:
        self.edited.emit(path, value)


class MeasurePanel(QWidget):
    """Shows what a run records and how often, and says how that is edited."""

    edited = Signal(str, object)
    summary_changed = Signal(str)

    def __init__(self, context: FormContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = Form(MeasureSpec, "measure", context, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 0)
        column.addWidget(self.form)
        self.form.edited.connect(self._on_edited)

    def show_experiment(self, experiment: Experiment, *, discard: bool = False) -> None:
        """Show what the experiment measures."""
        measure = experiment.measure
        self.form.show_value(measure, discard=discard)
        what = "auto" if measure.groups == "auto" else f"{len(measure.groups)} groups"
        often = f"every {measure.every:,} steps" if measure.every else f"{measure.per_decade} per decade"
        self.summary_changed.emit(f"{what}, {often}")

    @Slot(str, object)
    def _on_edited(self, path: str, value: object) -> None:
        self.edited.emit(path, value)


def _device_note(device: Device) -> str:
    note = device.title
    if device.memory:
        note += f", {byte_size(device.memory)}"
    return note if device.float64 else f"{note}; float32 only"
