"""run.py: what it decides before it touches anything, and that Qt's version is one that lives."""

from __future__ import annotations

import ast
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from engine.cli import COMMANDS

ROOT = Path(__file__).parents[1]
PROJECT = {"build-system": {"requires": ["setuptools"]}, "project": {"dependencies": ["numpy"]}}


@pytest.fixture(scope="module")
def run() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run", ROOT / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def calls(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Return what main() would have done, instead of letting it."""
    done: list[tuple[object, ...]] = []

    def stand_in(name: str, result: int | None = None) -> None:
        def note(*arguments: object) -> int | None:
            done.append((name, *arguments))
            return result

        monkeypatch.setattr(run, name, note)

    for name in ("set_up", "require_libraries"):
        stand_in(name)
    stand_in("become", 7)
    stand_in("run_checks", 1)
    monkeypatch.setattr(sys, "platform", "linux")
    for variable in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(variable, raising=False)
    return done


@pytest.mark.parametrize("word", [*COMMANDS, "--help", "-h", "--version"])
def test_commands_without_window_need_no_display(run: ModuleType, calls: list, word: str) -> None:
    assert run.main([word, "a b"]) == 7
    assert calls == [("set_up", []), ("become", [str(run.PYTHON), "-P", "-m", "gui", word, "a b"])]


@pytest.mark.parametrize("arguments", [[], ["work.mlab"], ["experiment.toml"]])
def test_window_without_display_is_refused_before_anything_is_installed(
    run: ModuleType, calls: list, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run.main(arguments) == 2
    assert calls == []
    said = capsys.readouterr().err
    assert "xvfb-run -a python run.py" in said and "python run.py run circle-global-margin" in said


def test_window_checks_the_libraries_of_its_display(
    run: ModuleType, calls: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    assert run.main(["work.mlab"]) == 7
    assert calls[:2] == [("set_up", []), ("require_libraries", ["xcb"])]


def test_checks_get_their_tools_and_libraries(run: ModuleType, calls: list) -> None:
    assert run.main(["test", "-k", "margin"]) == 1
    assert calls == [
        ("set_up", ["test"]),
        ("require_libraries", ["offscreen"]),
        ("run_checks", ["-k", "margin"]),
    ]


def test_problems_are_sentences(
    run: ModuleType, calls: list, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(extras: list[str]) -> None:
        raise run.SetUpProblem("The disk is full.")

    monkeypatch.setattr(run, "set_up", fail)
    assert run.main(["devices"]) == 2
    assert capsys.readouterr().err == "The disk is full.\n"


@pytest.mark.parametrize(
    ("environment", "platforms"),
    [
        ({}, []),
        ({"DISPLAY": ""}, []),
        ({"DISPLAY": ":0"}, ["xcb"]),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ["wayland"]),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, ["wayland", "xcb"]),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "xcb"}, ["xcb"]),
        ({"WAYLAND_DISPLAY": "wayland-0", "QT_QPA_PLATFORM": "wayland-egl"}, ["wayland"]),
        ({"QT_QPA_PLATFORM": "xcb"}, []),
        ({"QT_QPA_PLATFORM": "offscreen"}, ["offscreen"]),
        ({"QT_QPA_PLATFORM": "vnc:size=1280x800"}, ["vnc"]),
    ],
)
def test_platforms(run: ModuleType, environment: dict[str, str], platforms: list[str]) -> None:
    assert run.qt_platforms(environment) == platforms


def test_missing_libraries_are_read_from_ldd(run: ModuleType) -> None:
    said = """/lab/libqxcb.so:
\tlinux-vdso.so.1 (0x00007ffd)
\tlibxcb-icccm.so.4 => not found
\tlibGL.so.1 => /lib/x86_64-linux-gnu/libGL.so.1 (0x00007fa9)
\tlibEGL.so.1 => not found
\tlibxcb-icccm.so.4 => not found
"""
    assert run.not_found(said) == ["libEGL.so.1", "libxcb-icccm.so.4"]


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libxcb-icccm.so.4", "libxcb-icccm4"),
        ("libxcb-keysyms.so.1", "libxcb-keysyms1"),
        ("libxcb-cursor.so.0", "libxcb-cursor0"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
        ("libX11.so.6", "libx11-6"),
        ("libX11-xcb.so.1", "libx11-xcb1"),
        ("libEGL.so.1", "libegl1"),
        ("libGL.so.1", "libgl1"),
        ("libfontconfig.so.1", "libfontconfig1"),
        ("libdbus-1.so.3", "libdbus-1-3"),
        ("libglib-2.0.so.0", "libglib2.0-0"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
        ("libz.so.1", "zlib1g"),
    ],
)
def test_debian_packages(run: ModuleType, library: str, package: str) -> None:
    assert run.debian_package(library) == package


