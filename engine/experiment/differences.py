"""What differs between two experiments, and whether a run under way can take an edit."""

from __future__ import annotations

from collections import deque
from typing import Any

from pydantic import BaseModel

from ..words.formats import number
from .experiment import Experiment, field_at
from .fields import about
from .titles import short_title

_SPELLED = {"l1": "l-1", "l2": "l-2", "linf": "l-infinity", "lp": "l-p"}
"""Norms as texts write them."""
LONGEST, SHORT = 200, 40
"""Letters of a text that is shown as it is, and of the beginning of longer ones, such as copies of data."""
_KNOWN: deque[tuple[Experiment, dict[str, Any]]] = deque(maxlen=8)
"""The last experiments that somebody compared, and their fields: one edit asks for those of the same many times."""


def differences(before: Experiment, after: Experiment) -> dict[str, tuple[Any, Any]]:
    """Return every dotted path at which two experiments differ, with both values (None: absent)."""
    first, second = _fields(before), _fields(after)
    paths = [*first, *(p for p in second if p not in first)]
    return {p: (first.get(p), second.get(p)) for p in paths if first.get(p) != second.get(p)}


def in_words(before: Experiment, after: Experiment) -> str:
    """Say in one line what the second experiment has that the first has not, its title left out."""
    words, different = [], differences(before, after)
    for path, (old, new) in different.items():
        if path == "vary":
            words += [
                f"{short_title(after, varied)} {shown(values)}"
                for varied, values in new.items()
                if values != old.get(varied)
            ]
            kept = [gone for gone in old if gone not in new and gone not in different and _has(after, gone)]
            words += [f"{short_title(after, gone)} {shown(_fields(after)[gone])}" for gone in kept]
        elif new is not None and path != "title" and path not in after.vary:
            words.append(f"{short_title(after, path)} {shown(new)}")
    return ", ".join(words)


def needs_restart(before: Experiment, after: Experiment) -> list[str]:
    """Return the dotted paths of the edits that only a new run can take."""
    paths = []
    for path in differences(before, after):
        if path == "title":
            continue
        owner, name = field_at(after if _has(after, path) else before, path)
        if not about(owner, name).get("live"):
            paths.append(path)
    return paths


def _has(experiment: Experiment, path: str) -> bool:
    return path in _fields(experiment)


def _fields(experiment: Experiment) -> dict[str, Any]:
    """Return every field of an experiment by its dotted path."""
    for known, fields in list(_KNOWN):
        if known is experiment:
            return fields
    fields = fields_of(experiment)
    _KNOWN.appendleft((experiment, fields))
    return fields


def fields_of(model: BaseModel, prefix: str = "") -> dict[str, Any]:
    """Return every field of a model by its dotted path, those of the parts within it too."""
    flat: dict[str, Any] = {}
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            flat |= fields_of(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def last_words(path: str) -> str:
    """Return how a line of changes calls a field: by its last word, or two where one would not say which."""
    parts = path.split(".")
    return " ".join(parts[-2:]) if parts[-1] in ("kind", "scale", "seed") and len(parts) > 1 else parts[-1]


def shown(value: Any) -> str:
    """Write a value as texts do."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(shown(v) for v in value) + "]"
    text = str(value)
    return _SPELLED.get(text, text if len(text) <= LONGEST else f"{text[:SHORT]}…")
