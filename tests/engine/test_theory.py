"""What is said of an experiment before its first step: which theorems speak about it, and why others do not."""

from __future__ import annotations

import re
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
JI_TELGARSKY, TSILIVIS = "Ji & Telgarsky 2020", "Tsilivis et al. 2024"
TARZANAGH = "Ataee Tarzanagh et al. 2023"
FEATURES, GRONICH_VARDI = "Ji et al. 2022", "Gronich & Vardi 2026"
FOUR_EXP = {**FOUR, "loss.kind": "exponential"}
FREE = {**FOUR, "network": {"kind": "free-features", "features": 5}}
SQUARED = {"network.activation": "relu2"}
MAX_POOL = {"network": {"kind": "conv", "channels": [2], "activation": "relu2"}}
POWER = {"kind": "power", "eta": 0.1, "exponent": 0.5}
FALLING = {"optimizer.step": {"kind": "normalised", "exponent": 0.75}}


def told(said: dict[str, Any]) -> dict[str, Fact]:
    one = experiment(said)
    shape = structure(one.network, Ends(2, 4 if one.data.kind == "blobs" else 1))
    known = facts(one, shape)
    return {fact.subject.partition(":")[0]: fact for fact in known if fact.standing in ("proved", None)}


def beyond(said: dict[str, Any], standing: str) -> dict[str, str]:
    """Return what is told of an experiment besides theorems, by its subject."""
    one = experiment(said)
    ends = Ends(2, 4 if one.data.kind == "blobs" else 1)
    known = facts(one, structure(one.network, ends))
    return {fact.subject: fact.text for fact in known if fact.standing == standing}


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
        (
            {"network": {"kind": "attention"}},
            "homogeneity",
            None,
            "not homogeneous: attention mixes its tokens",
        ),
        ({"network": {"kind": "attention"}}, TARZANAGH, True, "the least Frobenius norm"),
        ({"network": {"kind": "attention", "form": "factored"}}, TARZANAGH, True, "the least nuclear norm"),
        ({"network": {"kind": "attention"}}, "loss", None, "tends to a positive constant"),
        ({"network": {"kind": "attention"}}, "steps", None, "take optimizer.scaled = false"),
        ({"network": {"kind": "attention"}}, "data", None, "take data of kind tokens"),
        ({"network": {"kind": "attention"}}, LYU_LI, False, "the network is not homogeneous"),
        ({}, TARZANAGH, False, "it is about attention"),
        ({"network.bias": "all"}, "homogeneity", None, "the biases of W2"),
        ({"network": {"kind": "quasi"}}, "homogeneity", None, "λ = 0.5 for W1, 0.5 for W2, 1 for W3"),
        ({}, LYU_LI, True, ONLY_FLOW),  # relu has kinks
        (
            {"network.activation": "relu2"},
            LYU_LI,
            True,
            "the jumps of relu2's second derivative rule that out",
        ),
        ({"network.activation": "relu3"}, LYU_LI, True, "as small as its assumption (S5) asks"),
        (LINEAR, LYU_LI, True, "(S5)"),  # whose activation, relu, is nowhere
        ({"network.train": ["W2"]}, LYU_LI, True, "(S5)"),  # linear in what trains
        (MAX_POOL, LYU_LI, True, "the kinks of max pooling"),
        ({"optimizer": {"kind": "flow"}}, LYU_LI, True, "applies"),
        ({"network.activation": "gelu"}, LYU_LI, False, "not homogeneous"),
        ({"optimizer": ADAM}, LYU_LI, False, "adam is not full-batch gradient descent"),
        ({"optimizer": SGD}, LYU_LI, False, "sgd is not full-batch gradient descent"),
        ({"optimizer.step": {"kind": "loss-based"}}, LYU_LI, False, "loss-based gives no guarantee"),
        ({}, JI_TELGARSKY, True, "and the kinks of relu rule that out"),
        ({"network.activation": "relu2"}, JI_TELGARSKY, True, "gradients align with it"),
        ({"network.activation": "relu3"}, JI_TELGARSKY, True, "gradients align with it"),
        (MAX_POOL, JI_TELGARSKY, True, "the kinks of max pooling rule that out"),
        (DEEP, JI_TELGARSKY, True, "gradients align with it"),
        (FOUR, JI_TELGARSKY, False, "two classes"),
        ({}, TSILIVIS, True, "applies for steepest flow in l2"),
        ({"loss.kind": "logistic"}, TSILIVIS, True, "its KKT points are for the exponential loss"),
        ({"network.activation": "gelu", **FOUR_EXP}, "Cai et al. 2025", False, "two classes"),
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
        (FALLING, "Chizat & Bach 2020", True, "steps whose length falls follow the flow"),
        ({"optimizer.step": {"kind": "normalised"}}, "Chizat & Bach 2020", False, "no guarantee"),
        ({**FALLING, "optimizer.step.exponent": 1.5}, "Chizat & Bach 2020", False, "no guarantee"),
        ({**FALLING, "optimizer.norm": "linf"}, "Chizat & Bach 2020", False, "in linf"),
        ({**FALLING, **LINEAR}, "Gunasekar et al. 2018", True, "small steps"),
        ({**FALLING, **LINEAR, "optimizer.step.exponent": 1.5}, "Gunasekar et al. 2018", False, "finite sum"),
        ({}, "Telgarsky 2022", True, "applies to wide networks"),
        (FOUR, "Telgarsky 2022", False, "two classes"),
        ({**FOUR, "optimizer": SGD}, "Schechtman & Schreuder 2025", False, "two classes"),
        (GELU, "Cai et al. 2025", True, "applies with M = 2"),
        ({**GELU, "loss.kind": "logistic"}, "Cai et al. 2025", False, "for the exponential loss"),
        ({}, "Cai et al. 2025", False, "is homogeneous"),
        ({**LINEAR, "optimizer": {**ADAM, "step": POWER}}, "Zhang, Zou & Cao 2024", True, "l-infinity"),
        *(
            (
                {**LINEAR, "optimizer": {**ADAM, "step": {**POWER, "exponent": a}}},
                "Zhang, Zou & Cao 2024",
                True,
                gap,
            )
            for a, gap in ((0.3, "order t^(−0.15)"), (0.7, "order t^(−0.3)"), (1.0, "order 1/log t"))
        ),
        ({**LINEAR, "optimizer": ADAM}, "Zhang, Zou & Cao 2024", False, "these are constant"),
        (
            {**LINEAR, "optimizer": {**ADAM, "step": POWER, "beta1": 0.99, "beta2": 0.5}},
            "Zhang, Zou & Cao 2024",
            False,
            "β₁ is above β₂",
        ),
        ({**LINEAR, "optimizer": {**ADAM, "epsilon": 1e-8}}, "Zhang, Zou & Cao 2024", False, "ε is above 0"),
        ({"optimizer": {"kind": "adagrad"}}, "Wang et al. 2021", True, "metric"),
        ({"optimizer": {"kind": "rmsprop", "epsilon": 0.0}}, "Wang et al. 2021", False, "ε is 0"),
        ({"network": {"kind": "quasi"}}, "Kunin et al. 2022", True, "largest λ"),
        ({}, "Kunin et al. 2022", False, "not quasi-homogeneous"),
        (FREE, FEATURES, True, "as many samples of every class is a simplex"),
        ({}, FEATURES, False, "without a network below"),
        ({**FREE, "network.features": 2}, FEATURES, False, "2 features hold no simplex of 4 classes"),
        ({**FREE, "loss.kind": "exponential"}, FEATURES, False, "cross-entropy"),
        ({**FREE, "optimizer": ADAM}, FEATURES, False, "adam is not"),
        ({**FREE, "network.train": ["W2"]}, FEATURES, False, "must both train"),
        ({**SQUARED, "optimizer": {**ADAM, "step": POWER}}, GRONICH_VARDI, True, "the l-infinity margin"),
        (
            {**SQUARED, "optimizer": {"kind": "muon", "step": POWER}},
            GRONICH_VARDI,
            True,
            "the spectral margin",
        ),
        ({"optimizer": {**ADAM, "step": POWER}}, GRONICH_VARDI, False, "the kinks of relu"),
        ({**SQUARED, "optimizer": ADAM}, GRONICH_VARDI, False, "these are constant"),
        ({**SQUARED, "optimizer": {**ADAM, "epsilon": 1e-8}}, GRONICH_VARDI, False, "ε is above 0"),
        (
            {**SQUARED, "optimizer": {"kind": "muon", "step": {**POWER, "exponent": 2.0}}},
            GRONICH_VARDI,
            False,
            "finite",
        ),
        ({**GELU, "optimizer": {**ADAM, "step": POWER}}, GRONICH_VARDI, False, "not homogeneous"),
        (SQUARED, GRONICH_VARDI, False, "it is about Adam, Muon"),
        (
            {"optimizer": {**ADAM, "step": POWER}},
            "Zhang, Zou & Cao 2024",
            False,
            "Gronich & Vardi 2026 speak",
        ),
        (
            {**LINEAR, "optimizer": {**ADAM, "step": {**POWER, "exponent": 1.5}}},
            "Zhang, Zou & Cao 2024",
            False,
            "finite sum",
        ),
        ({"optimizer": {**ADAM, "beta1": 0.0, "epsilon": 1e-8}}, "Wang et al. 2021", True, "as to RMSProp"),
        ({"optimizer": ADAM}, "Wang et al. 2021", False, "Adam without momentum"),
        ({"optimizer": SGD}, "Schechtman & Schreuder 2025", True, "applies"),
        ({"optimizer": {**SGD, "replacement": False}}, "Schechtman & Schreuder 2025", False, "replacement"),
        ({"optimizer": {"kind": "flow", "rtol": 1e-3}}, "gradient flow", None, "0.001 is above 0.0001"),
        (
            {"optimizer": {"kind": "flow"}, "vary": {"optimizer.rtol": [1e-6, 2e-4]}},
            "gradient flow",
            None,
            "0.0002 is",
        ),
        (
            {"optimizer": {"kind": "flow"}},
            "gradient flow",
            None,
            "at the kinks of relu errors are of the order",
        ),
        ({"network.init.scale": 1e-4}, "Maennel, Bousquet & Gelly 2018", True, "as the scale tends to 0"),
        (
            {"vary": {"network.init.scale": [1e-4, 0.5]}},
            "Maennel, Bousquet & Gelly 2018",
            False,
            "this one has scale 0.5",
        ),
        (
            {"network.bias": "first", "network.init": {"scale": 1e-4, "bias": 1.0}},
            "Maennel, Bousquet & Gelly 2018",
            False,
            "this one has biases of size 1",
        ),
        ({"network.init": {"kind": "he"}}, "steps", None, "safe steps from He initialisation are short"),
        ({"run.dtype": "float32"}, "precision", None, "float32"),
        ({"loss.reduction": "mean"}, "loss", None, "use the sum"),
    ],
)
def test_facts(said: dict[str, Any], subject: str, holds: bool | None, words: str) -> None:
    fact = told(said)[subject]
    assert fact.holds is holds
    assert words in fact.text


