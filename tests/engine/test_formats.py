"""How numbers, durations, sizes and counts are written for people."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.words.formats import (
    apart,
    byte_size,
    counted,
    duration,
    ends_in_words,
    estimated_duration,
    log10_loss,
    number,
    percentage,
    power_of_ten,
    read_out,
    short_count,
    with_minus,
)


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (0.0183412, 4, "0.01834"),
        (0.99999, 4, "0.99999"),  # never "1", which it is not
        (2.000000000000001, 4, "2"),  # rounding
        (1.0, 4, "1"),
        (-0.0, 4, "0"),
        (14305.0, 4, "1.43e+04"),
        (0.01834123, 7, "0.01834123"),
        (7e-11, 3, "7e-11"),
        (math.nan, 4, "–"),
        (math.inf, 4, "∞"),
        (-math.inf, 4, "-∞"),
    ],
)
def test_numbers_in_sentences(value: float, digits: int, text: str) -> None:
    assert number(value, digits) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("margin -0.5445, 7e-11", "margin −0.5445, 7e−11"),
        ("[-1, -.5] to -∞; 10^-3", "[−1, −.5] to −∞; 10^−3"),
        ("max-margin of l-2, 20-20-1, p10-rings, 2026-11-29", None),
    ],
)
def test_only_numbers_have_minus_signs(text: str, shown: str | None) -> None:
    assert with_minus(text) == (shown or text)


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_two_numbers_that_differ_are_written_apart(value: float, limit: float) -> None:
    first, second = apart(value, limit)
    assert float(first) == pytest.approx(value, rel=1e-3)
    assert (first == second) == (value == limit) or math.isclose(value, limit, rel_tol=1e-14)


def test_ends_of_a_range_are_told_apart_and_zero_has_no_sign() -> None:
    assert ends_in_words(0.023012, 0.0231) == ("0.02301", "0.0231")
    assert ends_in_words(-0.0, 0.023123) == ("0", "0.0231") and ends_in_words(-2.0, 2.0) == ("-2", "2")
    assert ends_in_words(1.0, math.inf) == ("1", "inf") and ends_in_words(3.0, 3.0) == ("3", "3")


def test_read_outs_have_four_digits() -> None:
    for value, text in {
        0.018341: "0.01834",
        -12.3: "−12.30",
        1.0: "1.000",
        1834.4: "1834",
        -0.0: "0.000",
        1.8344e-5: "1.834e−5",
        -4.2e12: "−4.200e12",
        -4.2e-12: "−4.20e−12",
        -1.26e-300: "−1.3e−300",
        math.nan: "–",
        math.inf: "∞",
    }.items():
        assert read_out(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_read_out_never_outgrows_its_room(value: float) -> None:
    assert len(read_out(value)) <= len("−0.000e−0"), "what heads of plots have room for"


def test_shares_and_losses_that_floats_no_longer_hold() -> None:
    assert power_of_ten(-1000 * math.log(10)) == "10^-1000.0"
    assert percentage(0.12345) == "12.3 %"
    assert log10_loss(-1000 * math.log(10)) == "log10 loss -1000.00"


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 steps"), (1, "1 step"), (1.0, "1 step"), (14_305, "14,305 steps")]
)
def test_counts(count: float, text: str) -> None:
    assert counted(count, "step") == text


def test_other_plurals_and_ticks() -> None:
    assert counted(2, "class", "classes") == "2 classes"
    assert [short_count(n) for n in (1, 10, 1000, 10_000, 1_500_000, 10**9)] == [
        "1",
        "10",
        "1k",
        "10k",
        "1.5M",
        "1G",
    ]


@pytest.mark.parametrize(
    ("seconds", "took", "will_take"),
    [
        (0.1234, "0.123 s", "0.1 s"),
        (42.4, "42.4 s", "42 s"),
        (61, "61 s", "1 min"),
        (192.4, "3 min 12 s", "3 min"),
        (7320, "2 h 2 min", "2.0 h"),
        (260_000, "72 h 13 min", "3 days"),
    ],
)
def test_durations(seconds: float, took: str, will_take: str) -> None:
    assert duration(seconds) == took
    assert estimated_duration(seconds) == will_take


def test_an_estimate_may_be_none() -> None:
    assert estimated_duration(math.inf) == estimated_duration(math.nan) == "–"


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (1000, "1000 B"), (40 * 2**20, "40.0 MiB"), (3 * 2**50, "3072.0 TiB")]
)
def test_sizes(size: float, text: str) -> None:
    assert byte_size(size) == text
