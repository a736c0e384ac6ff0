"""What a report of a problem says: versions, the machine, the end of the log; nothing that was trained or typed."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from PySide6.QtCore import qVersion

from engine.files import installed
from engine.session.numbering import NUMBERED
from gui.log import HIDDEN, NAME, log_path

from .session_model import SessionModel

LINES = 200
LETTERS = 20_000
"""Of the log's end."""
PACKAGES = ("PySide6-Essentials", "pyqtgraph", "numpy", "numba", "scipy", "matplotlib", "pydantic")
_FRAME = re.compile(r'^\s*File "')
_QUOTED = re.compile(r"""(?<!\w)'[^'\n]*'(?!\w)|"[^"\n]*"|“[^”\n]*”|‘[^’\n]*’""")


def names_in(model: SessionModel) -> set[str]:
    """Return the names that people have given: of experiments and of runs."""
    names = {variation.name for variation in model.editor.document.variations}
    names.add(model.editor.document.base.title)
    for run in model.run_list.runs:
        names |= {run.title, run.experiment_name}
        names |= {name for name in (run.name, run.alias) if not NUMBERED.fullmatch(name)}
    return names


def version_in_words(package: str) -> str:
    """Return the version of a package in words."""
    return installed.version_of(package) or "not installed"


def address() -> str:
    """Return where reports go, as the project says; '' where it says nothing."""
    try:
        said = metadata(NAME)
    except PackageNotFoundError:
        return ""
    urls = dict(entry.split(", ", 1) for entry in said.get_all("Project-URL") or [] if ", " in entry)
    wanted = ("issues", "bug tracker", "repository", "homepage")
    named = {label.lower(): url for label, url in urls.items()}
    return next((named[label] for label in wanted if label in named), "")


def report_text(engine_versions: Mapping[str, str], devices: Sequence[str], screens: Sequence[str]) -> str:
    """Return a report as plain text.

    Args:
        engine_versions: as the engine said; nothing where it has not begun.
        devices: what it computes on.
        screens: their sizes and scales.
    """
    facts = {
        "Margin Lab": version_in_words(NAME),
        "Python": platform.python_version(),
        "torch": engine_versions.get("torch", "the engine has not said yet"),
        "Qt": qVersion(),
        **{package: version_in_words(package) for package in PACKAGES},
        "Platform": platform.platform(),
        "Devices": "; ".join(devices) or "the engine has not said yet",
        **{f"Screen {number}": screen for number, screen in enumerate(screens, 1)},
    }
    lines = [f"{name}: {value}" for name, value in facts.items()]
    place = without_home(str(log_path()))
    return "\n".join([*lines, "", f"The end of {place}:", log_s_end() or "(nothing)", ""])


def log_s_end() -> str:
    """Return the last lines of the log, without what is quoted in them, which may be anybody's data."""
    path = log_path()
    text = _end_of(path.with_name(f"{path.name}.1")) + _end_of(path)
    lines = text.splitlines()[-LINES:]
    kept = "\n".join(line if _FRAME.match(line) else _QUOTED.sub(f"'{HIDDEN}'", line) for line in lines)
    return without_home(kept[-LETTERS:])


def without_home(text: str) -> str:
    """Return a text in which the user's folder is called ~."""
    home = str(Path.home())
    if len(home) < 2:  # a user without a folder
        return text
    return re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text)


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 4 * LETTERS))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
