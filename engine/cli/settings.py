"""What a command line changes in an experiment: `--set path=value` and its shorthands, judged like a file."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Refusal
from ..experiment.differences import shown
from ..experiment.document import Document
from ..experiment.numerals import loose_number
from ..experiment.provenance import with_provenance


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
        """Return the document with the values set in each of its experiments, over what a variation sets.

        Claims stay with the settings that they were made with.

        Raises:
            Refusal: where a value is not allowed in one of them.
        """
        return with_provenance(document.with_values(self.values), document) if self.values else document

    def edited_later(self, document: Document) -> Iterator[str]:
        """Say which of the values the document's edits replace while a run goes on."""
        for edit in document.edits:
            for path, value in edit.set.items():
                if path in self.values and value != self.values[path]:
                    to = f"{path} to {shown(value)} at step {edit.step:,}"
                    yield f"{shown(self.values[path])} is what a run starts with: the file's edits set {to}"


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
