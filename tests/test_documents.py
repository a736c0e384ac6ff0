"""The documents say what the code does, and lead where they point."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from engine.catalog import presets
from engine.claims.checks import CHECKS
from engine.cli import COMMANDS
from engine.cli.app import app
from engine.experiment.claims import EVENTS
from engine.experiment.columns import COLUMNS
from engine.experiment.document import document_from
from tests.documents import claims, commands, fields, house, tables
from tests.documents.pages import (
    COMMAND_LINE,
    DOCS,
    EXPERIMENT_FILE,
    MEASUREMENTS,
    PAGES,
    PLAN,
    PRESETS,
    ROOT,
    block,
    rewritten,
)

README = ROOT / "README.md"
THEORY = DOCS / "theory.md"
EVERY_PAGE = sorted({*ROOT.glob("*.md"), *DOCS.rglob("*.md")})
LONGEST_README = 200
LARGEST_PICTURE = 300_000
CITED = re.compile(
    r"theory(?:\.md)?(?: section)? (\d+(?:\.\d+)?)(?:, (\d+)(?: and (\d+))?)?(?:, (P\d+\w?))?", re.I
)
"""`theory section 0.1`, `theory.md 0, 1 and 10`, `theory.md 8, P7`."""
A_PRESET = re.compile(r"(?:theory|preset) (P\d+\w?)\b", re.I)
A_PITFALL = re.compile(r"pitfalls?(?:\.md)? (P\d+\w?)\b", re.I)


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_tables_are_what_the_code_knows(page: Path) -> None:
    assert page.read_text("utf-8") == rewritten(page), "run `python -m tests.documents`"


def test_the_plan_is_drawn_as_the_code_stands() -> None:
    assert PLAN.read_text("utf-8") == house.drawing(), "run `python -m tests.documents`"


def test_every_claim_of_every_preset_was_measured() -> None:
    measured = claims.from_page(block(PRESETS.read_text("utf-8"), "presets"))
    assert [key for key, value in measured.items() if not value] == [], (
        "run `marginlab verify --seeds 5 --json F.json`, then `python -m tests.documents F.json`"
    )


def test_a_table_of_claims_is_read_as_it_was_written() -> None:
    measured = {
        (name, claim.text): f"{place} | {name}"
        for name, document in claims.shipped()
        for place, claim in enumerate(document.claims)
    }
    assert claims.from_page(claims.claims(measured)) == measured


def test_every_column_has_its_row() -> None:
    rows = named_rows(MEASUREMENTS, "measurements")
    assert sorted(rows) == sorted(c.name for c in COLUMNS)


def named_rows(page: Path, table: str) -> list[str]:
    """Return the names that the rows of a table begin with."""
    return re.findall(r"^\| `([^`]+)`", block(page.read_text("utf-8"), table), re.MULTILINE)


def test_every_kind_has_its_section() -> None:
    text = EXPERIMENT_FILE.read_text("utf-8")
    for registry in (fields.DATA_KINDS, fields.NETWORK_KINDS, fields.OPTIMIZER_KINDS, fields.STEP_KINDS):
        for name in registry:
            assert len(re.findall(rf"^#+ `{name}`$", text, re.MULTILINE)) == 1, name


def test_every_field_of_every_kind_has_a_row() -> None:
    text = EXPERIMENT_FILE.read_text("utf-8")
    for registry in (fields.DATA_KINDS, fields.NETWORK_KINDS, fields.OPTIMIZER_KINDS, fields.STEP_KINDS):
        for kind in registry.values():
            for name in kind.model_fields:
                assert name == "kind" or f"| `{name}`" in text, f"{kind.title}: {name}"


def test_every_check_and_event_of_claims_is_explained() -> None:
    text = EXPERIMENT_FILE.read_text("utf-8")
    for check in (*CHECKS, "ratio", "order"):
        assert f"| `{check}` |" in text, check
    for event in set(EVENTS) - {"diverged"}:
        assert f"`{event}`" in text, event


def test_every_command_has_its_section() -> None:
    assert sorted(commands.names()) == sorted(COMMANDS)
    text = COMMAND_LINE.read_text("utf-8")
    for name in COMMANDS:
        assert f"\n### `{name}`\n" in text, name


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_command_lines_that_pages_show_exist(page: Path) -> None:
    known = get_command(app).commands
    for line in command_lines(page.read_text("utf-8")):
        name, *words = shlex.split(line.replace("[OPTIONS]", ""), comments=True) or [""]
        if name not in known:
            assert name in ("", "[FILE]", "COMMAND", "test"), f"{line!r} is no command"
            continue
        options = {option for parameter in known[name].params for option in parameter.opts}
        wrong = [word for word in words if word.startswith("--") and word not in options]
        assert wrong == [], line


def command_lines(text: str) -> Iterator[str]:
    """Yield what follows `marginlab` or `python run.py` in the indented lines of a page."""
    for line in re.findall(r"^    (?:marginlab|python run\.py)\b(.*)$", text, re.MULTILINE):
        yield line.strip().partition("  ")[0]


def test_experiment_files_that_pages_show_are_ones() -> None:
    whole, more, edits, a_map = re.findall(
        r"```toml\n(.*?)```", EXPERIMENT_FILE.read_text("utf-8"), re.DOTALL
    )
    document_from(tomllib.loads(whole))
    assert len(document_from(tomllib.loads(whole + more)).experiments()) == 2
    assert len(document_from(tomllib.loads(whole + edits)).edits) == 1
    swept = document_from(tomllib.loads(whole + a_map)).sweep
    assert swept is not None and len(swept.axes) == 2


def test_the_readme_is_short_and_counts_right() -> None:
    text = README.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_README
    shipped = [entry for entry in presets() if not entry.own]
    assert f"\n{len(shipped)} presets" in text


def test_the_readme_leads_to_every_page() -> None:
    linked = {
        (ROOT / target).resolve() for target in re.findall(r"\]\(([^)#\s]+)\)", README.read_text("utf-8"))
    }
    pages = {*ROOT.glob("*.md"), *DOCS.glob("*.md")} - {README, DOCS / "index.md"}
    assert [name_of(page) for page in sorted(pages - linked)] == []


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.is_file(), f"{target} is not there"
        assert not anchor or anchor in anchors(there), f"{target} has no such heading"


def anchors(page: Path) -> set[str]:
    """Return what the headings of a page are called in links."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_paths_that_pages_name_exist(page: Path) -> None:
    for name in re.findall(
        r"`((?:engine|gui|presets|tests|docs|examples)/[\w/.\-]*)`", page.read_text("utf-8")
    ):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_rows_of_tables_are_as_long_as_their_heads(page: Path) -> None:
    """A bar that should have been escaped would cut a cell in two."""
    for part in re.findall(r"(?:^\|.*\n)+", page.read_text("utf-8"), re.MULTILINE):
        head, *rows = [tables.cells_of(line) for line in part.splitlines()]
        assert [row for row in rows if len(row) != len(head)] == []


