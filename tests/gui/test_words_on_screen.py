"""What people read in the window has the signs of print, not those of a keyboard: ≤ and ‖w‖, not <= and ||w||."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from engine.catalog import presets

ROOT = Path(__file__).parents[2]
KEYBOARD = re.compile(
    r"<=|>=|->|\|\||\^\d|sqrt\(|\b(?:eta|theta|gamma|beta[12]|alpha|lambda|kappa|sigma|pi)\b(?! *\()"
)
TYPED = (
    "engine/cli",
    "engine/bench",
    "engine/compiled",
    "gui/run_table/filter_line.py",
    "gui/model/run_table/tokens.py",
)
"""Where people type, or read a terminal."""
OTHERS = ("gui/formula_letters.py", "engine/claims/hints.py")
"""Names of signs, and of rules."""


def sentences(path: Path) -> Iterator[str]:
    """Yield the texts of a file that are no docstrings: those of several words."""
    source = path.read_text("utf-8")
    if not any('"' in line and KEYBOARD.search(line.partition('"')[2]) for line in source.splitlines()):
        return
    tree = ast.parse(source)
    bodies = [body for node in ast.walk(tree) if isinstance(body := getattr(node, "body", None), list)]
    docstrings = {id(s.value) for body in bodies for s in body if isinstance(s, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docstrings:
            continue
        if " " in node.value.strip() and "\\" not in node.value:
            yield node.value


def test_texts_of_the_window_have_the_signs_of_print() -> None:
    left = {
        f"{path.relative_to(ROOT)}: {text[:80]}"
        for folder in ("engine", "gui")
        for path in (ROOT / folder).rglob("*.py")
        if not path.relative_to(ROOT).as_posix().startswith((*TYPED, *OTHERS))
        for text in sentences(path)
        if KEYBOARD.search(text)
    }
    assert left == set()


def test_texts_of_the_presets_have_the_signs_of_print() -> None:
    texts = {text for entry in presets() for text in (entry.title, entry.theorem, entry.look_for)}
    assert [text for text in texts if KEYBOARD.search(text)] == []
