"""What fields are called for people: their titles, after those of the parts that they are in, as panels show them."""

from __future__ import annotations

import re

from ..errors import Refusal
from .experiment import Experiment, field_at
from .fields import about

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


def with_titles(experiment: Experiment, sentence: str) -> str:
    """Return a sentence with the full titles of fields in place of their dotted paths."""
    return DOTTED.sub(lambda path: full_title(experiment, path[0]), sentence)
