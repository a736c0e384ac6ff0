"""The left column: everything an experiment says, in sections that fold away."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import shiboken6
from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from engine.data import make_data
from engine.experiment.differences import differences
from engine.experiment.document import About
from engine.experiment.experiment import Experiment
from engine.experiment.known_data import NOTHING_KNOWN, KnownData
from engine.experiment.run import Device
from engine.words.errors import Refusal
from gui.forms.editor import FieldEditor
from gui.forms.form import Form
from gui.forms.form_context import FormContext
from gui.forms.kind_form import KindForm
from gui.forms.parsing import value_text
from gui.forms.row import Row, form_width
from gui.forms.section import Section
from gui.text_size import text_size

from .about_view import AboutView
from .data_maker import Make
from .data_panel import DataPanel
from .edits_line import EditsLine
from .header import Header
from .loss_optimizer_panel import LossOptimizerPanel
from .network_panel import NetworkPanel, layers_editor
from .run_panel import MeasurePanel, RunPanel, groups_editor
from .steady_scroll import SteadyScroll


class ExperimentPanel(QWidget):
    """Shows an experiment and says what a person wants changed; it changes nothing itself."""

    edit_requested = Signal(str, object)
    """A dotted path and its new value, as `engine.experiment.experiment.with_values` takes them."""

    dragging = Signal(bool)
    """A hand begins to drag a value, or lets go: what it asks for meanwhile is one step."""

    sweep_wanted = Signal(str)
    """A field that is to become an axis of the map."""

    completed = Signal()
    """All of another experiment is shown, after turns of the event loop that it was divided over."""

    def __init__(self, parent: QWidget | None = None, make: Make = make_data) -> None:
        super().__init__(parent)
        self.setObjectName("experiment panel")
        self._context = FormContext(makers={"network.train": layers_editor, "measure.groups": groups_editor})
        self._context.hands.dragging.connect(self.dragging)
        self._context.hands.sweep_wanted.connect(self.sweep_wanted)
        self._experiment: Experiment | None = None
        self._known = NOTHING_KNOWN
        self._asked = False
        self._refused: list[Row] = []
        self._waiting: tuple[str, ...] = ()
        self._marked = self._varies = False
        """Whether fields say that they wait for a new run, or differ between replicas."""
        self._steps: deque[Callable[[], None]] = deque()
        """What of another experiment is still to be shown, a step in a turn of the event loop."""
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.timeout.connect(self._on_turn)
        self._revealed: QWidget | None = None
        self._look_there = QTimer(self)
        self._look_there.setSingleShot(True)
        self._look_there.setInterval(0)
        self._look_there.timeout.connect(self._on_look_there)
        self.header = Header(self)
        self.edits = EditsLine(self)
        self.about = AboutView(self)
        self.data = DataPanel(self._context, self, make)
        self.network = NetworkPanel(self._context, self)
        self.optimizer = LossOptimizerPanel(self._context, self)
        self.run = RunPanel(self._context, self)
        self.measure = MeasurePanel(self._context, self)
        self._lay_out()
        self.header.title_edited.connect(self._on_title_edited)
        for panel in (self.data, self.network, self.optimizer, self.run, self.measure):
            panel.edited.connect(self._on_edited)
        self.data.ends_found.connect(self.network.show_ends)

    def sizeHint(self) -> QSize:
        return QSize(340, 640)

    @property
    def sections(self) -> dict[str, Section]:
        """The sections by name."""
        return self._sections

    @property
    def is_complete(self) -> bool:
        """Whether all of the experiment is shown."""
        return not self._steps

    @property
    def forms(self) -> tuple[Form | KindForm, ...]:
        """Every form, from top to bottom, all of the experiment shown."""
        self.complete()
        return (self.data.form, self.network.form, self.optimizer.form, *self.run.forms, self.measure.form)

    def row(self, path: str) -> Row | None:
        """Return the row of a dotted path, or of the kind of a choice."""
        for form in self.forms:
            row = form.row(path)
            if row is not None:
                return row
        return None

    @Slot(object, object)
    def show_experiment(
        self,
        experiment: Experiment,
        folder: Path | None = None,
        known: KnownData = NOTHING_KNOWN,
        *,
        in_turns: bool = False,
        anew: bool = False,
    ) -> None:
        """Show an experiment; what was typed and refused stays if this answers an edit made here.

        Where it is shown `anew`, it is of another document: what was typed and not taken is of the one before.
        Where it is to be shown `in_turns`, it is part by part, each in a turn of the event loop, or at once where
        somebody asks for its fields.
        """
        ours, self._asked = self._asked, False
        self._known = known
        if (
            experiment == self._experiment
            and folder == self._context.folder
            and not (anew and self.is_complete)
        ):
            self._steps.append(partial(self._show_data, False))  # what is known of them may be new
            if len(self._steps) == 1:
                self.complete()
            return
        # another document, not one field changed elsewhere, such as a new seed
        discard = anew or (
            not ours and self._experiment is not None and len(differences(self._experiment, experiment)) > 1
        )
        discard |= not self.is_complete
        self._experiment, self._context.folder = experiment, folder
        self._context.experiment = experiment
        self.header.show_title(experiment.title)
        in_turns = in_turns and discard and self.isVisible()
        parts = (
            (self.data.form, experiment.data),
            (self.network.form, experiment.network),
            (self.optimizer.form, experiment),
        )
        self._steps = deque(
            step
            for form, value in (parts if in_turns else ())
            for step in (partial(form.prepare, value), form.polish)
        )
        self._steps.extend(
            (
                partial(self._show_data, discard),
                partial(self.network.show_network, experiment.network, discard=discard),
                partial(self.network.show_sweep, experiment),
                partial(self.optimizer.show_experiment, experiment, discard=discard),
                partial(self.run.show_experiment, experiment, discard=discard),
                partial(self.measure.show_experiment, experiment, discard=discard),
                self._mark_waiting,
                partial(self._mark_varied, experiment),
            )
        )
        if in_turns:
            self._next.start()
        else:
            self.complete()

    def _show_data(self, discard: bool) -> None:
        assert self._experiment is not None, "it is being shown"
        self.data.show_data(self._experiment.data, self._context.folder, self._known, discard=discard)

    def expect_edit(self) -> None:
        """Take the next change for an edit made here, as on the drawing board: what is being typed stays."""
        self._asked = True

    def complete(self) -> None:
        """Show what is left of another experiment at once."""
        while self._steps:
            self._steps.popleft()()

    @Slot()
    def _on_turn(self) -> None:
        if self._steps:
            self._steps.popleft()()
        if self._steps:
            self._next.start()
        else:
            self.completed.emit()

    def show_about(self, about: About) -> None:
        """Show what the author of the file wrote; a file that says nothing has no such section."""
        self._sections["about"].setVisible(self.about.show_about(about))

    @Slot(object)
    def show_refusals(self, refusals: Sequence[Refusal]) -> None:
        """Show what is refused now at the fields, and the rest at the top."""
        if refusals:
            self._asked = False
        for row in self._refused:
            row.accept()
        self._refused, others = [], []
        for said in refusals:
            refusal = Refusal(said.field, said.value, self._context.with_titles(said.remedy))
            field = self._refuse(refusal)
            if field is None:
                others.append(refusal)
            else:
                self._refused.append(field)
        self.header.show_refusals(others)

    def refused_titles(self) -> list[str]:
        """Return what fields are called whose text was refused, by the experiment or because it cannot be read."""
        return [row.spec.title for form in self.forms for row in form.rows() if row.refused]

    @Slot(object)
    def show_devices(self, devices: tuple[Device, ...]) -> None:
        """Offer the devices that this machine has."""
        self.run.show_devices(devices)

    @Slot(object)
    def show_restart(self, paths: Sequence[str]) -> None:
        """Mark the edited fields that the run under way cannot take."""
        self._waiting = tuple(paths)
        if self.is_complete:
            self._mark_waiting()

    @Slot(object)
    @Slot()
    def commit(self) -> None:
        """Settle on what is being typed, as before a run that is started by a key."""
        self.complete()
        editor = self._focused()
        if editor is not None:
            editor.commit()

    def _focused(self) -> FieldEditor | None:
        widget: QWidget | None = QApplication.focusWidget()
        while widget is not None and widget is not self:
            if isinstance(widget, FieldEditor):
                return widget if self.isAncestorOf(widget) else None
            widget = widget.parentWidget()
        return None

    def reveal(self, path: str) -> bool:
        """Bring the editor of a field into sight, unfold what hides it, and give it the focus; False for none."""
        if path == "title":
            self.header.edit()
            return True
        row = self.row(path) or self.row(f"{path}.kind")
        widget: QWidget | None = self.data.thumbnails if path == "data" else row
        if widget is None:
            return False
        around: QWidget | None = widget
        while around is not None and around is not self:
            if isinstance(around, Section):
                around.open()
            elif isinstance(around, Form) and row is not None:
                around.uncover(row)
            around = around.parentWidget()
        if row is None:
            self.data.thumbnails.focus_chosen()
        else:
            row.editor.focus()
        self._revealed = widget
        self._look_there.start()
        return True

    @Slot()
    def _on_look_there(self) -> None:
        """Scroll to what was revealed, now that it is laid out."""
        if self._revealed is not None and shiboken6.isValid(self._revealed):
            self._scroll.ensureWidgetVisible(self._revealed, 0, 40)
        self._revealed = None

    def to_top(self) -> None:
        """Show the beginning, as of another experiment."""
        editor = self._focused()
        if editor is not None:
            editor.forget()  # it loses the focus, and would settle on it
        self._scroll.show_top()

    def state(self) -> dict[str, Any]:
        """Return what is folded and unfolded, for a session or the settings."""
        return {
            "folded": [name for name, section in self._sections.items() if not section.opened],
            "unfolded": sorted(self._context.unfolded),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Fold and unfold as `state` said."""
        folded = state.get("folded", [])
        for name, section in self._sections.items():
            section.open(name not in folded)
        self._context.unfolded.update(map(str, state.get("unfolded", [])))
        for form in self.forms:
            form.unfold()

    def _lay_out(self) -> None:
        contents: tuple[tuple[str, str, QWidget], ...] = (
            ("about", "What to look for", self.about),
            ("data", "Data", self.data),
            ("network", "Network", self.network),
            ("optimizer", "Loss and optimizer", self.optimizer),
            ("run", "Run", self.run),
            ("measure", "Measurements", self.measure),
        )
        inside = QWidget()
        inside.setObjectName("experiment sections")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._sections: dict[str, Section] = {}
        for name, title, widget in contents:
            section = Section(title, name, inside, opened=name != "measure")
            section.contents.addWidget(widget)
            self._sections[name] = section
            column.addWidget(section)
            if hasattr(widget, "summary_changed"):
                widget.summary_changed.connect(section.set_summary)
        column.addStretch(1)
        self._scroll = SteadyScroll(inside, self)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addWidget(self.edits)
        whole.addWidget(self._scroll, 1)
        self._fit()
        text_size().changed.connect(self._fit)

    @Slot()
    def _fit(self) -> None:
        """Give every form room for text of its size, as far as the screen has it."""
        self.setMinimumWidth(form_width(self))

    def _refuse(self, refusal: Refusal) -> Row | None:
        for form in self.forms:
            row = form.refuse(refusal)
            if row is not None:
                section = row.parentWidget()
                while section is not None and not isinstance(section, Section):
                    section = section.parentWidget()
                if section is not None:
                    section.open()
                return row
        return None

    def _mark_varied(self, experiment: Experiment) -> None:
        """Say at the fields which replicas have values of their own for; new rows say nothing by themselves."""
        if not experiment.vary and not self._varies:
            return
        self._varies = bool(experiment.vary)
        for form in self.forms:
            for row in form.rows():
                values = experiment.vary.get(row.path)
                row.show_varied(value_text(values) if values else "")

    def _mark_waiting(self) -> None:
        """Say at the fields which edits wait for a new run; new rows say nothing by themselves."""
        waiting = set(self._waiting)
        if not waiting and not self._marked:
            return
        self._marked = bool(waiting)
        for form in self.forms:
            for row in form.rows():
                row.show_restart(row.path in waiting)
        # where a kind is another, its fields are one edit with it
        chosen = [path.removesuffix("kind") for path in waiting if path.endswith(".kind")]
        edits = {path for path in waiting if path.endswith(".kind") or not path.startswith(tuple(chosen))}
        self.header.show_waiting(len(edits))

    @Slot(str, object)
    def _on_edited(self, path: str, value: object) -> None:
        if self.is_complete:  # until then fields are of the experiment before
            self._ask(path, value)

    @Slot(str)
    def _on_title_edited(self, title: str) -> None:
        self._ask("title", title)

    def _ask(self, path: str, value: object) -> None:
        self._asked = True
        self.edit_requested.emit(path, value)
