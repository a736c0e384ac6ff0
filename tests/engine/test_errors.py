"""A refusal is one line of bounded length, whatever a file made it quote."""

from __future__ import annotations

import pickle
import tomllib

import pytest

from engine.experiment.document import parse
from engine.words.errors import LONGEST, LONGEST_VALUE, Refusal, nearest, one_line, shown

LONG = "x" * 10**6


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (999_999_999_999, "999999999999"),
        (10**12, "1e12"),
        (-15 * 10**30, "-1.5e31"),
        (1 << 20_000, "1e6020"),
        ([0, 1 << 20_000], "a list"),
        ("a\nb\x1b[31m", "'a\\nb\\x1b[31m'"),
        (0.1, "0.1"),
    ],
    ids=["short", "long", "negative", "huge", "huge in a list", "text", "float"],
)
def test_values_as_they_are_shown(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(
    "value",
    [LONG, [LONG], {"a": [1.0] * 10**5}, "\n" * 10**6, "\u202e" * 200],
    ids=["text", "list", "table", "lines", "backwards"],
)
def test_no_value_is_shown_at_length(value: object) -> None:
    assert len(shown(value)) <= LONGEST_VALUE and shown(value).isprintable()


@pytest.mark.parametrize(
    "field", ["", "data.n", LONG, "a\nb\x1b]0;title\x07c"], ids=["no", "short", "long", "steering"]
)
@pytest.mark.parametrize(
    "remedy", ["is not allowed; take 3", f"allowed: {', '.join([LONG] * 3)}", "\x1b[2J\r\n"]
)
def test_a_sentence_is_two_lines_at_most(field: str, remedy: str) -> None:
    refusal = Refusal(field, LONG, remedy)
    assert len(str(refusal)) <= LONGEST and str(refusal).isprintable()
    again = pickle.loads(pickle.dumps(refusal))
    assert str(again) == str(refusal) and again.field == field


def test_both_ends_of_a_long_line_stay() -> None:
    line = one_line("The path /" + "a" * 500 + "/file.csv; name another", 60)
    assert (len(line), line[:10], line[-24:]) == (60, "The path /", "a/file.csv; name another")
    assert one_line("as it is", 8) == "as it is"


def test_many_or_long_words_are_not_compared() -> None:
    """Comparing a word of a megabyte with others would take minutes."""
    assert nearest(LONG, ["n", "noise"]).startswith("allowed: n, noise")
    assert len(nearest("n", map(str, range(10**5)))) < 20_000


@pytest.mark.parametrize(
    "line",
    [
        f'"{LONG}" = 1',
        f"title = {[1] * 10**5}",
        f"title = 0x{'f' * 10**5}",
        f'seed = "{LONG}"',
        f"seed = 0x{'f' * 10**5}",
    ],
    ids=["key", "list", "number", "text", "seed"],
)
def test_what_is_wrong_in_a_file_is_said_in_two_lines(line: str) -> None:
    assert tomllib.loads(line)
    with pytest.raises(Refusal) as refused:
        parse(f"version = 1\n{line}\n[data]\nkind = 'circle'\n[network]\nkind = 'mlp'\n")
    assert len(str(refused.value)) <= LONGEST and str(refused.value).isprintable()
