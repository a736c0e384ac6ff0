"""What a command line changes in an experiment: `--set path=value` and its shorthands, judged like a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..experiment.document import Document
from ..experiment.edits import LiveEdit
from ..experiment.provenance import with_settings, without_edits_of
from ..experiment.word_values import value_of
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
