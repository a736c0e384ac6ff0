"""Names above a plot stand beside lines of their own and over none; what has no room is counted and in a tooltip."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from gui.plots.moments import MomentNames
from gui.plots.name_places import EDITED, GAP, place_names

ROOM = 300.0
EDIT = "c 0.5 to 0.25 at 1,023"


def width_of(words: str) -> float:
    return 5.0 * len(words)


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([(10, "fitted"), (200, "separated")], {"fitted": 10 + GAP, "separated": 200 + GAP}),
        ([(10, "fitted"), (295, "separated")], {"fitted": 10 + GAP, "separated": 250 - GAP}),
        ([(150, "fitted"), (160, "separated")], {"fitted": 120 - GAP, "separated": 160 + GAP}),
        ([(285, "fitted"), (295, "separated")], {"fitted +1": 285 - GAP - 45}),
        ([(2, "fitted"), (5, "separated")], {"separated +1": 5 + GAP}),
        ([(100, "fitted"), (250, EDIT)], {"fitted": 100 + GAP, EDIT: 140 - GAP}),
        ([(100, "fitted"), (180, EDIT)], {"fitted": 100 + GAP, EDIT: 180 + GAP}),
        (
            [(80, "fitted"), (100, EDIT), (290, "separated")],
            {"fitted": 50 - GAP, EDIT: 100 + GAP, "separated": 245 - GAP},
        ),
        (
            [(80, "fitted"), (140, EDIT), (190, "separated")],
            {"fitted": 80 + GAP, EDITED: 140 + GAP, "separated": 190 + GAP},
        ),
        ([(80, "fitted"), (85, EDIT), (90, "separated")], {"fitted": 50 - GAP, "separated +1": 90 + GAP}),
        ([(80, "fitted"), (90, "fitted"), (200, "separated")], {"fitted": 50 - GAP, "separated": 200 + GAP}),
        ([(10, "fitted"), (20, "fitted")], {"fitted": 20 + GAP}),
        ([], {}),
    ],
)
def test_names_stand_at_their_own_lines(marks: list[tuple[float, str]], expected: dict[str, float]) -> None:
    assert {placed.words: placed.left for placed in place_names(marks, width_of, ROOM)} == expected


@given(
    st.lists(st.tuples(st.floats(0, ROOM), st.sampled_from(["fitted", "separated", EDIT])), max_size=12),
    st.floats(20, ROOM),
)
def test_no_name_touches_another_or_lies_over_a_line(marks: list[tuple[float, str]], room: float) -> None:
    marks = [(x, name) for x, name in marks if x <= room]
    placed = place_names(marks, width_of, room)
    assert bool(placed) == bool(marks)
    over = [p for p in placed if any(p.left < x < p.right for x, _ in marks)]
    assert not over or len(placed) == 1  # where no name has room
    assert all(before.right + GAP <= after.left for before, after in pairwise(placed))
    for one in placed if len(placed) > 1 else []:
        name = one.words.partition(" +")[0]
        own = [x for x, other in marks if name == other or (name, other) == (EDITED, EDIT)]
        assert min(min(abs(one.left - x - GAP), abs(x - GAP - one.right)) for x in own) < 1e-9


def test_what_has_no_room_is_in_the_strip_s_tooltip(qapp: QApplication) -> None:
    names = MomentNames()
    names.resize(300, 20)
    names.set_marks([(100, "#0072B2", "fitted"), (101, "#0072B2", EDIT), (102, "#0072B2", "separated")])
    assert [one for one in names.placed() if "+" in one.words]
    assert f"fitted, {EDIT}, separated" in names.toolTip()
    names.set_marks([(50, "#0072B2", "fitted"), (150, "#0072B2", "separated")])
    assert {one.words for one in names.placed()} == {"fitted", "separated"} and not names.toolTip()
