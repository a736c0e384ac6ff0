"""pytest-qt's hands with the tests' own patience: no wait in the window's tests names a time of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.deadlines import PATIENCE

MILLISECONDS = int(1000 * PATIENCE)


class PatientBot(QtBot):
    """A `QtBot` whose waits last as long as they must."""

    def waitUntil(self, callback: Callable[[], object], *, timeout: int = MILLISECONDS) -> None:
        super().waitUntil(lambda: bool(callback()), timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = MILLISECONDS, **more: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **more)

    def waitExposed(self, widget: QWidget, *, timeout: int = MILLISECONDS) -> Any:
        return super().waitExposed(widget, timeout=timeout)
