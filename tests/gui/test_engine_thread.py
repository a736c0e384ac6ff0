"""The engine thread: a process that starts, answers, dies, and never outlives the window."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QObject, Qt, QThread, Slot
from pytestqt.qtbot import QtBot

from engine.experiment.document import DocumentRef
from engine.protocol.messages import (
    Advance,
    Edit,
    Message,
    Pause,
    Paused,
    Ready,
    Recorded,
    Resume,
    Stop,
    Train,
)
from gui.engine_thread import EngineThread
from tests.deadlines import is_alive

EXPERIMENT = """version = 1
title = "{title}"
data = {{ kind = "circle" }}
network = {{ kind = "mlp", widths = [20] }}
loss = {{ kind = "exponential" }}
optimizer = {{ kind = "steepest" }}
run = {{ steps = {steps} }}
"""
QUEUED = Qt.ConnectionType.QueuedConnection


class Listener(QObject):
    """Everything that a thread brought, in order, with the thread it came to."""

    def __init__(self, thread: EngineThread) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self.sentences: list[str] = []
        self.threads: set[QThread] = set()
        thread.message_received.connect(self._on_message, QUEUED)
        thread.engine_died.connect(self._on_died, QUEUED)

    @Slot(object)
    def _on_message(self, message: Message) -> None:
        self.messages.append(message)
        self.threads.add(QThread.currentThread())

    @Slot(str)
    def _on_died(self, sentence: str) -> None:
        self.sentences.append(sentence)

    def names(self) -> list[str]:
        return [type(message).__name__ for message in self.messages]


@pytest.fixture
def thread() -> Iterator[EngineThread]:
    thread = EngineThread(target="tests.gui.fake_engine:main")
    yield thread
    thread.close()


def test_messages_arrive_in_the_window_s_thread_in_order(qtbot: QtBot, thread: EngineThread) -> None:
    heard = Listener(thread)
    thread.start_engine()
    thread.send(Train("a", DocumentRef(EXPERIMENT.format(title="", steps=1000))))
    qtbot.waitUntil(lambda: "Finished" in heard.names())
    names = heard.names()
    assert names[:3] == ["Ready", "Started", "ReferenceSolved"] and names[-1] == "Finished"
    assert heard.threads == {QThread.currentThread()}
    steps = [step for m in heard.messages if isinstance(m, Recorded) for step in m.batch.steps]
    assert steps[0] == 0 and steps[-1] == 1000 and steps == sorted(set(steps))


def test_a_run_is_paused_advanced_edited_and_stopped(qtbot: QtBot, thread: EngineThread) -> None:
    heard = Listener(thread)
    thread.start_engine()
    thread.send(Train("a", DocumentRef(EXPERIMENT.format(title="slow", steps=100_000)), paused=True))
    qtbot.waitUntil(lambda: "Paused" in heard.names())
    thread.send(Advance("a", 3))
    thread.send(Edit("a", {"run.steps": 50_000}))
    thread.send(Resume("a"))
    thread.send(Pause("a"))
    thread.send(Stop("a"))
    qtbot.waitUntil(lambda: "Finished" in heard.names())
    paused = [m.step for m in heard.messages if isinstance(m, Paused)]
    assert paused[:2] == [0, 3]
    assert [n for n in heard.names() if n in ("Edited", "Resumed", "Finished")] == [
        "Edited",
        "Resumed",
        "Finished",
    ]


def test_a_killed_engine_is_told_and_the_next_start_is_a_new_one(qtbot: QtBot, thread: EngineThread) -> None:
    heard = Listener(thread)
    thread.start_engine()
    qtbot.waitUntil(lambda: "Ready" in heard.names())
    first = thread.process_id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    qtbot.waitUntil(lambda: heard.sentences)
    assert (
        "killed (signal 9), perhaps for memory" in heard.sentences[0]
        and "Run starts a new one" in heard.sentences[0]
    )
    thread.send(Stop("lost"))  # nobody hears it, and nothing breaks
    thread.start_engine()
    qtbot.waitUntil(lambda: heard.names().count("Ready") == 2)
    assert thread.process_id != first and len(heard.sentences) == 1


def test_closing_leaves_no_process_and_says_nothing(qtbot: QtBot, thread: EngineThread) -> None:
    heard = Listener(thread)
    thread.start_engine()
    thread.send(Train("a", DocumentRef(EXPERIMENT.format(title="slow", steps=10_000_000))))
    qtbot.waitUntil(lambda: "Recorded" in heard.names())
    process_id = thread.process_id
    assert process_id is not None
    thread.close()
    assert not thread.isRunning() and not is_alive(process_id)
    QCoreApplication.sendPostedEvents()  # the thread has ended: what it emitted is on its way
    assert heard.sentences == []


def test_closing_before_the_process_is_up_works(thread: EngineThread) -> None:
    thread.start_engine()
    thread.close()
    assert not thread.isRunning()
    thread.close()


def test_an_engine_that_does_not_listen_is_ended_by_force(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.engine_thread.PATIENCE", 0.2)
    thread = EngineThread(target="tests.gui.fake_engine:deaf")
    heard = Listener(thread)
    thread.start_engine()
    qtbot.waitUntil(lambda: any(isinstance(m, Ready) for m in heard.messages))
    process_id = thread.process_id
    assert process_id is not None
    thread.close()
    assert not is_alive(process_id)


def test_big_messages_both_ways_do_not_lock_up(qtbot: QtBot, thread: EngineThread) -> None:
    heard = Listener(thread)
    thread.start_engine()
    huge = EXPERIMENT.format(title="x" * 2_000_000, steps=10)
    for i in range(10):
        thread.send(Train(f"r{i}", DocumentRef(huge)))
    qtbot.waitUntil(lambda: heard.names().count("Started") == 10)


def test_a_process_that_cannot_import_its_engine_is_told(qtbot: QtBot) -> None:
    thread = EngineThread(target="tests.gui.fake_engine:nothing")
    heard = Listener(thread)
    thread.start_engine()
    qtbot.waitUntil(lambda: heard.sentences)
    assert "ended unexpectedly (exit status 1)" in heard.sentences[0]
    thread.close()
