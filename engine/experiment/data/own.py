"""Kinds of data that people bring along: written into the experiment, or in a file."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Strict, model_validator

from ...words.errors import Refusal
from ..fields import Numbers, field
from .common import DataSpec, Family, FileSpec
from .embedded import checked_copy, name_in, name_in_copy


class PointsSpec(DataSpec):
    """Points written into the experiment itself."""

    title: ClassVar[str] = "Points"
    help: ClassVar[str] = "Your own points, written into the experiment."
    family: ClassVar[Family] = "others"
    kind: Literal["points"]
    x: Annotated[tuple[Numbers, ...], Strict(False)] = field(
        ((0.5, 1.5), (-0.5, -1.5)), "x", "The points, one row each."
    )
    y: Numbers = field((1.0, -1.0), "y", "Their labels.")
    x_test: Annotated[tuple[Numbers, ...], Strict(False)] = field(
        (), "x to test", "Points of a test set of their own, one row each.", advanced=True
    )
    y_test: Numbers = field((), "y to test", "The labels of these.", advanced=True)


def _column(value: Any) -> Any:
    """Refuse what is no column, in one sentence for all the ways of saying one."""
    if not isinstance(value, str | int) or isinstance(value, bool) or (isinstance(value, int) and value < 1):
        raise Refusal("", value, "is no column; give a name of the header in quotes, or a number from 1")
    return value


def _header(value: Any) -> Any:
    """Refuse what only Python takes for true or false."""
    if value != "auto" and not isinstance(value, bool):
        raise Refusal("", value, 'is not allowed; write "auto", true or false')
    return value


ColumnName = Annotated[str | int, BeforeValidator(_column)]
"""A column of a table: a name of its header, or its number from 1."""


class CopiedSpec(FileSpec):
    """The fields of data whose file the experiment may have a copy of."""

    path: str
    embedded: Annotated[str, AfterValidator(checked_copy)] = field(
        "",
        "embedded",
        "A copy of the file within the experiment, which is then read in its place; the lab writes it.",
        advanced=True,
    )

    @property
    def named_file(self) -> str:
        """The file that is read, as the user says it; '' where its copy is."""
        return "" if self.embedded else self.path

    @model_validator(mode="after")
    def _is_copy_of_the_file(self) -> Self:
        """Refuse a copy of another file than the one that is named."""
        name = name_in(self.embedded)
        if self.embedded and name_in_copy(self.path) != name:
            raise Refusal(
                "data.path",
                self.path,
                f'is not the file that is embedded, {name}; set data.embedded to "" to read it',
            )
        return self


class CsvSpec(CopiedSpec):
    """A table in a text file: numbers, and a column of labels."""

    title: ClassVar[str] = "CSV file"
    help: ClassVar[str] = (
        "A table of numbers separated by commas, semicolons, tabs or blanks; header and # comments optional; "
        "one column, the last by default, is the label: numbers, or words, whose classes are then sorted."
    )
    family: ClassVar[Family] = "others"
    reads: ClassVar[str] = "path"
    endings: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt", ".dat")
    small_file: ClassVar[bool] = True
    kind: Literal["csv"]
    path: str = field(..., "file", "Relative to the experiment file.", min_length=1)
    label: ColumnName = field(
        "last",
        "label",
        "Column of the labels: first or last of those not ignored, a name of the header, or a number from 1.",
        choices=("last", "first"),
    )
    ignore: Annotated[tuple[ColumnName, ...], Strict(False)] = field(
        (),
        "ignore",
        'Columns to leave out: names of the header ("" for one without a name), or numbers from 1.',
    )
    header: Annotated[Literal["auto", True, False], BeforeValidator(_header)] = field(
        "auto", "header", "Whether the first line names the columns; auto: the table itself tells."
    )
    separator: Literal["auto", "comma", "semicolon", "tab", "bar", "blanks"] = field(
        "auto",
        "separator",
        "What stands between columns; auto: the first of tab, semicolon, comma and bar in the first line, else blanks.",
        advanced=True,
    )
    decimal: Literal["auto", "point", "comma"] = field(
        "auto",
        "decimals",
        "Which sign decimals have; auto: points, unless a number of the table can only be meant with commas.",
        advanced=True,
    )
    encoding: Literal["auto", "utf-8", "utf-16", "latin-1", "windows-1252"] = field(
        "auto",
        "encoding",
        "How letters are written; auto: UTF-8, or what a mark at the beginning says.",
        advanced=True,
    )


class NpzSpec(CopiedSpec):
    """Two arrays of a NumPy archive."""

    title: ClassVar[str] = "NPZ file"
    help: ClassVar[str] = (
        "A NumPy archive with an array of points and an array of labels: numbers, words, or one-hot rows. Arrays of "
        "other usual names (X, features, data, images, x_train; Y, target, labels, y_train) are found."
    )
    family: ClassVar[Family] = "others"
    reads: ClassVar[str] = "path"
    endings: ClassVar[tuple[str, ...]] = (".npz",)
    kind: Literal["npz"]
    path: str = field(..., "file", "Relative to the experiment file.", min_length=1)
    x: str = field("x", "points", "Name of the array of points (n, ...).", min_length=1)
    y: str = field("y", "labels", "Name of the array of labels (n,), or one-hot (n, C).", min_length=1)


DATA_ENDINGS = (*CsvSpec.endings, *NpzSpec.endings)
"""How the names of files with data end."""
