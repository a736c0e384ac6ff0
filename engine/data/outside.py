"""Whether data would be read from outside a folder, as what a file from elsewhere names may be."""

from __future__ import annotations

from pathlib import Path

from engine.data.table import Maker
from engine.experiment.data import DataSpec
from engine.words.errors import Refusal


def outside(maker: Maker, data: DataSpec, folder: Path, root: Path) -> Path | None:
    """Return what lies outside `root` of what data name; None where all lies within, through links too.

    Nothing is opened. Data that are made, and those known by name, are nowhere.
    """
    name = data.named_file
    if not name:
        return None
    try:
        if name in data.known_names and not (folder / name).exists():
            return None
        path = (folder / Path(name).expanduser()).absolute()
    except (OSError, RuntimeError, ValueError):
        return None  # no path: refused when it is to be read
    if not _lies_in(path, root):
        return path
    try:
        files = maker.files(data, folder) if maker.files is not None else ()
    except Refusal:
        return None
    return next((file for file in files if not _lies_in(file, root)), None)


def _lies_in(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root.resolve())
    except ValueError:  # no path: refused when it is to be read
        return True
    except (OSError, RuntimeError):  # links in a circle
        return False