def test_every_word_of_the_glossary_stands_once() -> None:
    text = (DOCS / "glossary.md").read_text("utf-8")
    words = [
        word
        for line in text.splitlines()
        for word in re.findall(r"\*\*(.+?)\*\*", line.partition("| ")[2].partition(" | ")[0])
    ]
    avoided = {
        re.sub(r" \(.*", "", word)
        for line in text.splitlines()
        if line.startswith("| **")
        for word in tables.cells_of(line)[2].split(", ")
    }
    assert len(words) > 50 and len(set(words)) == len(words)
    assert avoided & set(words) == set()


def test_formulas_of_the_tables_are_whole() -> None:
    """No bar ends a cell, and none was broken in two by its escape."""
    rows = [
        row for row in MEASUREMENTS.read_text("utf-8").splitlines() if row.startswith("| `") and "$`" in row
    ]
    assert len(rows) == len(COLUMNS)
    for row in rows:
        formula = row.partition("$`")[2].partition("`$")[0]
        assert "|" not in formula and "\\\\vert" not in formula, row
        assert len(tables.cells_of(row)) == 5, row
    assert any(r"\Vert \theta\Vert _2" in row for row in rows)


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_formulas_are_balanced(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.count("$`") == text.count("`$")
    for formula in re.findall(r"\$`(.+?)`\$", text) + re.findall(r"```math\n(.*?)```", text, re.DOTALL):
        assert formula.replace(r"\{", "").count("{") == formula.replace(r"\}", "").count("}"), formula


def test_every_citation_of_the_theory_resolves() -> None:
    text = THEORY.read_text("utf-8")
    sections = set(re.findall(r"^#+ (\d+(?:\.\d+)?)\.? ", text, re.MULTILINE))
    results = set(re.findall(r"^\| (P\d+\w?) \|", text, re.MULTILINE))
    assert {str(section) for section in range(12)} <= sections
    lost, resolved = [], 0
    for file, line in source_lines():
        cited = [name for names in CITED.findall(line) for name in names if name]
        cited += A_PRESET.findall(line)
        lost += [f"{file}: {name}" for name in cited if name not in (results if name[0] == "P" else sections)]
        resolved += len(cited)
    assert lost == []
    assert resolved > 25, "citations are written otherwise than this test looks for"


def test_every_citation_of_a_pitfall_resolves() -> None:
    numbers = set(re.findall(r"^\| (P\d+\w?) \|", (DOCS / "pitfalls.md").read_text("utf-8"), re.MULTILINE))
    assert len(numbers) > 40
    lost = [
        f"{file}: {name}"
        for file, line in source_lines()
        for name in A_PITFALL.findall(line)
        if name not in numbers
    ]
    assert lost == []


def source_lines() -> Iterator[tuple[Path, str]]:
    """Yield every line of the code and its tests, and the file it stands in."""
    for folder in ("engine", "gui", "presets", "tests"):
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in (".py", ".toml") and file != Path(__file__):
                for line in file.read_text("utf-8").splitlines():
                    yield file.relative_to(ROOT), line


def test_the_citation_names_this_version_and_papers_of_the_theory() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == project["version"]
    assert citation["license"] == project["license"]
    papers = [paper["identifiers"][0]["value"].removeprefix("arXiv:") for paper in citation["references"]]
    text = THEORY.read_text("utf-8")
    assert len(papers) > 6
    assert [paper for paper in papers if f"arXiv {paper}" not in text] == []


def test_the_changelog_has_this_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert headings[:2] == ["Unreleased", project["version"]]


def test_pictures_are_small_and_shown() -> None:
    shown = {
        (page.parent / name).resolve()
        for page in EVERY_PAGE
        for name in re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page.read_text("utf-8"))
    }
    pictures = {*DOCS.glob("*.png"), *(DOCS / "pictures").glob("*")}
    assert shown == pictures
    taken = re.findall(
        r'camera\.take\(\s*"([^"]+)"', (Path(claims.__file__).parent / "pictures.py").read_text("utf-8")
    )
    assert sorted(taken) == sorted(picture.stem for picture in pictures - {PLAN})
    assert [picture.name for picture in pictures if picture.stat().st_size > LARGEST_PICTURE] == []


def test_pictures_are_taken_from_the_window_as_it_is(tmp_path: Path) -> None:
    """One that needs no training, in a process of its own: Qt's settings are read but once."""
    command = [sys.executable, "-m", "tests.documents.pictures", "--to", str(tmp_path), "gallery"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [picture.name for picture in tmp_path.iterdir()] == ["gallery.png"]


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", str(tmp_path / "read")]
    built = subprocess.run(
        [*command, str(DOCS), str(tmp_path / "site")], capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stdout + built.stderr
    assert "math" in (tmp_path / "site" / "theory.html").read_text("utf-8")
