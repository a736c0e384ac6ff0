"""A choice among kinds and the form of the one that is chosen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.experiment.experiment import carried_over
from engine.experiment.fields import Kind
from engine.words.errors import Refusal
from gui.plain_text import tooltip

from .editor import ChoiceEditor
from .field_spec import FieldSpec, kinds_at, why_kind_not
from .form_context import FormContext
from .part import SPACING, Part, PartMaker
from .row import INDENT, MARGIN, Row
from .tones import ToneLabel


class KindForm(Part):
    """A combo of kinds, one line of what the chosen one is, and its rows.

    A kind with fields that have no default (a file) is drafted here first, and said as a whole when filled.
    """

    drafted = Signal(str)
    """A kind that the model does not have yet is being filled in; '' when that is over."""

    def __init__(
        self,
        spec: FieldSpec,
        context: FormContext,
        make_form: PartMaker,
        *,
        with_combo: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.path = spec.path
        self._spec = spec
        self._context = context
        self._make_form = make_form
        self._model: type[BaseModel] | None = None
        self._kinds = kinds_at(spec.path)
        self._form: Part | None = None
        self._ready: tuple[type[BaseModel], Part] | None = None
        """The rows of another kind, out of sight, as they are to be shown next."""
        self._shown: Kind | None = None
        self._default: Any = None
        self._draft: dict[str, Any] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACING)
        self._row: Row | None = None
        self._indent = INDENT if with_combo else 0
        if with_combo:
            self._add_combo()
        self._note = ToneLabel(wrap=True, parent=self)
        self._note.setContentsMargins(MARGIN, 0, 0, 2)
        self._note.setVisible(len(self._kinds) > 1)
        self._column.addWidget(self._note)

    @property
    def form(self) -> Part | None:
        """The rows of the chosen kind."""
        return self._form

    @property
    def kind(self) -> str:
        """The kind whose rows show."""
        if self._draft is not None:
            return str(self._draft["kind"])
        return self._shown.kind if self._shown is not None else ""

    def show_value(self, value: Any, default: Any = None, *, discard: bool = False) -> None:
        """Show the chosen kind; a draft of another one stays until the model changes."""
        default = default if isinstance(default, Kind) else None
        if self._draft is not None:
            if value == self._shown and not discard:
                return
            self._drop_draft()
            discard = True
        self._shown, self._default = value, default
        if self._row is not None:
            usual = default.kind if default is not None else self._spec.default
            self._row.show_value(value.kind, usual, discard=discard)
        is_new = self._show_form(type(value))
        assert self._form is not None
        default = default if type(default) is type(value) else None
        self._form.show_value(value, default, discard=discard or is_new)

    def prepare(self, value: Any, default: Any = None) -> None:
        """Make the rows of another kind."""
        model = type(value)
        default = default if type(default) is model else None
        if model is self._model and self._form is not None:
            self._form.prepare(value, default)
        elif self._ready is None or self._ready[0] is not model:
            self._forget_ready()
            form = self._make_form(model, self.path, self._context, indent=self._indent, parent=self)
            form.hide()
            form.show_value(value, default)
            self._ready = model, form

    def polish(self) -> None:
        """Dress the rows of another kind."""
        if self._ready is not None:
            for widget in (self._ready[1], *self._ready[1].findChildren(QWidget)):
                widget.ensurePolished()
        elif self._form is not None:
            self._form.polish()

    def _forget_ready(self) -> None:
        if self._ready is not None:
            self._ready[1].deleteLater()
            self._ready = None

    def choose(self, kind: str) -> None:
        """Ask for another kind, at once or after a draft of what it cannot do without."""
        model = self._kinds[kind]
        if self._draft is not None and self._shown is not None and kind == self._shown.kind:
            self.show_value(self._shown, self._default, discard=True)
            return
        if kind == self.kind:
            return
        needed = _needed(model)
        if not needed:
            self.edited.emit(f"{self.path}.kind", kind)
            return
        before = self._shown.model_dump() if self._shown is not None else {}
        shared = carried_over(before, type(self._shown) if self._shown is not None else None, model)
        self._draft = {**{n: v for n, v in shared.items() if n not in needed}, "kind": kind}
        self._show_form(model)
        assert self._form is not None
        self._form.show_value(model.model_construct(None, **dict.fromkeys(needed, ""), **self._draft))
        first = self._form.row(f"{self.path}.{needed[0]}")
        if first is not None and self.isVisible():
            first.editor.activate()
        self.drafted.emit(kind)

    def rows(self) -> Iterator[Row]:
        """Return the row of the choice and those of the chosen kind."""
        if self._row is not None:
            yield self._row
        if self._form is not None:
            yield from self._form.rows()

    def row(self, path: str) -> Row | None:
        """Return the row of a dotted path."""
        if self._row is not None and path == self._row.path:
            return self._row
        return self._form.row(path) if self._form is not None else None

    def unfold(self) -> None:
        """Show 'more…' where the context says so."""
        if self._form is not None:
            self._form.unfold()

    def refuse(self, refusal: Refusal) -> Row | None:
        """Show a refusal at its field; return its row if it has one here."""
        if self._row is not None and refusal.field in (self.path, self._row.path):
            self._row.refuse(str(refusal).removeprefix(f"{refusal.field}: "))
            return self._row
        return self._form.refuse(refusal) if self._form is not None else None

    def disable_kinds(self, reasons: dict[str, str]) -> None:
        """Disable kinds that cannot be chosen, with the reason as tooltip."""
        if self._row is not None and isinstance(self._row.editor, ChoiceEditor):
            self._row.editor.disable(reasons)

    def _add_combo(self) -> None:
        titles = {kind: model.title for kind, model in self._kinds.items()}
        notes = {
            kind: model.help + (f"\n{model.source}" if model.source else "")
            for kind, model in self._kinds.items()
        }
        editor = ChoiceEditor(list(self._kinds), titles, notes)
        self._row = Row(self._spec, editor, path=f"{self.path}.kind", heading=self._spec.title, parent=self)
        self._column.addWidget(self._row)
        self._row.edited.connect(self._on_kind_edited)
        self.disable_kinds(why_kind_not(self._spec.owner, self._spec.name, self._kinds))

    def _show_form(self, model: type[BaseModel]) -> bool:
        """Show the rows of a kind; say whether they are other ones than before."""
        if model is self._model:
            self._forget_ready()
            return False
        self._model = model
        if self._ready is not None and self._ready[0] is model:
            ready, self._ready = self._ready[1], None
            self._put(ready)
        else:
            self._forget_ready()
            if self._form is not None:
                self._form.turn_into(model)
            else:
                self._put(self._make_form(model, self.path, self._context, indent=self._indent, parent=self))
        if issubclass(model, Kind) and len(self._kinds) > 1:
            self._note.setText(model.help)
            self._note.setToolTip(tooltip(model.source))
        return True

    def _put(self, form: Part) -> None:
        """Show these rows in place of those before."""
        if self._form is not None:
            self._column.removeWidget(self._form)
            self._form.hide()
            self._form.deleteLater()
        self._form = form
        form.edited.connect(self._on_field_edited)
        self._column.addWidget(form)
        form.show()

    def take_spec(self, spec: FieldSpec) -> None:
        """Stand at the same path of another owner, which may take other kinds."""
        self._spec = spec
        if self._row is not None:
            self._row.take_spec(spec)
        self.disable_kinds(why_kind_not(spec.owner, spec.name, self._kinds))

    def _drop_draft(self) -> None:
        self._draft = None
        self.drafted.emit("")

    @Slot(str, object)
    def _on_kind_edited(self, _path: str, kind: Any) -> None:
        self.choose(str(kind))

    @Slot(str, object)
    def _on_field_edited(self, path: str, value: Any) -> None:
        if self._draft is None:
            self.edited.emit(path, value)
            return
        self._draft[path.rpartition(".")[2]] = value
        model = self._kinds[str(self._draft["kind"])]
        if all(self._draft.get(name) for name in _needed(model)):
            self.edited.emit(self.path, dict(self._draft))


def _needed(model: type[BaseModel]) -> list[str]:
    """Return the fields that have no default."""
    return [n for n, info in model.model_fields.items() if info.is_required() and n != "kind"]
