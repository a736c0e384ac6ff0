"""What a form needs to know of a typed field: where it is, what values it takes, how it explains itself."""

from __future__ import annotations

import html
import types
import typing
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from engine.experiment.choices import CHOICES
from engine.experiment.fields import Kind, about
from engine.experiment.plug_ins.absent import ABSENT
from gui.formula_letters import in_letters

from .parsing import label_text, value_text

Form = Literal[
    "switch",
    "integer",
    "number",
    "text",
    "path",
    "copy",
    "choice",
    "list",
    "pair",
    "table",
    "checks",
    "column",
    "columns",
    "vary",
    "group",
    "kinds",
]
Item = Literal["integer", "number", "text"]


@dataclass(frozen=True)
class FieldForm:
    """The form of a field's values, read off its annotation."""

    form: Form
    optional: bool = False
    """None is a value: switched off."""
    word: str = ""
    """A word that stands for a whole list, such as 'all'."""
    options: tuple[str, ...] = ()
    """The values of a choice, or those that `checks` choose among, as people read them."""
    values: tuple[Any, ...] = ()
    """The values of a choice themselves, in the order of `options`."""
    item: Item = "text"
    """What lists, pairs and tables hold."""
    model: type[BaseModel] | None = None
    """The fields of a group."""


@dataclass(frozen=True)
class Limits:
    """The bounds of a number, as its field declares them."""

    least: float | None = None
    most: float | None = None
    open_least: bool = False
    open_most: bool = False

    def allow(self, value: float) -> bool:
        """Say whether a value is within the bounds."""
        low = self.least is None or (value > self.least if self.open_least else value >= self.least)
        return low and (self.most is None or (value < self.most if self.open_most else value <= self.most))


@dataclass(frozen=True)
class FieldSpec:
    """One field: its dotted path, its words, its shape and limits."""

    path: str
    name: str
    owner: type[BaseModel]
    shape: FieldForm
    limits: Limits
    title: str
    help: str
    symbol: str
    unit: str
    default: Any
    """Its value where the user says nothing; `PydanticUndefined` where it is required."""
    live: bool
    varies: bool
    advanced: bool
    choices: tuple[str, ...]
    words: tuple[tuple[str, str], ...] = ()
    """Of choices that have words for people: each with them."""
    only: tuple[tuple[str, Any], ...] = ()
    """Other fields of the same model, and the values beside which alone this one counts."""

    @property
    def label(self) -> str:
        """What stands before its editor."""
        return label_text(self.title, self.symbol)

    @property
    def required(self) -> bool:
        """Whether it has no default."""
        return self.default is PydanticUndefined

    def counts_in(self, model: Any) -> bool:
        """Say whether it counts beside the other fields of a model."""
        return all(getattr(model, name) == value for name, value in self.only)

    def explanation(self, default: Any) -> str:
        """Return its tooltip: title, help, symbol, unit, default and when an edit applies."""
        glyph = in_letters(self.symbol)
        head = f"<b>{html.escape(self.title)}</b>"
        if glyph and glyph != self.title:
            head += f" &nbsp;<i>{html.escape(glyph)}</i>"
        facts = [f"unit: {self.unit}"] if self.unit else []
        if default is not PydanticUndefined and not isinstance(default, BaseModel | dict):
            facts.append(f"default: {value_text(default)}")
        facts.append("applies to a run under way" if self.live else "needs a new run")
        if self.varies:
            facts.append("can differ between replicas")
        return (
            f"<p>{head}<br>{html.escape(self.help)}</p><p><small>{html.escape(' · '.join(facts))}</small></p>"
        )


def field_specs(model: type[BaseModel], prefix: str = "") -> list[FieldSpec]:
    """Return a model's fields but its kind, those of the class itself before those it shares with others."""
    if issubclass(model, Kind) and model in ABSENT:  # what its file says is kept, and not known here
        return []
    own = [n for n in vars(model).get("__annotations__", {}) if n in model.model_fields]
    shared = [n for n in model.model_fields if n not in own]
    is_kind = issubclass(model, Kind)
    return [field_spec(model, n, prefix) for n in own + shared if not (is_kind and n == "kind")]


