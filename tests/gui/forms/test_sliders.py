"""Sliders run through what a field allows, and say nothing that it does not."""

from __future__ import annotations

import math

import pytest
from pytestqt.qtbot import QtBot

from gui.forms.field_spec import Limits
from gui.forms.slider import FieldSlider
from gui.forms.slider_scale import SliderScale, scale_about

POSITIVE = Limits(least=0, open_least=True)
SHARES = [k / 50 for k in range(51)]


@pytest.mark.parametrize(
    "limits",
    [
        Limits(),
        POSITIVE,
        Limits(least=0),
        Limits(0, 1, open_most=True),
        Limits(0, 1, True, True),
        Limits(1e-3, 1),
        Limits(2, 100),
        Limits(1, 10**15),
        Limits(-5, None),
        Limits(None, 0),
        Limits(1, 2, True, True),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("value", [1e-12, 0.013, 0.5, 1, 2, 3, 24, 999, 15_000, 10**9, 0, -3.5])
def test_every_place_is_a_value_that_the_limits_allow(limits: Limits, whole: bool, value: float) -> None:
    value = round(value) if whole else value
    fractional = limits.open_least or limits.open_most or limits.least == 1e-3
    if not limits.allow(value) or (whole and fractional):
        return
    scale = scale_about(value, limits, whole)
    values = [scale.value_at(share) for share in SHARES]
    assert all(limits.allow(v) and math.isfinite(v) for v in values), values
    assert values == sorted(values) and values[0] < values[-1]
    assert all(isinstance(v, int) for v in values) == whole
    assert scale.holds(value)
    assert scale.value_at(scale.share_of(value)) == pytest.approx(
        value, rel=0.01, abs=1e-2 * (scale.high - scale.low)
    )


def test_rates_run_over_decades_and_shares_from_end_to_end() -> None:
    rate = scale_about(0.1, POSITIVE, False)
    assert rate.logarithmic and (rate.low, rate.high) == pytest.approx((1e-3, 10))
    assert rate.value_at(0.5) == pytest.approx(0.1)
    assert scale_about(0.25, Limits(0, 1), False) == SliderScale(0, 1)
    assert scale_about(24, Limits(least=3), True) == SliderScale(3, 53, whole=True)
    steps = scale_about(15_000, Limits(1, 10**15), True)
    assert steps.logarithmic and (steps.low, steps.high) == pytest.approx((100, 1e6))


def test_a_slider_keeps_its_ends_while_they_hold_the_value(qtbot: QtBot) -> None:
    slider = FieldSlider(POSITIVE, False)
    qtbot.addWidget(slider)
    slider.show_value(0.1)
    first = slider.scale
    slider.show_value(3.0)
    assert slider.scale is first
    slider.show_value(300.0)
    assert slider.scale is not first
    slider.show_value(None)
    assert slider.scale is None and slider.isHidden()


def test_showing_a_value_says_nothing(qtbot: QtBot) -> None:
    slider = FieldSlider(POSITIVE, False)
    qtbot.addWidget(slider)
    with qtbot.assertNotEmitted(slider.dragged_to):
        slider.show_value(0.1)
        slider.show_value(7.0)
    with qtbot.waitSignal(slider.dragged_to):
        slider.setValue(slider.value() + 1)
