"""What a file or folder that somebody brings seems to be, and what a dialog shows of it before it is taken."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.data import DataCheck, csv_files, make_data
from engine.data.csv_reader import read_table
from engine.data.csv_recognition import HEAD, SHOWN, TableHead, recognised_table, table_head
from engine.data.dataset import Dataset
from engine.data.files import readable, refuse
from engine.data.idx import idx_table, idx_table_shape
from engine.data.idx_format import idx_shape
from engine.data.idx_places import NAME, find_set
from engine.data.npz_recognition import ArrayAbout, arrays_in, chosen_arrays, first_points, recognised_archive
from engine.data.prepare import prepare
from engine.data.source import Source, in_memory
from engine.data.table import Table
from engine.experiment.data import DATA_ENDINGS, CopiedSpec, CsvSpec, DataSpec, FileSpec, IdxSpec, NpzSpec
from engine.experiment.data.embedded import check_size, packed
from engine.words.errors import Refusal

POINTS = 500
"""Points that are shown at most."""
PICTURES = 200
_ASSIGNMENT = re.compile(r"""^[ \t]*[\w.'"-]+[ \t]*=|^[ \t]*\[\w""", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class DataLook:
    """What a dialog shows of data that are not taken yet.

    Attributes:
        data: what was looked at.
        columns: titles of what `rows` have.
        rows: the first points as they are written.
        made: the first points as a network would meet them; None where there is `refusal`.
        whole: whether these are all points there are.
        refusal: why they cannot be made.
        head: what was recognised of a table.
        arrays: of an archive.
        chosen: the arrays of points and labels.
    """

    data: DataSpec
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    made: Dataset | None = None
    whole: bool = True
    refusal: Refusal | None = None
    head: TableHead | None = None
    arrays: tuple[ArrayAbout, ...] = ()
    chosen: tuple[str, str] = ("", "")


def recognised(path: Path) -> FileSpec:
    """Return the data that a file or a folder seems to be, for people to look at and to change.

    Raises:
        Refusal: where it is none, or cannot be read.
    """
    with readable(str(path)):
        return _recognised(path)


def _recognised(path: Path) -> FileSpec:
    name = str(path)
    if path.is_dir():
        return _recognised_folder(path)
    if NAME.fullmatch(path.name):
        return _idx(name)
    source = csv_files.source_in(CsvSpec(kind="csv", path=name), path.parent)
    with source.opened() as content:
        if zipfile.is_zipfile(content):
            return recognised_archive(name, source)
    if path.suffix.lower() in NpzSpec.endings:
        raise refuse(name, "is not an .npz archive; write it with numpy.savez(path, x=x, y=y)")
    return recognised_table(CsvSpec(kind="csv", path=name), source)


def is_table(text: str) -> bool:
    """Say whether a text seems to be a table: rows of as many cells, numbers in one column or more, no assignments."""
    if "\n" not in text.strip() or _ASSIGNMENT.search(text[:HEAD]):
        return False
    try:
        head, _ = table_head(
            CsvSpec(kind="csv", path="text"), in_memory("text", text.encode("utf-8", "replace"))
        )
    except Refusal:
        return False
    widths = {len(row) for row in head.rows}
    return len(widths) == 1 < len(head.columns) and any(column.kind == "numbers" for column in head.columns)


def recognised_anew(data: CsvSpec, folder: Path) -> CsvSpec:
    """Return a table with its columns recognised anew, as after people said what separates them.

    Raises:
        Refusal: where it is no table of data.
    """
    return recognised_table(data, csv_files.source_in(data, folder))


def recognised_text(text: str, name: str) -> CsvSpec:
    """Return the table that a text is, such as one from the clipboard; the experiment has a copy of it.

    Raises:
        Refusal: where it is none, or too large to be copied.
    """
    content = text.encode("utf-8")
    copy = packed(name, content)
    return recognised_table(CsvSpec(kind="csv", path=name, embedded=copy), in_memory(name, content))


def look_at(data: DataSpec, folder: Path) -> DataLook:
    """Return what a dialog shows of data: their beginning, read no further than that.

    What is refused is told as well; a file that is none of its kind raises.

    Raises:
        Refusal: where nothing can be shown at all.
    """
    if isinstance(data, CsvSpec):
        with readable(data.path):
            return _look_at_table(data, csv_files.source_in(data, folder))
    if isinstance(data, NpzSpec):
        return _look_at_archive(data, csv_files.source_in(data, folder))
    try:
        if not isinstance(data, IdxSpec):
            made = make_data(data, folder)
            return DataLook(data, *_numbers(made), made=made)
        made = make_data(_few(data, folder), folder)
        whole = len(made.x) + len(made.x_test) == idx_table_shape(data, folder).points
    except Refusal as refusal:
        return DataLook(data, refusal=refusal)
    return DataLook(data, *_numbers(made), made=made, whole=whole)


def with_copy(data: DataSpec, folder: Path) -> DataSpec:
    """Return data whose file the experiment has a copy of; of a set it has an archive of the pictures that are chosen.

    Raises:
        Refusal: where they cannot be read, or are too large, in words.
    """
    if isinstance(data, CopiedSpec):
        if data.embedded:
            return data
        source = csv_files.source_in(data, folder)
        check_size(data.path, source.stamp[-1])
        with readable(data.path), source.opened() as content:
            copy = packed(data.path, content.read())
        return data.model_copy(update={"embedded": copy, "sha256": ""})
    if isinstance(data, IdxSpec):
        return _archive_of(data, folder)
    raise Refusal("data.kind", data.kind, "reads no file that could be copied")


def _archive_of(data: IdxSpec, folder: Path) -> NpzSpec:
    """Return an archive of the pictures that are chosen, with the fields that data of every kind have."""
    table = idx_table(data, folder)
    pictures = table.points.reshape(len(table.points), *(table.image_shape or (-1,)))
    labels = np.array([int(name) for name in table.class_names])[table.labels]
    testing = table.testing if table.testing is not None else np.zeros(len(labels), dtype=np.bool_)
    arrays = {"x_train": pictures[~testing], "y_train": labels[~testing]}
    if testing.any():
        arrays |= {"x_test": pictures[testing], "y_test": labels[testing]}
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays)
    name = f"{Path(data.folder).name or 'pictures'}.npz"
    shared = {name: getattr(data, name) for name in DataSpec.model_fields if name != "test_fraction"}
    return NpzSpec(kind="npz", path=name, embedded=packed(name, content.getvalue()), **shared)


