"""What a session keeps of how it was shown: read from any lab's file, and nothing of it lost."""

from __future__ import annotations

import pytest

from gui.model.session_views import RunOrigin, SessionViews

STORED = {
    "plots": {"horizontal": "step"},
    "panel": {"folded": ["data"], "unfolded": []},
    "tab": "surface",
    "tabs": {"surface": {"resolution": 61}},
    "runs": {"a": {"group": "g", "edited_here": True}},
    "selected": "a",
    "origin": "circle.toml",
    "experiment": "slow",
}


def test_what_is_stored_comes_back() -> None:
    views = SessionViews.read(STORED)
    assert views.runs["a"] == RunOrigin("g", True)
    assert views.stored() == STORED


def test_a_tab_that_is_told_by_its_place_comes_back_by_its_name() -> None:
    views = SessionViews.read({**STORED, "tab": 2})
    assert views.tab == views.stored()["tab"] == "kernel"


def test_what_another_lab_stored_is_kept() -> None:
    newer = {**STORED, "layout": [1, {"wide": True}], "others": "a word"}
    assert SessionViews.read(newer).stored() == newer


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [1],
        "views",
        {"plots": 3, "panel": None, "tab": 7, "runs": []},
        {"tab": "1", "runs": {"a": None}},
    ],
)
def test_what_is_not_as_it_should_be_is_at_its_default(stored: object) -> None:
    views = SessionViews.read(stored)
    assert (views.tabs, views.panel, views.selected) == ({}, None, "")
    assert views.tab in ("plots", "1")  # a tab that another lab may have is left alone
    assert views.runs in ({}, {"a": RunOrigin("a")})
