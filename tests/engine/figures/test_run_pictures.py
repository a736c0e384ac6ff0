"""Tables of runs on paper, and two of their columns against each other."""

from __future__ import annotations

import numpy as np

from engine.figures.drawable import of_picture
from engine.figures.run_pictures import MOST_ROWS, scatter_table, table_height
from engine.protocol.run_pictures import OF_NO_RUN, RunScatter, RunTableSeen
from tests.engine.figures.material import picture_bytes

SCATTER = RunScatter(
    0,
    OF_NO_RUN,
    0,
    0,
    np.array([[0.01, 100.0], [0.1, np.nan], [-1.0, 10.0]]),
    ("learning rate", "fitted step"),
    (True, True),
    ("#440154", "#22a884", "#7ad151"),
    ("Run 1", "Run 2", "=Run 3"),
    (("#440154", "0.01"),),
    "learning rate",
)
ROWS = tuple((f"Run {k}", f"{k}") for k in range(MOST_ROWS + 5))
TABLE = RunTableSeen(0, OF_NO_RUN, 0, 0, ("run", "a_b $ steps"), ROWS, (False, True), "run\n")


def test_a_scatter_plot_draws_rows_that_have_both_values_and_its_table_has_all() -> None:
    content = picture_bytes("run_scatter", SCATTER, ".svg", 85.0, "paper").decode()
    assert "learning rate" in content and "0.01" in content
    assert content.count("#22a884") == 0  # it has no value
    assert scatter_table(SCATTER).splitlines() == [
        "name,learning rate,fitted step",
        "Run 1,0.01,100.0",
        "Run 2,0.1,",
        "'=Run 3,-1.0,10.0",
    ]


def test_a_long_table_says_how_many_rows_are_left_out() -> None:
    content = picture_bytes("run_table", TABLE, ".svg", 85.0, "paper").decode()
    assert "and 5 rows more" in content and "a_b $ steps" in content
    assert table_height(TABLE, 85.0) > 60 * 4
    assert of_picture("run_table", TABLE).table().encode() == b"run\n"
