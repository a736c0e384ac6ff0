"""Columns of a table, as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.forms.column_names import column_text, columns_text, parse_column, parse_columns
from gui.forms.parsing import UnreadableError

names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" "), max_size=6)


@given(st.lists(st.integers(1, 10**6) | names.filter(lambda name: not {"'", '"'} <= set(name)), max_size=4))
def test_columns_shown_are_read_back(columns: list[str | int]) -> None:
    assert parse_columns(columns_text(columns)) == tuple(columns)
    for column in columns:
        if column != "":
            assert parse_column(column_text(column)) == column


def test_columns_are_read_as_people_write_them() -> None:
    for text in ('id, 3, ""', "['id', 3, '']", '"id"; 3; ""', " id ,3,''"):
        assert parse_columns(text) == ("id", 3, "")
    assert parse_columns("sepal length, 'a, b', \"2\"") == ("sepal length", "a, b", "2")
    assert parse_columns("") == parse_columns("[]") == ()


@pytest.mark.parametrize("text", ['"a', '"a" b', "", "a, b", '""'])
def test_what_is_no_column_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError, match="column"):
        parse_column(text)
