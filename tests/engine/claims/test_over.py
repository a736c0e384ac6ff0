"""Claims about a map, on tables with known answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from engine.claims import Verdict, judge_map
from engine.experiment.claims import Claim
from engine.experiment.document import document_from
from engine.experiment.sweep import Grid
from engine.protocol.points import PointResult, PointStatus
from engine.words.errors import Refusal
from tests.engine.cases import tables

WIDTHS = [[4], [16], [64]]
SCALES = [0.1, 1.0]


def judged(
    value: Callable[[float, int, int], float | None],
    left_out: int = 0,
    seeds: int = 3,
    statuses: Mapping[int, PointStatus] | None = None,
    verdicts: Mapping[int, str] | None = None,
    **said: Any,
) -> Verdict:
    """Judge a claim on a map over scale and width: value(scale, width, seed), and what some points came to."""
    sweep = {
        "axes": [
            {"path": "network.init.scale", "values": SCALES},
            {"path": "network.widths", "values": WIDTHS},
        ],
        "seeds": seeds,
    }
    claim = {"text": "so", "of": "margin", **said}
    document = document_from({**tables(), "sweep": sweep, "claims": [claim]})
    assert document.sweep is not None
    grid = Grid.of(document.base, document.sweep)
    results = {}
    for setting in grid.settings():
        for seed in range(seeds):
            number = setting.number * seeds + seed
            at = value(setting.values["network.init.scale"], setting.values["network.widths"][0], seed)
            status = (statuses or {}).get(number, "done")
            told = () if verdicts is None else (verdicts.get(number, "holds"),)
            results[number] = PointResult(
                number, status, 9, 0.0, {} if at is None else {str(claim["of"]): at}, verdicts=told
            )
    for number in range(left_out):
        del results[number]
    ((_, verdict),) = judge_map(document, grid, results)
    return verdict


def test_order_asks_that_medians_rise_along_the_axis_on_every_line() -> None:
    said = {"check": "order", "over": "network.widths"}
    assert judged(lambda scale, width, seed: scale * width, **said).status == "holds"
    falls = judged(lambda scale, width, seed: width if scale < 1 else -width, **said)
    assert falls.status == "fails" and "does not rise all along hidden widths" in falls.sentence
    assert "at initialisation scale 1" in falls.sentence and falls.values == [12.0, -48.0]
    outlier = judged(lambda scale, width, seed: -1e9 if seed == 0 else width, **said)
    assert outlier.status == "holds"  # the median of three
    assert judged(lambda scale, width, seed: 1.0, **said).status == "fails"
    bounded = judged(lambda scale, width, seed: -width, at_most=0, **said)
    assert bounded.status == "holds" and "(claimed: at most 0)" in bounded.sentence
    downwards = judged(lambda scale, width, seed: width / scale, check="order", over="network.init.scale")
    assert "does not rise all along initialisation scale" in downwards.sentence


def test_a_slope_is_the_exponent_of_a_power_law() -> None:
    said = {"check": "slope", "over": "network.widths", "target": -0.5, "tolerance": 0.01}
    exact = judged(lambda scale, width, seed: 3 * scale * width**-0.5, **said)
    assert exact.status == "holds" and exact.values == pytest.approx([-0.5, -0.5])
    steeper = judged(lambda scale, width, seed: width ** (-0.5 if scale < 1 else -1.0), **said)
    assert steeper.status == "fails" and "-1" in steeper.sentence
    zero = judged(lambda scale, width, seed: 0.0, **said)
    assert zero.status == "fails" and zero.sentence.startswith("Margin is no power law of hidden widths")
    assert "at initialisation scale 0.1: it is 0 somewhere." in zero.sentence


def test_a_value_below_zero_has_the_slope_of_its_size_and_one_that_changes_its_sign_none() -> None:
    said = {"check": "slope", "over": "network.widths", "target": -0.5, "tolerance": 0.01}
    below = judged(lambda scale, width, seed: -(width**-0.5), **said)
    assert below.status == "holds" and below.measured == "of its size, slope -0.5"
    assert "The size of margin, which is below 0, has along hidden widths" in below.sentence
    crosses = judged(lambda scale, width, seed: width**-0.5 * (1 if width > 4 else -1), **said)
    assert (crosses.status, crosses.values) == ("fails", [None, None])
    assert (
        "is no power law of hidden widths at initialisation scale 0.1: it changes its sign"
        in crosses.sentence
    )


def test_a_logarithm_is_taken_as_it_is() -> None:
    said: dict[str, Any] = {"check": "slope", "of": "log_loss", "over": "network.widths", "target": -2.0}
    verdict = judged(lambda scale, width, seed: 1 - 2 * math.log(width), tolerance=1e-9, **said)
    assert verdict.status == "holds" and "a logarithm itself" in verdict.sentence


def test_points_without_a_value_are_left_out_of_medians_and_counted() -> None:
    said: dict[str, Any] = {"check": "order", "over": "network.widths"}
    lost: dict[int, PointStatus] = {0: "diverged", 4: "diverged"}
    verdict = judged(lambda scale, width, seed: None if seed == 2 else width, statuses=lost, **said)
    assert verdict.status == "holds" and verdict.measured.endswith("; 2 diverged, 6 undefined")
    assert "the medians are of 10 of 18 runs, the rest have no value: 2 diverged, 6 undef" in verdict.sentence
    share = judged(lambda scale, width, seed: width, statuses=lost, check="share", at_least=1.0)
    assert share.values == [16 / 18] and share.measured == "88.9 % of the runs; 2 diverged"
    assert "not in those without a value (2 diverged)" in share.sentence


def test_a_failed_point_that_a_claim_is_about_leaves_it_open() -> None:
    said: dict[str, Any] = {"check": "share", "at_least": 1.0, "statuses": {0: "failed", 1: "stopped"}}
    verdict = judged(lambda scale, width, seed: width, **said)
    assert verdict.status == "not yet" and "Of 18 runs 1 failed, 1 not trained" in verdict.sentence
    elsewhere = judged(lambda scale, width, seed: width, at={"network.init.scale": 1.0}, **said)
    assert elsewhere.status == "holds"


@pytest.mark.parametrize(
    ("told", "statuses", "expect", "found"),
    [
        ({}, {}, "holds", ("holds", True, "holds in 18 of 18 runs")),
        ({0: "void"}, {0: "diverged"}, "holds", ("void", False, "holds in 17 of 18 runs; 1 diverged")),
        ({0: "void", 1: "fails"}, {}, "holds", ("fails", False, "holds in 16 of 18 runs")),
        ({}, {0: "failed"}, "holds", ("not yet", False, "holds in 17 of 18 runs; 1 failed")),
        ({1: "fails"}, {0: "failed"}, "holds", ("fails", False, "holds in 16 of 18 runs; 1 failed")),
        ({1: "void"}, {0: "failed"}, "holds", ("not yet", False, "holds in 16 of 18 runs; 1 failed")),
        (dict.fromkeys(range(18), "fails"), {}, "fails", ("fails", True, "holds in 0 of 18 runs")),
        (dict.fromkeys(range(17), "fails"), {}, "fails", ("holds", False, "holds in 1 of 18 runs")),
    ],
)
def test_a_claim_about_each_point_ends_as_the_worst_unexpected_one(
    told: dict[int, str],
    statuses: dict[int, PointStatus],
    expect: str,
    found: tuple[str, bool, str],
) -> None:
    said: dict[str, Any] = {"check": "final", "at_least": 1.0, "expect": expect}
    verdict = judged(lambda scale, width, seed: width, statuses=statuses, verdicts=told, **said)
    assert (verdict.status, verdict.as_expected, verdict.measured) == found


def test_a_share_counts_points_within_bounds_and_those_without_a_value_are_not() -> None:
    said: dict[str, Any] = {"check": "share", "at_least": 10.0}
    two_thirds = judged(lambda scale, width, seed: width, **said)
    assert two_thirds.status == "fails" and two_thirds.values == pytest.approx([2 / 3])
    assert judged(lambda scale, width, seed: width, target=0.6, **said).status == "holds"
    assert judged(lambda scale, width, seed: None, **said).values == [0.0]


def test_nothing_is_judged_before_every_point_is_there() -> None:
    verdict = judged(lambda scale, width, seed: width, left_out=2, check="order", over="network.widths")
    assert verdict.status == "not yet" and "Of 18 runs 2 not trained" in verdict.sentence


def test_a_value_that_no_seed_has_makes_the_line_undefined() -> None:
    verdict = judged(
        lambda scale, width, seed: None if width == 16 else width, check="order", over="network.widths"
    )
    assert verdict.status == "fails" and "is not defined along hidden widths" in verdict.sentence
    assert "no seed has a value at [16]" in verdict.sentence


def test_infinite_values_are_no_values_and_neighbours_of_them_are_not_compared() -> None:
    said: dict[str, Any] = {"check": "order", "over": "network.widths"}
    verdict = judged(lambda scale, width, seed: -math.inf if width < 64 else 1.0, **said)
    assert verdict.status == "fails" and "no seed has a value at [4], [16]" in verdict.sentence
    one = judged(lambda scale, width, seed: math.inf if seed == 0 else width, **said)
    assert one.status == "holds" and "6 undefined" in one.sentence


def test_a_claim_can_be_about_some_values_of_the_axes() -> None:
    said: dict[str, Any] = {"check": "slope", "over": "network.widths", "tolerance": 0.01}

    def value(scale: float, width: int, seed: int) -> float:
        return float(width ** (-0.5 if scale < 1 else 1.0))

    small = judged(value, 0, 3, **said, target=-0.5, at={"network.init.scale": 0.1})
    assert small.status == "holds" and small.values == pytest.approx([-0.5])
    assert judged(value, 0, 3, **said, target=1.0, at={"network.init.scale": 1.0}).status == "holds"
    share = judged(value, check="share", at_least=1.0, at={"network.init.scale": 1.0})
    assert share.status == "holds" and "9 of 9 runs" in share.sentence
    with pytest.raises(Refusal, match=r"claims\[0\].at.network.init.scale"):
        judged(value, check="share", at_least=1.0, at={"network.init.scale": 0.3})
    with pytest.raises(Refusal, match="is not an axis"):
        judged(value, check="share", at_least=1.0, at={"network.output_scale": 1.0})
    with pytest.raises(Refusal, match="with over and with share alone"):
        judged(value, check="final", at_least=1.0, at={"network.init.scale": 1.0})


def test_a_claim_about_a_map_can_be_of_the_step_of_an_event() -> None:
    claim = Claim(text="later", check="order", of="handover_step", over="network.widths")
    assert claim.of == "handover_step"
    with pytest.raises(ValueError, match="is not a measurement"):
        Claim(text="later", check="final", of="handover_step", at_least=1.0)
    verdict = judged(
        lambda scale, width, seed: None, check="order", of="handover_step", over="network.widths"
    )
    assert verdict.status == "fails" and "Step of 'handover' is not defined" in verdict.sentence


def test_an_axis_that_is_listed_from_above_is_gone_along_as_it_falls() -> None:
    claim = {"text": "so", "of": "margin", "check": "order", "over": "network.init.scale"}
    sweep = {"axes": [{"path": "network.init.scale", "values": [1.0, 0.1]}]}
    document = document_from({**tables(), "sweep": sweep, "claims": [claim]})
    assert document.sweep is not None
    results = {k: PointResult(k, "done", 9, 0.0, {"margin": float(k)}) for k in range(2)}
    ((_, verdict),) = judge_map(document, Grid.of(document.base, document.sweep), results)
    assert verdict.sentence == "Margin rises all the way as initialisation scale falls, least by 1."
