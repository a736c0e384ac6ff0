"""Drives a session's model as the window does, and waits for what it does."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine.experiment.document import Document
from gui.model.session_model import SessionModel


def wait_for(qtbot: QtBot, model: SessionModel, state: str) -> None:
    qtbot.waitUntil(lambda: model.trainer.state == state)


def run_through(qtbot: QtBot, model: SessionModel, document: Document) -> None:
    model.editor.load(document)
    model.transport.run()
    wait_for(qtbot, model, "idle")