def _recognised_folder(path: Path) -> FileSpec:
    try:
        find_set(str(path), path.parent)
    except Refusal as refusal:
        files = sorted(p for p in path.iterdir() if p.suffix.lower() in DATA_ENDINGS and p.is_file())
        if len(files) == 1:
            return recognised(files[0])
        if files:
            names = ", ".join(p.name for p in files[:3])
            raise Refusal("", path.name, f"is a folder with {names}; open one of its files") from None
        raise refusal
    return _idx(str(path))


def _idx(folder: str) -> IdxSpec:
    (count,) = idx_shape(find_set(folder, Path()).train_labels, 1)
    data = IdxSpec(kind="idx", folder=folder)
    return data if count >= data.train else data.model_copy(update={"train": 0})


def _few(data: IdxSpec, folder: Path) -> IdxSpec:
    """Return data of no more pictures than are looked at."""
    shape = idx_table_shape(data, folder)
    tests = shape.held_out or 0
    return data.model_copy(
        update={"train": min(shape.points - tests, PICTURES), "test": min(tests, PICTURES)}
    )


def _look_at_table(data: CsvSpec, source: Source) -> DataLook:
    head, start = table_head(data, source)
    columns = tuple(column.title for column in head.columns)
    look = DataLook(data, columns, head.rows, whole=head.whole, head=head)
    try:
        table = csv_files.table_from(data, start) if head.whole else _beginning(data, start)
        return replace(look, made=prepare(table, data))
    except Refusal as refusal:
        return replace(look, refusal=refusal)


def _beginning(data: CsvSpec, start: Source) -> Table:
    """Return the beginning of a table: its labels as they come, for the rest may have other classes."""
    content = read_table(data, start)
    there, codes = np.unique(content.codes[:POINTS], return_inverse=True)
    names = tuple(content.words[i] for i in there)
    return Table(
        content.points[:POINTS], codes, names if len(names) > 1 else (*names, "…"), field="data.path"
    )


def _look_at_archive(data: NpzSpec, source: Source) -> DataLook:
    arrays = arrays_in(data.path, source)
    look = DataLook(data, arrays=arrays, chosen=chosen_arrays(data, arrays))
    try:
        made = prepare(first_points(data, source, POINTS), data)
    except Refusal as refusal:
        return replace(look, refusal=refusal)
    count = next(a.shape[0] for a in arrays if a.name == look.chosen[0])
    columns, rows = _numbers(made)
    return replace(look, columns=columns, rows=rows, made=made, whole=count <= POINTS)


def _numbers(made: Dataset) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return titles and rows of the first points, their class first."""
    shown = made.raw[:SHOWN, :100]
    marks = (made.labels > 0).astype(np.int64) if made.classes == 2 else made.labels
    titles = ("class", *(f"input {i + 1}" for i in range(shown.shape[1])))
    rows = tuple(
        (made.class_names[marks[i]], *(f"{value:.6g}" for value in row)) for i, row in enumerate(shown)
    )
    return titles, rows


def checksum_of(data: DataSpec, folder: Path) -> str:
    """Return the SHA-256 of the file that data are read from; '' where they are read from none, or it is not there."""
    if not isinstance(data, FileSpec) or not data.named_file:
        return ""
    try:
        return DataCheck(data, folder).checksum(())
    except Refusal:
        return ""
