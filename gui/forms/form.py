"""A form: rows for a model's fields, forms for the models within, 'more…' for what is seldom needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from engine.words.errors import Refusal

from .factory import make_editor, steps_coarsely
from .field_spec import FieldSpec, field_specs
from .form_context import FormContext
from .kind_form import KindForm
from .parsing import notes_in
from .part import SPACING, Part
from .row import INDENT, MARGIN, FieldLabel, Row, label_width
from .section import MoreButton


class Form(Part):
    """The rows of one model at a dotted path."""

    def __init__(
        self,
        model: type[BaseModel],
        prefix: str,
        context: FormContext,
        *,
        names: Sequence[str] = (),
        heading: str = "",
        indent: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.prefix = prefix
        self._context = context
        self._heading = heading
        self._indent = indent
        self._parts: list[tuple[FieldSpec, Row | Part]] = []
        self._shown: tuple[Any, Any] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACING)
        specs = _in_order(model, prefix, names)
        if heading and not any(s.name == "kind" for s in specs):
            self._column.addWidget(_heading(heading, self))
        self._hidden: list[FieldSpec] = []
        self._more: MoreButton | None = None
        self._drawer: QWidget | None = None
        self._fill(specs)

    def show_value(self, value: Any, default: Any = None, *, discard: bool = False) -> None:
        """Show a model; where `default` is no model of its kind, fields compare with their own defaults."""
        if self._shown is not None and not discard and value is self._shown[0] and default is self._shown[1]:
            return
        self._shown = (value, default)
        for spec, part in self._parts:
            part.show_value(getattr(value, spec.name), _default_of(spec, default), discard=discard)
            if spec.only:
                part.setVisible(spec.counts_in(value))
        if self._more is not None:
            changed = sum(getattr(value, s.name) != _default_of(s, default) for s in self._hidden)
            self._more.setText(f"more… ({changed} changed)" if changed else "more…")

    def turn_into(self, model: type[BaseModel]) -> None:
        """Become the form of another kind at the same path: rows that both have stay."""
        before, self._parts, self._shown = self._parts, [], None
        behind, self._drawer = self._drawer, None
        gone: list[QWidget] = [widget for widget in (self._more, behind) if widget is not None]
        self._more = None
        at_hand = [(spec, part) for spec, part in before if behind is None or not behind.isAncestorOf(part)]
        self._fill(_in_order(model, self.prefix, ()), at_hand)
        there = {id(part) for _, part in self._parts}
        for widget in (*gone, *(part for _, part in at_hand if id(part) not in there)):
            self._column.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def _fill(self, specs: Sequence[FieldSpec], before: Sequence[tuple[FieldSpec, Row | Part]] = ()) -> None:
        """Stand for these fields, with parts from before where they are of the same field."""
        for spec in specs:
            if not spec.advanced:
                same = next((part for old, part in before if _takes_over(old, spec)), None)
                if same is None:
                    self._add(spec, self._column)
                else:
                    self._keep(spec, same)
        self._hidden = [s for s in specs if s.advanced]
        if self._hidden:
            self._add_more()

    def _keep(self, spec: FieldSpec, part: Row | Part) -> None:
        """Let a part from before stand for the same field of another kind, below those there are by now."""
        self._column.removeWidget(part)
        self._column.addWidget(part)
        if isinstance(part, KindForm | Row):
            part.take_spec(spec)
        self._parts.append((spec, part))

    def prepare(self, value: Any, default: Any = None) -> None:
        """Make what other kinds of the models within need."""
        for spec, part in self._parts:
            if isinstance(part, Part):
                part.prepare(getattr(value, spec.name), _default_of(spec, default))

    def polish(self) -> None:
        """Dress it."""
        for _, part in self._parts:
            if isinstance(part, Part):
                part.polish()

    def rows(self) -> Iterator[Row]:
        """Return every row there is by now, those of the forms within included."""
        for _, part in self._parts:
            yield from part.rows()

    def row(self, path: str) -> Row | None:
        """Return the row of a dotted path; unfolds 'more…' where it is hidden."""
        if self._more is not None and self._drawer is None and any(path == s.path for s in self._hidden):
            self._more.setChecked(True)
        for _, part in self._parts:
            row = part.row(path)
            if row is not None:
                return row
        return None

    def unfold(self) -> None:
        """Show 'more…' where the context says so."""
        if self._more is not None:
            self._more.setChecked(self.prefix in self._context.unfolded)
        for _, part in self._parts:
            if isinstance(part, Part):
                part.unfold()

    def uncover(self, row: Row) -> None:
        """Unfold 'more…' where a row is behind it."""
        if self._more is not None and self._drawer is not None and self._drawer.isAncestorOf(row):
            self._more.setChecked(True)

    def refuse(self, refusal: Refusal) -> Row | None:
        """Show a refusal at the field it is about, or at the list that holds it; return its row, if any."""
        sentence = str(refusal).removeprefix(f"{refusal.field}: ")
        path, rest = refusal.field, ""
        while len(path) > len(self.prefix):
            row = self.row(path) or self.row(f"{path}.kind")
            if row is not None:
                if rest:
                    sentence = f"{rest.removeprefix('.')}: {sentence}"
                elif isinstance(refusal.value, int | float) and row.editor.typed:
                    sentence = f"{row.editor.typed} {refusal.remedy}"  # as it was typed, not as it was read
                row.refuse(sentence)
                return row
            cut = max(path.rfind("."), path.rfind("["), 0)
            path, rest = path[:cut], path[cut:] + rest
        return None

    def _add(self, spec: FieldSpec, column: QVBoxLayout) -> None:
        part: Row | Part
        if spec.shape.form == "kinds":
            part = KindForm(spec, self._context, Form, parent=self)
        elif spec.shape.model is not None:
            part = Form(
                spec.shape.model, spec.path, self._context, heading=spec.title, indent=INDENT, parent=self
            )
        else:
            part = self._row(spec)
        column.addWidget(part)
        part.edited.connect(self._on_edited)
        self._parts.append((spec, part))

    def _row(self, spec: FieldSpec) -> Row:
        editor = make_editor(spec, self._context)
        if self._heading and spec.name == "kind":
            # the choice that the rows below belong to stands as their heading
            notes = notes_in(spec.help, spec.shape.options)
            return Row(spec, editor, heading=self._heading, notes=notes, parent=self)
        row = Row(spec, editor, indent=self._indent, parent=self)
        row.dragging.connect(self._context.hands.dragging)
        row.sweep_wanted.connect(self._context.hands.sweep_wanted)
        return row

    def _add_more(self) -> None:
        self._more = MoreButton(self)
        self._more.setObjectName(f"more:{self.prefix}")
        self._column.addWidget(self._more)
        self._more.toggled.connect(self._on_unfolded)
        if self.prefix in self._context.unfolded:
            self._more.setChecked(True)

    @Slot(bool)
    def _on_unfolded(self, unfolded: bool) -> None:
        if unfolded:
            self._context.unfolded.add(self.prefix)
        else:
            self._context.unfolded.discard(self.prefix)
        if self._drawer is None:
            self._drawer = QWidget(self)
            column = QVBoxLayout(self._drawer)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(SPACING)
            for spec in self._hidden:
                self._add(spec, column)
            self._column.addWidget(self._drawer)
            if self._shown is not None:
                value, default = self._shown
                for spec, part in self._parts[-len(self._hidden) :]:
                    part.show_value(getattr(value, spec.name), _default_of(spec, default))
        self._drawer.setVisible(unfolded)

    @Slot(str, object)
    def _on_edited(self, path: str, value: Any) -> None:
        self.edited.emit(path, value)


def _in_order(model: type[BaseModel], prefix: str, names: Sequence[str]) -> list[FieldSpec]:
    """Return the fields that a form stands for: those named, else all; `last` of the model says what comes last."""
    specs = field_specs(model, prefix)
    if names:
        specs = sorted((s for s in specs if s.name in names), key=lambda spec: names.index(spec.name))
    last = getattr(model, "last", ())
    return sorted(specs, key=lambda spec: last.index(spec.name) + 1 if spec.name in last else 0)


def _takes_over(before: FieldSpec, spec: FieldSpec) -> bool:
    """Say whether what stands for a field of one kind can stand for that of another."""
    as_kind = replace(before, owner=spec.owner)
    if spec.shape.form == "kinds":
        return replace(as_kind, help=spec.help, default=spec.default) == spec
    if spec.shape.form in ("number", "integer") and steps_coarsely(before) == steps_coarsely(spec):
        return replace(as_kind, help=spec.help, default=spec.default) == spec
    return as_kind == spec and spec.shape.form not in ("path", "group")


def _heading(text: str, parent: QWidget) -> FieldLabel:
    label = FieldLabel(text, True, parent)
    label.setContentsMargins(MARGIN, 4, 0, 0)
    label.setMinimumWidth(label_width(parent))
    return label


def _default_of(spec: FieldSpec, default: Any) -> Any:
    """Return a field's value in the default of the whole model, else its own default."""
    return getattr(default, spec.name) if isinstance(default, spec.owner) else spec.default
