"""What fields are called for people: their titles, after those of the parts that they are in, as panels show them."""

from __future__ import annotations

import re

from ..words.errors import Refusal
from .experiment import Experiment, field_at
from .fields import about

AMBIGUOUS = ("kind", "scale", "seed")
"""Fields that several parts have."""
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


def telling_title(experiment: Experiment, path: str) -> str:
    """Return a field's own title, after that of the part it is in where its own would not say which field it is."""
    part, _, name = path.rpartition(".")
    if name in AMBIGUOUS and "." in part:
        return f"{title(experiment, part)} {title(experiment, path)}"
    return title(experiment, path)


def with_titles(experiment: Experiment, sentence: str, *, full: bool) -> str:
    """Return a sentence with the titles of fields in place of their dotted paths, in full or their own alone."""
    titled = full_title if full else title
    return DOTTED.sub(lambda path: titled(experiment, path[0]), sentence)
