"""Filters that are typed: what each means, and what is said of one that means nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.words.errors import Refusal
from gui.model.run_table.arranged import filtered, grouped, ordered
from gui.model.run_table.cells import cell_text
from gui.model.run_table.column import ColumnBook, TableColumn
from gui.model.run_table.expression import Names, condition
from gui.model.run_table.rows import RUN_COLUMNS
from gui.model.run_table.values import Value
from tests.gui.model.run_table_rows import PlainRow

BOOK = ColumnBook(
    [
        *RUN_COLUMNS,
        TableColumn("optimizer.step.eta", "step size", "field"),
        TableColumn("optimizer.kind", "optimizer", "field", is_text=True),
        TableColumn("network.init.kind", "initialisation", "field", is_text=True),
        TableColumn("log_loss", "log loss", "measurement"),
        TableColumn("layer_norm.W1", "layer norm W1", "measurement"),
        TableColumn("fitted_step", "fitted step", "event"),
        TableColumn("claim:It holds", "claim 1", "claim", is_text=True, alias="claim1"),
    ]
)
NAMES = Names(BOOK.named, BOOK.is_text, BOOK.titles, BOOK.near)
A = PlainRow(
    "a", {"name": "Run 1", "status": "done", "optimizer.step.eta": 0.05, "log_loss": -3.0, "fitted_step": 120}
)
B = PlainRow("b", {"name": "Run 2", "status": "stopped", "optimizer.step.eta": 0.5, "log_loss": float("inf")})
C = PlainRow(
    "c",
    {
        "name": "The best",
        "status": "done",
        "star": True,
        "optimizer.kind": "adam",
        "network.init.kind": "fan-in",
        "layer_norm.W1": 2.0,
        "claim:It holds": "holds",
        "tags": "paper, figure 2",
    },
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("eta < 0.1 and fitted_step > 100", "a"),
        ("eta < 0.1 or star", "ac"),
        ("0.01 < eta <= 0.5", "ab"),
        ("not eta < 0.1", "bc"),
        ("not (eta < 0.1 or eta = 0.5)", "c"),
        ("status = done", "ac"),
        ("done = status", "ac"),
        ("status != 'Done'", "b"),
        ("status in (stopped, failed)", "b"),
        ("status not in (stopped, failed)", "ac"),
        ("eta in (0.05, 1e-3)", "a"),
        ("fitted_step in (100,120,300)", "a"),
        ('name contains "run"', "ab"),
        ("name not contains best", "ab"),
        ("tags contains 'figure 2'", "c"),
        ("network.init.kind = fan-in", "c"),
        ("optimizer.kind = adam", "c"),
        ("fitted_step = none", "bc"),
        ("log_loss > 1e300", "b"),
        ("log10(eta) < -1 and 2 * eta ** 2 < 0.006 and -eta < 0", "a"),
        ("eta / 0 > 1", ""),
        ("sqrt(log_loss) >= 0", "b"),
        ("layer_norm.W1 = 2", "c"),
        ("claim1 = holds", "c"),
        ("star = yes", "c"),
        ("eta ≤ 0.05", "a"),
        ("ETA < 0.1 AND NOT star", "a"),
    ],
)
def test_a_filter_keeps_the_rows_that_it_says(text: str, kept: str) -> None:
    assert "".join(row.name for row in filtered([A, B, C], condition(text, NAMES))) == kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("etta < 0.1", "did you mean 'eta' (step size)?"),
        ("step sze < 0.1", "'step sze' is no column; did you mean 'step size' (eta)?"),
        ("star and stp size < 0.1", "'stp size' is no column; did you mean 'step size' (eta)?"),
        ("initialization = normal", "did you mean 'initialisation' (init.kind)?"),
        ("fited_step > 3", "did you mean 'fitted_step'?"),
        ("kind = adam", "write optimizer.kind or network.init.kind"),
        ("eta <", "ends too soon"),
        ("eta < 0.1 fitted_step > 3", "join conditions with and, or"),
        ("(eta < 0.1", ") is missing"),
        ("eta & 3", "means nothing here"),
        ("name = 'best", "close it with '"),
        ("eta < 1e", "is no number"),
        ("eta < 0,3", "'0,3' is no number; write 0.3"),
        ("fitted_step > 15,000 and star", "'15,000' is no number; write 15000, or 15.000"),
        ("eta in (0.1, 0,05)", "'0,05' is no number; write 0.05"),
        ("1.234,5 < fitted_step", "write 1234.5"),
        ("status in done", "after in"),
        ("and", "cannot stand here"),
        ("__import__('os')", "'__import__' is no column"),
        ("(" * 200 + "1" + ")" * 200, "parentheses within each other"),
        ("abs(" * 300 + "1" + ")" * 300, "parentheses within each other"),
        ("**".join("2" * 300), "powers within each other"),
        ("1 " * 1500, "at most 2,000 letters"),
    ],
)
def test_a_filter_that_means_nothing_is_refused_with_what_to_write(text: str, words: str) -> None:
    with pytest.raises(Refusal) as refused:
        condition(text, NAMES)
    assert words in str(refused.value)


@given(st.text(st.sampled_from("eta<>=!()'\"+-*/., 0123andornotincontains_\n\\×")))
def test_whatever_is_typed_is_understood_or_refused(text: str) -> None:
    try:
        meant = condition(text, NAMES)
    except Refusal:
        return
    assert isinstance(meant.holds(A.value), bool)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("step size < 0.1 and Fitted Step > 100", "eta < 0.1 and fitted_step > 100"),
        ('"step size" < 0.1', "eta < 0.1"),
        ("0.01 < 'Layer norm W1'", "0.01 < layer_norm.W1"),
        ("log loss + 1 < 0 or initialisation = normal", "log_loss + 1 < 0 or init.kind = normal"),
    ],
)
def test_the_words_of_a_head_are_understood_as_its_column(typed: str, meant: str) -> None:
    said, known = condition(typed, NAMES), condition(meant, NAMES)
    assert said == known


def test_a_text_that_is_also_a_head_stays_a_text_beside_a_column_of_words() -> None:
    assert condition('name contains "step size"', NAMES).columns == ("name",)
    assert condition('name = "status"', NAMES).columns == ("name",)


def test_rows_without_a_value_are_last_in_both_orders() -> None:
    names = ["".join(row.name for row in ordered([C, B, A], "optimizer.step.eta", d)) for d in (False, True)]
    assert names == ["abc", "bac"]


def test_a_group_says_its_median_and_band_and_how_many_words_it_has() -> None:
    rows = [PlainRow(str(k), {"seed": k % 2, "log_loss": float(k), "status": f"s{k % 4}"}) for k in range(20)]
    even, odd = grouped(rows, "seed")
    band = even.spread("log_loss")
    assert band is not None and (even.common, band.median, band.mean, band.count) == (0, 9.0, 9.0, 10)
    assert band.low == pytest.approx(1.8) and band.high == pytest.approx(16.2)
    assert odd.value("status") == "2 values" and even.value("seed") == 0


def test_a_group_says_of_how_many_rows_its_numbers_are_where_some_have_none() -> None:
    rows = [PlainRow(str(k), {"seed": 0, "log_loss": float(k) if k else None}) for k in range(4)]
    column = TableColumn("log_loss", "log loss", "measurement", "")
    (group,) = grouped(rows, "seed")
    assert cell_text(group, column, "mean") == "2 ± 1, 3 of 4"
    assert cell_text(*grouped(rows[1:], "seed"), column, "mean") == "2 ± 1"


@pytest.mark.parametrize(
    "losses", [[*range(8), 80], [*range(8), None], [None, *range(1, 8)], [*range(9), 10]]
)
def test_of_a_group_in_which_some_runs_train_those_alone_are_asked_again(losses: list[float | None]) -> None:
    asked = set[str]()

    class Asked(PlainRow):
        def value(self, column: str) -> Value:
            asked.update({self.name} if column == "log_loss" else ())
            return super().value(column)

    first = [Asked(str(k), {"log_loss": float(k)}) for k in range(9)]
    before = grouped(first, "seed")
    assert before[0].value("log_loss") == 4.0
    changed = {str(k) for k, loss in enumerate(losses) if k > 8 or loss != k}
    rows = [
        Asked(str(k), {"log_loss": loss}) if str(k) in changed else first[k] for k, loss in enumerate(losses)
    ]
    asked.clear()
    (after,) = grouped(rows, "seed", before)
    spread = after.spread("log_loss")
    assert asked == changed
    assert spread == grouped(rows, "seed")[0].spread("log_loss")


def test_a_sum_of_a_thousand_terms_is_worked_out() -> None:
    assert condition("+".join("1" * 990) + " = 990", NAMES).holds(A.value)
    deepest = "(not -(-1*" * 19 + "2**2" + "))" * 19
    assert condition(deepest, NAMES).holds(A.value) in (True, False)


def test_values_that_look_alike_make_groups_of_their_own() -> None:
    rows = [
        PlainRow(name, {"eta": eta}) for name, eta in (("a", 0.123451), ("b", 0.123452), ("c", "0.123452"))
    ]
    assert len({group.key for group in grouped(rows, "eta")}) == 3
