"""What the beginning of a table shows: what separates, decimals, header, columns, and what of it may be the label."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import islice

from engine.data.csv_columns import LABEL_NAMES, has_header, label_without_header, names_of
from engine.data.csv_lines import SAID, LineFault, Row, Rows, bounded
from engine.data.csv_numbers import Place, UnclearError, is_missing, is_number, notation_of
from engine.data.files import reason, refuse
from engine.data.source import Source, in_memory
from engine.experiment.data import CsvSpec
from engine.experiment.encodings import encoding_of
from engine.experiment.numerals import Notation

HEAD = 1 << 17
"""Bytes that are looked at; of a larger file the beginning."""
WIDE_HEADS = (1 << 20, 1 << 22)
"""Bytes that are looked at where lines are so long that there are few."""
LEAST_LINES = 6
SHOWN = 200
"""Rows that are kept as text."""
MOST_CLASSES = 100
LIKELY_LABELS = (*LABEL_NAMES, "species", "category", "diagnosis", "outcome", "variety")
"""How a header calls the column that may be the label, the surest first."""
INDEX_NAMES = ("id", "index", "idx", "no", "nr", "row", "row_id", "rowid", "key", "number", "#")
"""How a header calls a column that numbers or names the rows."""
_WORDS = {sign: word for word, sign in SAID.items()}
_UNNAMED = re.compile(r"(Unnamed: \d+)?")


@dataclass(frozen=True)
class ColumnAbout:
    """What the beginning of a table shows of one column.

    Attributes:
        number: from 1.
        name: what the header says; '' where it says nothing, or there is none.
        said: how an experiment file means it: the name, or the number where that is not enough.
        kind: what its cells are, missing ones aside.
        distinct: how many different cells it has.
        names_rows: whether it numbers or names the rows, and is no input.
        first_missing: the line of its first cell without a value; 0 where every cell has one.
    """

    number: int
    name: str
    said: str | int
    kind: str
    distinct: int
    names_rows: bool
    first_missing: int = 0

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or f"column {self.number}"


@dataclass(frozen=True)
class TableHead:
    """The beginning of a table, read as an experiment says, and by what it shows where that says nothing.

    Attributes:
        separator: the word for what separates columns.
        decimal: which sign decimals have.
        encoding: how letters are written.
        header: whether the first line names the columns.
        sure: whether the table itself tells whether it does.
        columns: of the rows, in order.
        rows: cells of the first rows of points.
        count: rows of points that were looked at.
        whole: whether these are all.
    """

    separator: str
    decimal: Notation
    encoding: str
    header: bool
    sure: bool
    columns: tuple[ColumnAbout, ...]
    rows: tuple[tuple[str, ...], ...]
    count: int
    whole: bool


def table_head(data: CsvSpec, source: Source) -> tuple[TableHead, Source]:
    """Return what the beginning of a table shows, and a source of that beginning alone.

    Raises:
        Refusal: where it is no table.
    """
    content = _beginning(data, source)
    whole = len(content) == source.stamp[-1]
    start = in_memory(source.name, content)
    encoding, text = _decoded(data, content, whole)
    if not whole:  # the last line may be cut off
        text = text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text
        start = in_memory(source.name, text.encode(encoding))
    reader = Rows(SAID.get(data.separator, ""))
    try:
        rows = list(reader.read(bounded(io.StringIO(text, newline=None))))
    except LineFault as fault:
        raise refuse(data.path, str(fault)) from None
    if not rows:
        raise refuse(data.path, "is empty; give it rows of numbers")
    header, sure = _header(data, rows)
    body = rows[1:] if header else rows
    names = names_of(rows[0][1] if header else None, body[0][1] if body else rows[0][1])
    head = TableHead(
        separator=_WORDS.get(reader.separator, reader.separator),
        decimal=_notation(data, body),
        encoding=encoding,
        header=header,
        sure=sure,
        columns=_columns(names, body, header=header),
        rows=tuple(tuple(cells) for _, cells in body[:SHOWN]),
        count=len(body),
        whole=whole,
    )
    return head, start


def _beginning(data: CsvSpec, source: Source) -> bytes:
    """Return the first bytes of a table: some lines of it."""
    for most in (HEAD, *WIDE_HEADS):
        try:
            content = source.beginning(most).content or b""
        except OSError as error:
            raise refuse(data.path, f"cannot be read ({reason(error)}); check the file") from None
        if len(content) < most or content.count(b"\n") + content.count(b"\r") >= LEAST_LINES:
            return content
    if not content.count(b"\n"):
        raise refuse(data.path, f"has a first line of more than {WIDE_HEADS[-1]:,} bytes; it is no table")
    return content


def recognised_table(data: CsvSpec, source: Source) -> CsvSpec:
    """Return what a table seems to be, by its beginning: as few fields as are needed, for people to change.

    Args:
        data: says where it is and, if people have, what separates and how numbers and letters are written.
        source: where its bytes are.

    Raises:
        Refusal: where it is no table of data.
    """
    head, _ = table_head(data, source)
    if all(column.kind != "numbers" for column in head.columns):
        raise refuse(data.path, "has no column of numbers; points have at least one")
    label = likely_label(head)
    said: dict[str, object] = {**data.model_dump(), "label": "last", "ignore": ()}
    if head.encoding not in ("utf-8", "utf-16"):
        said["encoding"] = head.encoding
    if not head.sure:
        said["header"] = head.header
    left_out = [c for c in head.columns if c is not label and (c.names_rows or c.kind != "numbers")]
    if len(left_out) < len(head.columns) - 1:  # else nothing would be left: the sentence says more
        said["ignore"] = [c.said for c in left_out]
    kept = [c for c in head.columns if c not in left_out]
    if label is not None and (label is not kept[-1] or head.header):
        said["label"] = label.said
    return CsvSpec.model_validate(said)


def likely_label(head: TableHead) -> ColumnAbout | None:
    """Return the column that most likely has the labels: one that the header calls so, words, else the last classes."""
    free = [c for c in head.columns if not c.names_rows and c.kind != "nothing"]
    named = {c.name.lower(): c for c in free if c.name}
    for name in LIKELY_LABELS:
        if name in named:
            return named[name]
    least = 2 if head.whole else 1  # the beginning of a table in order may have one class only
    words = [c for c in free if c.kind == "words" and least <= c.distinct <= max(2, head.count // 2)]
    if words:
        return words[-1]
    if "y" in named and ("x" not in named or named["y"] is free[-1]):  # else it is a coordinate
        return named["y"]
    return next(
        (c for c in (*free[-1:], *free[:1], *reversed(free)) if _has_classes(c, head)),
        free[-1] if free else None,
    )


def _has_classes(column: ColumnAbout, head: TableHead) -> bool:
    """Say whether a column of numbers may have classes: few and whole."""
    cells = [row[column.number - 1] for row in head.rows if len(row) >= column.number]
    whole = all(re.fullmatch(r"[+-]?\d{1,6}(?:\.0*)?", cell) for cell in cells)
    return whole and 1 < column.distinct <= min(MOST_CLASSES, max(2, head.count // 2))


def _decoded(data: CsvSpec, content: bytes, whole: bool) -> tuple[str, str]:
    """Return how letters are written, and the text: what is no UTF-8 is of Windows' or Latin letters, most likely."""
    candidates = [data.encoding] if data.encoding != "auto" else ["utf-8", "windows-1252", "latin-1"]
    try:
        marked = encoding_of(content[:4096])
    except UnicodeError:
        raise refuse(data.path, "is no text; open a table in text, or an .npz archive") from None
    if marked != "utf-8":
        candidates = [marked]
    for encoding in candidates:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError as error:
            if whole or len(content) - error.start > 4:  # else a letter is cut off
                continue
            text = content[: error.start].decode(encoding)
        return encoding.removesuffix("-sig"), text.removeprefix("\ufeff")
    raise refuse(data.path, f"is not text in {candidates[0]}; set data.encoding to auto, or to what it is")


