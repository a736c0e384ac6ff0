"""What helps a hand on the drawing board: a grid, symmetry, the width of the brush."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QSlider, QSpinBox, QWidget

from gui.choices_row import ChoicesRow
from gui.model.symmetry import KINDS, Symmetry
from gui.plain_text import PlainLabel, tooltip
from gui.tool_buttons import tool_button

from .frame import grid_steps

MOST_TURNS = 12
NARROWEST, WIDEST = 1, 40
"""Hundredths of half the side that the brush is wide."""


class HelperRow(QWidget):
    """The grid, the symmetry and the brush."""

    grid_chosen = Signal(float)
    snap_wanted = Signal()
    symmetry_chosen = Signal(object)
    """A `Symmetry`."""
    images_wanted = Signal()
    spread_chosen = Signal(float)
    network_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("board helpers")
        self._classes = 2
        self._half = 0.0
        self.grid = QComboBox(self)
        self.grid.setObjectName("board grid")
        self.grid.setAccessibleName("Grid")
        self.grid.setToolTip(tooltip("Places snap to this grid."))
        self.snap = tool_button(
            "Snap", self, name="board snap", help="Move what is selected, or all points, onto the grid."
        )
        self.kind = QComboBox(self)
        self.kind.setObjectName("board symmetry")
        self.kind.setAccessibleName("Symmetry")
        self.kind.setToolTip(tooltip("What is drawn, moved, flipped or erased is so at every image, too."))
        for kind, title in KINDS.items():
            self.kind.addItem(title[:1].upper() + title[1:], kind)
        self.turns = QSpinBox(self)
        self.turns.setObjectName("board turns")
        self.turns.setAccessibleName("Images around the origin")
        self.turns.setRange(2, MOST_TURNS)
        self.turns.setPrefix("2π / ")
        self.turns.setToolTip(tooltip("The angle between two images."))
        self.changes = QCheckBox("Images change class", self)
        self.changes.setObjectName("board images change class")
        self.images = tool_button(
            "Add images",
            self,
            name="board images",
            help="Add the images that are missing of what is selected, or of all points.",
        )
        self.width_name = PlainLabel("Width", self)
        self.brush = QSlider(Qt.Orientation.Horizontal, self)
        self.brush.setObjectName("board brush")
        self.brush.setAccessibleName("Width of the brush")
        self.brush.setRange(NARROWEST, WIDEST)
        self.brush.setValue(8)
        self.brush.setFixedWidth(96)
        self.width_name.setBuddy(self.brush)
        self.network = QCheckBox("Network", self)
        self.network.setObjectName("board network")
        self.network.setChecked(True)
        self.network.setToolTip(
            tooltip(
                "Beneath the points: what the network of the run or draft looked at says, at the step shown."
            )
        )
        row = ChoicesRow((0, 0, 0, 0), self)
        row.add(self.width_name, self.brush, self.grid, self.snap)
        row.add(self.kind, self.turns, self.changes, self.images, self.network)
        self.grid.activated.connect(self._on_grid)
        self.snap.clicked.connect(self.snap_wanted)
        self.kind.activated.connect(self._on_symmetry)
        self.turns.valueChanged.connect(self._on_symmetry)
        self.changes.toggled.connect(self._on_symmetry)
        self.images.clicked.connect(self.images_wanted)
        self.brush.valueChanged.connect(self._on_brush)
        self.network.toggled.connect(self.network_wanted)
        self.show_tool("point")
        self.show_half(1.0)
        self.show_classes(2)

    @property
    def symmetry(self) -> Symmetry:
        """Return what is chosen."""
        changes = self.changes.isChecked() and self.changes.isEnabled()
        return Symmetry(self.kind.currentData(), self.turns.value(), changes)

    def show_tool(self, tool: str) -> None:
        """Show the brush's width while it is in the hand."""
        for widget in (self.width_name, self.brush):
            widget.setVisible(tool == "brush")

    def show_half(self, half: float) -> None:
        """Offer grids for what is shown, half the side of which is given; one that is chosen stays."""
        if half == self._half:
            return
        self._half = half
        chosen = float(self.grid.currentData() or 0.0)
        self.grid.clear()
        self.grid.addItem("No grid", 0.0)
        for step in sorted({*grid_steps(half), *([chosen] if chosen else [])}):
            self.grid.addItem(f"Grid {step:g}", step)
        self.grid.setCurrentIndex(max(0, self.grid.findData(chosen)))
        self.snap.setEnabled(chosen > 0)

    def show_classes(self, classes: int) -> None:
        """Say whether images can change class among so many."""
        self._classes = max(classes, 2)
        self._show_possible()

    def _show_possible(self) -> None:
        symmetry = Symmetry(self.kind.currentData(), self.turns.value())
        why_not = symmetry.why_not(self._classes)
        is_any = symmetry.kind != "none"
        self.turns.setVisible(symmetry.kind == "turn")
        for widget in (self.changes, self.images):
            widget.setVisible(is_any)
        self.changes.setEnabled(not why_not)
        help = "The sign rule: every image is of the next class."
        self.changes.setToolTip(tooltip(why_not[:1].upper() + why_not[1:] + "." if why_not else help))

    @Slot()
    def _on_grid(self) -> None:
        step = float(self.grid.currentData())
        self.snap.setEnabled(step > 0)
        self.grid_chosen.emit(step)

    @Slot()
    def _on_symmetry(self) -> None:
        self._show_possible()
        self.symmetry_chosen.emit(self.symmetry)

    @Slot(int)
    def _on_brush(self, hundredths: int) -> None:
        self.spread_chosen.emit(hundredths / 100)
