"""A table as a file, or on the clipboard; of thousands of rows the window draws meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from engine.files import write_whole
from engine.words.errors import Refusal
from gui.file_dialogs import file_to_save
from gui.model.patience import in_background
from gui.model.run_table.arrangement import Middle
from gui.model.run_table.column import TableColumn
from gui.model.run_table.rows import TableRow
from gui.model.session_model import SessionModel

SUFFIXES = {"csv": "CSV (*.csv)", "latex": "LaTeX (*.tex)"}


def export_table(
    model: SessionModel,
    view: QWidget,
    kind: str,
    name: str,
    columns: Sequence[TableColumn],
    rows: Sequence[TableRow],
    middle: Middle,
) -> None:
    """Write a table where a person says, and say that in a notice.

    Args:
        model: the session's.
        view: whose table it is.
        kind: csv, latex, or copy for the clipboard.
        name: of the file, without its suffix, as it is offered.
        columns: of the table, in order.
        rows: of the table, in order.
        middle: what is shown of a group's numbers.
    """
    rows = list(rows)
    if not rows:
        model.notice_posted.emit("info", "There is nothing to export: the table has no rows.", "")
        return
    from gui.model.run_table.written import csv_of, latex_of

    made = partial(latex_of, columns, rows, middle) if kind == "latex" else partial(csv_of, columns, rows)
    if kind == "copy":
        QGuiApplication.clipboard().setText(in_background(made))
        return
    suffix = ".tex" if kind == "latex" else ".csv"
    start = Path(model.store.folder or str(Path.home())) / f"{name}{suffix}"
    path = file_to_save(view, "Export the table", str(start), SUFFIXES[kind], suffix)
    if path is None:
        return
    try:
        in_background(partial(_write, path, made))
    except Refusal as refusal:
        model.notice_posted.emit("bad", f"{refusal}", "")
    else:
        model.notice_posted.emit("info", f"The table is in {path.name}.", "")


def _write(path: Path, made: Callable[[], str]) -> None:
    write_whole(path, made())
