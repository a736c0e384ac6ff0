"""The words of a filter that is typed: names, numbers, texts in quotation marks, and signs between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from engine.errors import Refusal

Sort = Literal["number", "text", "name", "sign", "end"]
_PARTS = re.compile(
    r"\s+"
    r"|(?P<number>(?:\d[\d_]*\.?[\d_]*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))"
    r"|(?P<text>\"[^\"]*\"|'[^']*')"
    r"|(?P<name>[^\W\d][\w.]*)"
    r"|(?P<sign>==|!=|<>|<=|>=|\*\*|[<>=≤≥≠+\-−*/(),])"
)
_SAME = {"==": "=", "<>": "!=", "≠": "!=", "≤": "<=", "≥": ">=", "−": "-"}
LONGEST = 2000
"""Letters of a filter."""


@dataclass(frozen=True)
class Token:
    """One word of a filter."""

    sort: Sort
    text: str
    place: int
    """Where it begins."""


def tokens(text: str) -> list[Token]:
    """Return the words of a filter, one that ends it last.

    Raises:
        Refusal: where a sign means nothing here, or a text does not end.
    """
    if len(text) > LONGEST:
        raise Refusal("", None, f"a filter has at most {LONGEST:,} letters; this one has {len(text):,}")
    found, at = list[Token](), 0
    while at < len(text):
        part = _PARTS.match(text, at)
        if part is None:
            raise _strange(text, at)
        sort = part.lastgroup
        if sort == "sign":
            found.append(Token("sign", _SAME.get(part[0], part[0]), at))
        elif sort == "number":
            found.append(Token("number", part[0].replace("_", ""), at))
        elif sort == "text":
            found.append(Token("text", part[0][1:-1], at))
        elif sort == "name":
            found.append(Token("name", part[0], at))
        at = part.end()
    return [*found, Token("end", "", len(text))]


def _strange(text: str, at: int) -> Refusal:
    if text[at] in "\"'":
        return Refusal("", text[at:], f"does not end; close it with {text[at]}")
    word = text[at:].split()[0]
    if word[0].isdigit() or word[0] == ".":
        return Refusal("", word, "is no number; write 0.1, 1e-3 or 10000")
    return Refusal("", text[at], "means nothing here; compare columns with <, <=, =, !=, >, >=, in, contains")