def test_lacking_libraries_are_named_with_the_remedy(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "missing_libraries", lambda platforms: ["libEGL.so.1", "libxcb-cursor.so.0"])
    monkeypatch.setattr(run, "is_root_on_debian", lambda: False)
    with pytest.raises(
        run.SetUpProblem, match=r"libEGL\.so\.1, .*sudo apt-get install libegl1 libxcb-cursor0"
    ):
        run.require_libraries(["xcb"])


def test_root_on_debian_gets_the_libraries(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = ["libEGL.so.1"]
    monkeypatch.setattr(run, "missing_libraries", lambda platforms: list(lacking))
    monkeypatch.setattr(run, "is_root_on_debian", lambda: True)
    monkeypatch.setattr(run, "apt_install", lambda packages, what: lacking.clear())
    run.require_libraries(["xcb"])
    assert lacking == []


def test_fingerprint_tells_what_matters(run: ModuleType) -> None:
    start = run.fingerprint(PROJECT, "numpy==2", "/lab")
    assert run.fingerprint({**PROJECT, "tool": {"ruff": {}}}, "numpy==2", "/lab") == start
    assert run.fingerprint(PROJECT, "numpy==3", "/lab") != start
    assert run.fingerprint(PROJECT, "numpy==2", "/moved") != start
    assert run.fingerprint({**PROJECT, "project": {}}, "numpy==2", "/lab") != start


@pytest.fixture
def environment(run: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty place for .venv, with nothing in it that costs time."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n', "utf-8")
    (tmp_path / "constraints.txt").write_text("", "utf-8")
    folder = tmp_path / ".venv"
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "ENVIRONMENT", folder)
    for name, file in (("PYTHON", "python"), ("STAMP", "set-up.json"), ("UNFINISHED", "set-up.unfinished")):
        monkeypatch.setattr(run, name, folder / file)
    return folder


@pytest.fixture
def work(run: ModuleType, environment: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what set_up() did: 'made', and 'installed' with the extras."""
    done: list[str] = []

    def make_environment() -> None:
        environment.mkdir(exist_ok=True)
        (environment / "python").touch()
        (environment / "set-up.unfinished").unlink(missing_ok=True)
        (environment / "pyvenv.cfg").write_text(f"version = {run.VERSION}.7\n", "utf-8")
        done.append("made")

    monkeypatch.setattr(run, "make_environment", make_environment)
    monkeypatch.setattr(run, "has_pip", lambda: True)
    monkeypatch.setattr(run, "install", lambda extras: done.append(" ".join(["installed", *extras])))
    monkeypatch.setattr(run, "compile_packages", lambda: None)
    monkeypatch.setattr(run, "compile_step", lambda: done.append("compiled"))
    return done


def test_set_up_happens_once(run: ModuleType, work: list[str]) -> None:
    run.set_up([])
    run.set_up([])
    assert work == ["made", "installed", "compiled"]


def test_extras_are_added_and_stay(run: ModuleType, work: list[str]) -> None:
    run.set_up([])
    run.set_up(["test"])
    run.set_up([])
    (run.ROOT / "constraints.txt").write_text("numpy==3", "utf-8")
    run.set_up([])
    assert work == ["made", "installed", "compiled", *["installed test", "compiled"] * 2]


@pytest.mark.parametrize("damage", ["unfinished", "no python", "other python"])
def test_what_is_half_made_or_foreign_is_made_anew(
    run: ModuleType, work: list[str], environment: Path, damage: str
) -> None:
    run.set_up([])
    if damage == "unfinished":
        run.UNFINISHED.touch()
    elif damage == "no python":
        run.PYTHON.unlink()
    else:
        (environment / "pyvenv.cfg").write_text("version = 3.10.1\n", "utf-8")
        run.STAMP.unlink()
    run.set_up([])
    assert work == ["made", "installed", "compiled"] * 2


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"key": 1})])
def test_unreadable_stamp_counts_as_none(run: ModuleType, environment: Path, text: str) -> None:
    environment.mkdir()
    run.STAMP.write_text(text, "utf-8")
    assert run.read_stamp() == ("", [])


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("Collecting scikit-learn>=1.5 (from margin-lab==0.1.0)\n", "looking for scikit-learn"),
        ("  Downloading torch-2.13.0-cp311-none-any.whl (199.1 MB)\n", "downloading torch (199.1 MB)"),
        ("  Downloading numpy-2.4.6-cp311-none-any.whl.metadata (6.6 kB)\n", None),
        ("Processing /wheels/torch-2.13.0+cpu-cp311-cp311-linux_x86_64.whl\n", "reading torch"),
        ("  Preparing editable metadata (pyproject.toml): started\n", "preparing the lab itself"),
        ("     ---------- 12.3/199.1 MB 30.1 MB/s\n", None),
    ],
)
def test_progress_is_read_from_pip(run: ModuleType, line: str, text: str | None) -> None:
    assert run.doing(line) == text


def test_progress_counts_packages(run: ModuleType) -> None:
    names = ["tomli-w", "scikit-learn", "PySide6-Essentials"]
    assert run.installing(names, set()) == "installing tomli-w (1 of 3)"
    assert run.installing(names, {"tomli-w", "scikit-learn"}) == "installing PySide6-Essentials (3 of 3)"
    assert run.installing(names, {run.plain_name(name) for name in names}) == "finishing"


def test_progress_is_one_line_on_a_terminal(run: ModuleType) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    progress = run.Progress(terminal)
    progress.show("looking for numpy")
    progress.show(None)
    progress.end("installed")
    lines = terminal.getvalue().split("\n")
    assert len(lines) == 2 and lines[0].count("\r") == 3
    assert "0:00  installed" in lines[0]


@pytest.mark.parametrize(("status", "last"), [(0, "compiled"), (1, "not compiled; the first run does it")])
def test_set_up_compiles_the_step(
    run: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    status: int,
    last: str,
) -> None:
    started = []

    def start(command: list[str], **more: object) -> subprocess.Popen[bytes]:
        started.append(command[1:])
        return really_start([sys.executable, "-c", f"raise SystemExit({status})"])

    really_start = subprocess.Popen
    monkeypatch.setattr(run.subprocess, "Popen", start)
    run.compile_step()
    assert started == [["-P", "-m", "engine.steppers"]]
    assert capfd.readouterr().err.splitlines()[-1].endswith(f"  {last}")


def test_set_up_compiles_the_packages_by_all_processors(
    run: ModuleType, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = environment / "packages" / "broken"
    package.mkdir(parents=True)
    (package / "whole.py").write_text("answer = 42\n", "utf-8")
    (package / "template.py").write_text("{% for %}\n", "utf-8")  # as one of Qt's is
    monkeypatch.setattr(run, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(run, "PACKAGES", package.parent)
    run.compile_packages()
    assert [file.name.partition(".")[0] for file in package.glob("__pycache__/*.pyc")] == ["whole"]


@pytest.fixture
def checks(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what puts other checks in the place of the lab's: parts of (name, code)."""
    monkeypatch.setattr(run, "PYTHON", Path(sys.executable))

    def put(*parts: tuple[tuple[str, str], ...]) -> None:
        monkeypatch.setattr(run, "CHECKS", [[(name, ["-c", code]) for name, code in part] for part in parts])

    return put


def test_failing_checks_do_not_stop_the_others(
    run: ModuleType, checks: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    checks((("first", "raise SystemExit(3)"),), (("tests", "import sys; print(sys.argv[1:])"),))
    assert run.run_checks(["-x"]) == 1
    said = capfd.readouterr().out
    assert (
        "first: FAILED" in said and "['-x']" in said and "tests: ok" in said and "Not passed: first." in said
    )


def test_checks_run_side_by_side_and_speak_one_after_the_other(
    run: ModuleType, checks: Callable[..., None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    waits = f"""
import pathlib, time
def wait(own, other):
    (pathlib.Path({str(tmp_path)!r}) / own).touch()
    for _ in range(3000):
        if (pathlib.Path({str(tmp_path)!r}) / other).exists():
            return
        print(own, flush=True)
        time.sleep(0.01)
    raise SystemExit('alone')
"""
    checks((("one", waits + "wait('first', 'second')"), ("two", waits + "wait('second', 'first'); 1 / 0")))
    assert run.run_checks([]) == 1
    first, second = capfd.readouterr().out.split("--- two\n")
    assert "second" not in first and "one: ok" in first
    assert "first" not in second and "ZeroDivisionError" in second and "two: FAILED" in second


def test_checks_that_are_broken_off_leave_no_process(
    run: ModuleType, checks: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(check: Any) -> int:
        raise KeyboardInterrupt

    def start(*arguments: Any, **more: Any) -> subprocess.Popen[bytes]:
        started.append(really_start(*arguments, **more))
        return started[-1]

    started: list[subprocess.Popen[bytes]] = []
    really_start = subprocess.Popen
    monkeypatch.setattr(run.Check, "show", break_off)
    monkeypatch.setattr(run.subprocess, "Popen", start)
    checks((("one", "import time; time.sleep(1000)"), ("two", "import time; time.sleep(1000)")))
    with pytest.raises(KeyboardInterrupt):
        run.run_checks([])
    assert len(started) == 2 and all(process.returncode for process in started)


def test_checks_keep_what_was_compiled(
    run: ModuleType,
    checks: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    checks((("one", "import sys; print('kept:', not sys.dont_write_bytecode)"),))
    assert run.run_checks([]) == 0 and "kept: True" in capfd.readouterr().out


@pytest.mark.skipif(os.name != "posix", reason="another system: a file can stand in for a Python")
def test_failed_installation_is_one_paragraph(
    run: ModuleType, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment.mkdir()
    run.PYTHON.write_text("#!/bin/sh\necho 'Collecting torch==2.13.0'\necho 'ERROR: No matching.'\nexit 1\n")
    run.PYTHON.chmod(0o755)
    monkeypatch.setattr(run, "LOG", environment / "install.log")
    with pytest.raises(run.SetUpProblem) as caught:
        run.install([])
    assert str(caught.value).startswith("Setting up failed: No matching. Everything pip said is in ")
    assert "Collecting torch" in run.LOG.read_text("utf-8")
    assert not run.UNFINISHED.exists(), "pip wrote nothing yet, so what was there is still whole"


def test_old_pythons_can_read_the_refusal() -> None:
    ast.parse((ROOT / "run.py").read_text("utf-8"), feature_version=(3, 7))


def test_constraints_pin_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    versions = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}
    assert versions["torch"] == "2.13.0"
    asked = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    for wanted in map(Requirement, asked):
        if wanted.name != project["name"]:  # an extra that takes in another one
            assert wanted.specifier.contains(versions[canonicalize_name(wanted.name)]), str(wanted)


def test_the_checks_have_every_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    own = [wanted for wanted in map(Requirement, extras["test"]) if wanted.name == project["name"]]
    taken_in = {extra for wanted in own for extra in wanted.extras}
    assert taken_in == set(extras) - {"test"}


@pytest.mark.parametrize(
    ("file", "left_out"),
    [
        (("sympy", "physics", "units.py"), True),
        (("pip", "_internal", "main.py"), True),
        (("numpy", "_core", "numeric.py"), False),
        (("numba", "misc", "pipes.py"), False),
    ],
)
@pytest.mark.parametrize("separator", ["/", "\\"])
def test_what_is_never_imported_is_not_compiled_wherever_the_lab_lies(
    run: ModuleType, separator: str, file: tuple[str, ...], left_out: bool
) -> None:
    path = separator.join(("home", "physics", "tests", ".venv", "site-packages", *file))
    assert bool(re.search(run.NEVER_IMPORTED, path)) is left_out


def test_repaints_leave_none_alone(qtbot: QtBot) -> None:
    # from Python 3.12 on None is immortal and counts nothing
    # PySide6 6.12.0 drops a reference to None at every call of an overridden method; Python 3.11 dies of it.
    class Canvas(QWidget):
        painted = 0

        def paintEvent(self, event: object) -> None:
            self.painted += 1

    canvas = Canvas()
    qtbot.addWidget(canvas)
    with qtbot.waitExposed(canvas):
        canvas.show()
    before = sys.getrefcount(None)
    for _ in range(500):
        canvas.repaint()
    assert canvas.painted >= 500
    assert abs(sys.getrefcount(None) - before) < 100
