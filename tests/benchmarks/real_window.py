"""The real window over its engine, as benchmarks open it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication

    from gui.main_window import MainWindow
    from gui.plots.plots_view import PlotsView

KINDS = ("DATA", "CONFIG", "STATE", "CACHE")
"""Of folders that a user has."""


@contextmanager
def own_folders(kinds: tuple[str, ...] = KINDS) -> Iterator[None]:
    """Give the lab folders of its own, which go with them."""
    with tempfile.TemporaryDirectory() as folder:
        for kind in kinds:
            os.environ[f"XDG_{kind}_HOME"] = folder
        yield


def on_rounds(plots: PlotsView, begun: Callable[[], None]) -> None:
    """Hear of every round of turns in which all plots are drawn, before it begins."""
    begin = plots._begin

    def heard() -> None:
        begun()
        begin()

    plots._begin = heard  # type: ignore[method-assign]


def opened() -> tuple[QCoreApplication, MainWindow]:
    """Return the application and its window, on screen, whose engine begins to be ready."""
    from PySide6.QtWidgets import QApplication

    from gui.app import keep_house
    from gui.engine_thread import EngineThread
    from gui.main_window import MainWindow
    from gui.model.session_model import SessionModel
    from gui.theme import apply_theme

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    apply_theme(app, "light")
    engine = EngineThread()
    engine.start_engine()
    window = MainWindow(SessionModel(engine))
    window.resize(1440, 900)
    window.show()
    keep_house(window)
    return app, window
