"""The plots on screen, as the tests in this folder look at them."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from gui.plots.plots_view import PlotsView
from tests.gui.lab import on_screen


@pytest.fixture
def view(qtbot: QtBot) -> PlotsView:
    return on_screen(qtbot, PlotsView(), 900, 620)
