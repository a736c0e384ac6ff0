"""The network as drawn, and what its structure says."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.experiment.networks import NETWORK_KINDS, MlpSpec
from engine.experiment.structure import Ends, structure
from engine.experiment.structure.activations import DEGREE
from gui.forms.form_context import FormContext
from gui.panels.activation_curves import CURVES, curve
from gui.panels.network_diagram import MOST_COLUMNS, MOST_UNITS, columns
from gui.panels.network_panel import NetworkPanel, facts_text, layers_editor


@pytest.fixture
def panel(qtbot: QtBot) -> NetworkPanel:
    panel = NetworkPanel(FormContext(makers={"network.train": layers_editor}))
    qtbot.addWidget(panel)
    panel.resize(300, 500)
    return panel


def test_facts_follow_from_the_structure(panel: NetworkPanel) -> None:
    panel.show_network(MlpSpec(kind="mlp", widths=(20, 20)))
    assert panel.facts.text() == ""  # inputs and outputs are the data's
    panel.show_ends(Ends(2, 1))
    assert panel.facts.text() == "460 parameters · homogeneous of degree L = 3"
    panel.show_network(MlpSpec(kind="mlp", widths=(20,), activation="tanh", train=("W2",)))
    # what lies below the trained layer is a fixed map of the input
    assert panel.facts.text() == "60 parameters, 20 of them trained · homogeneous of degree L = 1"
    found = structure(MlpSpec(kind="mlp", widths=(4,), activation="gelu"), Ends(2, 1))
    assert facts_text(found) == f"12 parameters · near-homogeneous of order M = 2: {found.why_not}"
    found = structure(MlpSpec(kind="mlp", widths=(4,), activation="tanh"), Ends(2, 1))
    assert facts_text(found) == f"12 parameters · not homogeneous: {found.why_not}"


def test_wide_and_deep_networks_stay_within_the_drawing() -> None:
    for widths, inputs in (((), 1), ((100,), 64), ((3,) * 30, 2), ((8, 9), 2)):
        found = structure(MlpSpec(kind="mlp", widths=widths), Ends(inputs, 1))
        drawn = columns(found, Ends(inputs, 1), 280, 150)
        assert len(drawn) == min(len(widths) + 2, MOST_COLUMNS)
        assert sum(c.skipped for c in drawn) == len(widths) + 2 - len(drawn)
        for column in drawn:
            assert 0 < column.x < 280
            assert len(column.ys) == (column.units if column.units <= MOST_UNITS else MOST_UNITS - 2)
            assert all(0 < y < 150 for y in column.ys)


@pytest.mark.parametrize("kind", NETWORK_KINDS)
def test_every_kind_of_network_is_drawn(qtbot: QtBot, panel: NetworkPanel, kind: str) -> None:
    said = {"kind": kind, **({"widths": (4,)} if kind == "conv" else {})}
    fields = NETWORK_KINDS[kind].model_validate(said)
    for ends in (Ends(64, 3, (8, 8), 20), Ends(2, 1, None, 5), Ends(1, 1)):
        panel.show_ends(ends)
        panel.show_network(fields)
        drawn = columns(panel.diagram._structure, ends, 280, 150)
        assert [column.x for column in drawn] == sorted(column.x for column in drawn)
        assert not panel.diagram.grab().isNull()
        assert panel.facts.text() and panel.diagram.toolTip().count("<br>") == len(
            structure(fields, ends).layers
        )


def test_every_activation_has_a_curve_and_draws(qtbot: QtBot, panel: NetworkPanel) -> None:
    assert set(CURVES) == set(DEGREE)
    panel.show_ends(Ends(2, 3))
    panel.show()
    for activation in DEGREE:
        assert all(abs(x) <= 1 and abs(y) <= 1 for x, y in curve(activation))
        panel.show_network(
            MlpSpec.model_validate(
                {"kind": "mlp", "widths": (12, 3), "activation": activation, "bias": "all", "train": ["W1"]}
            )
        )
        assert not panel.diagram.grab().isNull()
    assert "W2: 3 × 12" in panel.diagram.toolTip() or "W2: 3 × 24" in panel.diagram.toolTip()
    assert "frozen" in panel.diagram.toolTip()


@pytest.mark.parametrize(
    ("kind", "titles"),
    [
        ("diagonal", ["u (W1)   v (W2) ❄"]),
        ("quasi", ["u (W1)   v (W2) ❄   b (W3) ❄"]),
        ("no-rotation", ["norms r (W1)", "W2 ❄"]),
        ("mlp", ["W1", "W2 ❄"]),
    ],
)
def test_every_layer_is_named_in_the_drawing(panel: NetworkPanel, kind: str, titles: list[str]) -> None:
    said = {"kind": kind, "train": ["W1"], **({"widths": [4]} if kind == "mlp" else {})}
    found = structure(NETWORK_KINDS[kind].model_validate(said), Ends(3, 1))
    assert [column.title for column in columns(found, Ends(3, 1), 280, 150)[1:]] == titles


@pytest.mark.parametrize("kind", NETWORK_KINDS)
def test_what_a_network_is_built_of_comes_before_how_it_starts(panel: NetworkPanel, kind: str) -> None:
    model = NETWORK_KINDS[kind]
    panel.show_network(model.model_validate({"kind": kind}))
    paths = [row.path.split(".")[1] for row in panel.form.rows() if row.path.count(".") >= 1]
    shown = [name for name in dict.fromkeys(paths) if name != "kind"]
    own = [name for name in shown if name not in model.last]
    assert shown == own + [name for name in model.last if name in shown] and "init" in shown
