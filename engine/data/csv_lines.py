"""From the text of a table to its rows of cells: comments, quotes, and what separates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import TextIO

from engine.experiment.numerals import digits_in

Row = tuple[int, list[str]]
"""The line that a row begins on, from 1, and its cells without blanks around them."""
BLANKS = " "
"""The separator that stands for any run of blanks and tabs."""
SEPARATORS = "\t;,|"
SAID = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "blanks": BLANKS}
"""What separates, by the words of the experiment file."""
LONGEST_LINE = 1 << 22
"""Characters of a line: 200,000 numbers in full precision."""
LONGEST_QUOTE = 100_000
"""Characters between two quotes; what is longer was never closed."""

_COMMENT = re.compile(r"(^|\s)#.*", re.DOTALL)
_COMMENT_SIGN = re.compile(r"(?:^|(?<=\s))#")
_OPENED = re.compile(r' *"')
_QUOTED = re.compile(r' *"((?:[^"]|"")*+)"')
_CLOSING = re.compile(r'(?<!")(?:"")*+"(?!")')
_PADDING = re.compile(r"([;,])[ \t]+")
_SAID = re.compile(r'"?sep=([^\w"])"?', re.IGNORECASE)


class LineFault(Exception):
    """A line that cannot be taken apart."""

    def __init__(self, line: int, fault: str) -> None:
        super().__init__(f"line {line}{fault}")


def bounded(text: TextIO) -> Iterator[str]:
    """Yield the lines of a text.

    Raises:
        LineFault: at one that would take much memory before anything is known of it.
    """
    for number in count(1):
        line = text.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            raise LineFault(number, f" has more than {LONGEST_LINE:,} characters; it is no table")
        if not line:
            return
        yield line


class Rows:
    """Reads rows from lines, one after the other; lines without anything in them are passed over."""

    def __init__(self, separator: str = "") -> None:
        """Take a separator; '' finds it in the first line that holds anything."""
        self.separator = separator

    def read(self, lines: Iterable[str]) -> Iterator[Row]:
        """Yield the rows of a text.

        Raises:
            LineFault: where quotes are not closed, or something follows them.
        """
        source = enumerate(lines, start=1)
        begun = False
        for number, line in source:
            content = line if "#" not in line or '"' in line else _COMMENT.sub("", line)
            content = content.strip(" \r\n")
            said = _SAID.fullmatch(content) if not begun else None
            if said:
                begun, self.separator = True, self.separator or said[1]
                continue
            if not content.strip(SEPARATORS + ' "') or (content[0] == "#" and '"' in content):
                continue
            begun = True
            if not self.separator:
                if content.count('"') % 2 and not any(sign in content for sign in SEPARATORS + BLANKS):
                    content = _closed(number, content, content.index('"') + 1, source)
                self.separator = separator_of(content)
            if '"' in content:
                cells = self._quoted(number, content, source)
            elif self.separator == BLANKS:
                cells = content.split()
            else:
                cells = [cell.strip() for cell in content.split(self.separator)]
            if any(cells):
                yield number, cells

    def _quoted(self, number: int, line: str, source: Iterator[tuple[int, str]]) -> list[str]:
        """Return the cells of a line with quotes; within them nothing separates, and lines may break."""
        blanks = self.separator == BLANKS
        separator = re.compile(r"[ \t]+" if blanks else re.escape(self.separator))
        bare = re.compile(r"[^ \t]*" if blanks else f"[^{re.escape(self.separator)}]*")
        cells: list[str] = []
        at = 0
        while True:
            opened = _OPENED.match(line, at)
            if opened:
                line = _closed(number, line, opened.end(), source)
                quoted = _QUOTED.match(line, at)
                assert quoted is not None  # it is closed
                cells.append(" ".join(quoted[1].replace('""', '"').split()))
                at = quoted.end()
            else:
                text = bare.match(line, at)
                assert text is not None  # it may be empty
                comment = _COMMENT_SIGN.search(line, at, text.end())
                at = len(line) if comment else text.end()
                cell = line[text.start() : comment.start() if comment else at].strip()
                if cell or not blanks:
                    cells.append(cell)
            rest = line[at:].lstrip(" ")
            if not rest or (rest[0] == "#" and line[at : at + 1] == " "):
                return cells
            between = separator.match(line, at if blanks else len(line) - len(rest))
            if between is None:
                raise LineFault(
                    number, ": something follows a closing quote; separate it, or double the quotes"
                )
            at = between.end()


def separator_of(content: str) -> str:
    """Return what separates: tab, semicolon, comma or bar, the first of them found outside quotes, else blanks.

    Blanks or tabs after a comma or a semicolon are padding, and commas within numbers that blanks separate are
    their decimals: '0,5 1,5 1'.
    """
    bare = re.sub(r'"(?:[^"]|"")*+"?', "s", content)
    parts = bare.split()
    with_comma = [part for part in parts if "," in part]
    decimals = bool(with_comma) and all(digits_in(part, "comma") is not None for part in with_comma)
    if len(parts) > 1 and decimals and "\t" not in bare and ";" not in bare:
        return BLANKS
    tight = _PADDING.sub(r"\1", bare)
    found = next((separator for separator in SEPARATORS if separator in tight), "")
    return found or (BLANKS if len(parts) > 1 else ",")


def _closed(number: int, line: str, start: int, source: Iterator[tuple[int, str]]) -> str:
    """Return the line with as many further ones as it takes to close a quote that opens before `start`."""
    parts, further, length = [line], line[start:], 0
    while length <= LONGEST_QUOTE:
        if _CLOSING.search(further):
            return "\n".join(parts)
        length += len(further)
        _, further = next(source, (0, ""))
        if not further:
            break
        parts.append(further.rstrip(" \r\n"))
    raise LineFault(
        number, f": a quote opens that is not closed within {LONGEST_QUOTE:,} characters; close it"
    )
