"""The plug-in's own tests: `python -m pytest` in this folder, once it is installed beside the lab."""

from __future__ import annotations

import engine

assert engine.switch_on(["margin-template"]) == []

BASE = """
version = 1
[data]
kind = "ring-and-line"
n = 6
append_constant = true
[network]
kind = "gated"
width = 4
[loss]
kind = "logistic"
[optimizer]
kind = "sign-momentum"
[run]
steps = 20
device = "cpu"
"""


def test_it_trains_and_is_measured() -> None:
    run = engine.train(BASE, replicas=3).run
    assert run.status == "done"
    assert (run.final("log_loss") < run.records["log_loss"][0]).all()
    assert ((run.final("participation") > 0) & (run.final("participation") <= 1)).all()


def test_a_replica_is_the_run_of_its_own_seed() -> None:
    together = engine.train(BASE, replicas=3).run.final("param_norm")
    alone = engine.train(BASE, seed=2).run.final("param_norm")
    assert abs(alone[0] / together[2] - 1) < 1e-9


def test_its_degree_is_three() -> None:
    run = engine.train(BASE, steps=1).run
    assert any("degree L = 3" in str(fact) for fact in run.history.facts)


def test_its_preset_says_what_is_so() -> None:
    results = engine.train("gated-descent")
    assert [verdict.status for verdict in results.verdicts] == ["holds"] * len(results.verdicts)
