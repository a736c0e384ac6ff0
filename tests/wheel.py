"""Build the wheel and use it as a user would, outside the checkout: `python -m tests.wheel`. No network.

The wheel goes into an environment of its own; the libraries are those of the environment that runs this,
reached through a .pth. Nothing of the checkout can be imported there, so a file that is missing in the wheel is missed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import venv
import zipfile
from pathlib import Path

from platformdirs import user_cache_path

ROOT = Path(__file__).parents[1]
PACKAGES = ("engine", "gui", "presets")
OTHERS = ("pyproject.toml", "README.md", "LICENSE")
DATA = (".toml", ".csv", ".svg", "py.typed")
"""How the names of files end that are no code."""
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "-q"]
PRESET = "circle-global-margin"
OPEN_AND_CLOSE = '''
import sys
from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication


class Visitor(QObject):
    """Waits until the lab's window is on screen with an experiment in it, then closes it."""

    def __init__(self, app):
        super().__init__(app)
        self.app = app
        self.timer = QTimer(self)
        self.timer.setInterval(50)
        self.timer.timeout.connect(self.look)
        self.timer.start()

    @Slot()
    def look(self):
        for widget in self.app.topLevelWidgets():
            if type(widget).__name__ == "MainWindow" and widget.isVisible() and widget.windowTitle():
                print("shown:", widget.windowTitle(), flush=True)
                widget.close()


if __name__ == "__main__":
    app = QApplication(["margin-lab"])
    visitor = Visitor(app)
    from gui.__main__ import main

    sys.exit(main([]))
'''


def main() -> int:
    """Build, install, run a preset, open the window; say what is wrong and return 1, else 0."""
    with tempfile.TemporaryDirectory(prefix="margin-lab-wheel-", ignore_cleanup_errors=True) as folder:
        place = Path(folder)
        try:
            wheel = build(place)
            check_files(wheel)
            python = install(wheel, place)
            check_origin(python, place)
            run_preset(python, place)
            open_window(python, place)
        except AssertionError as error:
            print(error)
            return 1
    return 0


def build(place: Path) -> Path:
    """Build the wheel from a copy: what an earlier build left in the checkout must not come along."""
    source = place / "source"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, source / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file in OTHERS:
        shutil.copy2(ROOT / file, source / file)
    shutil.copytree(ROOT / "docs", source / "docs")
    call(
        [*PIP, "wheel", "--no-build-isolation", "--no-deps", "--no-index", "-w", str(place), str(source)],
        place,
    )
    (wheel,) = place.glob("*.whl")
    return wheel


def check_files(wheel: Path) -> None:
    """Compare the wheel with the checkout: all code and data, the handbook's pages, nothing else."""
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()]
    wanted = {path.relative_to(ROOT).as_posix() for path in files if path.name.endswith((".py", *DATA))}
    docs = ROOT / "docs"
    handbook = [*docs.glob("*.md"), *docs.glob("decisions/*.md"), *docs.glob("pictures/*.png")]
    wanted |= {f"share/margin-lab/{path.relative_to(ROOT).as_posix()}" for path in handbook}
    with zipfile.ZipFile(wheel) as archive:
        held = {
            name.partition(".data/data/")[2] or name
            for name in archive.namelist()
            if ".dist-info/" not in name
        }
    assert held == wanted, (
        f"in the wheel alone: {sorted(held - wanted)}; missing in it: {sorted(wanted - held)}"
    )
    print(f"{wheel.name}: {len(held)} files")


def install(wheel: Path, place: Path) -> Path:
    """Install the wheel into a new environment and return that one's Python."""
    environment = place / "environment"
    venv.create(environment, with_pip=False, symlinks=os.name == "posix")
    inside = sysconfig.get_paths("venv", vars={"base": str(environment), "platbase": str(environment)})
    python = Path(inside["scripts"]) / ("python.exe" if os.name == "nt" else "python")
    call([*PIP, "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)], place)
    libraries = sysconfig.get_paths()["purelib"], sysconfig.get_paths()["platlib"]
    (Path(inside["purelib"]) / "libraries.pth").write_text(
        "\n".join(dict.fromkeys(libraries)) + "\n", "utf-8"
    )
    return python


def check_origin(python: Path, place: Path) -> None:
    """Make sure that the packages come from the new environment, with their version."""
    code = (
        "import importlib.metadata, engine, gui, presets; from gui.handbook.pages import folder; "
        "print(*(m.__file__ for m in (engine, gui, presets)), folder() / 'guide.md', "
        "importlib.metadata.version('margin-lab'), sep='\\n')"
    )
    *files, version = call([str(python), "-c", code], place).splitlines()
    home = (place / "environment").resolve()
    assert all(Path(file).resolve().is_relative_to(home) for file in files), f"not from the wheel: {files}"
    print(f"margin-lab {version} in an environment of its own")


def run_preset(python: Path, place: Path) -> None:
    """Run a preset with the installed command, for some steps: its claims may still be open."""
    command = python.with_name("marginlab.exe" if os.name == "nt" else "marginlab")
    said = place / "said.json"
    call([str(command), "run", PRESET, "--steps", "300", "--json", str(said)], place, allowed=(0, 1))
    ended = json.loads(said.read_text("utf-8"))
    assert (ended["status"], ended["steps"]) == ("done", 300), f"{PRESET} ended {ended['status']}"
    print(f"{PRESET}: {ended['steps']} steps, {ended['status']}")


def open_window(python: Path, place: Path) -> None:
    """Open the lab without a screen, look that its window shows, and close it."""
    script = place / "open_and_close.py"
    script.write_text(OPEN_AND_CLOSE, "utf-8")
    said = call([str(python), str(script)], place)
    assert "shown: " in said, f"the window did not show: {said}"
    print(said.strip())


def call(command: list[str], place: Path, allowed: tuple[int, ...] = (0,)) -> str:
    """Run a command outside the checkout, with a user's folders of its own; return what it printed."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    variables |= {
        f"XDG_{kind}_HOME": str(place / kind.lower()) for kind in ("DATA", "CONFIG", "STATE", "CACHE")
    }
    # the user's own, where the step was compiled before
    variables.setdefault("NUMBA_CACHE_DIR", str(user_cache_path("margin-lab", appauthor=False)))
    variables |= {"QT_QPA_PLATFORM": "offscreen", "PIP_CONFIG_FILE": os.devnull}
    outside = place / "outside"
    outside.mkdir(exist_ok=True)
    done = subprocess.run(
        command, cwd=outside, env=variables, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode in allowed, (
        f"{' '.join(command)} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
