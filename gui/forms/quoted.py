"""Words apart by commas or semicolons; quotes keep what stands between them, whatever it is."""

from __future__ import annotations

import re

from .parsing import UnreadableError

_PART = re.compile(r"""\s*(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([^,;]*?))\s*(?:[,;]|$)""")


def parse_quoted(text: str, example: str) -> list[tuple[str, bool]]:
    """Read words, and of each whether it stood in quotes; a quote within quotes is written twice.

    Raises:
        UnreadableError: where a quote is not closed, or something follows it; `example` says how it is written.
    """
    typed = text.strip().removeprefix("[").removesuffix("]").strip()
    words: list[tuple[str, bool]] = []
    at = 0
    while at < len(typed):
        part = _PART.match(typed, at)
        if part is None or (part[3] or "").startswith(('"', "'")):
            raise UnreadableError(f"{typed[at:][:40]!r} {example}")
        double, single, bare = part.groups()
        if bare is not None:
            words.append((bare, False))
        else:
            words.append((single.replace("''", "'") if double is None else double.replace('""', '"'), True))
        at = part.end()
    return words


def quoted(word: str) -> str:
    """Write a word so that it is read as the same one."""
    if '"' in word and "'" not in word:
        return f"'{word}'"
    return '"' + word.replace('"', '""') + '"'
