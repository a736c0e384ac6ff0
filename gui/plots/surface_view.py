"""What the network says over 2-D inputs beside its initial kernel's max-margin predictor."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpinBox,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from engine.messages import SurfaceReady
from engine.records import Array
from gui.theme import theme

from .base import small_font
from .header import four_digits
from .surface_picture import SurfacePicture, diverging

RESOLUTIONS = ((61, "coarse"), (101, "medium"), (201, "fine"))
NOTHING = "The surface appears once a run with two inputs has recorded its first step."


class ColourBar(QWidget):
    """The colours from least to most, with three numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.level = 1.0
        self.setFixedWidth(72)

    def set_level(self, level: float) -> None:
        """Set the value at the upper end; the lower end is its negative."""
        self.level = level
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        p = QPainter(self)
        p.setFont(small_font(self.font()))
        line = QFontMetrics(p.font()).height()
        bar = QRectF(8, 30, 12, max(self.height() - 84, 20))
        colours = diverging()
        gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        for share in (0.0, 0.5, 1.0):
            gradient.setColorAt(share, QColor(*(int(v) for v in colours[round(share * 255)])))
        p.fillRect(bar, gradient)
        p.setPen(QColor(theme().colours.line))
        p.drawRect(bar)
        p.setPen(QColor(theme().colours.foreground))
        for value, y in ((self.level, bar.top()), (0.0, bar.center().y()), (-self.level, bar.bottom())):
            text = f"{value:.3g}".replace("-", "−")
            p.drawText(QRectF(26, y - line / 2, 46, line), Qt.AlignmentFlag.AlignVCenter, text)
        p.end()

    def sizeHint(self) -> QSize:
        return QSize(72, 200)


