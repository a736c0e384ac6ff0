"""What the experiment says about the network: a drawing, what follows from its structure, and its fields."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.experiment.experiment import Experiment
from engine.experiment.networks import NetworkSpec
from engine.experiment.structure import Ends, Structure, layer_names, structure
from engine.theory import homogeneity
from engine.words.formats import counted, editable_number
from gui.forms.check_editor import CheckEditor
from gui.forms.editor import FieldEditor
from gui.forms.field_spec import FieldSpec, field_spec
from gui.forms.form import Form
from gui.forms.form_context import FormContext
from gui.forms.kind_form import KindForm
from gui.forms.tones import ToneLabel

from .lazy_rich import LazyRich
from .network_diagram import NetworkDiagram, column_sizes
from .panel_layout import lay_out_panel


def layers_editor(spec: FieldSpec) -> FieldEditor:
    """Return the editor of `network.train`: a box for each layer, all of them meaning 'all'."""
    return CheckEditor({}, spec.shape.word, word_means_all=True)


class NetworkPanel(QWidget):
    """Shows the network and says how it is edited."""

    edited = Signal(str, object)
    summary_changed = Signal(str)

    def __init__(self, context: FormContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._network: NetworkSpec | None = None
        self._ends: Ends | None = None
        self.diagram = NetworkDiagram(self)
        self.diagram.setObjectName("network diagram")
        self.facts = ToneLabel(wrap=True, parent=self)
        self.facts.setObjectName("network facts")
        self.form = KindForm(field_spec(Experiment, "network"), context, Form, parent=self)
        self.lazy_rich = LazyRich(self)
        lay_out_panel(self, [self.diagram, self.facts], [self.form, self.lazy_rich])
        self.form.edited.connect(self._on_edited)
        self.lazy_rich.edited.connect(self._on_edited)

    def show_network(self, network: NetworkSpec, *, discard: bool = False) -> None:
        """Show the network of the experiment."""
        self._network = network
        self._show_layers(network)
        self.form.show_value(network, discard=discard)
        self._show_layers(network)
        self._show_structure()

    def show_sweep(self, experiment: Experiment) -> None:
        """Show in which scale the replicas of the experiment differ."""
        self.lazy_rich.show_experiment(experiment)

    @Slot(object)
    def show_ends(self, ends: Ends) -> None:
        """Show the network between the inputs and outputs that the data has."""
        if self._ends != ends:
            self._ends = ends
            self._show_structure()

    def _show_layers(self, network: NetworkSpec) -> None:
        """Offer a box for each layer; how many there are needs no data."""
        row = self.form.row("network.train")
        if row is not None and isinstance(row.editor, CheckEditor):
            row.editor.set_names({name: name for name in layer_names(network)})

    def _show_structure(self) -> None:
        if self._network is None:
            return
        if self._ends is None:
            self.diagram.show_none()
            self.facts.setText("")
            return
        shape = structure(self._network, self._ends)
        self.diagram.show_structure(shape, self._ends)
        self.facts.setText(facts_text(shape))
        widths = "–".join(map(str, column_sizes(shape, self._ends)))
        self.summary_changed.emit(widths)

    @Slot(str, object)
    def _on_edited(self, path: str, value: object) -> None:
        self.edited.emit(path, value)


def facts_text(shape: Structure) -> str:
    """Say in words what follows from the structure: parameters, and the degree of homogeneity."""
    trained, everything = shape.parameters, shape.all_parameters
    words = counted(everything, "parameter")
    if trained != everything:
        words += f", {trained:,} of them trained"
    if shape.degree is None:
        return f"{words} · {homogeneity(shape).text}"
    return f"{words} · homogeneous of degree L = {editable_number(shape.degree)}"
