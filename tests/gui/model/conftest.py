"""A session's model over the engine without mathematics that tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gui.model.session_model import SessionModel
from tests.gui.lab import SharedEngine


@pytest.fixture
def model(fake_engine: SharedEngine) -> Iterator[SessionModel]:
    model = SessionModel(fake_engine)
    yield model
    model.close()
    model.deleteLater()
