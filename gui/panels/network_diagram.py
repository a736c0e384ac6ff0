"""A drawing of the network: layers as columns of units, biases, activation, what is frozen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from engine.experiment.structure import Ends, Layer, Structure
from engine.words.formats import counted
from gui.forms.tones import blend, hairline, tone
from gui.plain_text import tooltip

from .activation_curves import curve

HEIGHT = 150
MOST_UNITS = 8
"""Units drawn in a column; more are told by a number."""
MOST_COLUMNS = 9
"""Columns drawn; of deeper networks the middle is left out."""
NAMED = 52
"""Distance of columns from which there is room for the names of layers; the tooltip always has them."""
TOP, BOTTOM, SIDE = 22.0, 20.0, 24.0


@dataclass(frozen=True)
class DiagramColumn:
    """One column of units: how many there are, and where those that are drawn stand."""

    units: int
    x: float
    ys: tuple[float, ...]
    layer: Layer | None
    """The layer that leads into it; None for the inputs."""
    skipped: int = 0
    """Columns left out before this one."""
    words: str = ""
    """What stands below it instead of its number of units."""
    title: str = ""
    """What stands above the weights that lead into it: their layers' names."""

    @property
    def pictures(self) -> bool:
        """Whether its units are maps of pixels."""
        return self.layer is not None and self.layer.positions > 1


def column_sizes(structure: Structure, ends: Ends) -> list[int]:
    """Return the units of every column that is drawn, inputs first."""
    return [ends.inputs, *(layer.units for layer in _between(structure))]


def _between(structure: Structure) -> list[Layer]:
    """Return the layers that lead from one column to the next.

    Parameters that all act on the inputs, as in diagonal networks, lead to the outputs side by side.
    """
    if structure.opaque:  # what flows between its layers nobody knows
        return [replace(structure.layers[-1], units=structure.outputs)] if structure.layers else []
    return [structure.layers[-1]] if _side_by_side(structure) else list(structure.layers)


def _side_by_side(structure: Structure) -> bool:
    """Say whether all parameters act on the inputs, as u and v of a diagonal network do."""
    return all(layer.by_element for layer in structure.layers)


def layer_title(layer: Layer) -> str:
    """Return a layer's name, after what it is where it is a vector: 'u (W1)'; frozen ones carry a sign."""
    words = f"{layer.caption} ({layer.name})" if layer.by_element and layer.caption else layer.name
    return words if layer.trained else f"{words} ❄"


def _titles(structure: Structure) -> list[str]:
    """Return what stands above the weights between every two columns."""
    if structure.opaque:
        return [f"{counted(len(structure.layers), 'layer')} of a plug-in"] if structure.layers else []
    titles = [layer_title(layer) for layer in structure.layers]
    return ["   ".join(titles)] if _side_by_side(structure) else titles


