"""Which page holds which tables, and how a page is made anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import claims, columns, commands, fields, house, papers

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PRESETS = DOCS / "presets.md"
PAPERS = DOCS / "papers.md"
MEASUREMENTS = DOCS / "measurements.md"
EXPERIMENT_FILE = DOCS / "experiment-file.md"
COMMAND_LINE = DOCS / "command-line.md"
ARCHITECTURE = DOCS / "architecture.md"
PLAN = DOCS / "pictures" / "plan.svg"

TABLES: dict[Path, Callable[[], dict[str, str]]] = {
    PRESETS: lambda: {"titles": claims.titles()},
    PAPERS: lambda: {"papers": papers.papers()},
    MEASUREMENTS: lambda: {
        "measurements": columns.measurements(),
        "plots": columns.plots(),
        "axes": columns.horizontal_axes(),
    },
    EXPERIMENT_FILE: fields.pages,
    COMMAND_LINE: lambda: {
        "commands": commands.commands(),
        "statuses": commands.statuses(),
        "predictors": commands.predictors(),
    },
    ARCHITECTURE: lambda: {"plan": house.numbers(), "rooms": house.rooms_table()},
}
PAGES = tuple(TABLES)


def rewritten(page: Path, measured: claims.Measured | None = None) -> str:
    """Return a page's text with its tables made anew; measured values stay where none are given."""
    text = page.read_text(encoding="utf-8")
    tables = TABLES[page]()
    if page == PRESETS:
        values = {**claims.from_page(block(text, "presets")), **(measured or {})}
        tables["presets"] = claims.claims(values)
    for name, content in tables.items():
        head, _, rest = text.partition(_begin(name))
        _, _, tail = rest.partition(_end(name))
        if _begin(name) not in text or _end(name) not in text:
            raise ValueError(f"{page.name} has no {_begin(name)} and {_end(name)}")
        text = f"{head}{_begin(name)}\n\n{content}\n\n{_end(name)}{tail}"
    return text


def block(text: str, name: str) -> str:
    """Return what stands between the markers of a table."""
    return text.partition(_begin(name))[2].partition(_end(name))[0]


def _begin(name: str) -> str:
    return f"<!-- {name}:begin -->"


def _end(name: str) -> str:
    return f"<!-- {name}:end -->"
