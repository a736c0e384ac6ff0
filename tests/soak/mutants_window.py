"""Open spoilt files in the window, over an engine without mathematics: none raises, each is read or refused."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType

from tests.soak.mutants import EXPERIMENT, Found, run


def in_window(count: int, seed: int) -> Found:
    """Open so many mutants, files of data through an experiment that names them."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        os.environ[name] = tempfile.mkdtemp()
    from PySide6.QtWidgets import QApplication

    from engine.words.errors import Refusal
    from gui.engine_thread import EngineThread
    from gui.main_window import MainWindow
    from gui.model.session_model import SessionModel

    app = QApplication.instance() or QApplication([])
    raised: list[str] = []

    def hear(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        raised.append(" | ".join("".join(traceback.format_exception(kind, error, trace, limit=-2)).split()))

    sys.excepthook = hear
    engine = EngineThread(target="tests.gui.fake_engine:main")
    window = MainWindow(SessionModel(engine))
    refused: list[str] = []
    window.files.notice_posted.connect(
        lambda tone, words, _details: refused.append(words) if tone == "bad" else None
    )
    window.resize(1200, 800)
    window.show()

    def look(kind: str, path: Path) -> None:
        refused.clear()
        raised.clear()
        if kind not in ("toml", "mlab"):
            name = "folder = '.'" if kind == "idx" else f"path = '{path.name}'"
            experiment = path.with_name("experiment.toml")
            data = EXPERIMENT.replace('kind = "circle"\nn = 24', f"kind = '{kind}'\n{name}")
            experiment.write_text(data.replace('vary = { "network.init.scale" = [0.1, 1.0] }', ""), "utf-8")
            path = experiment
        window.files.open_path(path)
        for _ in range(4):
            app.processEvents()
        window.model.store.flush()  # opening alone gives nothing to write
        if raised:
            raise RuntimeError(raised[0])
        if refused:
            raise Refusal("", None, refused[0])

    try:
        return run(count, seed, look)
    finally:
        sys.excepthook = sys.__excepthook__
        window.close()
        app.processEvents()
