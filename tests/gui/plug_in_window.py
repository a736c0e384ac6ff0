"""A window with the template of plug-ins: it trains what the template brings, draws it and saves it.

`python -m tests.gui.plug_in_window FILE.mlab`, in a process of its own, since kinds join before any is described.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

PLUG_IN = "margin-template"


def main(file: Path) -> None:
    """Do what a person does: tick it, start the lab, open its preset, press Run, look, save."""
    from engine.experiment.plug_ins.loaded import switch_on
    from engine.experiment.plug_ins.preferences import prefer, preferred

    prefer([PLUG_IN])
    assert switch_on(preferred()) == []
    from PySide6.QtWidgets import QApplication

    from gui.engine_thread import EngineThread
    from gui.main_window import MainWindow
    from gui.model.session_model import SessionModel
    from gui.theme import apply_theme
    from tests.deadlines import wait_until

    app = QApplication([])
    apply_theme(app, "light")

    def until(condition: Callable[[], object], what: str) -> None:
        wait_until(lambda: (app.processEvents(), condition())[1], what)

    window = MainWindow(SessionModel(EngineThread()))
    model, parts = window.model, window.parts
    model.engine.start_engine()
    window.show()
    until(lambda: model.trainer.ready is not None, "the engine")
    assert "torch" not in sys.modules, "the engine process alone has it"
    window.files.open_preset("gated-descent")
    model.editor.edit("run.steps", 40)
    model.editor.edit("measure.groups", ["norms", "margins", "homogeneity"])
    until(lambda: parts.experiment.panel.is_complete and parts.experiment.panel.data.ends, "the forms")
    shown = {
        row: parts.experiment.panel.row(row) for row in ("network.width", "optimizer.beta", "data.radius")
    }
    assert all(shown.values()), shown
    model.transport.run_anew()
    until(lambda: model.trainer.state != "idle", "the run")
    until(lambda: model.trainer.state == "idle", "its end")
    run = model.run_list.runs[-1]
    assert run.status == "done" and run.history.records.final("participation").shape == (3,), run.sentence
    started = run.history.started
    assert started is not None and started.degree == 3
    assert started.environment["plug-in margin-template"] == "0.1.0"
    parts.plots.set_maximised("plug_ins")

    def drawn() -> bool:
        series = parts.plots.plots["plug_ins"].series.get((run.id, "participation"))
        return series is not None and series.line.getData()[0] is not None

    until(drawn, "its plot")
    model.save_as(file)
    window.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
