"""How widgets stand in columns, where several views do it alike."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QLayout, QVBoxLayout, QWidget

Piece = QWidget | QLayout
FLUSH = (0, 0, 0, 0)


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


def _add(layout: QVBoxLayout, piece: Piece) -> None:
    if isinstance(piece, QLayout):
        layout.addLayout(piece)
    else:
        layout.addWidget(piece)
