"""Axes of a map on the command line: `PATH=v1,v2,...`, `PATH=log:from:to:how-many` and the like."""

from __future__ import annotations

from typing import Any

from ..experiment.axis_text import HOW, axis_tables
from ..experiment.document import Document, document_from, tables_of
from ..words.errors import Refusal


def with_axes(document: Document, words: list[str], seeds: int | None) -> Document:
    """Return a document as a map with axes in place of its own of the same fields, and with so many seeds.

    What becomes a map has its replicas as seeds, as in the window.

    Raises:
        Refusal: where a word is no axis, two are of one field, or the experiment does not take one.
    """
    if not words and seeds is None:
        return document
    tables = tables_of(document)
    if document.replicas_for_seeds > 1:
        replicas = tables.pop("replicas")
        seeds = replicas if seeds is None else seeds
    sweep: dict[str, Any] = dict(tables.get("sweep", {"axes": []}))
    axes, said = list(sweep["axes"]), set[str]()
    for word in words:
        axis = _axis(word)
        if axis["path"] in said:
            raise Refusal("--axis", word, "is a second axis of this field; give all its values in one --axis")
        said.add(axis["path"])
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
        raise Refusal("--axis", word, f"must be written PATH={HOW}")
    return axis_tables(path.strip(), text, "--axis", word)
