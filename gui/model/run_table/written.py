"""The table as CSV, in full precision, and as a table for LaTeX, as it is shown."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from engine.figures.table import name_cell

from .arranged import COUNT, GroupRow
from .arrangement import Middle
from .cells import cell_text, file_cells, file_heads
from .column import TableColumn
from .rows import TableRow
from .values import Value

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "±": r"$\pm$",
    "★": r"$\star$",
    "∞": r"$\infty$",
    "−": "$-$",
    "–": "--",
    "…": r"\dots{}",
    "·": r"$\cdot$",
    "α": r"$\alpha$",
    "½": r"$\tfrac12$",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
}
_POWER = re.compile(r"(−?\d[\d.,]*)e([-−]?)0*(\d+)")
"""A number with a power of ten."""


def csv_of(columns: Sequence[TableColumn], rows: Sequence[TableRow]) -> str:
    """Return the table as CSV under the names of its columns; nothing is an empty field."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    by = next((row.by for row in rows if isinstance(row, GroupRow)), "")
    several = {
        column.name for column in columns if by and column.name not in (by, COUNT) and _numeric(rows, column)
    }
    heads = [head for column in columns for head in file_heads(column, bool(by), by, column.name in several)]
    writer.writerow(name_cell(head) for head in heads)
    for row in rows:
        cells = [
            cell if _is_number(row.value(column.name)) else name_cell(cell)
            for column in columns
            for cell in file_cells(row, column, column.name in several)
        ]
        writer.writerow(cells)
    return stream.getvalue()


def _numeric(rows: Sequence[TableRow], column: TableColumn) -> bool:
    return any(isinstance(row, GroupRow) and row.spread(column.name) is not None for row in rows)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float)


def latex_of(columns: Sequence[TableColumn], rows: Sequence[TableRow], middle: Middle = "median") -> str:
    """Return the table for LaTeX, with the lines of the package booktabs; numbers stand at the right."""
    numbers = [
        all(_is_number(row.value(column.name)) or row.value(column.name) is None for row in rows)
        for column in columns
    ]
    sides = "".join("r" if number and rows else "l" for number in numbers)
    lines = [
        "% \\usepackage{booktabs}",
        f"\\begin{{tabular}}{{{sides}}}",
        "\\toprule",
        " & ".join(_latex(column.title) for column in columns) + r" \\",
        "\\midrule",
        *(" & ".join(_latex(cell_text(row, column, middle)) for column in columns) + r" \\" for row in rows),
        "\\bottomrule",
        "\\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def _latex(text: str) -> str:
    """Return words for LaTeX, with no sign that it would take for its own, and powers of ten as such."""
    parts, at = [], 0
    for power in _POWER.finditer(text):
        parts += [_plain(text[at : power.start()]), _power(power)]
        at = power.end()
    return "".join([*parts, _plain(text[at:])])


def _power(power: re.Match[str]) -> str:
    mantissa = power[1].replace("−", "-")
    return f"${mantissa}\\times10^{{{'-' if power[2] else ''}{power[3]}}}$"


def _plain(text: str) -> str:
    return "".join(_SPECIAL.get(sign, sign) for sign in text)