def _header(data: CsvSpec, rows: Sequence[Row]) -> tuple[bool, bool]:
    """Say whether the first row names the columns, and whether that is sure."""
    if data.header != "auto":
        return bool(data.header) and len(rows) > 1, True
    first = rows[0][1]
    second = rows[1][1] if len(rows) > 1 else None
    verdict = has_header(
        first, second, lambda: islice(iter(rows), 1, None), label_without_header(data, first)
    )
    names_all = not any(is_number(cell) or is_missing(cell) for cell in first)
    if verdict is False and second is not None and names_all and any(map(is_number, second)):
        return True, False  # such as '2nd' or a sign: no words, and no point either
    if verdict is not None:
        return verdict and len(rows) > 1, True
    return any(not is_number(cell) for cell in first), False


def _notation(data: CsvSpec, body: Sequence[Row]) -> Notation:
    """Return which sign decimals have, most likely."""
    if data.decimal != "auto":
        return data.decimal
    try:
        places: dict[str, Place] = {}
        for line, cells in body:
            for i, cell in enumerate(cells):
                places.setdefault(cell, (line, i))
        return notation_of((place, cell) for cell, place in places.items())
    except UnclearError:
        return "point"


def _columns(names: Sequence[str], body: Sequence[Row], *, header: bool) -> tuple[ColumnAbout, ...]:
    once = {name for name, count in Counter(names).items() if count == 1} - {"", "first", "last"}
    return tuple(_column(i, names, body, once, header=header) for i in range(len(names)))


def _column(
    i: int, names: Sequence[str], body: Sequence[Row], once: Container[str], *, header: bool
) -> ColumnAbout:
    """Look at column i; `once` has the names that mean one column alone."""
    cells = [(line, row[i]) for line, row in body if len(row) > i]
    counted = Counter(cell for _, cell in cells)
    missing = {cell for cell in counted if is_missing(cell)}
    given = [cell for _, cell in cells if cell not in missing]
    distinct = len(counted) - len(missing)
    numbers = sum(count for cell, count in counted.items() if cell not in missing and is_number(cell))
    kind = "nothing" if not given else "numbers" if 2 * numbers > len(given) else "words"
    name = names[i]
    counts = any(given == [str(k) for k in range(start, start + len(given))] for start in (0, 1))
    nameless = bool(_UNNAMED.fullmatch(name))
    every = distinct == len(given) > 2
    names_rows = every and (
        (name.strip().lower() in INDEX_NAMES and (kind == "words" or all(cell.isdecimal() for cell in given)))
        or (nameless and (counts if header or i else counts and len(names) > 2))
        or (nameless and header and kind == "words")
    )
    return ColumnAbout(
        number=i + 1,
        name=name,
        said=name if name in once else i + 1,
        kind=kind,
        distinct=distinct,
        names_rows=names_rows,
        first_missing=next((line for line, cell in cells if cell in missing), 0),
    )
