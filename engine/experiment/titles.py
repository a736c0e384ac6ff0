"""What fields are called for people: their titles, after those of the parts that they are in, as panels show them."""

from __future__ import annotations

import re

from ..words.errors import Refusal
from .experiment import Experiment, field_at
from .fields import about

VAGUE = ("kind", "scale", "ln loss", "seconds", "plateau")
"""Titles that say what is meant only after that of the part that has them."""
DOTTED = re.compile(r"\b(?:data|network|optimizer|loss|run|measure)(?:\.[a-z]\w*)+")


def full_title(experiment: Experiment, path: str) -> str:
    """Return a field's title after those of its section and of the parts between; its path where it has none."""
    parts = path.split(".")
    try:
        fields = [field_at(experiment, ".".join(parts[: i + 1])) for i in range(len(parts))]
    except Refusal:
        return path
    titles = [str(about(owner, name)["title"]) for owner, name in fields]
    return " ".join(title for i, title in enumerate(titles) if not i or title != titles[i - 1])


def title(experiment: Experiment, path: str) -> str:
    """Return a field's own title; its path where it has none."""
    try:
        owner, name = field_at(experiment, path)
    except Refusal:
        return path
    return str(about(owner, name)["title"])


def head(own: str, full: str, *, alone: bool) -> str:
    """Return what a column of a field's values is called: its own title, or where that says too little more of it.

    Args:
        own: the field's own title.
        full: the same after those of the parts that it is in.
        alone: whether no other field has that title.
    """
    words = full.split(" ")
    if alone and own not in ("kind", "scale", "seed"):
        return own
    return " ".join(words[1:]) if len(words) > 2 else full


def short_title(experiment: Experiment, path: str) -> str:
    """Return what a line calls a field: its own title, after that of its part where it would not say which."""
    own, parent = title(experiment, path), path.rpartition(".")[0]
    if not parent or own not in VAGUE:
        return own
    part = title(experiment, parent)
    return part if own == "kind" else f"{part}: {own}" if parent == "run.stop" else f"{part} {own}"


def with_titles(experiment: Experiment, sentence: str, *, full: bool) -> str:
    """Return a sentence with the titles of fields in place of their paths, in full or as short as tells which."""
    titled = full_title if full else short_title
    return DOTTED.sub(lambda path: titled(experiment, path[0]), sentence)