def test_plain_experiments_have_no_notices() -> None:
    assert not {"precision", "loss", "gradient flow", "steps"} & told({}).keys()
    he = {"network.init": {"kind": "he"}}
    assert "steps" not in told({**he, "optimizer.step": {"kind": "line-search"}})
    assert "gradient flow" not in told({**SQUARED, "optimizer": {"kind": "flow", "rtol": 1e-4}})


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ({}, set()),
        (FOUR, {"Papyan, Han & Donoho 2020: neural collapse"}),
        (FREE, set()),
        ({"optimizer": {**ADAM, "epsilon": 1e-8}}, {"Tsilivis et al. 2024: Adam changes its margin"}),
        ({"optimizer.step": {"kind": "loss-based"}}, {"Lyu & Li 2020: steps that follow the loss"}),
        ({"network.activation": "tanh"}, {"Ji & Telgarsky 2020: beyond homogeneous networks"}),
        (
            {"network": {"kind": "diagonal", "depth": 2, "init": {"kind": "identity", "scale": 1e-8}}},
            {"Pesme & Flammarion 2023: from saddle to saddle"},
        ),
        (
            {
                **FOUR,
                "network": {"kind": "mlp", "widths": [4], "activation": "linear", "init": {"scale": 1e-8}},
            },
            {"Li, Luo & Lyu 2021: rank by rank"},
        ),
    ],
)
def test_what_papers_saw_is_told_from_what_they_proved(said: dict[str, Any], seen: set[str]) -> None:
    assert beyond(said, "empirical").keys() == seen


