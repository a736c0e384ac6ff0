"""Claims: each check on columns with known answers, what makes a claim wait, fail early or be void."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.claims import Verdict, judge, judge_all
from engine.experiment.claims import Claim
from engine.experiment.document import parse
from engine.experiment.edits import LiveEdit
from engine.protocol.messages import RunStatus
from engine.protocol.records import RecordBatch, Records, schedule
from engine.protocol.run_history import RunHistory

STEPS = np.array(schedule(10_000, 100, None))
T = STEPS.astype(float)


def run_log(
    columns: dict[str, Any],
    steps: np.ndarray = STEPS,
    *,
    status: str = "done",
    separated: list[int | None] | int | None = 10,
    counters: dict[str, list[float]] | None = None,
) -> RunHistory:
    arrays = {name: np.atleast_2d(np.asarray(values, float).T).T for name, values in columns.items()}
    replicas = max((a.shape[1] for a in arrays.values()), default=1)
    records = Records(replicas)
    records.extend(
        RecordBatch(steps, {n: np.broadcast_to(a, (len(steps), replicas)) for n, a in arrays.items()})
    )
    events = separated if isinstance(separated, list) else [separated] * replicas
    history = RunHistory(records, events={"separated_step": events, "fitted_step": [None] * replicas})
    history.counters = {name: np.array(values, float) for name, values in (counters or {}).items()}
    history.status = RunStatus(status)
    return history


def claim(check: str, of: str = "margin", **said: Any) -> Claim:
    return Claim.model_validate({"text": "it is so", "check": check, "of": of, **said})


def verdict(history: RunHistory, check: str, of: str = "margin", **said: Any) -> Verdict:
    return judge(claim(check, of, **said), {"": history})


# settings that changed ------------------------------------------------------------------------------------


def edited(*edits: LiveEdit, status: str = "done") -> RunHistory:
    history = run_log({"margin": T}, status=status)
    history.edits = list(edits)
    return history


@pytest.mark.parametrize("status", ["done", "running", "stopped"])
def test_claims_about_a_run_whose_settings_changed_are_void(status: str) -> None:
    """Also before they could be broken, and with the bound met: they were made with other settings."""
    c = LiveEdit(800, "optimizer.step.c", 0.5, 1.9)
    judged = verdict(edited(c, status=status), "final", at_least=2.0)
    assert (judged.status, judged.values) == ("void", [])
    assert judged.sentence == "Settings changed while it ran: c 0.5 to 1.9 at 800."
    more = edited(c, LiveEdit(900, "optimizer.step.c", 1.9, 0.5), status=status)
    assert verdict(more, "peak", at_least=2.0).sentence.endswith("c 0.5 to 1.9 at 800, and 1 more edit.")
    assert verdict(more, "final", at_least=2.0, expect="void").as_expected


def test_a_comparison_with_an_edited_run_is_void_and_says_which_it_is() -> None:
    both = {"a": run_log({"margin": T}), "b": edited(LiveEdit(800, "optimizer.step.c", 0.5, 1.9))}
    judged = judge(claim("order", compare=["a", "b"]), both)
    assert (judged.status, judged.sentence[:31]) == ("void", "In 'b' settings changed while i")
    assert judge(claim("final", at_least=0.0, run="a"), both).status == "holds"


@pytest.mark.parametrize(
    ("edit", "status"),
    [
        (LiveEdit(10_000, "optimizer.step.c", 0.5, 1.9), "holds"),
        (LiveEdit(50, "measure.every", None, 3), "holds"),
        (LiveEdit(50, "run.steps", 5_000, 10_000), "holds"),
        (LiveEdit(50, "run.stop.log_loss", -9.0, -99.0), "holds"),
        (LiveEdit(50, "run.stop.log_loss", -9.0, None), "holds"),
        (LiveEdit(50, "run.steps", 20_000, 10_000), "void"),
        (LiveEdit(50, "run.stop.seconds", None, 9.0), "void"),
        (LiveEdit(0, "optimizer.step.kappa", 0.02, 0.01), "void"),
    ],
)
def test_edits_that_change_no_step_and_end_no_run_sooner_void_nothing(edit: LiveEdit, status: str) -> None:
    assert verdict(edited(edit), "final", at_least=2.0).status == status


# final, always, peak, fall --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "status"),
    [
        ({"at_least": 2.0}, "holds"),
        ({"at_least": 2.0000001}, "fails"),
        ({"at_most": 2.0}, "holds"),
        ({"at_most": 1.9}, "fails"),
        ({"target": 2.1, "tolerance": 0.2}, "holds"),
        ({"target": 2.1, "tolerance": 0.05}, "fails"),
        ({"at_least": 0.0, "at_most": 1.0}, "fails"),
        ({"at_most": "balance_bound"}, "holds"),
        ({"at_least": "balance_bound"}, "fails"),
    ],
)
def test_final_is_the_last_defined_value(bounds: dict[str, Any], status: str) -> None:
    values = np.where(T < 9_000, 2.0, np.nan)
    found = verdict(run_log({"margin": values, "balance_bound": 3.0 + 0 * T}), "final", **bounds)
    assert (found.status, found.values) == (status, [2.0])
    assert found.as_expected is (status == "holds")


def test_a_failure_says_by_how_much() -> None:
    found = verdict(run_log({"margin": 0.9912 + 0 * T}), "final", at_least=0.999)
    assert found.sentence == "Margin ends at 0.9912, below 0.999 by 0.0078."
    assert found.bound == "at least 0.999"


def test_numbers_are_told_apart_with_more_digits_where_four_do_not() -> None:
    found = verdict(run_log({"margin": 0.99899999 + 0 * T}), "final", at_least=0.999)
    assert "0.99899999, below 0.999 by 1e-08" in found.sentence


def test_numbers_near_one_do_not_look_like_one() -> None:
    found = verdict(run_log({"margin": 0.999999997 + 0 * T}), "final", at_least=0.999999)
    assert found.sentence == "Margin ends at 0.999999997 (claimed: at least 0.999999)."


def test_always_names_the_first_and_the_worst_record() -> None:
    values = np.ones_like(T)
    values[(T >= 300) & (T < 2_000)] = 0.5
    values[T.searchsorted(1_000)] = 0.25
    found = verdict(run_log({"margin": values}), "always", at_least=0.9)
    assert found.status == "fails"
    assert found.first_step == STEPS[T.searchsorted(300)]
    assert found.values == [0.25]
    assert found.sentence == (
        f"Margin breaks its bounds first at step {found.first_step}; "
        "worst is 0.25 at step 1,000, below 0.9 by 0.65."
    )


def test_always_can_fail_while_the_run_goes_on_and_final_cannot() -> None:
    history = run_log({"margin": 0.5 + 0 * T}, status="running")
    assert verdict(history, "always", at_least=0.9).status == "fails"
    assert verdict(history, "always", at_least=0.1).status == "not yet"
    waiting = verdict(history, "final", at_least=0.9)
    assert (waiting.status, waiting.values) == ("not yet", [0.5])
    assert waiting.sentence == "So far, margin is at 0.5 (claimed: at least 0.9)."


def test_always_is_judged_from_the_exact_event_on() -> None:
    values = np.where(T < 10, -1.0, 1.0)
    assert (
        verdict(run_log({"margin": values}, separated=10), "always", after="separated", at_least=0).status
        == "holds"
    )
    assert (
        verdict(run_log({"margin": values}, separated=9), "always", after="separated", at_least=0).status
        == "fails"
    )
    assert verdict(run_log({"margin": values}), "always", after=10, at_least=0).status == "holds"
    assert verdict(run_log({"margin": values}), "always", at_least=0).status == "fails"


def test_always_compares_with_a_column_record_by_record() -> None:
    history = run_log({"rank_one_defect": T, "balance_bound": T + np.where(T == 100, -1, 1)})
    found = verdict(history, "always", "rank_one_defect", at_most="balance_bound")
    assert (found.status, found.first_step) == ("fails", 100)
    assert found.bound == "at most bound D on the rank-one defect"


def test_peak_and_fall() -> None:
    values = 0.9 * np.exp(-((np.log10(T + 1) - 2) ** 2))
    values[T == 100] = 0.99
    history = run_log({"ntk_prediction_cosine": values})
    assert verdict(history, "peak", "ntk_prediction_cosine", at_least=0.97).values == [0.99]
    fallen = verdict(history, "fall", "ntk_prediction_cosine", at_least=0.02)
    assert fallen.values == [pytest.approx(0.99 - values[-1])]
    assert "from 0.99 at step 100" in fallen.sentence
    assert verdict(history, "fall", "ntk_prediction_cosine", at_least=0.02, after=5_000).values[0] < 0.25


# slope, drift, shrinking ----------------------------------------------------------------------------------


@given(st.floats(-3, 3), st.floats(-5, 5))
def test_slope_of_a_power_law_is_its_exponent(exponent: float, factor: float) -> None:
    history = run_log({"param_norm": np.exp(factor) * np.maximum(T, 1) ** exponent})
    found = verdict(history, "slope", "param_norm", target=exponent, tolerance=1e-9)
    assert found.status == "holds", found.sentence


def test_slope_takes_logs_as_they_are_and_only_the_last_half() -> None:
    log_time = 2 * np.log(T + 1)
    log_loss = np.where(log_time < log_time[-1] / 2, 5.0, -3 * log_time)
    found = verdict(
        run_log({"log_loss": log_loss, "log_time": log_time}),
        "slope",
        "log_loss",
        against="log_time",
        target=-3.0,
        tolerance=1e-6,
    )
    assert found.status == "holds", found.sentence
    assert found.sentence.startswith("ln loss (sum) against ln time has slope -3 (claimed: -3 ± 1e-06)")


def test_slope_needs_positive_values() -> None:
    assert verdict(run_log({"margin": -T}), "slope", target=1.0).sentence == "Margin is never defined."


def test_drift_is_relative_but_for_logs() -> None:
    # at step 5,000 of 10,000 the values are 2 and 4 at the end
    values = 2 * T / 5_000
    assert verdict(run_log({"margin": values}), "drift", at_most=1.0).values == [pytest.approx(1.0)]
    assert verdict(run_log({"log_loss": -values}), "drift", "log_loss", at_most=1.0).values == [
        pytest.approx(2.0)
    ]
    assert verdict(run_log({"margin": 0 * T}), "drift", at_most=0.0).status == "holds"


@pytest.mark.parametrize(("power", "status"), [(0.5, "holds"), (2.0, "fails"), (1.0, "fails")])
def test_shrinking_increments(power: float, status: str) -> None:
    steps = np.arange(0, 8_001, 100)
    history = run_log({"direction_path": (steps / 8_000.0) ** power}, steps)
    found = verdict(history, "shrinking", "direction_path")
    marks = (np.arange(9) / 8) ** power
    increments = np.diff(marks)[1:]
    assert found.status == status
    assert found.values == [pytest.approx(np.max(increments[1:] / increments[:-1]))]


def test_shrinking_with_a_tolerance_lets_increments_stay_equal() -> None:
    assert (
        verdict(run_log({"direction_path": T}), "shrinking", "direction_path", tolerance=1e-6).status
        == "holds"
    )


# non_decreasing -------------------------------------------------------------------------------------------


def counted(decreases: float, drop: float, **said: Any) -> RunHistory:
    counters = {"smoothed_margin_decreases": [decreases], "smoothed_margin_worst_drop": [drop]}
    return run_log({"smoothed_margin": T}, counters=counters, **said)


@pytest.mark.parametrize(
    ("decreases", "drop", "tolerance", "status", "value"),
    [
        (0, 0, 0.0, "holds", 0),
        (3, 1e-5, 0.0, "fails", 3),
        (3, 1e-5, 1e-4, "holds", 1e-5),
        (3, 1e-3, 1e-4, "fails", 1e-3),
    ],
)
def test_every_step_counts(decreases: int, drop: float, tolerance: float, status: str, value: float) -> None:
    found = verdict(counted(decreases, drop), "non_decreasing", "smoothed_margin", tolerance=tolerance)
    assert (found.status, found.values) == (status, [value])


def test_what_was_counted_is_told() -> None:
    found = verdict(counted(3, 2.3e-4), "non_decreasing", "smoothed_margin")
    assert found.sentence == (
        "Smoothed margin (l2) decreases in 3 of 9,990 steps since separation, at worst by 0.00023 of itself, "
        "where none is allowed."
    )
    assert found.bound == "no decrease"


def test_a_decrease_fails_at_once_and_none_waits_for_the_end() -> None:
    assert verdict(counted(1, 1e-5, status="running"), "non_decreasing", "smoothed_margin").status == "fails"
    assert verdict(counted(0, 0, status="running"), "non_decreasing", "smoothed_margin").status == "not yet"


def test_steps_are_counted_from_separation_on_so_without_it_the_claim_is_void() -> None:
    found = verdict(counted(0, 0, separated=None), "non_decreasing", "smoothed_margin")
    assert found.status == "void"
    assert found.sentence == "Never separated: the summed loss stayed above l(0)."
    waiting = verdict(counted(0, 0, separated=None, status="running"), "non_decreasing", "smoothed_margin")
    assert (waiting.status, waiting.sentence) == ("not yet", "Waits for the summed loss to fall below l(0).")


def test_counters_are_enough_where_the_column_is_not_recorded() -> None:
    history = run_log(
        {"margin": T}, counters={"smoothed_margin_decreases": [0], "smoothed_margin_worst_drop": [0]}
    )
    assert verdict(history, "non_decreasing", "smoothed_margin").status == "holds"


def test_without_counters_the_records_are_judged_and_the_sentence_says_so() -> None:
    values = np.where(T == 1_000, 0.9, 1.0)
    found = verdict(run_log({"margin": values}), "non_decreasing")
    assert (found.status, found.values, found.first_step) == ("fails", [1.0], 1_000)
    assert "(records, not every step)" in found.sentence
    assert "first seen at step 1,000" in found.sentence
    tolerant = verdict(run_log({"margin": values}), "non_decreasing", tolerance=0.11)
    assert (tolerant.status, tolerant.values) == ("holds", [pytest.approx(0.1)])


def test_rounding_is_no_decrease() -> None:
    assert (
        verdict(run_log({"margin": np.where(T % 2 == 0, 1.0, 1.0 - 1e-14)}), "non_decreasing").status
        == "holds"
    )


# two runs -------------------------------------------------------------------------------------------------


def compared(first: Any, second: Any, check: str, **said: Any) -> Verdict:
    histories = {"a": run_log({"margin": first}), "b": run_log({"margin": second})}
    return judge(claim(check, compare=["a", "b"], **said), histories)


def test_ratio_and_order_of_two_runs() -> None:
    one, two = 1 + 0 * T, 2 + 0 * T
    assert compared(two, one, "ratio", at_least=1.8).values == [2.0]
    assert compared(one, two, "ratio", at_least=1.8).status == "fails"
    assert compared(two, one, "order").status == "holds"
    assert compared(one, one, "order").status == "fails"
    assert compared(one, two, "order").sentence.startswith(
        "Margin ends at 1 for 'a' and 2 for 'b', a difference of -1"
    )
    assert compared(one, 0 * T, "ratio", at_least=1.0).sentence == "Margin is never defined."


def test_replicas_are_compared_in_pairs_or_all_with_all() -> None:
    first, second = np.array([2.0, 3.0]) + 0 * T[:, None], np.array([1.0, 2.0]) + 0 * T[:, None]
    assert compared(first, second, "ratio", at_least=1.4).values == [2.0, 1.5]
    lone = compared(1 + 0 * T, second, "ratio", at_least=0.6)
    assert (lone.values, lone.status) == ([1.0, 0.5], "fails")


def test_a_comparison_waits_for_both_runs() -> None:
    histories = {"a": run_log({"margin": T})}
    missing = judge(claim("order", compare=["a", "b"]), histories)
    assert (missing.status, missing.sentence) == ("not yet", "The experiment 'b' has not run yet.")
    histories["b"] = run_log({"margin": 2 * T}, status="running")
    assert judge(claim("order", compare=["a", "b"]), histories).status == "not yet"


# replicas, layers, what is missing ------------------------------------------------------------------------


def test_the_worst_replica_decides() -> None:
    values = np.array([1.0, 0.5, 0.7]) + 0 * T[:, None]
    found = verdict(run_log({"margin": values}), "final", at_least=0.6)
    assert (found.status, found.values) == ("fails", [1.0, 0.5, 0.7])
    assert "[replica 1, the worst; fails: 1 of 3 replicas]" in found.sentence


def test_the_worst_layer_decides() -> None:
    history = run_log({"layer_rank_ratio.W1": 0.001 + 0 * T, "layer_rank_ratio.W2": 0.02 + 0 * T})
    found = verdict(history, "final", "layer_rank_ratio.*", at_most=0.01)
    assert (found.status, found.values) == ("fails", [0.02])
    assert found.sentence.startswith("Rank ratio W2 ends at 0.02, above 0.01")
    assert verdict(history, "final", "layer_rank_ratio.W1", at_most=0.01).status == "holds"


def test_one_replica_that_never_separates_makes_the_claim_void() -> None:
    history = run_log({"margin": 1 + 0 * T[:, None] * np.ones(2)}, separated=[10, None])
    assert verdict(history, "final", at_least=0.5, requires=["separated"]).status == "void"
    assert verdict(history, "final", at_least=0.5, requires=["separated_step"], expect="void").as_expected
    assert verdict(history, "final", at_least=0.5).status == "holds"


def test_a_column_that_is_never_defined_fails_at_the_end_only() -> None:
    assert (
        verdict(run_log({"margin": math.nan + T}), "final", at_least=0.0).sentence
        == "Margin is never defined."
    )
    waiting = verdict(run_log({"margin": math.nan + T}, status="running"), "final", at_least=0.0)
    assert (waiting.status, waiting.values) == ("not yet", [None])


def test_a_column_that_is_not_measured_makes_the_claim_void() -> None:
    found = verdict(run_log({"margin": T}), "final", "ntk_drift", at_most=1.0)
    assert found.status == "void"
    assert found.sentence == (
        "Kernel drift was not measured: take the measurements 'Tangent kernel' ('kernel' in measure.groups), or it "
        "does not apply here."
    )
    assert (
        verdict(run_log({"margin": T}, status="running"), "final", "ntk_drift", at_most=1.0).status
        == "not yet"
    )
    bound = verdict(run_log({"margin": T}), "always", at_most="balance_bound")
    assert (bound.status, "layers" in bound.sentence) == ("void", True)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"check": "final"}, "at_least: is missing"),
        ({"check": "order"}, "compare: is missing"),
        ({"check": "non_decreasing", "of": ""}, "of: is missing"),
        ({"check": "final", "of": "ntk_drif", "at_most": 1.0}, "did you mean 'ntk_drift'"),
        ({"check": "final", "at_most": "balance_bond"}, "did you mean 'balance_bound'"),
        ({"check": "non_decreasing", "requires": ("seperated",)}, "did you mean 'separated'"),
    ],
)
def test_a_claim_that_leaves_out_or_misspells_what_it_needs_is_refused(
    said: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Claim.model_validate({"text": "t", "of": "margin", **said})


def test_a_run_stopped_by_hand_is_not_over_and_a_diverged_one_is() -> None:
    stopped = verdict(run_log({"margin": T}, status="stopped"), "final", at_least=0)
    assert (stopped.status, "was stopped at step 10,000" in stopped.sentence) == ("not yet", True)
    diverged = verdict(run_log({"margin": T}, status="diverged"), "final", at_least=0)
    assert (diverged.status, diverged.values) == ("void", [None])
    assert diverged.sentence == "The run diverged after step 10,000, and nothing holds of it."


def test_a_claim_from_a_step_on_that_was_not_reached() -> None:
    assert verdict(run_log({"margin": T}), "final", at_least=0, after=20_000).status == "void"
    waiting = verdict(run_log({"margin": T}, status="running"), "final", at_least=0, after=20_000)
    assert waiting.sentence == "Waits for step 20,000."


def test_nothing_has_run() -> None:
    assert judge(claim("final", at_least=0), {}).sentence == "The experiment has not run yet."
    assert judge(claim("final", at_least=0), {"": RunHistory(Records(2))}).status == "not yet"


def test_a_run_that_ended_without_a_record_is_not_waited_for() -> None:
    history = RunHistory(Records(2), RunStatus.FAILED)
    verdict = judge(claim("final", at_least=0), {"": history})
    assert (verdict.status, verdict.sentence) == ("void", "The run broke off before its first record.")


def test_claims_of_a_document_that_name_no_run_mean_its_first_experiment() -> None:
    document = parse(
        """
        version = 1
        data = { kind = "circle" }
        network = { kind = "mlp" }
        loss = { kind = "exponential" }
        optimizer = { kind = "steepest" }
        experiments = [{ name = "a" }, { name = "b" }]
        [[claims]]
        text = "the first one's margin is small"
        check = "final"
        of = "margin"
        at_most = 1
        """
    )
    assert judge_all(document, {"b": run_log({"margin": T})})[0].status == "not yet"
    both = {"b": run_log({"margin": T}), "a": run_log({"margin": 0 * T})}
    assert judge_all(document, both)[0].status == "holds"


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=6), st.floats(-10, 10))
def test_a_verdict_does_not_depend_on_the_order_of_replicas(finals: list[float], bound: float) -> None:
    verdicts = [
        verdict(run_log({"margin": np.array(values) + 0 * T[:2, None]}, STEPS[:2]), "final", at_least=bound)
        for values in (finals, finals[::-1])
    ]
    assert verdicts[0].status == verdicts[1].status == ("holds" if min(finals) >= bound else "fails")


def test_measured_values_say_what_they_are() -> None:
    wide = np.linspace(1.0, 2.0, len(STEPS))
    history = run_log(
        {"smoothed_margin": wide, "margin": wide, "log_loss": -wide * 39.24 / 2},
        counters={"smoothed_margin_decreases": [0.0], "smoothed_margin_worst_drop": [0.0]},
    )
    grown = verdict(history, "non_decreasing", "smoothed_margin")
    assert grown.measured == f"0 decreases in {int(STEPS[-1]) - 10:,} steps"
    tolerant = verdict(history, "non_decreasing", "smoothed_margin", tolerance=0.1)
    assert tolerant.measured == "worst drop 0"
    lost = verdict(history, "final", "log_loss", at_most=-50)
    assert lost.measured == "ln loss -39.24, loss 10^-17.0" and "ends at -39.24 (10^-17.0)" in lost.sentence
    histories = {"a": history, "b": run_log({"margin": wide - 0.5})}
    assert judge(claim("order", "margin", compare=["a", "b"]), histories).measured == "difference 0.5"
    assert (
        judge(claim("ratio", "margin", compare=["a", "b"], at_least=1), histories).measured == "ratio 1.333"
    )
    both = run_log({"margin": np.stack([wide, 2 * wide], 1)})
    assert verdict(both, "final", "margin", at_least=0).measured == "2 to 4"
    assert judge(claim("final", "margin", at_least=0), {}).measured == ""
