"""The window may import the references before SciPy is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("library", ["scipy", "clarabel", "sklearn", "torch", "PySide6"])
def test_importing_the_references_leaves_a_library_unloaded(library: str) -> None:
    program = f"import sys, engine.references; sys.exit({library!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