def columns(structure: Structure, ends: Ends, width: float, height: float) -> list[DiagramColumn]:
    """Lay out the columns of a network in an area."""
    between = zip(_between(structure), _titles(structure), strict=True)
    units: list[tuple[int, Layer | None, str]] = [
        (ends.inputs, None, ""),
        *((_units(layer), layer, title) for layer, title in between),
    ]
    skipped = max(0, len(units) - MOST_COLUMNS)
    kept = units if not skipped else [*units[: MOST_COLUMNS // 2 + 1], *units[-(MOST_COLUMNS // 2) :]]
    cut = MOST_COLUMNS // 2 + 1 if skipped else -1
    step = (width - 2 * SIDE) / max(1, len(kept) - 1)
    middle = TOP + (height - TOP - BOTTOM) / 2
    diagram = []
    for i, (count, layer, title) in enumerate(kept):
        drawn = count if count <= MOST_UNITS else MOST_UNITS - 2
        gap = min(16.0, (height - TOP - BOTTOM - 8) / MOST_UNITS)
        # room in the middle for the dots that stand for the others
        offsets = [(j - (drawn - 1) / 2) * gap for j in range(drawn)]
        if drawn < count:
            offsets = [o + (gap if o > 0 else -gap) / 2 for o in offsets]
        ys = tuple(middle + o for o in offsets)
        words = f"{ends.image[0]}×{ends.image[1]}" if layer is None and ends.image else ""
        if layer is not None and layer.positions > 1:
            words = layer.caption.replace(" maps of ", "·")
        diagram.append(
            DiagramColumn(count, SIDE + i * step, ys, layer, skipped if i == cut else 0, words, title)
        )
    return diagram


def _units(layer: Layer) -> int:
    """Return how many units a layer leads to: of a convolution its maps."""
    return int(layer.caption.partition(" ")[0]) if layer.positions > 1 and layer.caption else layer.units


class NetworkDiagram(QWidget):
    """Draws the structure that it was shown last."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._structure: Structure | None = None
        self._ends = Ends(0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(280, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, HEIGHT)

    def show_structure(self, structure: Structure, ends: Ends) -> None:
        self._structure, self._ends = structure, ends
        widths = " to ".join(map(str, column_sizes(structure, ends)))
        self.setAccessibleName(f"network of widths {widths}")
        self.setToolTip(tooltip(_tooltip(structure, ends)))
        self.update()

    def show_none(self) -> None:
        self._structure = None
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        painter.setPen(QPen(hairline(palette), 1))
        painter.setBrush(palette.base())
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        if self._structure is None:
            painter.setPen(tone(palette, "faint"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "drawn once the data is known")
        else:
            drawn = columns(self._structure, self._ends, self.width(), self.height())
            for before, after in pairwise(drawn):
                self._paint_layer(painter, before, after)
            for i, column in enumerate(drawn):
                self._paint_units(painter, column, hidden=0 < i < len(drawn) - 1)
        painter.end()

    def _paint_layer(self, painter: QPainter, before: DiagramColumn, after: DiagramColumn) -> None:
        """Draw the weights between two columns, the biases, and the layer's name."""
        palette = self.palette()
        layer = after.layer
        assert layer is not None
        ink, base = palette.text().color(), palette.base().color()
        frozen = not layer.trained
        if after.skipped:
            painter.setPen(tone(palette, "faint"))
            room = QRectF(before.x, 0, after.x - before.x, self.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, f"⋯\n+{after.skipped}")
            return
        pen = QPen(blend(ink, base, 0.16 if frozen else 0.34), 0.8)
        if frozen:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        for y in before.ys:
            for z in after.ys:
                painter.drawLine(QPointF(before.x, y), QPointF(after.x, z))
        if layer.caption.endswith("skip"):
            self._paint_skip(painter, before, after)
        font = self._small_font()
        painter.setFont(font)
        middle = (before.x + after.x) / 2
        if layer.bias:
            self._paint_bias(painter, QPointF(middle, self.height() - BOTTOM - 1), after, frozen)
        painter.setPen(_dim(tone(palette, "faint"), base, frozen))
        if after.x - before.x >= NAMED:
            wide = max(60.0, after.x - before.x - 24)
            painter.drawText(
                QRectF(middle - wide / 2, 3, wide, 14), Qt.AlignmentFlag.AlignCenter, after.title
            )

    def _paint_skip(self, painter: QPainter, before: DiagramColumn, after: DiagramColumn) -> None:
        """Draw the connection around a block, which the sum at its end takes in unchanged."""
        path, width = QPainterPath(), after.x - before.x
        bottom = self.height() - BOTTOM
        path.moveTo(before.x - width, max(before.ys) + 6)
        path.cubicTo(
            before.x - width / 2, bottom + 4, after.x - width / 2, bottom + 4, after.x, max(after.ys) + 6
        )
        painter.setPen(QPen(self.palette().highlight().color(), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)

    def _paint_bias(self, painter: QPainter, at: QPointF, after: DiagramColumn, frozen: bool) -> None:
        """Draw the constant 1 from which biases lead to the units."""
        palette = self.palette()
        ink, base = palette.text().color(), palette.base().color()
        pen = QPen(blend(palette.highlight().color(), base, 0.3 if frozen else 0.6), 0.8)
        painter.setPen(pen)
        for y in after.ys:
            painter.drawLine(at, QPointF(after.x, y))
        painter.setBrush(base)
        painter.setPen(QPen(_dim(ink, base, frozen), 1))
        painter.drawRect(QRectF(at.x() - 5, at.y() - 5, 10, 10))
        painter.drawText(QRectF(at.x() - 5, at.y() - 5, 10, 10), Qt.AlignmentFlag.AlignCenter, "1")

    def _paint_units(self, painter: QPainter, column: DiagramColumn, hidden: bool) -> None:
        palette = self.palette()
        ink, base, accent = palette.text().color(), palette.base().color(), palette.highlight().color()
        frozen = column.layer is not None and not column.layer.trained
        painter.setPen(QPen(_dim(ink, base, frozen), 1.1))
        painter.setBrush(_dim(blend(accent, base, 0.55), base, frozen) if hidden else base)
        gap = column.ys[1] - column.ys[0] if len(column.ys) > 1 else 12.0
        radius = min(5.0, gap / 2 - 1)
        for y in column.ys:
            if column.pictures:
                painter.drawRect(QRectF(column.x - radius, y - radius, 2 * radius, 2 * radius))
            else:
                painter.drawEllipse(QPointF(column.x, y), radius, radius)
        font = self._small_font()
        painter.setFont(font)
        if len(column.ys) < column.units:
            middle = (column.ys[0] + column.ys[-1]) / 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_dim(ink, base, frozen))
            for k in (-1, 0, 1):
                painter.drawEllipse(QPointF(column.x, middle + 4 * k), 1.2, 1.2)
        painter.setPen(_dim(ink, base, frozen))
        many = len(column.ys) < column.units
        words = column.words or (f"×{column.units}" if many else str(column.units))
        painter.drawText(
            QRectF(column.x - 32, self.height() - 17, 64, 14), Qt.AlignmentFlag.AlignCenter, words
        )
        if hidden:
            self._paint_activation(painter, QPointF(column.x, 11), _dim(accent, base, frozen))

    def _paint_activation(self, painter: QPainter, centre: QPointF, colour: QColor) -> None:
        """Draw the activation's curve above its column."""
        painter.setPen(QPen(hairline(self.palette()), 1))
        painter.setBrush(self.palette().base())
        painter.drawRoundedRect(QRectF(centre.x() - 10, centre.y() - 8, 20, 16), 3, 3)
        painter.setPen(QPen(colour, 1.4))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        activation = self._structure.activation if self._structure else "linear"
        points = [QPointF(centre.x() + 8 * x, centre.y() + 1 - 6 * y) for x, y in curve(activation)]
        painter.drawPolyline(QPolygonF(points))

    def _small_font(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.85)
        return font


def _dim(colour: QColor, base: QColor, frozen: bool) -> QColor:
    return blend(colour, base, 0.45) if frozen else colour


def _tooltip(structure: Structure, ends: Ends) -> str:
    lines = [f"{ends.inputs} inputs"]
    for layer in structure.layers:
        words = (
            f"{layer.name}: {layer.rows}"
            if layer.by_element
            else f"{layer.name}: {layer.rows} × {layer.columns}"
        )
        words += f" ({layer.caption})" if layer.caption else ""
        words += f", biases {layer.bias_name}" if layer.bias else ""
        lines.append(words if layer.trained else f"{words}, frozen")
    return "\n".join(lines)
