"""The line over the drawing board that says what makes the data, until they are one's own points."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from engine.experiment.data import DataSpec, PointsSpec
from gui.forms.tones import ToneLabel


class SourceLine(QWidget):
    """Offers to edit data of any kind as points."""

    points_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("board source")
        self.words = ToneLabel(wrap=True, parent=self)
        self.button = QPushButton("Edit as &points", self)
        self.button.setObjectName("edit_as_points")
        self.button.setAutoDefault(False)
        self.button.setToolTip(
            "Write the points and labels into the experiment, in place of what makes them."
        )
        policy = self.button.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the board beneath stays where it is
        self.button.setSizePolicy(policy)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.words, 1)
        layout.addWidget(self.button)
        self.button.clicked.connect(self.points_wanted)

    def show_data(self, spec: DataSpec, why_not: str) -> None:
        """Say what makes the data and what a change means; `why_not` says why there can be none."""
        is_own = isinstance(spec, PointsSpec)
        self.button.setVisible(not is_own and not why_not)
        if why_not:
            self.words.setText(f"{spec.title}. {why_not} Labels can be others.")
        elif not is_own:
            numbered = ", their classes numbered" if spec.reads else ""
            self.words.setText(f"{spec.title}: a change here makes them points of your own{numbered}.")
        else:
            self.words.setText(_after(spec) or "Points of your own, written into the experiment.")

    def show_tiles(self, spec: DataSpec) -> None:
        """Say that samples keep their place and can be of another class."""
        self.button.hide()
        self.words.setText(f"{spec.title}: samples keep what they are; their labels can be others.")


def _after(spec: DataSpec) -> str:
    """Say what is still done to one's own points; '' for nothing."""
    said = []
    if spec.random_labels:
        said.append("random labels")
    if spec.label_noise:
        said.append(f"label noise {spec.label_noise:g}")
    if spec.relabel:
        said.append("labels by hand")
    if spec.test_fraction:
        said.append(f"test fraction {spec.test_fraction:g}")
    return f"Here before what is done to them: {', '.join(said)}." if said else ""
