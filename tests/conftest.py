"""What every test stands on: Qt without a screen, one thread a library, and a user's folders of its own.

Exceptions that nobody catches (in slots, overridden Qt methods, threads, finalizers) fail the test that they
happen in: pytest and pytest-qt see to it, as warnings are errors. `test_guards.py` checks that this stays so.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Here and not in a fixture: Qt, NumPy and torch read these when they are first imported.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
# Kept between tests, which have an empty cache each: matplotlib takes seconds to list the fonts.
os.environ.setdefault("MPLCONFIGDIR", str(Path(__file__).parents[1] / ".pytest_cache" / "matplotlib"))

settings.register_profile("lab", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
settings.load_profile("lab")


@pytest.fixture(autouse=True)
def user_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test, and the processes it starts, a user's data, settings, state and cache of its own."""
    folder = tmp_path / "user"
    for kind in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(folder / kind.lower()))
    return folder
