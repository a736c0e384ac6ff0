"""What is said of an experiment before its first step: which theorems speak about it, and why others do not."""

from __future__ import annotations

from typing import Any

import pytest

from engine.experiment.structure import Ends, structure
from engine.messages import Fact
from engine.theory import facts
from tests.engine.cases import ADAM, SGD, experiment

LYU_LI, ONLY_FLOW = "Lyu & Li 2020", "for gradient flow"
DEEP = {"network": {"kind": "mlp", "widths": [3], "activation": "linear"}}


def told(said: dict[str, Any]) -> dict[str, Fact]:
    one = experiment(said)
    return {fact.subject.partition(":")[0]: fact for fact in facts(one, structure(one.network, Ends(2, 1)))}


@pytest.mark.parametrize(
    ("said", "subject", "holds", "words"),
    [
        ({}, "homogeneity", None, "homogeneous of degree L = 2 in 15 trained parameters"),
        ({"network.activation": "gelu"}, "homogeneity", None, "near-homogeneous of order M = 2"),
        (
            {"network.activation": "tanh"},
            "homogeneity",
            None,
            "not homogeneous: the activation tanh has no degree",
        ),
        ({"network.bias": "all"}, "homogeneity", None, "the biases of W2"),
        ({"network": {"kind": "quasi"}}, "homogeneity", None, "lambda = 0.5 for W1, 0.5 for W2, 1 for W3"),
        ({}, LYU_LI, True, ONLY_FLOW),  # relu has kinks
        ({"network.activation": "relu2"}, LYU_LI, True, "applies"),
        ({"network.activation": "gelu"}, LYU_LI, False, "not homogeneous"),
        ({"optimizer": ADAM}, LYU_LI, False, "adam is not full-batch gradient descent"),
        ({"optimizer": SGD}, LYU_LI, False, "sgd is not full-batch gradient descent"),
        ({"optimizer.step": {"kind": "loss-based"}}, LYU_LI, False, "loss-based gives no guarantee"),
        ({}, "Ji & Telgarsky 2020", True, "applies"),
        ({"optimizer.step": {"kind": "normalised"}}, "Ji & Telgarsky 2020", False, "does not follow it"),
        (DEEP, "Ji & Telgarsky 2019", True, "applies"),
        ({}, "Ji & Telgarsky 2019", False, "not deep linear"),
        ({**DEEP, "network.bias": "first"}, "Ji & Telgarsky 2019", False, "not deep linear"),
        ({**DEEP, "optimizer": ADAM}, "Ji & Telgarsky 2019", False, "not gradient descent"),
        ({"optimizer": SGD}, "Schechtman & Schreuder 2025", True, "applies"),
        ({"optimizer": {**SGD, "replacement": False}}, "Schechtman & Schreuder 2025", False, "replacement"),
        ({"run.dtype": "float32"}, "precision", None, "float32"),
        ({"loss.reduction": "mean"}, "loss", None, "use the sum"),
    ],
)
def test_facts(said: dict[str, Any], subject: str, holds: bool | None, words: str) -> None:
    fact = told(said)[subject]
    assert fact.holds is holds
    assert words in fact.text


def test_plain_experiments_have_no_notices() -> None:
    assert not {"precision", "loss"} & told({}).keys()
