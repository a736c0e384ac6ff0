"""The right column: theorems, references."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.experiment.fact import Fact
from engine.protocol.messages import ReferenceSolved
from gui.panels.theory_view import WAITING, TheoryView
from gui.views.references_view import ReferencesView

FACTS = (
    Fact("homogeneity", "homogeneous of degree L = 2"),
    Fact("Lyu & Li 2020", "applies", True, "proved", "outputs homogeneous", "arXiv 1906.05890"),
    Fact("Ji & Telgarsky 2019", "relu", False, "proved", "deep linear networks", "arXiv 1810.02032"),
    Fact("Soudry et al. 2018", "not linear", False, "proved"),
    Fact("Papyan, Han & Donoho 2020", "classes made a simplex", True, "empirical", source="arXiv 2008.08186"),
    Fact("Several classes", "stated for two classes", True, "open"),
)


def test_what_does_not_apply_is_folded_away(qtbot: QtBot) -> None:
    theory = TheoryView()
    qtbot.addWidget(theory)
    theory.show()
    assert theory.lines == ["·", WAITING]
    with qtbot.waitSignal(theory.applying_changed) as told:
        theory.show_facts(FACTS)
    assert told.args == [1]
    proved = ["Proved", "✓", "Lyu & Li 2020", "applies", "Asks for: outputs homogeneous. arXiv 1906.05890"]
    seen = ["Observed, not proved", "≈", "Papyan, Han & Donoho 2020", "classes made a simplex"]
    opened = ["Open, as far as the lab knows", "?", "Several classes", "stated for two classes"]
    plain = ["Known before the first step", "·", "homogeneity", "homogeneous of degree L = 2"]
    known = [*proved, *seen, "arXiv 2008.08186", *opened, *plain]
    assert theory.lines == [*known, "2 theorems do not apply"]
    qtbot.mouseClick(theory.others_button, Qt.MouseButton.LeftButton)
    assert theory.lines[len(known) + 1 :] == [
        *("–", "Ji & Telgarsky 2019", "relu"),
        *("–", "Soudry et al. 2018", "not linear"),
    ]
    theory.show_facts(FACTS[:2])
    assert theory.lines == [*proved, *plain]


@pytest.mark.parametrize(
    ("gap", "seconds", "expected"),
    [
        (0.0, 0.004, "exact"),
        (2e-16, 0.57, "exact, in 0.57 s"),
        (7e-11, 0.1, "certified to within 7e−11, in 0.1 s"),
        (7e-11, 0.09, "certified to within 7e−11"),
        (float("nan"), 0.0, "without a certificate"),
    ],
)
def test_a_certificate_tells_what_is_worth_telling(
    qtbot: QtBot, gap: float, seconds: float, expected: str
) -> None:
    view = ReferencesView()
    qtbot.addWidget(view)
    view.show_references([ReferenceSolved("r", "f1", "F1 margin", (0.046,), (gap,), seconds)])
    assert view.lines() == ["F1 margin: 0.046", expected]
