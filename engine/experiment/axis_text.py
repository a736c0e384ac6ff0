"""An axis of a map in one line: `0.1, 0.2`, `lin:0:1:5`, `log:0.001:1:7`, `random-log:0.001:1:20`."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from ..words.errors import Refusal
from .sweep import SweepAxis
from .toml_text import value_text
from .validation import refusals
from .word_values import split, value_of

HOW = "v1,v2,… or log:from:to:how-many (or lin:…, random-lin:…, random-log:…)"
"""How an axis is written."""
_DRAWN = {"random-lin": "lin", "random-log": "log"}


def axis_tables(path: str, text: str, field: str, word: str) -> dict[str, Any]:
    """Return an axis as a file says it.

    Args:
        path: of its field.
        text: its values in one line.
        field: what a refusal names.
        word: what a refusal shows.

    Raises:
        Refusal: where the line is no axis.
    """
    kind, colon, rest = text.strip().partition(":")
    kind = kind.strip()
    if colon and kind in ("lin", "log", *_DRAWN):
        parts = [value_of(part) for part in rest.split(":")]
        numbers = all(isinstance(p, int | float) and not isinstance(p, bool) for p in parts)
        if len(parts) != 3 or not numbers or not isinstance(parts[2], int):
            raise Refusal(field, word, f"must be written {kind}:from:to:how-many, such as {kind}:0.01:1:9")
        ends = [float(parts[0]), float(parts[1])]
        if kind in _DRAWN:
            return {"path": path, "random": {_DRAWN[kind]: ends, "n": parts[2]}}
        return {"path": path, kind: [*ends, parts[2]]}
    if not text.strip():
        raise Refusal(field, word, f"has no values; write {HOW}")
    return {"path": path, "values": [value_of(part) for part in split(text)]}


def axis_from(path: str, text: str) -> SweepAxis:
    """Return an axis of a field as a person writes it.

    Raises:
        Refusal: where the line is no axis; its field is `sweep`.
    """
    try:
        return SweepAxis.model_validate(axis_tables(path, text, "sweep", text))
    except ValidationError as error:
        refusal = refusals(error, SweepAxis)[0]
        raise Refusal("sweep", text, refusal.remedy) from None


def axis_text(axis: SweepAxis) -> str:
    """Return an axis's values in one line; `axis_tables` gives the same axis back."""
    if axis.values is not None:
        return ", ".join(map(value_text, axis.values))
    if axis.random is not None:
        kind, ends = ("log", axis.random.log) if axis.random.log else ("lin", axis.random.lin or (0.0, 0.0))
        return f"random-{kind}:{value_text(ends[0])}:{value_text(ends[1])}:{axis.random.n}"
    kind, spaced = ("log", axis.log) if axis.log is not None else ("lin", axis.lin or (0.0, 0.0, 1))
    return f"{kind}:{value_text(spaced[0])}:{value_text(spaced[1])}:{spaced[2]}"