class SurfaceView(QWidget):
    """Two linked images, their colours on one scale, and what is chosen about them."""

    surface_wanted = Signal(int, int)
    """The user wants another replica or resolution."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("surface_view")
        self.surface: SurfaceReady | None = None
        self.network = SurfacePicture("Network", self)
        self.network.title.setToolTip("Rings: samples with q < q_min + log 100, which carry the gradient.")
        self.kernel = SurfacePicture("Max-margin predictor of the initial NTK", self)
        self.kernel.title.setToolTip("Rings: samples with a dual weight in the kernel's solution.")
        self.kernel.view.linkView(self.kernel.view.XAxis, self.network.view)
        self.kernel.view.linkView(self.kernel.view.YAxis, self.network.view)
        self.bar = ColourBar(self)
        self.nothing = QLabel(NOTHING, self)
        self.nothing.setObjectName("no_surface")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.setWordWrap(True)
        self.nothing.setProperty("role", "faint")
        self._build()
        self._connect()
        self.show_none(NOTHING)

    def _build(self) -> None:
        self.step_label, self.reading = QLabel(self), QLabel(self)
        self.step_label.setObjectName("surface_step")
        self.reading.setObjectName("surface_reading")
        self.reading.setProperty("role", "faint")
        # a long reading is cut off rather than making the window wider than the screen
        self.reading.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.replica_label = QLabel("Replica", self)
        self.replica_box = QSpinBox(self)
        self.replica_box.setObjectName("surface_replica")
        self.replica_label.setBuddy(self.replica_box)
        self.normalise_box = QCheckBox("Each over its largest |f|", self)
        self.normalise_box.setObjectName("normalise")
        self.normalise_box.setChecked(True)
        self.normalise_box.setToolTip(
            "The network's outputs grow for ever, the kernel's predictor does not: "
            "divided by their largest absolute values they can be compared."
        )
        self.resolution_box = QComboBox(self)
        self.resolution_box.setObjectName("resolution")
        for resolution, name in RESOLUTIONS:
            self.resolution_box.addItem(f"{name}, {resolution} × {resolution}", resolution)
        self.resolution_box.setCurrentIndex(1)
        self.resolution_box.setToolTip("How many points the surfaces are computed at.")
        line = QHBoxLayout()
        line.setContentsMargins(8, 4, 8, 4)
        line.setSpacing(10)
        line.addWidget(self.step_label)
        line.addWidget(self.reading, 1)
        for box in (self.replica_label, self.replica_box, self.normalise_box, self.resolution_box):
            line.addWidget(box)
        pictures = QWidget(self)
        row = QHBoxLayout(pictures)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.network, 1)
        row.addWidget(self.kernel, 1)
        row.addWidget(self.bar)
        self.pages = QStackedLayout()
        self.pages.addWidget(self.nothing)
        self.pages.addWidget(pictures)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(line)
        layout.addLayout(self.pages, 1)
        self.set_replicas(1)

    def _connect(self) -> None:
        self.replica_box.valueChanged.connect(self._on_wish_changed)
        self.resolution_box.currentIndexChanged.connect(self._on_wish_changed)
        self.normalise_box.toggled.connect(self._on_appearance_changed)
        theme().theme_changed.connect(self._on_appearance_changed)
        for picture in (self.network, self.kernel):
            picture.pointed.connect(self._on_pointed)
            picture.left.connect(self._on_left)

    # --- what is shown ---

    @property
    def replica(self) -> int:
        """Return the replica chosen."""
        return self.replica_box.value()

    @property
    def resolution(self) -> int:
        """Return the number of points a side chosen."""
        return int(self.resolution_box.currentData())

    def set_replicas(self, replicas: int) -> None:
        """Say how many replicas there are to choose from."""
        self.replica_box.blockSignals(True)
        self.replica_box.setRange(0, max(replicas - 1, 0))
        self.replica_box.blockSignals(False)
        for widget in (self.replica_label, self.replica_box):
            widget.setVisible(replicas > 1)

    def show_none(self, sentence: str) -> None:
        """Say why there is no surface."""
        self.surface = None
        self.nothing.setText(sentence)
        self.step_label.setText("")
        self.reading.setText("")
        self.pages.setCurrentIndex(0)

    def show_surface(self, surface: SurfaceReady) -> None:
        """Show a surface."""
        self.surface = surface
        self.pages.setCurrentIndex(1)
        if surface.replica <= self.replica_box.maximum():
            self.replica_box.blockSignals(True)
            self.replica_box.setValue(surface.replica)
            self.replica_box.blockSignals(False)
        replica = f", replica {surface.replica}" if self.replica_box.maximum() else ""
        self.step_label.setText(f"step {surface.step:,}{replica}")
        classes = 2 if surface.network_class is None else 3
        network = self._scaled(surface.network)
        kernel = None if surface.kernel is None else self._scaled(surface.kernel)
        level = max(largest(part) for part in (network, kernel) if part is not None) or 1.0
        self.bar.setVisible(classes == 2)
        self.bar.set_level(level)
        for picture, values, winners, support in (
            (self.network, network, surface.network_class, surface.support),
            (self.kernel, kernel, surface.kernel_class, surface.kernel_support),
        ):
            if values is None:
                picture.show_nothing(surface.why_no_kernel or "No kernel predictor")
                continue
            if winners is None:
                picture.show_values(surface.axis, values, level)
            else:
                picture.show_classes(surface.axis, winners, values, level)
            picture.show_points(surface.points, surface.labels, support, classes)

    def _scaled(self, values: Array) -> Array:
        most = largest(values)
        return values / most if self.normalise_box.isChecked() and most > 0 else values

    # --- what the user does ---

    @Slot()
    def _on_wish_changed(self) -> None:
        self.surface_wanted.emit(self.replica, self.resolution)

    @Slot()
    def _on_appearance_changed(self) -> None:
        self.bar.update()
        if self.surface is not None:
            self.show_surface(self.surface)

    @Slot(float, float)
    def _on_pointed(self, x: float, y: float) -> None:
        if self.surface is None:
            return
        parts = [
            f"at ({four_digits(x)}, {four_digits(y)})",
            f"network {four_digits(self.network.value_at(x, y))}",
        ]
        if self.surface.kernel is not None:
            parts.append(f"kernel {four_digits(self.kernel.value_at(x, y))}")
        self.reading.setText("   ".join(parts))

    @Slot()
    def _on_left(self) -> None:
        self.reading.setText("")


def largest(values: Array) -> float:
    """Return the largest finite absolute value; 0 where there is none."""
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0
