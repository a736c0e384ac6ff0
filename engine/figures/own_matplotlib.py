"""matplotlib as it comes: without what its user's environment, folders and style files say."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
import threading
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.figures.kept_formulas import kept_formulas

_dressing = threading.RLock()
"""matplotlib's settings are the whole process's: figures drawn in two threads take turns."""


def own_matplotlib() -> ModuleType:
    """Import matplotlib without its user's settings: a word that it does not know there would end the import.

    Where it was imported before, as in a notebook, it is as it was then.
    """
    with _dressing:
        if "matplotlib" in sys.modules:
            return importlib.import_module("matplotlib")
        with tempfile.TemporaryDirectory() as folder:
            settings = Path(folder, "matplotlibrc")
            settings.touch()
            with _environment(MPLBACKEND=None, MATPLOTLIBRC=str(settings)), _not_here(Path(folder)):
                return importlib.import_module("matplotlib")


@contextlib.contextmanager
def own_settings(ours: Mapping[str, Any]) -> Iterator[None]:
    """Let matplotlib go by its own settings and these, in one thread at a time."""
    with _dressing:
        mpl = own_matplotlib()
        with mpl.rc_context(), warnings.catch_warnings():
            warnings.simplefilter("ignore", mpl.MatplotlibDeprecationWarning)
            default = dict(dict.items(mpl.rcParamsDefault))
            mpl.rcParams.update({name: default[name] for name in default if not name.startswith("backend")})
            mpl.rcParams.update(ours)
            with kept_formulas():
                yield


@contextlib.contextmanager
def _environment(**changes: str | None) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    _put(changes)
    try:
        yield
    finally:
        _put(before)


def _put(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextlib.contextmanager
def _not_here(folder: Path) -> Iterator[None]:
    """Be in another folder where this one holds settings, which matplotlib would read first."""
    if not Path("matplotlibrc").exists():
        yield
        return
    with contextlib.chdir(folder):
        yield
