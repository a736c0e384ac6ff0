"""From a field's shape to its editor: the one place that knows them all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from engine.words.formats import exact_number

from .check_editor import CheckEditor
from .column_names import column_text, columns_text, parse_column, parse_columns
from .copy_editor import CopyEditor
from .editor import ChoiceEditor, FieldEditor, SwitchEditor
from .field_spec import FieldSpec, Item
from .form_context import FormContext, Maker
from .number_editors import NumberEditor
from .parsing import UnreadableError, notes_in, parse_word, parse_words
from .text_editors import FreeChoiceEditor, PathEditor, TableEditor, TextEditor
from .typed_numbers import parse_integer, parse_number, parse_numbers
from .vary_editor import VaryEditor


def make_editor(spec: FieldSpec, context: FormContext) -> FieldEditor:
    """Return a new editor for a field that is neither a group nor a choice among kinds."""
    if spec.shape.form == "path":
        return PathEditor(context, _file_filter(spec), folder=spec.name == "folder")
    if spec.shape.form == "copy":
        return CopyEditor(context)
    maker = context.makers.get(spec.path) or _MAKERS[spec.shape.form]
    return maker(spec)


def _parse_list(text: str, item: Item) -> tuple[Any, ...]:
    if item == "text":
        return parse_words(text)
    return parse_numbers(text, parse_integer if item == "integer" else parse_number)


def _switch(_spec: FieldSpec) -> FieldEditor:
    return SwitchEditor()


def _number(spec: FieldSpec) -> FieldEditor:
    whole = spec.shape.form == "integer"
    return NumberEditor(spec.limits, whole=whole, optional=spec.shape.optional, coarse=steps_coarsely(spec))


def steps_coarsely(spec: FieldSpec) -> bool:
    """Say whether a number is stepped by factors: what counts in hundreds, or is off at first."""
    return spec.default is None or (isinstance(spec.default, int) and spec.default >= 100)


def _text(spec: FieldSpec) -> FieldEditor:
    return choice_in_words(dict(spec.words) or {c: c for c in spec.choices}) if spec.choices else TextEditor()


def choice_in_words(words: Mapping[str, str]) -> FieldEditor:
    """Return an editor of a text that offers values in words for people, and takes others."""
    values = {text.casefold(): value for value, text in words.items()}

    def read(text: str) -> str:
        return values.get(text.strip().casefold(), text.strip())

    def write(value: str) -> str:
        return words.get(value, value)

    return FreeChoiceEditor(list(words.values()), read, write)


def _file_filter(spec: FieldSpec) -> str:
    """Return what a file dialog lists first: files that end like the kind is called."""
    kind = spec.owner.model_fields.get("kind")
    endings = " ".join(f"*.{word}" for word in get_args(kind.annotation)) if kind is not None else ""
    return f"{getattr(spec.owner, 'title', 'Files')} ({endings});;All files (*)" if endings else ""


def _choice(spec: FieldSpec) -> FieldEditor:
    shape = spec.shape
    return ChoiceEditor(shape.options, notes=notes_in(spec.help, shape.options), values=shape.values)


def _list(spec: FieldSpec) -> FieldEditor:
    item, word = spec.shape.item, spec.shape.word

    def read(text: str) -> Any:
        return word if word and parse_word(text) in (word, "") else _parse_list(text, item)

    placeholder = {"integer": "20, 20", "number": "0.1, 0.2", "text": "names"}[spec.shape.item]
    empty = "none" if spec.default == () else placeholder
    return TextEditor(read, _write_list, f"{word}, or {placeholder}" if word else empty)


def _pair(spec: FieldSpec) -> FieldEditor:
    def read(text: str) -> Any:
        pair = _parse_list(text, spec.shape.item)
        if len(pair) != 2:
            raise UnreadableError(f"{text!r} is not a pair; write 0.9, 1.5")
        return pair

    return TextEditor(read, _write_list)


def _table(spec: FieldSpec) -> FieldEditor:
    def read(line: str) -> Any:
        return _parse_list(line, spec.shape.item)

    return TableEditor(read)


def _checks(spec: FieldSpec) -> FieldEditor:
    return CheckEditor({o: o for o in spec.shape.options}, spec.shape.word)


def _column(spec: FieldSpec) -> FieldEditor:
    return FreeChoiceEditor(spec.choices, parse_column, column_text)


def _columns(_spec: FieldSpec) -> FieldEditor:
    return TextEditor(parse_columns, columns_text, "none")


def _vary(_spec: FieldSpec) -> FieldEditor:
    return VaryEditor()


def _write_list(value: Any) -> str:
    if isinstance(value, str):
        return value
    return ", ".join(exact_number(item) if isinstance(item, float) else str(item) for item in value)


_MAKERS: dict[str, Maker] = {
    "switch": _switch,
    "integer": _number,
    "number": _number,
    "text": _text,
    "choice": _choice,
    "list": _list,
    "pair": _pair,
    "table": _table,
    "checks": _checks,
    "column": _column,
    "columns": _columns,
    "vary": _vary,
}
