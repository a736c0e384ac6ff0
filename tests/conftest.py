"""What every test stands on: Qt without a screen, one thread a library, and a user's folders of its own.

Exceptions that nobody catches (in slots, overridden Qt methods, threads, finalizers) fail the test that they
happen in: pytest and pytest-qt see to it, as warnings are errors. So does a skipped test in CI: a check that has
quietly stopped looking. `test_guards.py` checks that this stays so.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings
from platformdirs import user_cache_path

# Here and not in a fixture: Qt, NumPy and torch read these when they are first imported.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")
# Kept between tests, which have an empty cache each: matplotlib takes seconds to list the fonts.
os.environ.setdefault("MPLCONFIGDIR", str(Path(__file__).parents[1] / ".pytest_cache" / "matplotlib"))
# the user's own, as every test has an empty one: the step is compiled once
os.environ.setdefault("NUMBA_CACHE_DIR", str(user_cache_path("margin-lab", appauthor=False)))

if (
    signal.getsignal(signal.SIGINT) is signal.SIG_IGN
):  # as in what a shell runs beside others; processes inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("lab", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
settings.load_profile("lab")


LONGEST = (
    "tests/presets/",
    "tests/gui/test_end_to_end",
    "tests/gui/test_window.py",
    "tests/test_",
    "tests/engine/kernels/test_twin",
)
"""Files that take longest: no worker is to begin with one of them when the others are done."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first, and the others in their order, whichever way round they were collected."""
    items.sort(key=lambda item: (not item.nodeid.startswith(LONGEST), item.path))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Put what the imports made out of the collector's sight, and let it look for cycles less often.

    They are a million objects, most of torch's: looking through them took an eighth of the tests' time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(100_000, 10, 10)
        gc.enable()


WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""Which of the processes that share the tests this is."""
MAY_BE_SKIPPED = ("no GPU", "Debian's package dataset-fashion-mnist", "another system")
"""How the reasons begin for which a test may be skipped in CI; 'another system' counts on Linux as no reason."""


def in_vain(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return the reason of a skip that CI must not have, '' for everything else."""
    if not report.skipped or hasattr(report, "wasxfail") or not os.environ.get("CI"):
        return ""
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    allowed = MAY_BE_SKIPPED[:-1] if sys.platform == "linux" else MAY_BE_SKIPPED
    return "" if reason.startswith(allowed) else reason


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail a test that is skipped in CI."""
    report = yield
    if reason := in_vain(report):
        report.outcome, report.longrepr = "failed", f"skipped in CI: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Fail a module that is skipped in CI; let every other worker begin with the last file.

    What one of them has compiled, the next need not: they meet in the middle.
    """
    report = yield
    if WORKER % 2 and isinstance(collector, pytest.Directory):
        report.result.reverse()
    if reason := in_vain(report):
        report.outcome, report.longrepr = "failed", f"skipped in CI: {reason}"
    return report


@pytest.fixture(autouse=True)
def user_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the test, and the processes it starts, a user's data, settings, state and cache of its own."""
    folder = tmp_path / "user"
    for kind in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(folder / kind.lower()))
    return folder
