"""A view with headers over what it shows, or over why it shows nothing."""

from __future__ import annotations

from PySide6.QtWidgets import QLayout, QStackedLayout, QWidget

from gui.layouts import in_column


def lay_out_pages(view: QWidget, headers: list[QLayout], nothing: QWidget, body: QWidget) -> QStackedLayout:
    """Put headers over two pages, `nothing` (0) and `body` (1), and return the pages."""
    pages = QStackedLayout()
    pages.addWidget(nothing)
    pages.addWidget(body)
    in_column((*headers, pages), view).setStretchFactor(pages, 1)
    return pages
