"""The queue as people see it: what waits is put in order and taken out, and one bar says how far all of it is."""

from __future__ import annotations

from PySide6.QtCore import Qt

from engine.experiment.document import parse
from gui.views.queue_dialog import QueueDialog
from tests.gui.lab import Lab
from tests.gui.model.test_queue import THREE

CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


def test_put_runs_in_order_while_one_trains_and_take_one_out(quick: Lab) -> None:
    window, transport = quick.window, quick.window.parts.transport
    window.model.editor.load(parse(THREE))
    quick.key(Qt.Key.Key_F5)
    quick.until_state("running")
    quick.until(
        lambda: "2 waiting" in transport.queue_button.text() and "in all" in transport.queue_button.text()
    )
    assert transport.bar.isVisible()
    quick.key(Qt.Key.Key_J, CONTROL)
    dialog = quick.dialog("queue")
    assert isinstance(dialog, QueueDialog)
    quick.until(lambda: dialog.model.lines and dialog.model.lines[-1].seconds is not None)
    assert "2 runs wait; all of it takes about" in dialog.words.text() and dialog.bar.isVisible()
    assert [line.differs for line in dialog.model.lines][1:] == ["steps 100", "steps 300"]
    for _ in range(2):
        quick.key(Qt.Key.Key_Down)
    quick.key(Qt.Key.Key_Up, ALT)
    queue = window.model.trainer.queue
    assert [run.experiment_name for run in queue.runs] == ["c", "b"]
    quick.until(lambda: [line.name[-1] for line in dialog.model.lines] == ["a", "c", "b"])
    quick.key(Qt.Key.Key_Delete)
    assert [run.experiment_name for run in queue.runs] == ["b"] and len(quick.runs) == 2
    queue.remove([queue.runs[0].id])
    window.model.transport.stop()
    quick.until(lambda: "Nothing is under way" in dialog.words.text() and not dialog.bar.isVisible())
    dialog.close()
    window.activateWindow()
    quick.until(lambda: not transport.bar.isVisible() and not transport.queue_button.isVisible())


def test_an_experiment_is_queued_after_what_is_under_way(quick: Lab) -> None:
    quick.load_quick("slow", 500_000_000)
    quick.key(Qt.Key.Key_F5)
    quick.until_state("running")
    first = quick.run
    quick.load_quick("", 300)
    quick.key(Qt.Key.Key_Return, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert quick.window.model.trainer.current is first and quick.run.status == "queued"
    quick.window.model.trainer.queue.remove([quick.run.id])
    quick.button("stop")
    quick.until_state("idle")
