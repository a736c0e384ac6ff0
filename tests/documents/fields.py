"""Every kind and field of the experiment file: the tables of `docs/experiment-file.md`."""

from __future__ import annotations

import json
import types
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types as limits
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from engine.experiment.claims import Claim
from engine.experiment.data import DATA_KINDS, FAMILIES, DataSpec
from engine.experiment.document import About, Variation
from engine.experiment.edits import EditSpec
from engine.experiment.experiment import Experiment
from engine.experiment.fields import Fields, Kind, about
from engine.experiment.networks import NETWORK_KINDS, NetworkSpec
from engine.experiment.optimizers import OPTIMIZER_KINDS, OptimizerSpec
from engine.experiment.step_rules import STEP_KINDS
from engine.experiment.sweep import Random, SweepAxis, SweepSpec

from .tables import code, formula, table

HEADER = ("field", "default", "allowed", "meaning")
NAMED = {int: "whole number", float: "number", str: "text", bool: "`true`, `false`", Any: "any value"}
SEVERAL = {int: "whole numbers", float: "numbers", str: "names"}


def model_at(owner: type[BaseModel], name: str) -> type[BaseModel]:
    """Return the model of a field that is a table of its own."""
    model = _bare(owner.model_fields[name].annotation)
    assert isinstance(model, type) and issubclass(model, BaseModel), name
    return model


def pages() -> dict[str, str]:
    """Return every table of the page by the name of its markers."""
    run = model_at(Experiment, "run")
    mlp = NETWORK_KINDS["mlp"]
    return {
        "top": fields(Experiment),
        "data-common": fields(DataSpec),
        "data": data_kinds(),
        "networks-common": fields(NetworkSpec),
        "networks": kinds(NETWORK_KINDS, NetworkSpec),
        "init": fields(model_at(mlp, "init")),
        "loss": fields(model_at(Experiment, "loss")),
        "optimizers": optimizer_kinds(),
        "steps": kinds(STEP_KINDS, Kind),
        "measure": fields(model_at(Experiment, "measure")),
        "run": fields(run),
        "stop": fields(model_at(run, "stop")),
        "about": fields(About),
        "variations": fields(Variation),
        "edits": fields(EditSpec),
        "sweep": fields(SweepSpec),
        "axes": fields(SweepAxis),
        "random": fields(Random),
        "claims": fields(Claim),
    }


def fields(model: type[BaseModel], leave_out: Iterable[str] = ()) -> str:
    """Return the fields of a table: name, default, what is allowed, what it does."""
    without = {"kind", *leave_out} if issubclass(model, Kind) else set(leave_out)
    rows = [_field(model, name, info) for name, info in model.model_fields.items() if name not in without]
    return table(HEADER, rows) if rows else "No fields of its own."


def kinds(registry: Mapping[str, type[Kind]], base: type[Kind]) -> str:
    """Return a section for every kind of a registry: what it is, its source, its own fields."""
    return "\n\n".join(_kind(name, kind, base, "###") for name, kind in registry.items())


def data_kinds() -> str:
    """Return the kinds of data, by the families that the window shows them in."""
    sections = []
    for family, title in FAMILIES.items():
        sections.append(f"### {title}")
        members = [(name, kind) for name, kind in DATA_KINDS.items() if kind.family == family]
        sections += [_kind(name, kind, DataSpec, "####") for name, kind in members]
    return "\n\n".join(sections)


def optimizer_kinds() -> str:
    """Return the optimizers, each with the step rules that it takes."""
    return "\n\n".join(
        _kind(name, kind, Kind, "###", f"Step rules: {', '.join(map(code, kind.steps))}.")
        for name, kind in OPTIMIZER_KINDS.items()
        if issubclass(kind, OptimizerSpec)
    )


def _kind(name: str, kind: type[Kind], base: type[Kind], level: str, more: str = "") -> str:
    source = f"Source: {kind.source}." if kind.source else ""
    words = " ".join(part for part in (f"{kind.title}.", kind.help, source, more) if part)
    same = [
        field
        for field, info in base.model_fields.items()
        if kind.model_fields[field].annotation == info.annotation
        and kind.model_fields[field].default == info.default
    ]
    own = fields(kind, [*same, "init"])
    return f"{level} `{name}`\n\n{words}\n\n{own}"


def _field(model: type[BaseModel], name: str, info: FieldInfo) -> list[str]:
    notes = about(model, name)
    symbol = f" {formula(notes['symbol'])}" if notes.get("symbol") else ""
    unit = f" ({notes['unit']})" if notes.get("unit") else ""
    marks = [mark for mark in ("live", "varies") if notes.get(mark)]
    title = notes.get("title", "")
    called = f"**{title[:1].upper()}{title[1:]}.** " if title and title != name.replace("_", " ") else ""
    meaning = called + notes["help"] + (f" *{', '.join(marks)}*" if marks else "")
    return [code(name) + symbol, _default(info), _allowed(info) + unit, meaning.strip()]


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True)
    return "none" if value is None else code(toml(value))


def toml(value: Any) -> str:
    """Return a value as an experiment file writes it in one line; of a table what differs from its defaults."""
    if isinstance(value, Fields):
        said = {
            name: getattr(value, name)
            for name, info in type(value).model_fields.items()
            if name == "kind" or getattr(value, name) != info.get_default(call_default_factory=True)
        }
        return toml(said)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} = {toml(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(toml, value))}]"
    return json.dumps(value, ensure_ascii=False)


def _allowed(info: FieldInfo) -> str:
    notes = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    suggested = notes.get("choices") or ()
    assert isinstance(suggested, list | tuple)
    words = ", ".join(code(toml(choice)) for choice in suggested)
    if not words:
        words = _type(info.annotation)
    elif _is_union(info.annotation):
        words += f", or {_type(info.annotation)}"
    bounds = ", ".join(bound for bound in map(_bound, info.metadata) if bound)
    return f"{words}, {bounds}" if bounds else words


def _type(annotation: Any) -> str:
    annotation = _bare(annotation)
    if annotation in NAMED:
        return NAMED[annotation]
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(code(toml(value)) for value in arguments)
    if _is_union(annotation):
        return " or ".join(_type(one) for one in arguments if one is not type(None))
    if origin is tuple:
        return _list(arguments)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a table with a `kind`" if issubclass(annotation, Kind) else "a table"
    return "a table" if origin is dict else "a list"


def _list(arguments: tuple[Any, ...]) -> str:
    inner = _bare(arguments[0])
    if arguments[-1] is not Ellipsis:
        return f"{len(arguments)} {SEVERAL.get(inner, 'values')}"
    if _is_union(inner):
        return f"a list of {' or '.join(SEVERAL[one] for one in get_args(inner))}"
    if get_origin(inner) is Literal:
        return f"a list of {_type(inner)}"
    return f"a list of {SEVERAL.get(inner, 'lists of numbers')}"


def _is_union(annotation: Any) -> bool:
    return get_origin(_bare(annotation)) in (Union, types.UnionType)


def _bare(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation


def _bound(note: Any) -> str:
    match note:
        case limits.Ge(ge=low):
            return f"at least {low:,}" if isinstance(low, int) else f"at least {low}"
        case limits.Gt(gt=low):
            return f"above {low}"
        case limits.Le(le=high):
            return f"at most {high:,}" if isinstance(high, int) else f"at most {high}"
        case limits.Lt(lt=high):
            return f"below {high}"
        case limits.MinLen(min_length=least):
            return f"at least {least} long" if least > 1 else "not empty"
    return ""
