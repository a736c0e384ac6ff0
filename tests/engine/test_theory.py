"""What is said of an experiment before its first step: which theorems speak about it, and why others do not."""

from __future__ import annotations

from typing import Any

import pytest

from engine.experiment.fact import Fact
from engine.experiment.structure import Ends, structure
from engine.theory import facts
from tests.engine.cases import ADAM, SGD, experiment

LYU_LI, ONLY_FLOW = "Lyu & Li 2020", "for gradient flow"
DEEP = {"network": {"kind": "mlp", "widths": [3], "activation": "linear"}}


FOUR = {"data": {"kind": "blobs", "n": 8, "classes": 4}, "loss.kind": "cross-entropy"}
LINEAR = {"network": {"kind": "mlp", "widths": []}}
GELU = {"network.activation": "gelu"}
POWER = {"kind": "power", "eta": 0.1, "exponent": 0.5}


def told(said: dict[str, Any]) -> dict[str, Fact]:
    one = experiment(said)
    shape = structure(one.network, Ends(2, 4 if one.data.kind == "blobs" else 1))
    return {fact.subject.partition(":")[0]: fact for fact in facts(one, shape)}


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
        ({**DEEP, "optimizer": ADAM}, "Ji & Telgarsky 2019", False, "not full-batch gradient descent"),
        ({**DEEP, "optimizer.step": {"kind": "line-search"}}, "Ji & Telgarsky 2019", False, "no guarantee"),
        ({**DEEP, **FOUR}, "Ji & Telgarsky 2019", False, "one output; there are 4"),
        (LINEAR, "Soudry et al. 2018", True, "applies"),
        ({**LINEAR, "optimizer.step": {**POWER, "exponent": 2.0}}, "Soudry et al. 2018", False, "finite sum"),
        (LINEAR, "Gunasekar et al. 2018", True, "the l2 margin"),
        ({}, "Soudry et al. 2018", False, "linear models"),
        ({}, "Chizat & Bach 2020", True, "applies in the limit of many units"),
        (FOUR, "Chizat & Bach 2020", False, "two classes"),
        ({}, "Telgarsky 2022", True, "applies to wide networks"),
        (FOUR, "Telgarsky 2022", False, "two classes"),
        ({**FOUR, "optimizer": SGD}, "Schechtman & Schreuder 2025", False, "two classes"),
        (GELU, "Cai et al. 2025", True, "applies with M = 2"),
        ({**GELU, "loss.kind": "logistic"}, "Cai et al. 2025", False, "for the exponential loss"),
        ({}, "Cai et al. 2025", False, "is homogeneous"),
        ({**LINEAR, "optimizer": {**ADAM, "step": POWER}}, "Zhang, Zou & Cao 2024", True, "l-infinity"),
        ({**LINEAR, "optimizer": ADAM}, "Zhang, Zou & Cao 2024", False, "these are constant"),
        (
            {**LINEAR, "optimizer": {**ADAM, "step": POWER, "beta1": 0.99, "beta2": 0.5}},
            "Zhang, Zou & Cao 2024",
            False,
            "beta1 is above beta2",
        ),
        ({**LINEAR, "optimizer": {**ADAM, "epsilon": 1e-8}}, "Zhang, Zou & Cao 2024", False, "epsilon"),
        ({"optimizer": {"kind": "adagrad"}}, "Wang et al. 2021", True, "metric"),
        ({"optimizer": {"kind": "rmsprop", "epsilon": 0.0}}, "Wang et al. 2021", False, "epsilon is 0"),
        ({"network": {"kind": "quasi"}}, "Kunin et al. 2022", True, "largest lambda"),
        ({}, "Kunin et al. 2022", False, "not quasi-homogeneous"),
        ({}, "Papyan, Han & Donoho 2020", False, "free features"),
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
