"""Hints speak where theory would, and nowhere else; what each says can be edited."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import engine
from engine.catalog import load_preset, presets
from engine.claims.hints import RULES, Hint, hints, shown_on_purpose
from engine.experiment.document import Document
from engine.experiment.experiment import with_values
from engine.protocol.messages import Noted

DOCS = Path(__file__).parents[3] / "docs"
NOTHING_ELSE = {"measure.groups": ["margins", "norms", "directions"]}
LINEAR: dict[str, Any] = {"data.kind": "hyperplane", "network.widths": []}
ADAM: dict[str, Any] = {**LINEAR, "optimizer.kind": "adam", "optimizer.step.kind": "constant"}


@cache
def circle() -> Document:
    return engine.load("circle-global-margin", set=NOTHING_ELSE)


def said(settings: Mapping[str, Any], steps: int) -> list[Hint]:
    """Return the hints about a run of a circle with some settings."""
    results = engine.train(circle(), set={**settings, "run.steps": steps})
    return hints(results.run.experiment, results.run.history)


CIRCLE = "circle-global-margin"
SPEAKS: list[tuple[str, str, dict[str, Any], int]] = [
    ("diverged", CIRCLE, {"optimizer.step.kind": "constant", "optimizer.step.eta": 1e4}, 50),
    ("spoiled labels", CIRCLE, {**LINEAR, "data.random_labels": True}, 40),
    ("not separated", CIRCLE, {}, 3),
    ("not separated", "lyu-li-too-narrow", {}, 10_000),
    ("not separated", "schechtman-step-too-large", {}, 3000),
    ("loose flow", CIRCLE, {"optimizer.kind": "flow", "optimizer.rtol": 1e-2}, 5),
    ("fixed length", "tsilivis-fixed-length", {}, 6000),
    ("line search", "lyu-li-line-search", {}, 200),
    ("finite time", CIRCLE, {"optimizer.step.kind": "power", "optimizer.step.exponent": 2.0}, 20),
    ("below epsilon", CIRCLE, {**ADAM, "optimizer.step.eta": 0.1, "optimizer.epsilon": 1e-3}, 500),
    ("beta2 throttles", "zhang-beta2-throttle", {}, 3000),
    ("constant step", "soudry-log-direction", {}, 300),
    ("start weighs", CIRCLE, {"network.init.scale": 3.0, "network.widths": [300]}, 1000),
    ("late biases", CIRCLE, {"network.bias": "all"}, 2000),
    ("weight decay", CIRCLE, {"optimizer.weight_decay": 1e-4}, 1000),
    ("just separated", CIRCLE, {"network.init.scale": 1.5}, 1000),
]
SHORTER = {"just separated", "not separated"}
"""What is true of presets that are cut short."""
REMEDIES = {
    "lyu-li-too-narrow": {"network.widths": (20,)},
    "schechtman-step-too-large": {"optimizer.step.eta"},
}


@pytest.mark.parametrize(
    ("rule", "preset", "settings", "steps"),
    SPEAKS,
    ids=[f"{rule}, {preset}" for rule, preset, _, _ in SPEAKS],
)
def test_a_rule_speaks_where_theory_would_and_can_be_mended(
    rule: str, preset: str, settings: dict[str, Any], steps: int
) -> None:
    document = engine.load(preset, set={**NOTHING_ELSE, **settings, "run.steps": steps})
    run = engine.train(document).run
    told = {hint.rule: hint for hint in hints(run.experiment, run.history)}
    assert rule in told
    changes = told[rule].remedy.changes
    assert with_values(run.experiment, changes) != run.experiment
    wanted = REMEDIES.get(preset)
    assert wanted is None or changes == wanted or set(changes) == wanted


@pytest.mark.parametrize(
    ("preset", "steps"),
    [
        (CIRCLE, 15_000),
        ("lyu-li-rates", 2000),
        ("ji-telgarsky-alignment", 4000),
        ("tsilivis-three-flavours", 2000),
        ("adam-networks", 800),
        ("kunin-quasi-homogeneous", 4000),
        ("wang-adagrad-metric", 2000),
    ],
)
def test_nothing_is_said_of_a_run_that_theory_is_about(preset: str, steps: int) -> None:
    results = engine.train(preset, set={**NOTHING_ELSE, "run.steps": steps})
    for run in results.runs.values():
        told = {hint.rule for hint in hints(run.experiment, run.history)}
        assert told <= (set() if preset == CIRCLE else SHORTER), run.name


@pytest.mark.parametrize("settings", [{"replicas": 3}, {"loss.kind": "logistic"}, {"network.widths": [200]}])
def test_safe_steps_that_separated_early_are_left_in_peace(settings: dict[str, Any]) -> None:
    assert {hint.rule for hint in said(settings, 4000)} <= {"just separated"}


def test_a_part_of_the_samples_is_named_with_its_whole() -> None:
    run = engine.train(circle(), steps=3, set={"data.kind": "digits"}).run
    run.history.apply(
        Noted("", {"ntk_change": "of a fixed class-balanced subset of 1,00 samples; it took 1 s"})
    )
    (hint,) = [hint for hint in hints(run.experiment, run.history) if hint.rule == "part of the kernel"]
    assert hint.sentence == "The kernel shown is of 100 of 500 samples"
    assert hint.remedy.changes == {"data.train": 100}


def test_margins_beyond_float32_are_told_only_there() -> None:
    run = engine.train(circle(), steps=4, set={"run.dtype": "float32"}).run
    assert "float32" not in {hint.rule for hint in hints(run.experiment, run.history)}
    run.history.records.column("margin")[:] = 2e4
    assert "float32" in {hint.rule for hint in hints(run.experiment, run.history)}


def test_what_varies_between_replicas_is_no_remedy() -> None:
    varied = {**ADAM, "vary": {"optimizer.epsilon": [1e-3, 0.0]}, "optimizer.step.eta": 0.1}
    assert "below epsilon" not in {hint.rule for hint in said(varied, 500)}


def test_the_guide_has_a_line_for_every_rule() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    guide = (DOCS / "guide.md").read_text("utf-8")
    lines = re.findall(
        r"^\| ([^|]+) \| [^|]+ \|$", guide[guide.index("| hint |") :].split("\n\n")[0], re.MULTILINE
    )
    assert lines[1:] == [rule.name for rule in RULES]
    assert {rule.more for rule in RULES} == {f"guide#hints?{name}" for name in lines[1:]}


def test_presets_name_rules_that_there_are() -> None:
    names = {rule.name for rule in RULES}
    assert {name for entry in presets() for name in load_preset(entry.id).about.on_purpose} <= names


@pytest.mark.parametrize(("preset", "steps"), [("soudry-log-direction", 300), ("lyu-li-too-narrow", 10_000)])
def test_a_preset_is_left_in_peace_about_what_it_shows_until_it_is_another_experiment(
    preset: str, steps: int
) -> None:
    document = engine.load(preset, set=NOTHING_ELSE)
    run = engine.train(engine.load(document, set={"run.steps": steps})).run
    assert not hints(run.experiment, run.history, shown_on_purpose(document))
    edited = engine.load(preset, set={"seed": 1, "loss.kind": "logistic"})
    assert edited.base.title.startswith("based on")
    assert hints(run.experiment, run.history, shown_on_purpose(edited))


def test_a_margin_that_decay_lets_fall_is_no_sign_of_long_steps() -> None:
    """A replica whose weights decay counts nothing, and one that came to decay counts no more."""
    settings = {"optimizer.step": {"kind": "constant", "eta": 0.1}, "replicas": 2, "run.steps": 1000}
    run = engine.train(circle(), set=settings).run
    run.history.counters["smoothed_margin_decreases"] = np.array([3.0, np.nan])
    run.history.counters["smoothed_margin_worst_drop"] = np.array([0.03, np.nan])
    fell = {hint.rule: hint for hint in hints(run.experiment, run.history)}["margin falls"]
    assert "by up to 0.03 of itself in 1 of 2 replicas" in fell.sentence
    decayed = with_values(run.experiment, {"optimizer.weight_decay": 0.1})
    assert not any(hint.rule == "margin falls" for hint in hints(decayed, run.history))
