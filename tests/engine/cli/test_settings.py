"""`--set path=value`: how words become values, and in which experiments they apply."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.settings import Settings
from engine.experiment.document import parse, to_toml
from engine.experiment.experiment import value_at
from engine.experiment.word_values import value_of
from engine.words.errors import Refusal

BASE = """
version = 1
data = { kind = "circle" }
network = { kind = "mlp", widths = [4] }
loss = { kind = "exponential" }
optimizer = { kind = "steepest", step = { kind = "constant", eta = 0.1 } }
"""
TWO = (
    BASE
    + """
[[experiments]]
name = "a"
set = { "optimizer.step" = { kind = "constant", eta = 0.2 } }
[[experiments]]
name = "b"
"""
)


def settings(*assignments: str, **shorthands: str) -> Settings:
    return Settings.of(assignments, shorthands)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("48", 48),
        ("1e-3", 1e-3),
        ("true", True),
        ("[3, 8]", [3, 8]),
        ('{ kind = "safe", c = 0.25 }', {"kind": "safe", "c": 0.25}),
        ("'cpu'", "cpu"),
        ("relu2", "relu2"),
        ("cuda:1", "cuda:1"),
        ("0,1", "0,1"),
        ("", ""),
        ("2020-01-01", "2020-01-01"),
        ("1\nother = 2", "1\nother = 2"),
        ("a=b", "a=b"),
        (".1", 0.1),
        ("-.5", -0.5),
        ("+1", 1),
        ("1.", 1.0),
        ("2.e3", 2000.0),
        ("True", True),
        ("False", False),
        ("1,5", "1,5"),
        (".", "."),
        (".5.5", ".5.5"),
        ("1e", "1e"),
        ("٣", "٣"),
    ],
)
def test_a_word_is_a_toml_value_or_itself(word: str, value: Any) -> None:
    found = value_of(word)
    assert found == value
    assert type(found) is type(value)


@given(st.text() | st.integers().map(str) | st.floats().map(repr))
def test_every_word_has_a_value(word: str) -> None:
    value = value_of(word)
    assert isinstance(value, (str, int, float, bool, list, dict))
    assert not isinstance(value, float) or math.isnan(value) or float(word.replace("_", "")) == value


def test_settings_apply_in_order_and_shorthands_last() -> None:
    document = settings(
        "run.steps=5", "optimizer.step.kind=safe", "optimizer.step.c=0.3", **{"run.steps": "7"}
    )
    base = document.applied_to(parse(BASE)).base
    assert (base.run.steps, value_at(base, "optimizer.step.c")) == (7, 0.3)


def test_an_equals_sign_in_a_value_stays() -> None:
    assert settings("title=a=b").applied_to(parse(BASE)).base.title == "a=b"


def test_a_setting_wins_over_what_a_variation_sets() -> None:
    document = settings("optimizer.step.eta=0.7", seed="3").applied_to(parse(TWO))
    assert {n: (value_at(e, "optimizer.step.eta"), e.seed) for n, e in document.experiments().items()} == {
        "a": (0.7, 3),
        "b": (0.7, 3),
    }
    assert parse(to_toml(document)).experiments() == document.experiments()


def test_a_field_that_only_the_variations_have() -> None:
    text = TWO.replace('step = { kind = "constant", eta = 0.1 }', 'step = { kind = "safe" }')
    with pytest.raises(Refusal, match=r"optimizer\.step\.eta"):
        settings("optimizer.step.eta=0.7").applied_to(parse(text))
    alone = parse(text.replace('[[experiments]]\nname = "b"\n', ""))
    assert (
        value_at(
            settings("optimizer.step.eta=0.7").applied_to(alone).experiments()["a"], "optimizer.step.eta"
        )
        == 0.7
    )


def test_nothing_set_changes_nothing() -> None:
    document = parse(TWO)
    assert settings().applied_to(document) is document


@pytest.mark.parametrize("word", ["seed", "=3", ""])
def test_a_word_that_sets_nothing_is_refused(word: str) -> None:
    with pytest.raises(Refusal, match="path=value"):
        settings(word)
