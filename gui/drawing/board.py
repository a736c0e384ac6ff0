"""The drawing board: tools over the points, helpers under them, and what they are in words."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.data.dataset import Dataset
from engine.experiment.data import DataSpec, PointsSpec
from engine.protocol.surface import SurfaceReady
from engine.words.formats import counted, read_out, with_minus
from gui.forms.tones import ToneLabel
from gui.layouts import in_column
from gui.model.drawing_plane import input_plane, plane_through, principal_plane
from gui.model.drawn_points import drawn_points, place_in
from gui.model.sketch import Sketch
from gui.model.symmetry import Symmetry
from gui.plain_text import ShortLabel
from gui.theme import theme

from .canvas import BoardCanvas
from .ground import ground_of
from .helper_row import HelperRow
from .plane_row import PlaneRow
from .source_line import SourceLine
from .tile_page import TilePage
from .tool_row import TOOLS, ToolRow

CLICKED = "Click a sample: the other class. Arrows go from one to the next, Space does what a click does."
GIVEN = (
    "Click a sample: the class chosen above. Right-click or F: the next class. "
    "Arrows go from one to the next, Space does what a click does, a digit chooses a class."
)


class DrawingBoard(QWidget):
    """Shows the data of the experiment and says what a hand makes of them; it knows no model."""

    points_drawn = Signal(object, str, bool)
    """`DrawnPoints`, what happened in words, and whether it joins the last of its kind in one step of Undo."""
    class_given = Signal(int, int)
    """A sample that is shown as a tile, and the number of its new class."""
    dragging = Signal(bool)
    tiles_shown = Signal(bool)
    """Whether samples are tiles rather than points."""
    wishes_changed = Signal()
    """What of a run is shown beside the data is other than before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawing board view")
        self.sketch = Sketch()
        self._spec: DataSpec | None = None
        self._data: Dataset | None = None
        self.tools = ToolRow(self)
        self.canvas = BoardCanvas(self.sketch, self)
        self.helpers = HelperRow(self)
        self.hint = ToneLabel(wrap=True, parent=self)
        self.hint.setObjectName("board hint")
        self.hint.setMinimumHeight(2 * self.hint.fontMetrics().lineSpacing())  # the board stays where it is
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.reading = ShortLabel("", self)
        self.reading.setObjectName("board reading")
        self._refused = ""
        """Why the experiment did not take what was drawn last."""
        self._surface: SurfaceReady | None = None
        self.source = SourceLine(self)
        self.planes = PlaneRow(self)
        self.planes.hide()
        self._plane_kind = "principal"
        self.page = TilePage(self)
        self.page.hide()
        pieces = (
            self.source,
            self.tools,
            self.planes,
            self.canvas,
            self.page,
            self.reading,
            self.helpers,
            self.hint,
        )
        column = in_column(pieces, self, spacing=5)
        for large in (self.canvas, self.page):
            column.setStretchFactor(large, 1)
        self._connect()
        self._on_tool("point")

    def _connect(self) -> None:
        self.tools.tool_chosen.connect(self._on_tool)
        self.tools.class_chosen.connect(self._on_class)
        self.canvas.drawn.connect(self._on_drawn)
        self.canvas.dragging.connect(self.dragging)
        self.canvas.looked.connect(self._show_reading)
        self.canvas.class_keyed.connect(self._on_class)
        self.helpers.grid_chosen.connect(self._on_grid)
        self.helpers.snap_wanted.connect(self._on_snap)
        self.helpers.symmetry_chosen.connect(self._on_symmetry)
        self.helpers.images_wanted.connect(self._on_images)
        self.helpers.spread_chosen.connect(self._on_spread)
        self.helpers.network_wanted.connect(self.wishes_changed)
        theme().theme_changed.connect(self._on_theme_changed)
        self.page.class_given.connect(self.class_given)
        self.planes.plane_wanted.connect(self._on_plane)
        self.source.points_wanted.connect(self._on_points_wanted)

    # --- what is shown ---

    def show_data(self, spec: DataSpec, data: Dataset) -> None:
        """Show the data of the experiment, which this board may have drawn itself."""
        before = self._spec
        self._spec, self._data = spec, data
        self.setEnabled(True)
        self._show_page()
        if self.has_tiles:
            self._show_tiles(spec, data)
            return
        points = drawn_points(spec, data)
        is_echo = points.is_same(self.sketch.points)
        keeps = is_echo or (isinstance(before, PointsSpec) and isinstance(spec, PointsSpec))
        self.canvas.view = data.view if points.inputs == 2 else 0.0
        self.sketch.show(points, keep_plane=keeps, input_names=data.input_names)
        if not keeps:
            self._plane_kind = "principal"
            self.planes.show_kind(self._plane_kind)
        if not keeps or not (is_echo or self.canvas.shows_some()):
            self.canvas.fit()
        self.source.show_data(spec, self.sketch.is_limited)
        self._show_all()

    @property
    def has_tiles(self) -> bool:
        """Say whether samples are shown as tiles: pictures, or signals."""
        return self._data is not None and self._data.image_shape is not None

    def _show_page(self) -> None:
        """Show the points with all that draws them, or the tiles."""
        tiles = self.has_tiles
        if tiles == self.canvas.isHidden():
            return
        for widget in (self.canvas, self.reading, self.helpers):
            widget.setVisible(not tiles)
        self.planes.setVisible(False)
        self.page.setVisible(tiles)
        self.tools.show_tools(not tiles)
        self.tiles_shown.emit(tiles)

    def _show_tiles(self, spec: DataSpec, data: Dataset) -> None:
        self.sketch.clear()
        self.page.number = min(self.page.number, data.classes - 1)
        self.source.show_tiles(spec)
        self.page.show_data(spec, data)
        self.tools.show_classes(data.class_names, self.page.number, can_begin=False)
        self._show_hint(CLICKED if data.classes == 2 else GIVEN)

    def _show_hint(self, help: str) -> None:
        """Show what a hand does here, or why it was not done."""
        sentence = self.sketch.sentence or self._refused
        self.hint.set_tone("notice" if sentence else "faint")
        self.hint.setText(sentence or help)

    def show_none(self) -> None:
        """Show that there are no data."""
        self._spec = self._data = None
        self.sketch.clear()
        self.setEnabled(False)
        self._show_all()

    @property
    def wants_network(self) -> bool:
        """Say whether what a network says over the plane is to be seen."""
        plane = self.sketch.plane
        wanted = self.helpers.network.isChecked() and not self.has_tiles
        return wanted and self.sketch.points is not None and plane is not None and plane.is_whole

    @Slot(object)
    def show_surface(self, surface: SurfaceReady | None) -> None:
        """Show what the network of a run says beneath the points; None for nothing."""
        self._surface = surface
        wanted = surface is not None and self.wants_network
        self.canvas.ground = ground_of(surface, self.palette()) if wanted and surface is not None else None
        self.canvas.update()

    @Slot()
    def _on_theme_changed(self) -> None:
        self.show_surface(self._surface)

    def refuse(self, sentence: str) -> None:
        """Show the data of the experiment again, which did not take what was drawn, and say why."""
        self._refused = sentence
        if self._spec is not None and self._data is not None and self.has_tiles:
            self._show_tiles(self._spec, self._data)
        elif self._spec is not None and self._data is not None:
            self.sketch.show(drawn_points(self._spec, self._data), keep_plane=True)
            self._show_all()

    def _show_all(self) -> None:
        points = self.sketch.points
        names = () if points is None else points.names
        self.tools.show_classes(names, self.sketch.number, can_begin=self.sketch.can_begin_class)
        self.helpers.show_classes(len(names))
        plane = self.sketch.plane
        if points is not None and plane is not None:
            self.planes.show_plane(points.inputs, plane.sentence(points.x))
            self.helpers.network.setVisible(plane.is_whole)
        self.canvas.setAccessibleName(
            "" if points is None else f"board with {counted(points.count, 'point')}"
        )
        self.canvas.update()
        self._show_reading()

    @Slot()
    def _show_reading(self) -> None:
        self.helpers.show_half(self.canvas.frame.half)
        self._show_hint(TOOLS[self.canvas.tool][2])
        self.reading.setText(" · ".join(self._words()))

    def _words(self) -> list[str]:
        """Return what is selected, or else how much there is, and where the mouse is."""
        sketch, points = self.sketch, self.sketch.points
        if points is None:
            return ["no data to draw on"]
        words = [counted(points.count, "point")]
        if len(sketch.selection) == 1:
            index = int(sketch.selection[0])
            x, y = sketch.places[index]
            name = with_minus(points.names[int(points.classes[index])])
            words = [
                f"point {index + 1} of {points.count:,}",
                f"class {name}",
                f"at ({read_out(x)}, {read_out(y)})",
            ]
            if points.testing[index]:
                words.append("of the test set")
        elif len(sketch.selection):
            words = [f"{len(sketch.selection):,} of {points.count:,} points selected"]
        if self.canvas.pointed is not None:
            x, y = self.canvas.pointed
            words.append(f"mouse ({read_out(float(x))}, {read_out(float(y))})")
        return words

    # --- what the hand does ---

    @Slot(str, bool)
    def _on_drawn(self, words: str, joins: bool) -> None:
        points = self.sketch.points
        if points is not None:
            self._refused = ""
            self._show_all()
            self.points_drawn.emit(points, words, joins)

    @Slot(str, int, int)
    def _on_plane(self, kind: str, across: int, up: int) -> None:
        """Show another plane, or say why there is none."""
        points, selected = self.sketch.points, self.sketch.selection
        if points is None:
            return
        plane = principal_plane(points.x) if kind == "principal" else None
        sentence = ""
        if kind == "inputs":
            plane = input_plane(points.x, across, up) if across != up else None
            sentence = "A plane needs two different inputs."
        elif kind == "samples":
            sentence = "Select three points first: Ctrl adds one to those selected."
            if len(selected) == 3:
                plane = plane_through(points.x, selected.tolist())
                sentence = "These three points lie on a line; choose others."
        if plane is None:
            self._refused = sentence
        else:
            self._refused, self._plane_kind = "", kind
            self.sketch.show_in(plane)
            self.canvas.fit()
        self.planes.show_kind(kind if kind == "inputs" else self._plane_kind)
        self._show_all()

    @Slot()
    def _on_points_wanted(self) -> None:
        self._on_drawn("Edit as points", False)

    @Slot()
    def begin_anew(self) -> None:
        """Leave one point of each of two classes, since a margin needs two."""
        self._do(self.sketch.begin_anew())

    def _do(self, words: str) -> None:
        """Tell what a button did to the points, or why it did nothing."""
        if words:
            self._on_drawn(words, False)
        self.canvas.update()
        self._show_reading()

    @Slot(str)
    def _on_tool(self, tool: str) -> None:
        self.canvas.tool = tool  # type: ignore[assignment]
        self.tools.show_tool(tool)
        self.helpers.show_tool(tool)
        self.sketch.sentence = self._refused = ""
        self.canvas.update()
        self._show_reading()

    @Slot(int)
    def _on_class(self, number: int) -> None:
        """Draw this class from now on, and give it to what is selected."""
        if self._spec is not None and self._data is not None and self.has_tiles:
            self.page.number = number
            self._show_tiles(self._spec, self._data)
            return
        points = self.sketch.points
        if points is None or number > len(points.names) - (0 if self.sketch.can_begin_class else 1):
            return
        self.sketch.number = number
        selected = self.sketch.selection
        if len(selected):
            self._do(self.sketch.relabel(selected, number))
        self._show_all()

    @Slot(float)
    def _on_grid(self, step: float) -> None:
        self.sketch.grid = step
        self.canvas.update()

    @Slot()
    def _on_snap(self) -> None:
        self._do(self.sketch.snap())

    @Slot(object)
    def _on_symmetry(self, symmetry: Symmetry) -> None:
        self.sketch.symmetry = symmetry
        self.canvas.update()

    @Slot()
    def _on_images(self) -> None:
        self._do(self.sketch.complete())

    @Slot(float)
    def _on_spread(self, spread: float) -> None:
        self.canvas.spread = spread
        self.canvas.update()

    def select(self, indices: list[int]) -> None:
        """Select points."""
        self.sketch.select(np.array(indices, dtype=np.int64))
        self.canvas.update()
        self._show_reading()

    @Slot(object)
    def show_chosen(self, sample: int | None) -> None:
        """Select the training sample that is chosen in another view; None: none is."""
        data, spec = self._data, self._spec
        if sample is None or data is None or spec is None or sample >= len(data.raw):
            return
        if self.has_tiles:
            self.page.tiles.take_sample(sample)
        else:
            self.select([place_in(drawn_points(spec, data), data, sample)])
