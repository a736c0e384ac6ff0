"""What a command line changes in an experiment: `--set path=value` and its shorthands, judged like a file."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..experiment.document import Document
from ..experiment.edits import LiveEdit
from ..experiment.numerals import loose_number
from ..experiment.provenance import with_settings, without_edits_of
from ..words.errors import Refusal


@dataclass(frozen=True)
class Settings:
    """Dotted paths and their values, in the order they apply."""

    values: Mapping[str, Any]

    @classmethod
    def of(cls, assignments: Sequence[str], shorthands: Mapping[str, str | None]) -> Settings:
        """Read `path=value` words, then the shorthands that were given.

        Raises:
            Refusal: where a word is not of that form.
        """
        values: dict[str, Any] = {}
        for assignment in assignments:
            path, equals, text = assignment.partition("=")
            if not (path.strip() and equals):
                raise Refusal("--set", assignment, "must be written path=value, such as data.n=48")
            values[path.strip()] = value_of(text)
        return cls(values | {path: value_of(text) for path, text in shorthands.items() if text is not None})

    def applied_to(self, document: Document) -> Document:
        """Return the document with the values set in each of its experiments, over what a variation or an edit sets.

        Raises:
            Refusal: where a value is not allowed in one of them.
        """
        return with_settings(document, self.values)

    def without_its_edits(self, document: Document) -> tuple[Document, list[LiveEdit]]:
        """Return the document without its edits of what is set here, and what they were.

        Raises:
            Refusal: where a value is not allowed in one of its experiments.
        """
        return without_edits_of(document, self.values)


def value_of(text: str) -> Any:
    """Return what a word on the command line means: a TOML value, a number as people write it, or the word itself."""
    try:
        tables = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return _loose(text)
    # a line break could begin another key, and no field is a date
    dated = isinstance(tables.get("value"), datetime.date | datetime.time)
    return text if dated or set(tables) != {"value"} else tables["value"]


def _loose(text: str) -> Any:
    """Return the number or truth that a word means to Python and to people, though not to TOML."""
    if text in ("True", "False"):
        return text == "True"
    number = loose_number(text)
    return text if number is None else number
