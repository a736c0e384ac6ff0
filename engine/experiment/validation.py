"""Turn pydantic's findings into refusals: the field's path, the value, what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pydantic import ValidationError

from ..words.errors import Refusal, nearest, shown
from .choices import CHOICES
from .numerals import as_meant

_KINDS = {path.rpartition(".")[2]: kinds for path, kinds in CHOICES.items()}
"""The kinds that a field of this name chooses among."""
_TYPE_WORDS = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}
_NUMBERS = ("int_type", "int_from_float", "float_type")

_LIMITS = {
    "greater_than_equal": ("small", "at least", "ge"),
    "greater_than": ("small", "above", "gt"),
    "less_than": ("large", "below", "lt"),
    "less_than_equal": ("large", "at most", "le"),
}


def path_of(location: Sequence[int | str], strange: bool = False) -> str:
    """Join a pydantic location into a dotted path, without the tags of unions.

    `strange`: the last part is a key that the user made up, whatever it looks like.
    """
    parts: list[str] = []
    for i, part in enumerate(location):
        previous = str(location[i - 1]) if i else ""
        is_tag = previous in _KINDS and part in _KINDS[previous]
        is_branch = isinstance(part, str) and ("[" in part or part in ("int", "float", "str", "tuple"))
        if is_tag or (is_branch and not (strange and i == len(location) - 1)):
            continue
        if isinstance(part, int):
            parts.append(f"{parts.pop()}[{part}]" if parts else f"[{part}]")
        else:
            parts.append(part)
    return ".".join(parts)


def refusals(error: ValidationError, root: type[Any], prefix: str = "") -> list[Refusal]:
    """Translate a pydantic error into refusals, the most specific first for each field."""
    by_field: dict[str, Refusal] = {}
    items = error.errors()
    # a list that was tried against a word first: what is wrong inside the list says more
    lists = [
        i for i in items if not (i["type"] == "literal_error" and isinstance(i.get("input"), (list, tuple)))
    ]
    for item in lists or items:
        inner = item.get("ctx", {}).get("error")
        if isinstance(inner, Refusal):
            where = inner.field or path_of(
                item["loc"]
            )  # what a value alone is judged by does not know its field
            refusal = Refusal(_joined(prefix, where), inner.value, inner.remedy)
        else:
            refusal = _translate(dict(item), root, prefix)
        by_field.setdefault(refusal.field, refusal)
    return list(by_field.values())


def _joined(prefix: str, path: str) -> str:
    return f"{prefix}.{path}" if prefix and path else prefix or path


def _translate(item: dict[str, Any], root: type[Any], prefix: str) -> Refusal:
    location, kind, value, ctx = item["loc"], item["type"], item.get("input"), item.get("ctx", {})
    path = _joined(prefix, path_of(location, strange=kind == "extra_forbidden"))
    match kind:
        case "extra_forbidden":
            return Refusal(
                path, None, f"is not a known field; {nearest(str(location[-1]), _siblings(root, location))}"
            )
        case "missing":
            return Refusal(path, None, "is missing; it has no default")
        case "union_tag_invalid":
            words = [w.strip(" '") for w in str(ctx.get("expected_tags", "")).split(",")]
            tag = str(ctx.get("tag"))
            known_kinds = [word for word in words if word != "absent"]
            return Refusal(
                f"{path}.kind", tag, f"is not a known kind; {remedy_of_kind(path, tag, known_kinds)}"
            )
        case "union_tag_not_found":
            known = _KINDS.get(str(location[-1]) if location else "", ())
            if isinstance(value, dict):
                return Refusal(f"{path}.kind", None, f"is missing; allowed: {', '.join(known)}")
            return Refusal(path, value, "must be a table with a kind")
        case "literal_error":
            words = [w.strip(" '") for w in str(ctx.get("expected", "")).replace(" or ", ", ").split(",")]
            return Refusal(path, value, f"is not allowed; {nearest(str(value), words)}")
        case _ if kind in _LIMITS:
            side, bound, key = _LIMITS[kind]
            return Refusal(path, value, f"is too {side}; it must be {bound} {shown(ctx[key])}")
        case "finite_number":
            return Refusal(path, value, "is not a finite number")
        case "too_short" | "string_too_short":
            return Refusal(path, value, f"is too short; it needs at least {ctx.get('min_length', 1)}")
        case _ if kind in _TYPE_WORDS:
            return Refusal(
                path, value, f"is of the wrong type; it must be {_TYPE_WORDS[kind]}{_meant(kind, value)}"
            )
        case _:
            message = str(item.get("msg", "is not allowed")).removeprefix("Value error, ")
            return Refusal(path, value, message[:1].lower() + message[1:])


def remedy_of_kind(part: str, kind: str, known: Iterable[str]) -> str:
    """Say what to do about a kind that is not known: what is near, or the plug-in that would bring it."""
    from .plug_ins.loaded import who_would_bring

    plug_in = who_would_bring(part, kind)
    if plug_in is None:
        return nearest(kind, known)
    return (
        f"the plug-in {plug_in.called} is installed and would bring it: switch it on, --plugin {plug_in.name}"
    )


def _meant(kind: str, value: Any) -> str:
    """Return how a value of another type would be written as one of this, where that is clear."""
    meant = ""
    if isinstance(value, str) and kind in _NUMBERS and not value.strip().isalpha():
        meant = as_meant(value)
    elif isinstance(value, str) and kind == "bool_type" and value.lower() in ("true", "false"):
        meant = value.lower()
    elif isinstance(value, float) and kind in _NUMBERS and value.is_integer() and abs(value) < 1e15:
        meant = str(int(value))
    elif isinstance(value, int | float) and kind in ("tuple_type", "list_type"):
        meant = f"[{shown(value)}]"
    elif isinstance(value, int | float) and kind == "string_type":
        meant = f'"{shown(value)}"'
    return f", written {meant}" if meant else ""


def _siblings(root: type[Any], location: Sequence[int | str]) -> list[str]:
    """Return the valid names where an unknown one stood."""
    model: Any = root
    previous = ""
    for part in location[:-1]:
        if isinstance(part, int):  # within a list, whose items are alike
            model = next(iter(get_args(model)), None)
        elif previous in _KINDS and part in _KINDS[previous]:
            model = _KINDS[previous][str(part)]
        else:
            info = getattr(model, "model_fields", {}).get(part)
            model = info.annotation if info is not None else None
        previous = str(part)
    return list(getattr(model, "model_fields", {}))