@cache
def field_spec(model: type[BaseModel], name: str, prefix: str = "") -> FieldSpec:
    """Return one field of a model, at a dotted path that starts with `prefix`."""
    info = model.model_fields[name]
    described = about(model, name)
    path = f"{prefix}.{name}" if prefix else name
    return FieldSpec(
        path=path,
        name=name,
        owner=model,
        shape=_shape(info.annotation, name, path),
        limits=_limits(info.metadata),
        title=described["title"],
        help=described["help"],
        symbol=described.get("symbol", ""),
        unit=described.get("unit", ""),
        default=info.get_default(call_default_factory=True),
        live=bool(described.get("live")),
        varies=bool(described.get("varies")),
        advanced=bool(described.get("advanced")),
        choices=tuple(described.get("choices", ())),
        words=tuple(described.get("words", {}).items()),
        only=tuple(described.get("only", {}).items()),
    )


def kinds_at(path: str) -> dict[str, type[Kind]]:
    """Return the kinds among which a dotted path chooses; none where it does not choose."""
    return dict(CHOICES.get(path, {}))


def why_kind_not(owner: type[BaseModel] | None, name: str, kinds: dict[str, type[Kind]]) -> dict[str, str]:
    """Return the kinds that a field's owner does not take, with the reason."""
    if owner is None or not issubclass(owner, Kind):
        return {}
    taken = owner.takes(name)
    if taken is None:
        return {}
    names = ", ".join(kinds[k].title for k in taken if k in kinds)
    return {k: f"does not go with {owner.title}, which takes: {names}" for k in kinds if k not in taken}


def _limits(metadata: list[Any]) -> Limits:
    limits: dict[str, Any] = {}
    for item in metadata:
        for bound in ("ge", "gt", "le", "lt"):
            value = getattr(item, bound, None)
            if value is not None:
                limits["least" if bound[0] == "g" else "most"] = value
                limits["open_least" if bound[0] == "g" else "open_most"] = bound[1] == "t"
    return Limits(**limits)


def _bare(annotation: Any) -> Any:
    while typing.get_origin(annotation) is Annotated:
        annotation = typing.get_args(annotation)[0]
    return annotation


def _shape(annotation: Any, name: str, path: str) -> FieldForm:
    annotation = _bare(annotation)
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if path in CHOICES:
        return FieldForm("kinds")
    if origin in (typing.Union, types.UnionType):
        return _union_shape([_bare(a) for a in args], name, path)
    if origin is Literal:
        return FieldForm("choice", options=tuple(map(value_text, args)), values=args)
    if origin is tuple:
        return _tuple_shape(args)
    if origin is dict:
        return FieldForm("vary")
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return FieldForm("group", model=annotation)
    scalars: dict[Any, Form] = {bool: "switch", int: "integer", float: "number", str: "text"}
    if annotation is str and name in ("path", "folder"):
        return FieldForm("path")
    if annotation is str and name == "embedded":
        return FieldForm("copy")
    if annotation in scalars:
        return FieldForm(scalars[annotation])
    raise TypeError(f"no editor for {path}: {annotation}")


def _union_shape(parts: list[Any], name: str, path: str) -> FieldForm:
    optional = type(None) in parts
    rest = [p for p in parts if p is not type(None)]
    if set(rest) == {str, int}:
        return FieldForm("column", optional)
    words = [p for p in rest if typing.get_origin(p) is Literal]
    others = [p for p in rest if p not in words]
    if len(others) != 1 or len(words) > 1:
        raise TypeError(f"no editor for {path}: {parts}")
    inner = _shape(others[0], name, path)
    word = str(typing.get_args(words[0])[0]) if words else ""
    return replace(inner, optional=optional, word=word)


def _tuple_shape(args: tuple[Any, ...]) -> FieldForm:
    items: dict[Any, Item] = {int: "integer", float: "number", str: "text"}
    first = _bare(args[0])
    if typing.get_origin(first) in (typing.Union, types.UnionType):
        return FieldForm("columns")
    if typing.get_origin(first) is Literal:
        return FieldForm("checks", options=tuple(str(a) for a in typing.get_args(first)))
    if typing.get_origin(first) is tuple:
        return FieldForm("table", item=items[_bare(typing.get_args(first)[0])])
    if args[-1] is not Ellipsis:
        return FieldForm("pair", item=items[first])
    return FieldForm("list", item=items[first])
