"""The first points of data that are looked at: in the plane, on two principal components, or as pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.data.dataset import Array, Dataset
from engine.words.formats import counted
from gui.forms.tones import ToneLabel
from gui.layouts import in_column
from gui.panels.data_cells import is_table
from gui.panels.data_preview import DataPreview
from gui.plain_text import tooltip


class PointsView(QWidget):
    """Shows points as a network would meet them, and says below what the picture is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.preview = DataPreview(self)
        self.preview.setObjectName("own_data_points")
        self.preview.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.preview.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.caption = ToneLabel(tone="faint", wrap=True, parent=self)
        self.caption.setObjectName("own_data_caption")
        in_column((self.preview, self.caption), self, spacing=4).setStretch(0, 1)

    def show_none(self, sentence: str) -> None:
        """Show that there is nothing to see, and why."""
        self.preview.show_none(sentence)
        self.caption.setText("")

    def show_points(self, made: Dataset, shown: Dataset, words: str, *, whole: bool) -> None:
        """Show points, all there are or the first of more, as `drawn_points` has them."""
        self.preview.show_data(shown)
        count = counted(len(made.x) + len(made.x_test), "point")
        inputs = made.raw.shape[1]
        of = (
            f"{count}, {counted(inputs, 'input')}"
            if whole
            else f"the first {count}, {counted(inputs, 'input')}"
        )
        tests = f", {len(made.x_test):,} to test" if len(made.x_test) else ""
        self.caption.setText(f"{of[0].upper()}{of[1:]}{tests}. {words}")
        self.caption.setToolTip(tooltip(f"Classes: {', '.join(made.class_names[:50])}"))


def drawn_points(made: Dataset) -> tuple[Dataset, str]:
    """Return what is drawn, and what it is in words; touches nothing of Qt."""
    if made.image_shape is not None:
        return made, "Pictures as they are written."
    inputs = made.raw.shape[1]
    scaled, scaled_test = made.x[:, :inputs], made.x_test[:, :inputs]
    words = "" if made.scaling.normalize == "none" else "Normalized as chosen."
    if inputs > 2 and not is_table(made):
        scaled, scaled_test, shares = _principal(scaled, scaled_test)
        made = replace(made, input_names=())
        words = f"First two principal components: {100 * shares[0]:.0f} % and {100 * shares[1]:.0f} % of the spread."
    largest = float(np.abs(np.concatenate([scaled, scaled_test])).max(initial=0.0)) or 1.0
    return replace(made, raw=scaled, raw_test=scaled_test, view=1.1 * largest, relevant=None), words


def _principal(points: Array, tests: Array) -> tuple[Array, Array, tuple[float, float]]:
    """Return points (N, 2) and (M, 2) on the first two principal components of the first, and shares of the spread."""
    centre = points.mean(axis=0)
    _, sizes, directions = np.linalg.svd(points - centre, full_matrices=False)
    directions, spread = directions[:2], sizes**2
    if len(directions) < 2:
        directions = np.vstack([directions, np.zeros((2 - len(directions), points.shape[1]))])
    total = float(spread.sum()) or 1.0
    first, second = (float(s) / total for s in (*spread[:2], 0.0)[:2])
    return (points - centre) @ directions.T, (tests - centre) @ directions.T, (first, second)
