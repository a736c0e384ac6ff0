"""The README says what the code does."""

from __future__ import annotations

import re
import tomllib

from engine.experiment.document import document_from
from tests.readme_tables import README, ROOT, from_readme, replaced


def test_tables_are_what_the_code_knows() -> None:
    text = README.read_text(encoding="utf-8")
    assert text == replaced(text), "run `python -m tests.readme_tables`"


def test_every_claim_of_every_preset_was_measured() -> None:
    missing = [key for key, value in from_readme(README.read_text(encoding="utf-8")).items() if not value]
    assert not missing, (
        "run `marginlab verify --seeds 5 --json F.json`, then `python -m tests.readme_tables F.json`"
    )


def test_its_experiment_file_is_one() -> None:
    block = re.search(r"```toml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    document_from(tomllib.loads(block.group(1)))


def test_folders_and_pictures_it_names_exist() -> None:
    text = README.read_text(encoding="utf-8")
    for name in re.findall(r"\]\((docs/[^)]+)\)", text):
        assert (ROOT / name).is_file(), name
    for name in re.findall(r"`((?:engine|gui|presets|tests)/[\w/]*(?:\.py)?)`", text):
        assert (ROOT / name).exists(), name


def test_formulas_of_the_tables_are_whole() -> None:
    """No bar ends a cell, and none was broken in two by its escape."""
    rows = [
        row
        for row in README.read_text(encoding="utf-8").splitlines()
        if row.startswith("| `") and "$`" in row
    ]
    assert len(rows) > 50
    for row in rows:
        formula = row.partition("$`")[2].partition("`$")[0]
        assert "|" not in formula and "\\\\vert" not in formula, row
        assert len(re.split(r"(?<!\\)\|", row)) == 7, row
    assert any(r"\Vert \theta\Vert _2" in row for row in rows)
