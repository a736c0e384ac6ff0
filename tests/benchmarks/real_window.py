"""The real window over its engine, as benchmarks open it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")

if TYPE_CHECKING:
    from PySide6.QtCore import QCoreApplication

    from gui.main_window import MainWindow


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
