"""The README's tables, made from what the code knows; `python -m tests.readme_tables [VERIFIED.json]` writes them.

VERIFIED.json is what `marginlab verify --seeds 5 --json VERIFIED.json` measured; without it the measured values stay.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from engine.catalog import load_preset
from engine.catalog import presets as catalog
from engine.claims.verdict import bound_text
from engine.cli.tables import spread
from engine.experiment.columns import COLUMNS
from engine.experiment.data import DATA_KINDS
from engine.experiment.document import Document
from engine.experiment.fields import Kind
from engine.experiment.measure import GROUP_TITLES
from engine.experiment.networks import NETWORK_KINDS
from engine.experiment.optimizers import OPTIMIZER_KINDS
from engine.experiment.step_rules import STEP_KINDS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
BAR = r"\|"
"""A bar inside a cell; in formulas the bars of a norm."""
Measured = Mapping[tuple[str, str], str]
"""What a claim of a preset came to."""


def shipped() -> Iterator[tuple[str, Document]]:
    """Yield every preset that ships with the lab, in the gallery's order."""
    for entry in catalog():
        if not entry.own:
            yield entry.id, load_preset(entry.id)


def presets(measured: Measured) -> str:
    """Return every preset's paper and claims, what each claim measured, and its bound."""
    rows = ["| preset | paper | claim | measured | bound |", "|---|---|---|---|---|"]
    for name, document in shipped():
        head = [f"`{name}`", document.about.paper]
        for claim in document.claims:
            expected = "" if claim.expect == "holds" else f"; expected: {claim.expect}"
            value = measured.get((name, claim.text), "")
            rows.append(_row([*head, claim.text, value, bound_text(claim) + expected]))
            head = ["", ""]
    return "\n".join(rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', BAR) for cell in cells)} |"


def _formula(mathtext: str) -> str:
    """Return a formula for a cell, with words for the bars that would end it."""
    words = mathtext.replace(BAR, r"\Vert ").replace("|", r"\vert ")
    return f"$`{words}`$"


def from_readme(text: str) -> Measured:
    """Return the measured values that stand in the README."""
    found, name = {}, ""
    table = text.partition("<!-- presets:begin -->")[2].partition("<!-- presets:end -->")[0]
    for row in table.strip().splitlines()[2:]:
        cells = [cell.strip().replace(BAR, "|") for cell in re.split(r"(?<!\\)\|", row.strip()[1:-1])]
        if len(cells) == 5:
            name = cells[0].strip("`") or name
            found[name, cells[2]] = cells[3]
    return found


def from_verified(path: Path) -> Measured:
    """Return what every claim measured, over all seeds and replicas that were run."""
    values: dict[tuple[str, str], list[float]] = {}
    for preset in json.loads(path.read_text(encoding="utf-8"))["presets"]:
        for claim in preset["claims"]:
            key = preset["id"], claim["text"]
            values.setdefault(key, []).extend(math.nan if v is None else v for v in claim["value"])
    return {key: spread(found) or "not defined" for key, found in values.items()}


def measurements() -> str:
    """Return every column with its group, formula and source."""
    rows = ["| column | group | formula | meaning | source |", "|---|---|---|---|---|"]
    for c in COLUMNS:
        group = GROUP_TITLES.get(c.group, "always")
        rows.append(_row([f"`{c.name}`", group, _formula(c.formula), c.help, c.source]))
    return "\n".join(rows)


def kinds(registry: Mapping[str, type[Kind]]) -> str:
    """Return every kind of a registry with what it is and its source."""
    rows = ["| kind | what it is | source |", "|---|---|---|"]
    rows += [_row([f"`{name}`", kind.help, kind.source]) for name, kind in registry.items()]
    return "\n".join(rows)


def replaced(text: str, measured: Measured | None = None) -> str:
    """Return the README's text with its tables made anew."""
    tables: dict[str, str] = {
        "presets": presets(from_readme(text) if measured is None else measured),
        "data": kinds(DATA_KINDS),
        "networks": kinds(NETWORK_KINDS),
        "optimizers": kinds(OPTIMIZER_KINDS),
        "steps": kinds(STEP_KINDS),
        "measurements": measurements(),
    }
    for name, table in tables.items():
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        if begin not in text or end not in text:
            raise ValueError(f"README.md has no {begin} and {end}")
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}\n{table}\n{end}{tail}"
    return text


def main(arguments: list[str]) -> None:
    """Write the tables into the README."""
    measured = from_verified(Path(arguments[0])) if arguments else None
    README.write_text(replaced(README.read_text(encoding="utf-8"), measured), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
