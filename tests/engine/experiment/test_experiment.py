"""The experiment model: files there and back, what is refused and how, `vary`, several experiments."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from engine.experiment.data import DATA_KINDS
from engine.experiment.document import Document, document_from, load, parse, to_toml
from engine.experiment.experiment import (
    Experiment,
    experiment_from,
    value_at,
    with_value,
    with_values,
)
from engine.experiment.networks import NETWORK_KINDS
from engine.experiment.optimizers import OPTIMIZER_KINDS
from engine.experiment.step_rules import STEP_KINDS
from engine.words.errors import Refusal
from tests.engine import drawn
from tests.engine.cases import experiment, experiment_to_toml, tables

MINIMAL = """
version = 1
[data]
kind = "circle"
[network]
kind = "mlp"
[loss]
kind = "exponential"
[optimizer]
kind = "steepest"
"""


def refused(said: dict[str, Any]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        document_from(said)
    return caught.value


# files ------------------------------------------------------------------------------------------


def test_a_file_of_the_required_tables_has_the_contracts_defaults() -> None:
    read = parse(MINIMAL).base
    expected = {
        "seed": 0,
        "replicas": 1,
        "data.n": 24,
        "data.phase": 0.13,
        "data.radius": 1.0,
        "data.normalize": "none",
        "data.append_constant": False,
        "network.widths": (),
        "network.activation": "relu",
        "network.bias": "none",
        "network.output_scale": 1.0,
        "network.train": "all",
        "network.init.kind": "fan-in",
        "network.init.scale": 1.0,
        "loss.reduction": "sum",
        "optimizer.norm": "l2",
        "optimizer.step.kind": "safe",
        "optimizer.step.c": 0.5,
        "optimizer.step.kappa": 0.02,
        "optimizer.step.refresh": 25,
        "measure.groups": "auto",
        "measure.per_decade": 100,
        "run.steps": 10_000,
        "run.device": "auto",
        "run.dtype": "float64",
        "run.threads": 0,
    }
    assert {path: value_at(read, path) for path in expected} == expected


@settings(max_examples=60)
@given(drawn.experiments())
def test_any_experiment_survives_its_own_file(said: dict[str, Any]) -> None:
    first = experiment_from(said)
    text = experiment_to_toml(first)
    assert parse(text).base == first
    assert experiment_to_toml(parse(text).base) == text


def kinds() -> list[tuple[str, str, type[BaseModel]]]:
    choices = {
        "data": DATA_KINDS,
        "network": NETWORK_KINDS,
        "optimizer": OPTIMIZER_KINDS,
        "optimizer.step": STEP_KINDS,
    }
    return [(where, kind, model) for where, models in choices.items() for kind, model in models.items()]


REQUIRED = {
    "csv": {"path": "a.csv"},
    "npz": {"path": "a.npz"},
    "idx": {"folder": "a"},
    "attention": {"form": "factored"},
}
"""What kinds cannot do without, be it for one of their numbers."""


@pytest.mark.parametrize(("where", "kind", "model"), kinds())
def test_every_kind_survives_its_own_file(where: str, kind: str, model: type[BaseModel]) -> None:
    """With the defaults, and with every number a little off its default."""
    required = REQUIRED.get(kind, {})
    beside = {"optimizer": {"kind": "flow"}} if kind == "adaptive" else {}
    beside |= {"network": {"kind": "mlp", "widths": []}} if kind == "mirror" else {}
    changed: dict[str, Any] = {"kind": kind, **required}
    for name, field in model.model_fields.items():
        if isinstance(field.default, bool):
            changed[name] = not field.default
        elif isinstance(field.default, int):
            changed[name] = field.default + 1
        elif isinstance(field.default, float):
            changed[name] = field.default * 1.01 if field.default else 0.01
    for said in ({"kind": kind, **required}, changed):
        if said.get("scaled") is False:
            said["step"] = {"kind": "constant"}
        first = experiment({**beside, where: said})
        again = parse(experiment_to_toml(first)).base
        assert again == first
        assert value_at(again, where).kind == kind


def test_what_is_left_at_its_default_is_not_written() -> None:
    assert experiment_to_toml(parse(MINIMAL).base).split() == MINIMAL.split()


def test_documents_survive_their_own_file() -> None:
    said = {
        **tables({"vary": {"network.init.scale": [0.1, 1.0]}}),
        "about": {
            "paper": "A & B 2020",
            "theorem": "It 'grows'.",
            "look_for": "a\nb",
            "notes": "n",
            "order": 3,
        },
        "experiments": [
            {"name": "one", "set": {"optimizer.step": {"kind": "constant", "eta": 0.2}}},
            {"name": "two", "set": {"loss.kind": "logistic", "run.steps": 9}},
        ],
        "claims": [
            {"text": "t", "check": "ratio", "of": "margin", "compare": ["one", "two"], "at_least": 1.5},
            {"text": "u", "check": "always", "of": "margin", "at_most": "balance_bound", "after": 7},
            {"text": "v", "check": "final", "of": "margin", "run": "two", "target": 1.0, "tolerance": 0.1},
        ],
    }
    first = document_from(said)
    again = parse(to_toml(first))
    assert again == first
    assert list(again.experiments()) == ["one", "two"]
    assert (
        again.experiments()["one"].optimizer.step
        == experiment({"optimizer.step": {"kind": "constant", "eta": 0.2}}).optimizer.step
    )
    assert again.experiments()["two"].run.steps == 9
    assert again.experiments()["one"].run == again.base.run


def test_files_know_their_folder_and_refuse_others(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINIMAL, "utf-8")
    assert load(file).folder == tmp_path
    file.write_text("version = ", "utf-8")
    with pytest.raises(Refusal, match="not a TOML file"):
        load(file)
    with pytest.raises(Refusal, match=r"missing\.toml.* does not exist"):
        load(tmp_path / "missing.toml")
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refusal, match="cannot be read"):
        load(file)


# refusals ---------------------------------------------------------------------------------------

REFUSALS: list[tuple[dict[str, Any], str, str, str]] = [
    # what is said; the field that the sentence names; the value it shows; the remedy
    ({"dta": {}}, "dta", "", "did you mean 'data'?"),
    ({"data.n": "many"}, "data.n", "'many'", "a whole number"),
    ({"data.n": 2.5}, "data.n", "2.5", "a whole number"),
    ({"data.n": True}, "data.n", "True", "a whole number"),
    ({"data.phase": False}, "data.phase", "False", "a number"),
    ({"data.n": 0}, "data.n", "0", "at least"),
    ({"data.n": -4}, "data.n", "-4", "at least"),
    ({"data.phase": float("nan")}, "data.phase", "nan", "not a finite number"),
    ({"data.radius": float("inf")}, "data.radius", "inf", "not a finite number"),
    ({"data.radius": 0}, "data.radius", "0", "above 0"),
    ({"data.rdius": 1.0}, "data.rdius", "", "did you mean 'radius'?"),
    ({"data.kind": "cirkle"}, "data.kind", "'cirkle'", "did you mean 'circle'?"),
    ({"data": {}}, "data.kind", "", "allowed: circle, rings"),
    ({"data": "circle"}, "data", "'circle'", "a table"),
    ({"data": {"kind": "csv"}}, "data.path", "", "is missing"),
    ({"data": {"kind": "csv", "path": ""}}, "data.path", "''", "at least 1"),
    ({"data.normalize": "max_norm"}, "data.normalize", "'max_norm'", "did you mean 'max-norm'?"),
    ({"data.label_noise": 1.0}, "data.label_noise", "1.0", "below 1"),
    ({"data": {"kind": "points", "x": [[1, "b"]], "y": [1]}}, "data.x[0][1]", "'b'", "a number"),
    ({"network.widths": [0]}, "network.widths", "0", "at least 1 unit"),
    ({"network.widths": [4, -3]}, "network.widths", "-3", "at least 1 unit"),
    ({"network.widths": 5}, "network.widths", "5", "a list"),
    ({"network.widths": [2.5]}, "network.widths[0]", "2.5", "a whole number"),
    ({"network.activation": "rleu"}, "network.activation", "'rleu'", "did you mean 'relu'?"),
    ({"network.bias": "al"}, "network.bias", "'al'", "did you mean 'all'?"),
    ({"network.kind": "mpl"}, "network.kind", "'mpl'", "did you mean 'mlp'?"),
    ({"network.train": ["W9"]}, "network.train", "'W9'", "did you mean 'W"),
    ({"network.train": []}, "network.train", "[]", "at least one layer"),
    ({"network.init": {"kind": "fanin"}}, "network.init.kind", "'fanin'", "did you mean 'fan-in'?"),
    ({"network.init": {"scal": 1.0}}, "network.init.scal", "", "did you mean 'scale'?"),
    ({"network.init": {"scale": 0}}, "network.init.scale", "0", "above 0"),
    ({"network.init.symmetrized": True}, "network.init.symmetrized", "True", "even width"),
    ({"network.output_scale": -1.0}, "network.output_scale", "-1.0", "above 0"),
    ({"loss.kind": "logistik"}, "loss.kind", "'logistik'", "did you mean 'logistic'?"),
    ({"loss.reduction": "avg"}, "loss.reduction", "'avg'", "sum, mean"),
    ({"loss": "exponential"}, "loss", "'exponential'", "a table"),
    ({"optimizer.kind": "stepest"}, "optimizer.kind", "'stepest'", "did you mean 'steepest'?"),
    ({"optimizer.step": {"kind": "saef"}}, "optimizer.step.kind", "'saef'", "did you mean 'safe'?"),
    ({"optimizer.step": {"c": 0.5}}, "optimizer.step.kind", "", "allowed: safe, constant"),
    ({"optimizer.step": {"kind": "safe", "eta": 0.1}}, "optimizer.step.eta", "", "allowed: kind, c, kappa"),
    ({"optimizer.step": {"kind": "constant", "eta": -1}}, "optimizer.step.eta", "-1", "above 0"),
    ({"optimizer.step": {"kind": "loss-based", "up": 1.0}}, "optimizer.step.up", "1.0", "above 1"),
    (
        {"optimizer": {"kind": "adam", "step": {"kind": "safe"}}},
        "optimizer.step.kind",
        "'safe'",
        "does not go with adam; allowed: constant",
    ),
    (
        {"optimizer": {"kind": "sgd", "step": {"kind": "normalised"}}},
        "optimizer.step.kind",
        "'normalised'",
        "does not go with sgd; allowed: constant, power, loss-based",
    ),
    ({"optimizer": {"kind": "sgd", "batch": 0}}, "optimizer.batch", "0", "at least 1"),
    ({"optimizer": {"kind": "adam", "beta1": 1.0}}, "optimizer.beta1", "1.0", "below 1"),
    ({"optimizer": {"kind": "adam", "epsilon": -1e-8}}, "optimizer.epsilon", "-1e-08", "at least 0"),
    ({"measure.groups": ["margin"]}, "measure.groups[0]", "'margin'", "did you mean 'margins'?"),
    ({"measure.evry": 3}, "measure.evry", "", "did you mean 'every'?"),
    ({"measure.per_decade": 0}, "measure.per_decade", "0", "at least 1"),
    ({"run.steps": 0}, "run.steps", "0", "at least 1"),
    ({"run.steps": 1e4}, "run.steps", "10000.0", "a whole number"),
    ({"run.device": "gpu"}, "run.device", "'gpu'", "cpu, cuda"),
    ({"run.dtype": "float16"}, "run.dtype", "'float16'", "did you mean 'float"),
    ({"run.stop": {"seconds": 0}}, "run.stop.seconds", "0", "above 0"),
    ({"run.stop": {"los": -3.0}}, "run.stop.los", "", "did you mean 'log_loss'?"),
    ({"version": 2}, "version", "2", "made by a newer lab"),
    ({"version": "1"}, "version", "'1'", "allowed: 1"),
    ({"seed": -1}, "seed", "-1", "at least 0"),
    ({"replicas": 0}, "replicas", "0", "at least 1"),
    ({"title": 3}, "title", "3", "text in quotes"),
    ({"vary": {"network.init.scle": [0.1]}}, "vary.network.init.scle", "", "mean 'network.init.scale'?"),
    ({"vary": {"network.widths": [[3], [4]]}}, "vary.network.widths", "", "change shapes"),
    ({"vary": {"network.init.scale": []}}, "vary.network.init.scale", "[]", "one value per replica"),
    ({"vary": {"network.init.scale": 0.1}}, "vary.network.init.scale", "0.1", "one value per replica"),
    ({"vary": {"network.init.scale": [0.1, -1.0]}}, "vary.network.init.scale", "-1.0", "above 0"),
    ({"vary": {"data.phase": [0.1, float("nan")]}}, "vary.data.phase", "nan", "not a finite number"),
    (
        {"vary": {"network.init.scale": [0.1, 0.2], "data.phase": [0.1]}},
        "vary.data.phase",
        "[0.1]",
        "1 values where network.init.scale has 2",
    ),
    ({"vary": {"network.init.scale": [0.1, 0.2]}, "replicas": 3}, "replicas", "3", "lists 2 values"),
    (
        {"vary": {"optimizer.step.eta": [0.1]}},
        "vary.optimizer.step.eta",
        "",
        "did you mean 'optimizer.step.c'?",
    ),
    ({"claims": {"text": "a"}}, "claims", "", "[[claims]]"),
    ({"claims": [{"text": "a", "check": "finl"}]}, "claims[0].check", "'finl'", "did you mean 'final'?"),
    (
        {"claims": [{"text": "a", "check": "final", "of": "margin", "at_least": 1.0, "run": "x"}]},
        "claims[0].run",
        "'x'",
        "leave it out",
    ),
    ({"claims": [{"text": "a", "check": "final"}]}, "claims[0].of", "", "name the column"),
    ({"experiments": [{"name": "a"}, {"name": "a"}]}, "experiments[0].name", "'a'", "used twice"),
    ({"experiments": [{"name": "a", "set": {"run.stps": 3}}]}, "experiments[0].set.run.stps", "", "'steps'?"),
    (
        {"experiments": [{"name": "a", "set": {"optimizer.step": {"kind": "constnt"}}}]},
        "experiments[0].set.optimizer.step.kind",
        "'constnt'",
        "did you mean 'constant'?",
    ),
    ({"about": {"papr": "x"}}, "about.papr", "", "did you mean 'paper'?"),
]


@pytest.mark.parametrize(("said", "field", "value", "remedy"), REFUSALS)
def test_refusals_name_field_value_and_remedy(
    said: dict[str, Any], field: str, value: str, remedy: str
) -> None:
    refusal = refused(tables(said))
    sentence = str(refusal)
    assert refusal.field == field
    assert sentence.startswith(f"{field}: {value}")
    assert remedy in sentence
    assert "\n" not in sentence and "pydantic" not in sentence and "Value error" not in sentence


@pytest.mark.parametrize("table", ["version", "data", "network", "loss", "optimizer"])
def test_required_tables(table: str) -> None:
    said = tables()
    del said[table]
    assert str(refused(said)) == f"{table}: is missing; it has no default"


def every_name() -> list[tuple[str, str]]:
    """Return (path of a table, name of a field in it) for everything a file may say."""
    found = [("", name) for name in Experiment.model_fields]
    plain = experiment()
    for table in (
        "data",
        "network",
        "network.init",
        "loss",
        "optimizer",
        "optimizer.step",
        "measure",
        "run",
        "run.stop",
    ):
        found += [(table, name) for name in type(value_at(plain, table)).model_fields]
    return found


@given(st.sampled_from(every_name()), st.data())
def test_names_misspelt_by_a_letter_are_refused_with_the_right_one(
    place: tuple[str, str], more: st.DataObject
) -> None:
    table, name = place
    i = more.draw(st.integers(0, len(name) - 1))
    how = more.draw(st.sampled_from(["drop", "double", "change"]))
    new = {"drop": "", "double": name[i] * 2, "change": "z"}[how]
    wrong = name[:i] + new + name[i + 1 :]
    if len(name) == 1 or (table, wrong) in every_name():
        return
    said = tables({"optimizer.step": {"kind": "safe"}})
    refusal = refused(with_value(said, f"{table}.{wrong}" if table else wrong, 1))
    assert refusal.field == (f"{table}.{wrong}" if table else wrong)
    assert f"did you mean '{name}'?" in str(refusal)


@pytest.mark.parametrize(("where", "kind", "model"), kinds())
def test_kinds_misspelt_by_a_letter(where: str, kind: str, model: type[BaseModel]) -> None:
    wrong = kind[:1] + kind[2:]
    refusal = refused(tables({where: {"kind": wrong}}))
    assert refusal.field == f"{where}.kind"
    assert re.search(rf"did you mean '{kind}'\?", str(refusal))


# vary and several experiments -------------------------------------------------------------------


def test_vary_sets_the_replicas_and_zips_its_lists() -> None:
    varied = experiment(
        {"seed": 4, "vary": {"network.init.scale": [0.1, 0.2, 0.3], "optimizer.step.c": [1.0, 0.5, 0.25]}}
    )
    assert varied.replicas == 3
    for r, member in enumerate(varied.members()):
        assert (member.seed, member.replicas, member.vary) == (4 + r, 1, {})
        assert value_at(member, "network.init.scale") == [0.1, 0.2, 0.3][r]
        assert value_at(member, "optimizer.step.c") == [1.0, 0.5, 0.25][r]
        assert member == experiment(
            {
                "seed": 4 + r,
                "network.init": {"scale": [0.1, 0.2, 0.3][r]},
                "optimizer.step": {"kind": "safe", "c": [1.0, 0.5, 0.25][r]},
            }
        )


def test_what_may_vary_is_what_keeps_shapes() -> None:
    shapes = {
        "data.n",
        "data.d",
        "data.classes",
        "network.widths",
        "network.bias",
        "optimizer.batch",
        "run.steps",
    }
    for where, kind, model in kinds():
        required = REQUIRED.get(kind, {})
        for name, info in model.model_fields.items():
            extra = info.json_schema_extra
            if not isinstance(extra, dict) or not extra["varies"]:
                continue
            assert f"{where}.{name}" not in shapes
            value = info.default
            assert isinstance(value, (int, float)), f"{where}.{name}"
            said = {where: {"kind": kind, **required}, "vary": {f"{where}.{name}": [value, value]}}
            said |= {"network": {"kind": "mlp", "widths": []}} if kind == "mirror" else {}
            assert experiment(said).replicas == 2


def test_edits_keep_what_kinds_share() -> None:
    first = experiment({"data": {"kind": "circle", "n": 10, "seed": 3, "label_noise": 0.1}})
    rings = with_values(first, {"data.kind": "rings"})
    assert (rings.data.kind, rings.data.seed, rings.data.label_noise) == ("rings", 3, 0.1)
    sgd = with_values(first, {"optimizer.kind": "sgd"})
    assert sgd.optimizer.step.kind == "constant"  # safe does not go with it
    constant = with_values(first, {"optimizer.step.kind": "constant"})
    assert with_values(constant, {"optimizer.kind": "adam"}).optimizer.step.kind == "constant"
    with pytest.raises(Refusal, match=r"optimizer\.step\.eta"):
        with_values(first, {"optimizer.step.eta": 0.1})
    later = with_values(first, {"optimizer.step.kind": "constant", "optimizer.step.eta": 0.3})
    assert value_at(later, "optimizer.step.eta") == 0.3
    assert with_values(first, {"vary": {"data.phase": [0.1, 0.2]}}).replicas == 2
    varied = with_values(first, {"vary": {"data.phase": [0.1, 0.2]}})
    assert with_values(varied, {"vary": {"data.phase": [0.1, 0.2, 0.3]}}).replicas == 3


def test_changing_the_base_checks_the_variations() -> None:
    document = document_from(
        {**tables(), "experiments": [{"name": "a", "set": {"optimizer.step": {"kind": "safe", "c": 0.1}}}]}
    )
    assert document.with_base(experiment({"seed": 9})).experiments()["a"].seed == 9
    with pytest.raises(Refusal, match=r"optimizer\.step\.kind"):
        document.with_base(experiment({"optimizer": {"kind": "adam"}}))
    assert Document(base=experiment()).experiments() == {"": experiment()}


def test_experiments_are_values() -> None:
    first = experiment()
    assert first == experiment() and hash(first.network) == hash(experiment().network)
    with pytest.raises(Exception, match="frozen"):
        first.seed = 3  # type: ignore[misc]
    assert np.array_equal(first.members(), [first])
