"""Filters that are typed: `eta < 0.1 and fitted_step > 100`, read by a grammar of their own; nothing is evaluated.

    condition   = both {"or" both}
    both        = denied {"and" denied}
    denied      = "not" denied | comparison
    comparison  = sum {("<" | "<=" | "=" | "!=" | ">" | ">=") sum}
                | sum ["not"] "in" "(" sum {"," sum} ")"
                | sum ["not"] "contains" sum
    sum         = product {("+" | "-") product}
    product     = factor {("*" | "/") factor}
    factor      = "-" factor | atom ["**" factor]
    atom        = number | text | name | "none" | "yes" | "no" | function "(" sum ")" | "(" condition ")"

A name is a column's, or the words of its head: `step size < 0.1`, `"fitted step" > 100`. Beside a sign of comparison a
word that is no column is a text, where the other side is a column of words: `status = done`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.words.errors import Refusal

from .operations import COMPARISONS, FUNCTIONS, OPERATIONS, contains, is_so, same
from .tokens import Token, decimal_comma, tokens, with_heads
from .values import Value

Read = Callable[[str], Value]
"""Gives the value of a column, by its name, in one row."""
Node = Callable[[Read], Value]
"""A part of a filter: its value in a row."""
DEEPEST = 40
"""Parentheses and powers within each other: a level takes ten calls to be read, and to be asked."""
WORDS = {"none": None, "yes": True, "no": False, "true": True, "false": False}
_KEYWORDS = ("and", "or", "not", "in", "contains")


@dataclass(frozen=True)
class Condition:
    """A filter: whether a row meets it, and the columns that it reads."""

    node: Node
    columns: tuple[str, ...]

    def holds(self, read: Read) -> bool:
        """Say whether a row meets it."""
        return is_so(self.node(read))


@dataclass(frozen=True)
class Names:
    """What names in a filter mean."""

    column: Callable[[str], str]
    """Returns the column of a name, short or full, or refuses it with the nearest."""
    is_text: Callable[[str], bool]
    """Says whether a column holds words."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """The columns by their heads, in small letters."""
    near: Callable[[str], str] = str
    """Asks whether the nearest column was meant; '' where none is near."""


def condition(text: str, names: Names) -> Condition:
    """Return what a filter says.

    Raises:
        Refusal: where it says nothing that can be understood: the word, and what can stand there.
    """
    return _Parser(with_heads(tokens(text), names.titles), names).whole()


class _Parser:
    """Reads words from left to right, one rule of the grammar a method."""

    def __init__(self, words: list[Token], names: Names) -> None:
        self._words, self._names = words, names
        self._at = self._depth = 0
        self._columns: dict[str, None] = {}

    def whole(self) -> Condition:
        node = self._condition()
        if self._word.sort != "end":
            raise self._unexpected("join conditions with and, or")
        return Condition(node, tuple(self._columns))

    # --- words ---

    @property
    def _word(self) -> Token:
        return self._words[self._at]

    def _is(self, text: str, ahead: int = 0) -> bool:
        word = self._words[min(self._at + ahead, len(self._words) - 1)]
        return word.text.lower() == text and word.sort in ("sign", "name")

    def _take(self, *texts: str) -> str:
        """Go past the next word if it is one of these, and return which; '' where it is none."""
        for text in texts:
            if self._is(text):
                self._at += 1
                return text
        return ""

    def _expect(self, text: str, why: str) -> None:
        if not self._take(text):
            raise self._unexpected(f"{text} is missing {why}")

    def _unexpected(self, remedy: str) -> Refusal:
        if self._word.sort == "end":
            return Refusal("", None, f"the filter ends too soon; {remedy}")
        comma = decimal_comma(self._words, self._at)
        return (
            comma or self._no_head(self._at) or Refusal("", self._word.text, f"cannot stand here; {remedy}")
        )

    def _no_head(self, at: int) -> Refusal | None:
        """Return why words that stand side by side are no head, with the nearest; None where none is near."""
        first = last = at
        while first > 0 and self._may_be_of_head(first - 1):
            first -= 1
        while self._may_be_of_head(last):
            last += 1
        words = " ".join(word.text for word in self._words[first:last])
        near = self._names.near(words) if last - first > 1 else ""
        return Refusal("", words, f"is no column; {near}") if near else None

    def _may_be_of_head(self, at: int) -> bool:
        word = self._words[at]
        return word.sort == "name" and word.text.lower() not in _KEYWORDS

    # --- rules ---

    def _condition(self) -> Node:
        self._go_deeper("parentheses")
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else _Any(tuple(parts))

    def _go_deeper(self, into: str) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Refusal("", None, f"the filter has more than {DEEPEST} {into} within each other")

    def _both(self) -> Node:
        parts = [self._denied()]
        while self._take("and"):
            parts.append(self._denied())
        return parts[0] if len(parts) == 1 else _All(tuple(parts))

    def _denied(self) -> Node:
        count = 0
        while self._take("not"):
            count += 1
        node = self._comparison()
        return _Not(node) if count % 2 else node

    def _comparison(self) -> Node:
        first = self._sum(word_is_text=self._is_compared(1))
        denied = self._is("not") and (self._is("in", 1) or self._is("contains", 1))
        self._at += denied
        if self._take("in"):
            node: Node = _In(first, self._list(first))
            return _Not(node) if denied else node
        if self._take("contains"):
            node = _Contains(first, self._sum(word_is_text=True))
            return _Not(node) if denied else node
        links: list[tuple[str, Node]] = []
        while sign := self._take(*COMPARISONS):
            links.append((sign, self._sum(word_is_text=self._holds_words(links[-1][1] if links else first))))
        return _Chain(first, tuple(links)) if links else first

    def _is_compared(self, ahead: int) -> bool:
        """Say whether a column of words is compared with the next word: `done = status`."""
        after = self._words[min(self._at + ahead + 1, len(self._words) - 1)]
        if not (self._is("=", ahead) or self._is("!=", ahead)) or after.sort != "name":
            return False
        try:
            return self._names.is_text(self._names.column(after.text))
        except Refusal:
            return False

    def _holds_words(self, node: Node) -> bool:
        return isinstance(node, _Column) and self._names.is_text(node.name)

    def _list(self, first: Node) -> tuple[Node, ...]:
        self._expect("(", "after in: status in (done, stopped)")
        words = self._holds_words(first)
        parts = [self._sum(word_is_text=words)]
        while self._is(","):
            if comma := decimal_comma(self._words, self._at, in_list=True):
                raise comma
            self._take(",")
            parts.append(self._sum(word_is_text=words))
        self._expect(")", "after the list")
        return tuple(parts)

    def _sum(self, *, word_is_text: bool = False) -> Node:
        first, links = self._product(word_is_text), []
        while sign := self._take("+", "-"):
            links.append((sign, self._product(False)))
        return _Operations(first, tuple(links)) if links else first

    def _product(self, word_is_text: bool) -> Node:
        first, links = self._factor(word_is_text), []
        while sign := self._take("*", "/"):
            links.append((sign, self._factor(False)))
        return _Operations(first, tuple(links)) if links else first

    def _factor(self, word_is_text: bool) -> Node:
        count = 0
        while self._take("-"):
            count += 1
        node = self._atom(word_is_text and not count)
        if self._take("**"):
            self._go_deeper("powers")
            node = _Operations(node, (("**", self._factor(False)),))
            self._depth -= 1
        return _Operations(_Constant(0), (("-", node),)) if count % 2 else node

    def _atom(self, word_is_text: bool) -> Node:
        word = self._word
        if word.sort == "number":
            self._at += 1
            return _Constant(float(word.text))
        if word.sort == "text":
            self._at += 1
            head = None if word_is_text else self._names.titles.get(word.text.casefold())
            return _Constant(word.text) if head is None else self._column(head)
        if self._take("("):
            node = self._condition()
            self._expect(")", "to close the parenthesis")
            return node
        if word.sort == "name" and word.text.lower() not in _KEYWORDS:
            self._at += 1
            return self._named(word, word_is_text)
        raise self._unexpected("a column, a number or a text in quotation marks can")

    def _named(self, word: Token, word_is_text: bool) -> Node:
        name = word.text
        if name.lower() in FUNCTIONS and self._take("("):
            self._go_deeper("parentheses")
            node = self._sum()
            self._expect(")", f"after what {name} is of")
            self._depth -= 1
            return _Function(name.lower(), node)
        if name.lower() in WORDS:
            return _Constant(WORDS[name.lower()])
        try:
            column = self._names.column(name)
        except Refusal as refused:
            if word_is_text:
                return _Constant(name + self._hyphenated())
            raise self._no_head(self._at - 1) or refused from None
        return self._column(column)

    def _column(self, column: str) -> Node:
        self._columns[column] = None
        return _Column(column)

    def _hyphenated(self) -> str:
        """Return the rest of a word such as fan-in, and go past it."""
        rest = ""
        while True:
            before, sign, after = (
                self._words[self._at - 1],
                self._word,
                self._words[min(self._at + 1, len(self._words) - 1)],
            )
            touches = sign.place == before.place + len(before.text) and after.place == sign.place + 1
            if sign.text != "-" or after.sort != "name" or not touches:
                return rest
            rest += f"-{after.text}"
            self._at += 2


# --- what the rules make ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Constant:
    value: Value

    def __call__(self, _read: Read) -> Value:
        return self.value


@dataclass(frozen=True)
class _Column:
    name: str

    def __call__(self, read: Read) -> Value:
        return read(self.name)


@dataclass(frozen=True)
class _All:
    parts: tuple[Node, ...]

    def __call__(self, read: Read) -> Value:
        return all(is_so(part(read)) for part in self.parts)


@dataclass(frozen=True)
class _Any:
    parts: tuple[Node, ...]

    def __call__(self, read: Read) -> Value:
        return any(is_so(part(read)) for part in self.parts)


@dataclass(frozen=True)
class _Not:
    part: Node

    def __call__(self, read: Read) -> Value:
        return not is_so(self.part(read))


@dataclass(frozen=True)
class _In:
    part: Node
    others: tuple[Node, ...]

    def __call__(self, read: Read) -> Value:
        value = self.part(read)
        return any(same(value, other(read)) for other in self.others)


@dataclass(frozen=True)
class _Contains:
    whole: Node
    part: Node

    def __call__(self, read: Read) -> Value:
        return contains(self.whole(read), self.part(read))


@dataclass(frozen=True)
class _Chain:
    """`0.01 < eta <= 0.1`: every link holds."""

    first: Node
    links: tuple[tuple[str, Node], ...]

    def __call__(self, read: Read) -> Value:
        left = self.first(read)
        for sign, node in self.links:
            right = node(read)
            if not COMPARISONS[sign](left, right):
                return False
            left = right
        return True


@dataclass(frozen=True)
class _Operations:
    """`1 + x - y`, from left to right: a sum of a thousand terms is no deeper than one of two."""

    first: Node
    links: tuple[tuple[str, Node], ...]

    def __call__(self, read: Read) -> Value:
        value = self.first(read)
        for sign, node in self.links:
            value = OPERATIONS[sign](value, node(read))
        return value


@dataclass(frozen=True)
class _Function:
    name: str
    part: Node

    def __call__(self, read: Read) -> Value:
        return FUNCTIONS[self.name](self.part(read))
