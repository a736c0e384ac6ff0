"""Axes of a map on the command line: `PATH=v1,v2,...`, `PATH=lin:a:b:n`, `PATH=log:a:b:n`."""

from __future__ import annotations

from typing import Any

from ..experiment.document import Document, document_from, tables_of
from ..words.errors import Refusal
from .settings import value_of

_CLOSING = {"[": "]", "{": "}", "(": ")"}


def with_axes(document: Document, words: list[str], seeds: int | None) -> Document:
    """Return a document as a map with axes in place of its own of the same fields, and with so many seeds.

    Raises:
        Refusal: where a word is no axis, or the experiment does not take one.
    """
    if not words and seeds is None:
        return document
    tables = tables_of(document)
    sweep: dict[str, Any] = dict(tables.get("sweep", {"axes": []}))
    axes = list(sweep["axes"])
    for word in words:
        axis = _axis(word)
        places = [i for i, known in enumerate(axes) if known["path"] == axis["path"]]
        if places:
            axes[places[0]] = axis
        else:
            axes.append(axis)
    sweep["axes"] = axes
    if seeds is not None:
        sweep["seeds"] = seeds
    return document_from({**tables, "sweep": sweep}, document.folder)


def _axis(word: str) -> dict[str, Any]:
    path, equals, text = word.partition("=")
    if not (path.strip() and equals and text.strip()):
        raise Refusal("--axis", word, "must be written PATH=v1,v2,… or PATH=log:from:to:how-many")
    kind, colon, rest = text.partition(":")
    if colon and kind.strip() in ("lin", "log"):
        parts = [value_of(part) for part in rest.split(":")]
        numbers = len(parts) == 3 and all(
            isinstance(p, int | float) and not isinstance(p, bool) for p in parts
        )
        if not numbers or not isinstance(parts[2], int):
            raise Refusal(
                "--axis", word, f"must be written PATH={kind.strip()}:from:to:how-many, such as log:0.01:1:9"
            )
        return {"path": path.strip(), kind.strip(): [float(parts[0]), float(parts[1]), parts[2]]}
    return {"path": path.strip(), "values": [value_of(part) for part in split(text)]}


def split(text: str) -> list[str]:
    """Split at commas that stand outside brackets, braces and quotes."""
    parts, open_ones, quote = [""], list[str](), ""
    for letter in text:
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter in _CLOSING:
            open_ones.append(_CLOSING[letter])
        elif open_ones and letter == open_ones[-1]:
            open_ones.pop()
        elif letter == "," and not open_ones:
            parts.append("")
            continue
        parts[-1] += letter
    return [part.strip() for part in parts]
