"""The README's tables, made from what the code knows; `python -m tests.readme_tables` writes them into it."""

from __future__ import annotations

import tomllib
from pathlib import Path

from engine.experiment.columns import COLUMNS
from engine.experiment.measure import GROUP_TITLES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"


def measurements() -> str:
    """Return every column with its group, formula and source as a Markdown table."""
    rows = ["| column | group | formula | meaning | source |", "|---|---|---|---|---|"]
    for c in COLUMNS:
        formula = c.formula.replace("|", "\\vert ")
        group = GROUP_TITLES.get(c.group, "always")
        rows.append(f"| `{c.name}` | {group} | $`{formula}`$ | {c.help} | {c.source} |")
    return "\n".join(rows)


def presets() -> str:
    """Return every shipped preset with its paper and claims as a Markdown table."""
    rows = ["| preset | paper | claims |", "|---|---|---|"]
    found = []
    for path in (ROOT / "presets").glob("*.toml"):
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        claims = "; ".join(claim["text"] for claim in said.get("claims", []))
        found.append(
            (said["about"].get("order", 1000), f"| `{path.stem}` | {said['about']['paper']} | {claims} |")
        )
    return "\n".join([*rows, *(row for _, row in sorted(found))])


def replaced(text: str) -> str:
    """Return the README's text with its tables made anew."""
    for name, table in (("presets", presets()), ("measurements", measurements())):
        begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
        head, _, rest = text.partition(begin)
        _, _, tail = rest.partition(end)
        text = f"{head}{begin}\n{table}\n{end}{tail}"
    return text


if __name__ == "__main__":
    README.write_text(replaced(README.read_text(encoding="utf-8")), encoding="utf-8")
