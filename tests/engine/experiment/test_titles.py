"""What fields are called for people."""

from __future__ import annotations

import pytest

from engine.catalog import load_preset
from engine.experiment.titles import full_title, with_titles

ONE = load_preset("circle-global-margin").base


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("data.kind", "data kind"),
        ("network.kind", "network kind"),
        ("network.init.scale", "network initialisation scale"),
        ("network.init.kind", "network initialisation"),
        ("run.steps", "run steps"),
        ("loss.kind", "loss"),
        ("seed", "seed"),
        ("data.nothing", "data.nothing"),
    ],
)
def test_a_field_is_called_with_its_section(path: str, title: str) -> None:
    assert full_title(ONE, path) == title


def test_paths_in_a_sentence_are_titles() -> None:
    made = "data.kind circle, not csv; vary network.init.scale [0.1, 1], see a.csv"
    said = "data kind circle, not csv; vary network initialisation scale [0.1, 1], see a.csv"
    assert with_titles(ONE, made, full=True) == said
    assert with_titles(ONE, "lower network.init.scale", full=False) == "lower initialisation scale"
