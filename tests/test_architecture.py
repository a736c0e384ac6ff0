"""The house rules that no tool knows: sizes, words, connections, and what an import may bring along."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents.house import class_names, house, parsed

ROOT = Path(__file__).parents[1]
LONGEST = 500  # lines; about 300 is long
LONGEST_OF_WINDOW = 400
AVOIDED = {"metric": "measurement", "probe": "measurement", "config": "experiment", "cfg": "experiment"}
OTHERS_WORDS = {"model_config"}  # pydantic looks for this name


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def places(path: Path, nodes: Iterator[ast.AST]) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}" for node in nodes]


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh Python has after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_files_are_short() -> None:
    files = [*python_files("engine", "gui", "presets", "tests"), ROOT / "run.py"]
    lengths = {str(file.relative_to(ROOT)): len(file.read_text("utf-8").splitlines()) for file in files}
    most = {file: LONGEST_OF_WINDOW if file.startswith("gui") else LONGEST for file in lengths}
    assert {file: length for file, length in lengths.items() if length > most[file]} == {}


def test_annotations_are_never_evaluated() -> None:
    # run.py is left out: it has to reach its sentence on Python versions in Pythons that lack the import.
    late = []
    for path in python_files("engine", "gui", "presets", "tests"):
        body = [node for node in parsed(path).body if not is_text(node)]
        if body and not is_future_import(body[0]):
            late.append(str(path.relative_to(ROOT)))
    assert late == []


def is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_future_import(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
    )


def test_signals_are_connected_to_methods_alone() -> None:
    found = [place for path in python_files("gui") for place in places(path, loose_connections(parsed(path)))]
    assert found == [], "lambdas and partials run in the emitter's thread and keep objects alive: use a @Slot"


def loose_connections(module: ast.Module) -> Iterator[ast.AST]:
    """Find calls x.connect(y) in which y is, or contains, a lambda or a partial."""
    for call in ast.walk(module):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Attribute)
            and call.func.attr == "connect"
        ):
            inside = [part for argument in call.args for part in ast.walk(argument)]
            if any(isinstance(part, ast.Lambda) or name_of(part) == "partial" for part in inside):
                yield call


def name_of(node: ast.AST) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")


@pytest.mark.parametrize(
    ("code", "loose"),
    [
        ("button.clicked.connect(self._on_clicked)", False),
        ("button.clicked.connect(lambda: 1)", True),
        ("button.clicked.connect(partial(f, 1))", True),
        ("button.clicked.connect(functools.partial(f, 1), type=queued)", True),
        ("sqlite3.connect(path)", False),
    ],
)
def test_loose_connections_are_found(code: str, loose: bool) -> None:
    assert bool(list(loose_connections(ast.parse(code)))) is loose


def test_words_to_avoid() -> None:
    found = []
    for path in python_files("engine", "gui"):
        for name, line in names_given(parsed(path)):
            wrong = AVOIDED.keys() & set(words_of(name)) if name not in OTHERS_WORDS else set()
            found += [f"{path.relative_to(ROOT)}:{line} {name}: say {AVOIDED[word]}" for word in wrong]
    assert found == []


def names_given(module: ast.Module) -> Iterator[tuple[str, int]]:
    """Return the names that a module gives (not those of others that it uses), with their lines."""
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield name_of(node), node.lineno


def words_of(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]*[a-z0-9]+|[A-Z]+", name)]


def test_sessions_hold_nothing_executable() -> None:
    files = [*python_files("engine/session"), *(ROOT / "engine").glob("session*.py")]
    assert files, "engine.session has moved: name its place here"
    for path in files:
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Import | ast.ImportFrom):
                brought = {alias.name.partition(".")[0] for alias in node.names} | {
                    getattr(node, "module", "")
                }
                assert not brought & {"pickle", "marshal", "shelve", "dill", "joblib"}, places(
                    path, iter([node])
                )
            if isinstance(node, ast.Call):
                assert name_of(node.func) not in {"eval", "exec"}, places(path, iter([node]))
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert getattr(node.value, "value", True) is False, places(path, iter([node.value]))


def test_window_opens_without_the_slow_libraries() -> None:
    loaded = modules_after("import gui.main_window")
    assert not loaded & {"torch", "numba", "scipy", "sklearn", "matplotlib", "clarabel", "filelock"}


def test_engine_process_knows_no_qt() -> None:
    loaded = modules_after("import engine.process, engine.training.loop, engine.cli")
    assert not loaded & {"PySide6", "shiboken6", "pyqtgraph", "gui"}
    assert not loaded & {"numba", "llvmlite"}, "which wait for the first compiled run"


def test_help_opens_no_window() -> None:
    loaded = modules_after("import gui.__main__")
    assert not loaded & {"PySide6", "shiboken6", "pyqtgraph", "torch", "numba"}


def test_the_window_s_model_has_no_widget() -> None:
    allowed = {"QtCore": None, "QtGui": {"QUndoCommand", "QUndoStack"}}
    found = []
    for path in python_files("gui/model"):
        for node in ast.walk(parsed(path)):
            module = getattr(node, "module", None) or ""
            if isinstance(node, ast.ImportFrom) and module.startswith("PySide6"):
                names = allowed.get(module.partition(".")[2], set())
                if names is not None and not {alias.name for alias in node.names} <= names:
                    found += places(path, iter([node]))
    assert found == []


def test_the_plan_keeps_its_size() -> None:
    """Rooms, floors and imports between rooms, as `python -m tests.documents.house` prints them."""
    plan = house()
    assert len(plan.floors) <= 30
    assert plan.height <= 11
    assert plan.arrows <= 130


def test_no_class_name_stands_twice() -> None:
    assert [name for name, count in class_names().items() if count > 1] == []


def test_every_loose_module_is_named() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    loose = [path.name for path in (ROOT / "engine").glob("*.py") if path.name != "__init__.py"]
    assert [name for name in loose if f"engine/{name}" not in page] == []
