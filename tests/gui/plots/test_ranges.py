from __future__ import annotations

import numpy as np

from engine.figures.ranges import roomy
from gui.plots.ranges import followed


def test_ranges_are_calm_while_records_come_in_and_exact_at_the_end() -> None:
    shown, redrawn = None, 0
    for top in np.linspace(1, 2, 200):
        before = shown
        shown = followed(shown, (0.0, float(top)), final=False)
        assert shown[0] <= 0
        assert shown[1] >= top
        redrawn += shown != before
    assert redrawn < 15
    assert followed(shown, (0.0, 2.0), final=True) == roomy((0.0, 2.0))


def test_a_constant_has_a_range_too() -> None:
    for value in (0.0, 1.0, -1e-30, 5e8):
        low, high = roomy((value, value))
        assert low < value < high
