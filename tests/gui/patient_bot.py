"""pytest-qt's hands with the tests' own patience: no wait in the window's tests names a time of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.deadlines import PATIENCE

MILLISECONDS = int(1000 * PATIENCE)
LOOKS = 2  # milliseconds between two looks


class PatientBot(QtBot):
    """A `QtBot` whose waits last as long as they must."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        super().__init__(request)
        self.shown: list[QWidget] = []
        """Views that live as long as it: one of a test that has just ended would be collected while it is painted."""

    def waitUntil(self, callback: Callable[[], object], *, timeout: int = MILLISECONDS) -> None:
        """Wait as pytest-qt does, and look every other millisecond: it would look every ten."""
        end = time.monotonic() + timeout / 1000
        while not callback():
            if time.monotonic() > end:
                super().waitUntil(lambda: bool(callback()), timeout=0)  # says what it waited for
            self.wait(LOOKS)

    def waitSignal(self, signal: Any, *, timeout: int = MILLISECONDS, **more: Any) -> Any:
        return super().waitSignal(signal, timeout=timeout, **more)

    def waitExposed(self, widget: QWidget, *, timeout: int = MILLISECONDS) -> Any:
        return super().waitExposed(widget, timeout=timeout)