@pytest.mark.parametrize(
    ("said", "questions"),
    [
        ({}, {"Which stationary point it is", "How fast the direction converges"}),
        (LINEAR, set()),
        (DEEP, set()),
        (FOUR, {"Which stationary point it is", "How fast the direction converges", "Several classes"}),
        ({"network.activation": "tanh", "optimizer": SGD}, {"Stochastic gradients"}),
    ],
)
def test_open_questions_are_those_of_the_experiment(said: dict[str, Any], questions: set[str]) -> None:
    assert beyond(said, "open").keys() == questions


def test_optimizers_with_a_memory_meet_kinks() -> None:
    assert beyond({"optimizer": ADAM}, "open")["Memory and kinks"].endswith(
        "adam has KKT limits at the kinks of relu"
    )
    assert "Memory and kinks" not in beyond({"optimizer": ADAM, **SQUARED}, "open")


def test_every_theorem_says_what_it_asks_for_and_where_it_is_to_be_read() -> None:
    theorems = [fact for fact in told({}).values() if fact.standing == "proved"]
    assert len(theorems) > 10
    assert all(fact.assumes and re.fullmatch(r"arXiv\s\d{4}\.\d{5}", fact.source) for fact in theorems)


def test_nothing_is_observed_or_open_of_norms_that_weight_decay_bounds() -> None:
    search = {"optimizer": {"kind": "steepest", "weight_decay": 0.1, "step": {"kind": "line-search"}}}
    assert beyond(search, "empirical") == {} == beyond(search, "open")
    decaying = beyond({"optimizer": {"kind": "adam", "weight_decay": 0.1}, **FOUR}, "empirical")
    assert list(decaying) == ["Papyan, Han & Donoho 2020: neural collapse"]
