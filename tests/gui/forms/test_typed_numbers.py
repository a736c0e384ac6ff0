"""A number that is typed is read as it is meant or refused with words; it never becomes another one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.experiment.experiment import experiment_from
from engine.words.formats import editable_integer, editable_number, exact_number
from gui.forms.field_spec import Limits
from gui.forms.number_editors import NumberEditor
from gui.forms.parsing import UnreadableError
from gui.forms.text_editors import TableEditor
from gui.forms.typed_numbers import parse_integer, parse_number, parse_numbers
from gui.forms.vary_editor import VaryEditor
from gui.forms.vary_paths import vary_paths
from gui.views.figure_dialog import MillimetreBox

finite = st.floats(allow_nan=False, allow_infinity=False)


def test_numbers_are_brief() -> None:
    texts = {0.13: "0.13", 1.0: "1", 1e-5: "1e-5", 2 ** (1 / 5): "1.1487", -100.0: "-100"}
    assert {value: editable_number(value) for value in texts} == texts


@given(finite)
def test_a_number_shown_reads_back_to_six_digits(value: float) -> None:
    assert math.isclose(parse_number(editable_number(value)), value, rel_tol=1e-5, abs_tol=0)


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_a_whole_number_shown_reads_back_exactly(value: int) -> None:
    assert parse_integer(editable_integer(value)) == value


@given(st.lists(finite, max_size=5))
def test_a_list_shown_reads_back_exactly(values: list[float]) -> None:
    assert parse_numbers(", ".join(map(exact_number, values)), parse_number) == tuple(values)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.125", 0.125),
        (" .5 ", 0.5),
        ("5.", 5.0),
        ("-1e-3", -1e-3),
        ("\u22123", -3.0),
        ("007", 7.0),
        ("1.234", 1.234),
        ("1 234", 1234.0),
        ("1\u202f234\u202f567", 1234567.0),
        ("1'234.5", 1234.5),
        ("1_000", 1000.0),
        ("1,234,567", 1234567.0),
        ("12,345.5", 12345.5),
        ("0e0", 0.0),
    ],
)
def test_one_number_in_any_notation_that_means_one_thing(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0,125", "'0,125' is not a number; write 0.125"),
        ("0,5", "write 0.5"),
        (",5", "write 0.5"),
        ("-0,001", "write -0.001"),
        ("1,234", "'1,234' may be 1.234 or 1234; write one of them"),
        ("1.234.567", "write 1234567"),
        ("1.234,5", "write 1234.5"),
        ("0 125", "not a number"),
        ("0_125", "not a number"),
        ("1_5", "not a number"),
        ("1,23,456", "not a number"),
        ("1,234 567", "not a number"),
        ("5%", "write 0.05"),
        ("half", "'half' is not a number; write 0.5 or 1e-3"),
        ("", "not a number"),
        ("nan", "finite"),
        ("1e999", "finite"),
        ("1e-999", "too small"),
        ("10\u00b2", "not a number"),
    ],
)
def test_what_is_no_number_or_might_be_two_says_so(text: str, says: str) -> None:
    with pytest.raises(UnreadableError, match="^.*" + says.replace(".", r"\.")):
        parse_number(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e6", 10**6),
        ("10,000", 10_000),
        ("10 000", 10_000),
        (" 7 ", 7),
        ("\u22123", -3),
        ("3.0", 3),
        ("1e23", 10**23),
        ("9007199254740993.0", 9007199254740993),
        ("1.5e3", 1500),
    ],
)
def test_whole_numbers_in_any_notation_are_exact(text: str, value: int) -> None:
    assert parse_integer(text) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0,125", "not a whole number"),
        ("10.000", "'10.000' may be 10 or 10000; write one of them"),
        ("1.000.000", "write 1000000"),
        ("0.5", "not a whole number"),
        ("1e999", "not a whole number"),
        ("many", "not a whole number"),
    ],
)
def test_what_is_no_whole_number_says_so(text: str, says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        parse_integer(text)


def test_lists_are_read_as_people_write_them() -> None:
    for text in ("20, 20", "20 20", "[20, 20]", "(20;20)", "20 × 20", "20,20", "20 ,20"):
        assert parse_numbers(text, parse_integer) == (20, 20)
    for text in ("0.1, 0.2", "0.1,0.2", "0.1 0.2", ".1; .2"):
        assert parse_numbers(text, parse_number) == (0.1, 0.2)
    assert parse_numbers("1,-1,1", parse_number) == (1, -1, 1)
    assert parse_numbers("1\u202f000, 2", parse_number) == (1000, 2)
    for empty in (" ", "[]"):
        assert parse_numbers(empty, parse_integer) == ()


@pytest.mark.parametrize(
    ("text", "item", "says"),
    [
        ("0,1, 0,2", parse_number, "'0,1' may be one number or several; write 0.1, or 0, 1 with a blank"),
        ("0,1; 0,2", parse_number, "write 0.1, or 0, 1"),
        ("0,1", parse_number, "write 0.1, or 0, 1"),
        ("1,5 2,5", parse_number, "write 1.5, or 1, 5"),
        ("1,000, 2", parse_number, "write 1000, or 1, 000"),
        ("16,128", parse_integer, "'16,128' may be one number or several; write 16128, or 16, 128"),
        ("10 000, 20 000", parse_integer, "'10 000' may be one number or several; write 10000, or 10, 000"),
        ("1,234.5 2", parse_number, "write 1234.5, or 1, 234.5"),
        ("1, half", parse_number, "'half' is not a number"),
    ],
)
def test_a_comma_or_blank_that_may_mean_two_things_is_asked_about(
    text: str, item: Callable[[str], Any], says: str
) -> None:
    with pytest.raises(UnreadableError, match=says):
        parse_numbers(text, item)


@pytest.fixture(params=["C", "de_DE", "fr_FR", "de_CH", "hi_IN"])
def country(request: pytest.FixtureRequest) -> Any:
    """Let the window be in another country."""
    before = QLocale()
    QLocale.setDefault(QLocale(request.param))
    yield
    QLocale.setDefault(before)


def typed(editor: NumberEditor, text: str) -> None:
    editor.line.selectAll()
    QTest.keyClicks(editor.line, text)
    editor.commit()


def test_editors_of_numbers_are_the_same_in_every_country(qtbot: QtBot, country: None) -> None:
    editor = NumberEditor(Limits())
    qtbot.addWidget(editor)
    editor.show_value(0.5)
    taken: list[Any] = []
    said: list[str] = []
    editor.committed.connect(taken.append)
    editor.unreadable.connect(said.append)
    typed(editor, "0.125")
    assert taken == [0.125]
    typed(editor, "0,125")
    assert taken == [0.125]
    assert said == ["'0,125' is not a number; write 0.125"]
    width = MillimetreBox()
    qtbot.addWidget(width)
    width.setRange(1, 2000)
    width.setDecimals(1)
    for text in ("85.5", "85,5"):
        width.setValue(3)
        width.selectAll()
        QTest.keyClicks(width, text)
        assert width.value() == 85.5


def test_a_step_starts_from_the_value_and_not_from_its_short_text(qtbot: QtBot) -> None:
    editor = NumberEditor(Limits())
    qtbot.addWidget(editor)
    editor.show_value(12.3456789)
    taken: list[Any] = []
    editor.committed.connect(taken.append)
    editor.box.stepBy(1)
    assert taken == [22.3456789]


def test_rows_of_a_table_ask_too(qtbot: QtBot) -> None:
    editor = TableEditor(lambda line: parse_numbers(line, parse_number))
    qtbot.addWidget(editor)
    editor.show_value(((1.0, 2.0),))
    said: list[str] = []
    editor.unreadable.connect(said.append)
    editor.lines.setPlainText("0,1, 0,2")
    editor.commit()
    assert said and "may be one number or several" in said[0]


def test_editing_one_varied_value_leaves_the_others_as_they_are(qtbot: QtBot) -> None:
    third = 1 / 3
    editor = VaryEditor()
    qtbot.addWidget(editor)
    experiment = experiment_from(
        {
            "version": 1,
            "data": {"kind": "circle"},
            "network": {"kind": "mlp"},
            "loss": {"kind": "logistic"},
            "optimizer": {"kind": "steepest"},
        }
    )
    editor.show_paths(vary_paths(experiment))
    editor.show_value({"network.init.scale": [third, 1.0]})
    taken: list[dict[str, list[Any]]] = []
    said: list[str] = []
    editor.committed.connect(taken.append)
    editor.unreadable.connect(said.append)
    line = editor.entries[0].line
    line.setText(line.text().replace(", 1", ", 2"))
    editor.entries[0].commit()
    assert taken == [{"network.init.scale": [third, 2.0]}]
    line.setText("0,1, 0,2")
    editor.entries[0].commit()
    assert len(taken) == 1
    assert "may be one number or several" in said[0]
