"""Fields as tables that say no more than is needed to have the same again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .fields import Fields, Kind
from .plug_ins.absent import is_absent, table_of


def sparse(fields: Fields) -> dict[str, Any]:
    """Return the fields that differ from their defaults; a kind and required fields always."""
    tables: dict[str, Any] = {}
    for name, info in type(fields).model_fields.items():
        value = getattr(fields, name)
        if name != "kind" and not info.is_required() and value == info.get_default(call_default_factory=True):
            continue
        if isinstance(value, Kind) and is_absent(value):
            tables[name] = table_of(value)
        elif isinstance(value, Fields):
            tables[name] = sparse(value)
        elif value is not None:
            tables[name] = plain(value)
    if "embedded" in tables:
        tables["embedded"] = tables.pop("embedded")  # what nobody reads stands behind the rest
    if isinstance(fields, Kind):  # what it declares anew of those that are last stands where it stood before
        anew = [name for name in fields.last if name in tables and name in type(fields).__annotations__]
        tables |= {name: tables.pop(name) for name in anew}
    kind = tables.pop("kind", None)
    return tables if kind is None else {"kind": kind, **tables}


def plain(value: Any) -> Any:
    """Return a value with mappings as dicts and sequences as lists, as TOML has them."""
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value
