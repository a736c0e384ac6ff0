"""Opens the lab: the window first, and fast; everything slow comes after it, or in the engine process."""

from __future__ import annotations

import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import TracebackType

# read by CUDA and by pyqtgraph when they start; the engine process inherits them
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
os.environ["PYQTGRAPH_QT_LIB"] = "PySide6"  # whatever other programs of its user are told

from PySide6.QtCore import QObject, QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication

from engine.catalog import read_ahead

from .engine_thread import EngineThread
from .focus_ring import FocusMarker
from .log import NAME, log, log_to_file, without_names
from .main_window import MainWindow
from .model.report import names_in
from .model.session_model import SessionModel
from .model.work_ahead import WorkAhead
from .stop_requests import StopRequests
from .text_size import text_size
from .theme import apply_theme

COLLECTED_EVERY = 100  # milliseconds
YOUNG_TIMES = 3
"""How often new objects are looked through before those that stayed are, once more."""
REST = 50
"""Looks in a row that find next to nothing new: time to look through everything that was made since the start."""
OLD_TIMES = 100
"""How often those that stayed are looked through before everything is, where there is no rest."""
SWITCHED_EVERY = 0.001
"""Seconds that another thread may hold the interpreter while the window waits for it; five milliseconds by default."""

LATER = (
    "engine.claims.hints",
    "gui.tabs.compared_steps",
    "gui.pictures.surface_view",
    "gui.pictures.kernel_view",
    "gui.run_table.run_table_view",
    "gui.neurons.neurons_view",
    "gui.samples.samples_view",
    "gui.layers.layers_view",
    "gui.maps.map_page",
    "gui.tabs.map_points",
    "gui.model.neurons_query",
    "gui.model.samples_query",
    "gui.model.layers_query",
    "gui.model.kernel_query",
    "gui.views.palette",
    "gui.views.gallery",
    "gui.views.preset_dialog",
    "gui.views.help_dialogs",
    "gui.views.plug_ins_dialog",
    "gui.views.queue_dialog",
    "gui.own_data.dialog",
    "gui.drawing.board_dialog",
    "gui.views.composer",
    "gui.views.film_dialog",
    "gui.views.figure_dialog",
    "gui.model.copies",
)
"""Tabs and dialogs that the window opens without; loaded once the engine is ready, for whoever asks for them."""


class Housekeeping(QObject):
    """Collects garbage in the window's thread alone, and lets stray exceptions through.

    A collection in another thread could destroy Qt objects there, which crashes: automatic collection is off.
    """

    broke = Signal(str, str, str)
    """An exception that nobody caught: tone, sentence, details."""

    def __init__(self, names: Callable[[], set[str]], parent: QObject | None = None) -> None:
        """Make one that has not begun; `names` are those that people have given, which the log leaves out."""
        super().__init__(parent)
        self._names = names
        self._rest = 0
        self._timer = QTimer(self)
        self._timer.setInterval(COLLECTED_EVERY)
        self._timer.timeout.connect(self._on_timeout)

    def begin(self) -> None:
        """Take over, until the application ends."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._timer.start()
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    @Slot()
    def _on_timeout(self) -> None:
        generation = self._due(gc.get_count(), gc.get_threshold()[0])
        if generation is not None:
            gc.collect(generation)

    def _due(self, counts: tuple[int, int, int], many: int) -> int | None:
        """Return which generation to look through: little at a time, so that nobody waits for it."""
        young, times, old = counts
        if young > many:
            self._rest = 0
            if times < YOUNG_TIMES:
                return 0
            return 1 if old < OLD_TIMES else 2
        self._rest += 1
        return 2 if self._rest % REST == 0 and (times or old) else None

    @Slot(str, str, str)
    def note(self, tone: str, sentence: str, details: str) -> None:
        """Keep for a report what went wrong, and what the engine said of it."""
        if tone in ("bad", "diverged") or details:
            self._log(f"{sentence}\n{details}".rstrip())

    def _log(self, text: str) -> None:
        log.error("%s", without_names(text, self._names()))

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        details = "".join(traceback.format_exception(kind, error, trace))
        self._log(details)
        sys.stderr.write(details)
        self.broke.emit("bad", f"Something in the window failed: {str(error) or kind.__name__}.", details)

    def _on_thread_exception(self, caught: threading.ExceptHookArgs) -> None:
        error = caught.exc_value or caught.exc_type()
        self._on_exception(caught.exc_type, error, caught.exc_traceback)


def open_lab(file: Path | str | None = None) -> int:
    """Open the window, with a session or an experiment file where one is named; return the exit status."""
    app = QApplication.instance() or QApplication([NAME])
    assert isinstance(app, QApplication)
    app.setApplicationName(NAME)
    app.setApplicationDisplayName("Margin Lab")
    app.setOrganizationName(NAME)
    apply_theme(app, str(QSettings().value("theme", "system")))
    text_size().restore()
    FocusMarker(app, app)
    engine = EngineThread()
    engine.start_engine()
    try:
        return _until_closed(app, engine, file)
    finally:
        engine.close()  # the process listens to nobody else


def load_later() -> Iterator[None]:
    """Load one after the other what the window opens without."""
    for name in LATER:
        import_module(name)
        yield


def keep_house(window: MainWindow) -> None:
    """Keep what holds the window's thread up short, and note what breaks, until the application ends."""
    keeper = Housekeeping(partial(names_in, window.model), window)
    keeper.broke.connect(window.parts.info.tell, Qt.ConnectionType.QueuedConnection)
    window.model.notice_posted.connect(keeper.note)
    window.model.trainer.engine_ready.connect(window.parts.plots.make_others)
    ahead = WorkAhead(chain(load_later(), read_ahead()), window)  # presets: for the gallery and the palette
    window.model.trainer.engine_ready.connect(ahead.begin)
    sys.setswitchinterval(SWITCHED_EVERY)
    keeper.begin()


def _until_closed(app: QApplication, engine: EngineThread, file: Path | str | None) -> int:
    """Show the window until it has closed."""
    window = MainWindow(SessionModel(engine))
    requests = StopRequests(window)
    requests.requested.connect(window.close_once)
    requests.begin()
    app.aboutToQuit.connect(engine.close)
    window.show()
    if file is not None:
        window.files.open_anything(str(file))
    else:
        QTimer.singleShot(0, window.files.open_last)
        QTimer.singleShot(0, window.learn.first_tour)
    QTimer.singleShot(0, window.recovery.offer)
    QTimer.singleShot(0, window.dialogs.tell_plug_ins)
    keep_house(window)
    log_to_file()
    status = app.exec()
    window.model.maps.wait()  # nobody sees it any more
    requests.end()
    gc.enable()
    return status
