"""Long tables of the handbook's pages, which are shown in pieces."""

from __future__ import annotations

from PySide6.QtGui import QTextTable
from pytestqt.qtbot import QtBot

from gui.handbook.long_tables import ROWS, in_pieces
from gui.handbook.page_view import PageView
from gui.handbook.pages import PageSection


def test_a_long_table_is_read_in_pieces_with_one_head_and_columns_of_one_width(qtbot: QtBot) -> None:
    rows = "\n".join(f"| {k} | what number {k} is about |" for k in range(2 * ROWS))
    text = f"# Words\n\n| number | meaning |\n|---|---|\n{rows}\n\nThe end."
    view = PageView()
    qtbot.addWidget(view)
    for _ in range(2):
        view.show_section(PageSection("guide", "Words", text, ("words",)))
    tables = [frame for frame in view.document().rootFrame().childFrames() if isinstance(frame, QTextTable)]
    assert [table.rows() for table in tables] == [ROWS + 1, ROWS + 1]
    assert {table.cellAt(0, 1).firstCursorPosition().block().text() for table in tables} == {"meaning"}
    narrow, wide = (length.rawValue() for length in tables[1].format().columnWidthConstraints())
    assert narrow < wide and tables[0].format() == tables[1].format()
    assert "The end." in view.toPlainText()


def test_short_tables_and_what_only_looks_like_one_stay_as_they_are() -> None:
    text = "| a |\n|---|\n| 1 |\n\n```\n" + "| b |\n" * 40 + "```"
    assert in_pieces(text) == (text, [()])
