"""A view with headers over what it shows, or over why it shows nothing."""

from __future__ import annotations

from PySide6.QtWidgets import QLayout, QStackedLayout, QVBoxLayout, QWidget


def lay_out_pages(view: QWidget, headers: list[QLayout], nothing: QWidget, body: QWidget) -> QStackedLayout:
    """Put headers over two pages, `nothing` (0) and `body` (1), and return the pages."""
    pages = QStackedLayout()
    pages.addWidget(nothing)
    pages.addWidget(body)
    layout = QVBoxLayout(view)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(0)
    for header in headers:
        layout.addLayout(header)
    layout.addLayout(pages, 1)
    return pages
