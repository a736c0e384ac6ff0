"""Titles, words and claims stay with the settings that they were made with."""

from __future__ import annotations

from typing import Any

import pytest

from engine.experiment.document import Document, parse
from engine.experiment.experiment import with_values
from engine.experiment.provenance import left_out, made_with, with_provenance
from tests.engine.cases import experiment, experiment_to_toml

ABOUT = '[about]\nlook_for = "the margin"\nshow = ["margin"]\n'


def claim(text: str, **said: str) -> str:
    more = "".join(f"{name} = {value}\n" for name, value in said.items())
    return f'\n[[claims]]\ntext = "{text}"\ncheck = "final"\nof = "margin"\nat_least = 0.0\n{more}'


ONE = parse(
    experiment_to_toml(experiment({"title": "Mine", "run.stop.log_loss": -9.0, "data.phase": 0.2}))
    + ABOUT
    + claim("It grows.")
    + "\n[[edits]]\nstep = 5\nset = { 'optimizer.step.c' = 1.0 }\n"
)
TWO = parse(
    experiment_to_toml(experiment({"title": "Two"}))
    + "\n[[experiments]]\nname = 'a'\n\n[[experiments]]\nname = 'b'\nset = { 'optimizer.step.c' = 0.1 }\n"
    + claim("first")
    + claim("of b", run="'b'")
    + claim("both", compare="['a', 'b']").replace("final", "order")
)


def changed(changes: dict[str, Any], loaded: Document = ONE) -> Document:
    return with_provenance(loaded.with_values(changes), loaded)


@pytest.mark.parametrize(
    ("changes", "made"),
    [
        ({"data": {"kind": "csv", "path": "mine.csv"}}, "data.kind circle, not csv"),
        ({"data.n": 12}, "data.n 8, not 12"),
        ({"data.phase": 0.3}, "data.phase 0.2, not 0.3"),
        ({"data.label_noise": 0.1}, "data.label_noise 0, not 0.1"),
        ({"data.seed": 3}, "data.seed 0, not 3"),
        ({"network.widths": [6]}, "network.widths [5], not [6]"),
        ({"network.activation": "tanh"}, "network.activation relu, not tanh"),
        ({"network.init.scale": 0.1}, "network.init.scale 1, not 0.1"),
        ({"loss.kind": "logistic"}, "loss.kind exponential, not logistic"),
        ({"loss.reduction": "mean"}, "loss.reduction sum, not mean"),
        ({"optimizer.norm": "linf"}, "optimizer.norm l-2, not l-infinity"),
        ({"optimizer.kind": "adam"}, "optimizer.kind steepest, not adam"),
        ({"optimizer.step.c": 0.4}, "optimizer.step.c 0.5, not 0.4"),
        ({"run.dtype": "float32"}, "run.dtype float64, not float32"),
        ({"run.steps": 59}, "run.steps 60, not 59"),
        ({"run.stop.log_loss": -8.0}, "run.stop.log_loss -9, not -8"),
        ({"run.stop.seconds": 9.0}, "run.stop.seconds none, not 9"),
        ({"measure.grid": 9}, "measure.grid 41, not 9"),
    ],
)
def test_another_setting_leaves_the_claims_out(changes: dict[str, Any], made: str) -> None:
    document = changed(changes)
    assert document.claims == () and document.about.show == ("margin",)
    shorter = next(iter(changes)).startswith("run.st")
    assert document.about.look_for == ("the margin" if shorter else "")
    assert document.base.title.partition(", with")[0] == ("Mine" if shorter else "based on: Mine")
    assert made_with(document, ONE) == made
    assert made in left_out(document, ONE) and "1 claim" in left_out(document, ONE)
    back = with_provenance(with_provenance(ONE, document), ONE)
    assert back == ONE and left_out(back, ONE) == ""


def test_vary_is_another_setting() -> None:
    document = changed({"vary": {"network.init.scale": [0.1, 1.0]}})
    assert not document.claims and made_with(document, ONE).startswith("vary")


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 5},
        {"replicas": 4},
        {"run.steps": 600},
        {"run.stop.log_loss": -20.0},
        {"run.stop": {}},
        {"run.device": "auto", "run.threads": 3, "run.backend": "torch"},
        {"measure.groups": ["norms"], "measure.every": 5, "measure.per_decade": 9, "measure.twin": True},
    ],
)
def test_what_changes_no_claim_keeps_them_all(changes: dict[str, Any]) -> None:
    document = changed(changes)
    assert document.claims == ONE.claims and document.about == ONE.about
    assert document.base.title == "Mine" and left_out(document, ONE) == ""


def test_a_claim_stays_while_the_experiments_that_it_is_about_are_as_they_were() -> None:
    other = TWO.model_copy(
        update={"variations": (TWO.variations[0], TWO.variations[1].model_copy(update={"set": {}}))}
    )
    document = with_provenance(other, TWO)
    assert [c.text for c in document.claims] == ["first"]
    assert document.base.title == "based on: Two"
    assert "2 claims" in left_out(document, TWO)
    assert [c.text for c in changed({"seed": 1}, TWO).claims] == ["first", "of b", "both"]


def test_a_title_of_ones_own_stays() -> None:
    named = ONE.with_base(with_values(ONE.base, {"title": "Other", "data.n": 12}))
    assert with_provenance(named, ONE).base.title == "Other"


def test_ones_own_words_of_data_in_a_title_stay() -> None:
    mine = ONE.with_base(with_values(ONE.base, {"title": "Cats, with the data of Bob"}))
    derived = with_provenance(mine.with_values({"data.n": 12}), mine)
    assert derived.base.title == "based on: Cats, with the data of Bob"
    other = with_provenance(mine.with_values({"data": {"kind": "csv", "path": "a.csv"}}), mine)
    assert other.base.title == "based on: Cats, with the data of Bob, with the data of a.csv"
    assert (
        with_provenance(other.with_values({"data": ONE.base.data.model_dump()}), mine).base.title
        == mine.base.title
    )


def test_edits_stay_while_a_run_could_take_them() -> None:
    assert changed({"data.n": 12}).edits == ONE.edits
    document = changed({"optimizer.step.kind": "constant"})
    assert document.edits == () and "1 claim and 1 edit" in left_out(document, ONE)
    assert parse(experiment_to_toml(document.base)) is not None


def test_a_title_says_whose_data_they_are_now() -> None:
    csv = {"data": {"kind": "csv", "path": "folder/wine.csv"}}
    document = changed(csv)
    assert document.base.title == "based on: Mine, with the data of wine.csv"
    other = with_provenance(document.with_values({"data.path": "b.csv"}), ONE)
    assert other.base.title == "based on: Mine, with the data of b.csv"
    assert with_provenance(other.with_values({"data": ONE.base.data.model_dump()}), ONE).base.title == "Mine"
    reopened = with_provenance(other.with_values({"network.widths": [6]}), other)
    assert reopened.base.title == other.base.title
    named = with_provenance(other.with_values({"title": "Wine"}), ONE)
    assert with_provenance(named.with_values({"data.path": "c.csv"}), ONE).base.title == "Wine"
