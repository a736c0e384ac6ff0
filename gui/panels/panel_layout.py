"""A panel of the experiment: what is drawn and said of a choice, in line with the labels of its form beneath."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QWidget

from gui.forms.row import MARGIN
from gui.layouts import Piece, in_column


def lay_out_panel(panel: QWidget, above: Iterable[Piece], forms: Iterable[QWidget]) -> None:
    """Put widgets over forms."""
    top = in_column(above, margins=(MARGIN, 2, 0, 0), spacing=6)
    in_column([top, *forms], panel, spacing=6)
