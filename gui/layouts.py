"""How widgets stand in columns and rows, where several views do it alike."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

Piece = QWidget | QLayout
FLUSH = (0, 0, 0, 0)
CHOICES = (8, 4, 8, 2)
"""Margins of a row of choices that another row stands under."""


def in_column(
    pieces: Iterable[Piece],
    parent: QWidget | None = None,
    *,
    margins: tuple[int, int, int, int] = FLUSH,
    spacing: int = 0,
) -> QVBoxLayout:
    """Return pieces under one another; of a widget, where one is given."""
    layout = QVBoxLayout(parent) if parent is not None else QVBoxLayout()
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    for piece in pieces:
        _add(layout, piece)
    return layout


def row_of_choices(
    left: Iterable[QWidget],
    right: Iterable[QWidget] = (),
    *,
    between: QWidget | None = None,
    margins: tuple[int, int, int, int] = CHOICES,
) -> QHBoxLayout:
    """Return what is chosen above a view: some at the left, some at the right, and one that stretches between."""
    row = QHBoxLayout()
    row.setContentsMargins(*margins)
    row.setSpacing(8)
    for widget in left:
        row.addWidget(widget)
    row.addStretch(1)
    if between is not None:
        row.addWidget(between, 2)
    for widget in right:
        row.addWidget(widget)
    return row


def _add(layout: QVBoxLayout, piece: Piece) -> None:
    if isinstance(piece, QLayout):
        layout.addLayout(piece)
    else:
        layout.addWidget(piece)
