"""What every claim of every preset measured: the table of `docs/presets.md`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from engine.catalog import load_preset
from engine.catalog import presets as catalog
from engine.claims.verdict import bound_text
from engine.cli.tables import spread
from engine.experiment.document import Document

from .tables import cells_of, code, table

Measured = Mapping[tuple[str, str], str]
"""What a claim of a preset came to."""


def shipped() -> Iterator[tuple[str, Document]]:
    """Yield every preset that ships with the lab, in the gallery's order."""
    for entry in catalog():
        if not entry.own:
            yield entry.id, load_preset(entry.id)


def claims(measured: Measured) -> str:
    """Return every preset's paper and claims, what each claim measured, and its bound."""
    rows = []
    for name, document in shipped():
        head = [code(name), document.about.paper]
        for claim in document.claims:
            expected = "" if claim.expect == "holds" else f"; expected: {claim.expect}"
            value = measured.get((name, claim.text), "")
            rows.append([*head, claim.text, value, bound_text(claim) + expected])
            head = ["", ""]
    return table(["preset", "paper", "claim", "measured", "bound"], rows)


def titles() -> str:
    """Return every preset's title and what to look for."""
    rows = [[code(name), d.base.title, " ".join(d.about.look_for.split())] for name, d in shipped()]
    return table(["preset", "title", "what to look for"], rows)


def from_page(block: str) -> Measured:
    """Return the measured values that stand in a table of claims."""
    values, name = {}, ""
    for line in block.strip().splitlines()[2:]:
        cells = cells_of(line)
        name = cells[0].strip("`") or name
        values[name, cells[2]] = cells[3]
    return values


def from_verified(path: Path) -> Measured:
    """Return what every claim measured, over all seeds and replicas that were run."""
    values: dict[tuple[str, str], list[float]] = {}
    for preset in json.loads(path.read_text(encoding="utf-8"))["presets"]:
        for claim in preset["claims"]:
            key = preset["id"], claim["text"]
            values.setdefault(key, []).extend(math.nan if v is None else v for v in claim["value"])
    return {key: spread(numbers) or "not defined" for key, numbers in values.items()}
