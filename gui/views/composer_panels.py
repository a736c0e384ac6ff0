"""The panels of a figure: their list, what the chosen one shows, what is written into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QMenu, QToolButton, QVBoxLayout, QWidget

from engine.figures.compose import letter_of
from engine.figures.figure_file import OWN_PLOT, SHOWN, AnnotationSpec, PanelFields
from engine.figures.pictures import PICTURES
from gui.forms.editor import FieldEditor
from gui.forms.field_spec import FieldSpec
from gui.forms.form import Form
from gui.forms.form_context import FormContext
from gui.layouts import in_column
from gui.model.composition import Composition
from gui.model.figures import FigureWanted, run_of_picture
from gui.plain_text import PlainLabel
from gui.tool_buttons import tool_button

from .dialog import scrolling
from .runs_editor import RunsEditor

NOTES = (("text", "Text"), ("arrow", "Arrow"), ("slope", "Slope triangle"))
NO_RUN = "No run is shown; an eye in the list of runs shows one."


class PanelsEditor(QWidget):
    """Says `edited` with a path and a value, as forms do."""

    edited = Signal(str, object)
    refused = Signal(object)

    def __init__(
        self, composition: Composition, wanted: FigureWanted, context: FormContext, parent: QWidget
    ) -> None:
        """Edit the panels of a composition over what is on screen."""
        super().__init__(parent)
        self.setObjectName("composer_panels")
        self._composition, self._wanted = composition, wanted
        self._context = replace(context, makers={**context.makers, "panel.runs": self._runs_editor})
        self.list = QListWidget(self)
        self.list.setObjectName("panel_list")
        self.list.setAccessibleName("Panels")
        self.list.setMaximumHeight(120)
        self.form = Form(PanelFields, "panel", self._context, parent=self)
        self._notes = QWidget(self)
        self._notes_column = QVBoxLayout(self._notes)
        self._notes_column.setContentsMargins(0, 0, 0, 0)
        self._note_forms: list[Form] = []
        names = ", ".join(trace.name for trace in wanted.traces)
        runs = PlainLabel(f"Runs shown: {names}." if names else NO_RUN, self)
        runs.setProperty("role", "faint")
        runs.setWordWrap(True)
        runs.setMaximumHeight(60)
        body = QWidget(self)
        in_column((self.form, self._notes, self._note_buttons(), runs), body, spacing=6).addStretch(1)
        column = in_column((self._list_row(), scrolling(body, self)), self, margins=(0, 6, 0, 0), spacing=6)
        column.setStretch(1, 1)
        self.list.currentRowChanged.connect(self._on_row_chosen)
        self.form.edited.connect(self.edited)

    def _runs_editor(self, _spec: FieldSpec) -> FieldEditor:
        words = self._wanted.words()
        there = (*self._wanted.groups, *self._wanted.runs)
        return RunsEditor({words[trace.id]: trace.name for trace in there})

    def show_figure(self) -> None:
        """Show the figure as it is now."""
        composition, figure = self._composition, self._composition.figure
        self.list.blockSignals(True)
        self.list.clear()
        for place, panel in enumerate(figure.panels):
            words = panel.title or SHOWN.get(panel.shows, panel.shows)
            self.list.addItem(f"{letter_of(figure, place)}  {words}".strip())
        self.list.setCurrentRow(composition.place)
        self.list.blockSignals(False)
        self.form.show_value(composition.panel, discard=True)
        self._show_notes()
        self.remove_button.setEnabled(len(figure.panels) > 1)

    def forms(self) -> Iterator[Form]:
        """Return the forms that may show a refusal."""
        yield self.form
        yield from self._note_forms

    def _list_row(self) -> QHBoxLayout:
        self.add_menu = QMenu(self)
        self.add_menu.setObjectName("add_panel_menu")
        for id, title in SHOWN.items():
            if id != OWN_PLOT:
                self.add_menu.addAction(title).setData(id)
        self.add_menu.triggered.connect(self._on_add)
        add = tool_button("Add", self, name="add_panel", help="Add a panel at the next free place.")
        add.setMenu(self.add_menu)
        add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.remove_button = tool_button("Remove", self, name="remove_panel", help="Take this panel out.")
        self.remove_button.clicked.connect(self._on_remove)
        up = tool_button("Earlier", self, name="panel_up", help="Exchange this panel with the one before.")
        up.clicked.connect(self._on_up)
        down = tool_button("Later", self, name="panel_down", help="Exchange this panel with the next one.")
        down.clicked.connect(self._on_down)
        row = QHBoxLayout()
        row.addWidget(self.list, 1)
        row.addLayout(in_column((add, self.remove_button, up, down), spacing=2))
        return row

    def _note_buttons(self) -> QWidget:
        self.note_menu = QMenu(self)
        self.note_menu.setObjectName("add_note_menu")
        for kind, title in NOTES:
            self.note_menu.addAction(title).setData(kind)
        self.note_menu.triggered.connect(self._on_add_note)
        add = tool_button(
            "Add annotation", self, name="add_note", help="Write into the panel, at values of its axes."
        )
        add.setMenu(self.note_menu)
        add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.remove_note = tool_button(
            "Remove the last", self, name="remove_note", help="Take the last annotation out."
        )
        self.remove_note.clicked.connect(self._on_remove_note)
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(add)
        row.addWidget(self.remove_note)
        row.addStretch(1)
        return holder

    def _show_notes(self) -> None:
        notes = self._composition.panel.annotations
        while len(self._note_forms) > len(notes):
            self._note_forms.pop().deleteLater()
        while len(self._note_forms) < len(notes):
            place = len(self._note_forms)
            heading = f"Annotation {place + 1}"
            form = Form(AnnotationSpec, f"note[{place}]", self._context, heading=heading, parent=self._notes)
            form.edited.connect(self.edited)
            self._notes_column.addWidget(form)
            self._note_forms.append(form)
        for form, note in zip(self._note_forms, notes, strict=True):
            form.show_value(note, discard=True)
        self.remove_note.setEnabled(bool(notes))

    @Slot(int)
    def _on_row_chosen(self, row: int) -> None:
        self._composition.choose(row)

    @Slot(QAction)
    def _on_add(self, action: QAction) -> None:
        fields = run_of_picture(self._wanted) if action.data() in PICTURES else {}
        self._composition.add(str(action.data()), **fields)

    @Slot()
    def _on_remove(self) -> None:
        self._composition.remove()

    @Slot()
    def _on_up(self) -> None:
        self._composition.move(-1)

    @Slot()
    def _on_down(self) -> None:
        self._composition.move(1)

    @Slot(QAction)
    def _on_add_note(self, action: QAction) -> None:
        self._composition.annotate(str(action.data()), 1.0, 1.0)

    @Slot()
    def _on_remove_note(self) -> None:
        self._composition.remove_note(len(self._composition.panel.annotations) - 1)
