"""The words of a filter that is typed: names, numbers, texts in quotation marks, and signs between them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from engine.words.errors import Refusal

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
    length: int = 0
    """Letters of it, as it was typed."""


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
            found.append(Token("number", part[0].replace("_", ""), at, len(part[0])))
        elif sort == "text":
            found.append(Token("text", part[0][1:-1], at))
        elif sort == "name":
            found.append(Token("name", part[0], at))
        at = part.end()
    return [*found, Token("end", "", len(text))]


def with_heads(words: list[Token], titles: Mapping[str, str]) -> list[Token]:
    """Return words of which those that are a column's head are its name: the longest head where several begin there.

    Args:
        words: of a filter.
        titles: the columns by their heads, in small letters.
    """
    typed = [word.text.casefold() if word.sort in ("name", "sign", "number") else None for word in words]
    heads = [
        (spelt, name)
        for title, name in titles.items()
        if len(spelt := _spelt(title)) > 1 and spelt[0] in typed
    ]
    heads.sort(key=lambda head: -len(head[0]))
    told, at = list[Token](), 0
    while at < len(words):
        found = next(((len(h), name) for h, name in heads if typed[at : at + len(h)] == h), None)
        if found is None:
            told.append(words[at])
            at += 1
        else:
            told.append(Token("name", found[1], words[at].place))
            at += found[0]
    return told


def _spelt(title: str) -> list[str]:
    try:
        return [word.text for word in tokens(title)[:-1]]
    except Refusal:  # it has signs that filters have not: between quotation marks it is understood
        return []


def decimal_comma(words: Sequence[Token], at: int, in_list: bool = False) -> Refusal | None:
    """Return why numbers that a comma joins, without a space, are none: '0,3', '15,000'; None where none are there.

    In a list commas stand between numbers, unless no number would begin as the second does: '15,000'.
    """
    if at == 0 or at + 1 >= len(words) or words[at].text != ",":
        return None
    before, comma, after = words[at - 1 : at + 2]
    touch = comma.place == before.place + before.length and after.place == comma.place + 1
    if not touch or before.sort != "number" or after.sort != "number":
        return None
    if in_list and not (len(after.text) > 1 and after.text[0] == "0" and after.text.isdigit()):
        return None
    word = f"{before.text},{after.text}"
    if len(after.text) == 3 and after.text.isdigit() and before.text.lstrip("0"):
        remedy = f"write {before.text}{after.text}, or {before.text}.{after.text}"
    else:
        remedy = f"write {before.text.replace('.', '')}.{after.text.replace('.', '')}"
    return Refusal("", word, f"is no number; {remedy}")


def _strange(text: str, at: int) -> Refusal:
    if text[at] in "\"'":
        return Refusal("", text[at:], f"does not end; close it with {text[at]}")
    word = text[at:].split()[0]
    if word[0].isdigit() or word[0] == ".":
        return Refusal("", word, "is no number; write 0.1, 1e-3 or 10000")
    return Refusal("", text[at], "means nothing here; compare columns with <, <=, =, !=, >, >=, in, contains")
