"""What the window needs on the screen that the environment describes, as JSON: for a process of its own.

`python -m tests.gui.small_screen`: the least sizes with 5, 12 and all plots, and where every dialog is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QWidget

from engine.figures.plots import PLOTS
from engine.protocol.messages import Started
from gui.controllers.recovery import UnsavedDialog
from gui.engine_thread import EngineThread
from gui.main_window import MainWindow
from gui.model.session_model import SessionModel
from gui.theme import apply_theme
from gui.views.preset_dialog import PresetDialog
from tests.benchmarks.plots_redraw import fake_log

LONG = "a title that nobody would call short, of a run that somebody named with care"


def main() -> None:
    """Open the window, make it say the longest that it says, and measure it and its dialogs."""
    app = QApplication([])
    apply_theme(app, "light")
    window = MainWindow(SessionModel(EngineThread()))
    window.show()
    say_much(window)
    plots = window.parts.plots
    least = {}
    for number in (5, 12, len(PLOTS)):
        plots.set_shown([spec.id for spec in PLOTS][:number])
        app.processEvents()
        least[number] = [window.minimumSizeHint().width(), window.minimumSizeHint().height()]
    available = window.screen().availableGeometry()
    said: dict[str, Any] = {
        "screen": [available.width(), available.height()],
        "ratio": window.devicePixelRatioF(),
        "window": corners(window),
        "least": least,
        "dialogs": {},
    }
    for dialog in dialogs(window):
        app.processEvents()
        (buttons,) = dialog.findChildren(QDialogButtonBox)
        there = QRect(buttons.mapToGlobal(buttons.rect().topLeft()), buttons.size())
        said["dialogs"][dialog.objectName()] = {
            "place": corners(dialog),
            "buttons in sight": dialog.geometry().contains(there),
        }
        dialog.reject()
    window.close()
    print(json.dumps(said))


def say_much(window: MainWindow) -> None:
    """Show a run of sixteen replicas with long names, on a machine with much to say of itself."""
    model = window.model
    model.editor.edit("title", LONG)
    model.editor.edit("replicas", 16)
    run = model.run_list.new_run(model.editor.document, "", "g", model.editor.edited.lineage)
    log, history = fake_log(15_000, 16), run.history
    history.records, history.events, history.status = log.records, log.events, log.status
    run.apply(Started(run.id, 0, "cuda:0", "float64", 128, 10, 2.0))
    history.steps_per_second = 38_000.0
    model.run_list.rename(run.id, LONG)
    model.run_list.select(run.id)
    window.controller.show_everything()
    window.parts.info.ask("k", "ask", "Shall it? " * 20, actions=[("yes", "Yes, it shall"), ("no", "No")])
    QApplication.processEvents()


def dialogs(window: MainWindow) -> Iterator[QDialog]:
    """Open every dialog of the lab, one after the other."""
    opening = window.files, window.dialogs
    for open_one in (
        opening[0].presets,
        opening[1].quantities,
        opening[1].shortcuts,
        opening[1].report,
        opening[1].about,
        window.figures.export_figure,
    ):
        open_one()
        yield window.findChildren(QDialog)[-1]
    for dialog in (PresetDialog(window.model.editor.document, window), UnsavedDialog(list, window)):
        dialog.open()
        yield dialog


def corners(window: QWidget) -> list[int]:
    """Return left, top, right and bottom of a window with its frame."""
    return list(window.frameGeometry().getCoords())


if __name__ == "__main__":
    main()
