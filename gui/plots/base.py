"""The canvas of every plot: a linear view of what we transformed ourselves, ranges of our own, quiet axes.

pyqtgraph's log mode transforms some items and not others (pyqtgraph#22), so it stays off: items are given
log10 of values, and `Axis` says the values.
"""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsGridLayout, QWidget

from engine.figures.own_plots import AxisLimits
from engine.figures.ranges import with_ends
from gui.painting import PICTURES, FontWhenSeen
from gui.plain_text import PlainLabel, as_html, tooltip
from gui.theme import theme

from .axes import Axis, GridLines
from .ranges import followed

LEFT_WIDTH, RIGHT_WIDTH = 62, 44


class PlotCanvas(pg.GraphicsView):
    """One plot's axes and view; follows its data until the user zooms or pans, then after a double click."""

    hovered = Signal(float, float)
    """The place under the mouse."""
    left = Signal()
    clicked = Signal(float)
    picked = Signal(float, float)
    """The place of a click."""
    opened = Signal(float, float)
    """The place of a double click."""
    fit_requested = Signal()
    menu_requested = Signal(QPoint)
    view_changed = Signal()
    """The user zoomed or panned."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.limits = AxisLimits()
        """What is shown whatever the data are."""
        self.setAccessibleName("Plot")
        self.scrolled_by_wheel = False
        """Whether the wheel moves what the plot stands in, and zooms only with Ctrl."""
        self.left_axis, self.bottom_axis, self.right_axis = Axis("left"), Axis("bottom"), Axis("right")
        self.view = plain_view()
        self._lay_out()
        self.right_view: pg.ViewBox | None = None
        self.grid_lines = GridLines(self.left_axis, self.bottom_axis)
        self.view.addItem(self.grid_lines, ignoreBounds=True)
        self.small = QFont()
        self._label_bottom = self._label_left = ""
        self._left_width = 0
        self.set_left_width(LEFT_WIDTH)
        self._middle, self._corner = _overlay(self, "message"), _overlay(self, "note")
        self.setContextMenuPolicy(
            Qt.ContextMenuPolicy.PreventContextMenu
        )  # a right drag zooms; clicks tell us
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMinimumSize(160, 100)
        self.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.scene().sigMouseClicked.connect(self._on_mouse_clicked)
        self.view.sigRangeChangedManually.connect(self._on_range_changed_manually)
        self.view.sigYRangeChanged.connect(self._fit_left_width)
        self.view.sigResized.connect(self._fit_left_width)  # another height has other labels
        self.view.sigResized.connect(self._on_view_resized)
        theme().theme_changed.connect(self._on_theme_changed)
        self._take_up_font()
        self._on_theme_changed()
        FontWhenSeen(self, self._take_up_font)
        PICTURES.add(self)

    def _lay_out(self) -> None:
        """Put axes around the view; a `PlotItem` would bring menus and forms of its own."""
        everything = pg.GraphicsWidget()
        self._grid = QGraphicsGridLayout()
        self._grid.setContentsMargins(2, 3, 10, 0)
        self._grid.setSpacing(0)
        everything.setLayout(self._grid)
        for axis, row, column in ((self.left_axis, 1, 0), (self.right_axis, 1, 2), (self.bottom_axis, 2, 1)):
            self._grid.addItem(axis, row, column)
            axis.setZValue(0.5)
            axis.linkToView(self.view)
        self._grid.addItem(self.view, 1, 1)
        self._grid.setRowStretchFactor(1, 1)
        self._grid.setColumnStretchFactor(1, 1)
        self.right_axis.hide()
        self.setCentralItem(everything)

    # --- axes ---

    def _take_up_font(self) -> None:
        self.set_font(small_font(self.font()))

    def set_font(self, font: QFont) -> None:
        """Set the font of the axes' numbers and titles; it follows that of all text."""
        self.small = QFont(font)
        for axis in (self.left_axis, self.bottom_axis, self.right_axis):
            axis.set_font(font)
            axis.label.setFont(font)
        for label in (self._middle, self._corner):
            label.setFont(font)
        self._set_bottom_height()
        self._center_titles()
        self._fit_titles()

    def _center_titles(self) -> None:
        for axis in (self.left_axis, self.bottom_axis, self.right_axis):
            axis.resizeEvent()

    def set_left_width(self, width: int) -> None:
        """Set the width of the value axis, wider only where its labels need it."""
        self._left_width = width
        self._fit_left_width()

    @Slot()
    def _fit_left_width(self, *args: Any) -> None:
        title = QFontMetrics(self.small).height() if self._label_left else 0
        width = max(self._left_width, title + self.left_axis.width_of_labels())
        if width != self.left_axis.width():
            self.left_axis.setWidth(width)

    def set_left_title(self, text: str, log: bool) -> None:
        """Say what the value axis shows, and whether it is logarithmic."""
        self.left_axis.set_log(log)
        if self._label_left != text:
            self._label_left = text
            if self.accessibleName() == "Plot" and text:
                self.setAccessibleName(f"Plot of {text}")
            self._fit_titles()

    def _fit_titles(self) -> None:
        """Cut the axes' titles to the room there is; their tooltips say all of them."""
        for axis, title, room in (
            (self.left_axis, self._label_left, self.view.height()),
            (self.bottom_axis, self._label_bottom, self.view.width()),
        ):
            fitting = QFontMetrics(self.small).elidedText(title, Qt.TextElideMode.ElideRight, int(room))
            words = as_html(fitting)
            if axis.labelText != words:
                axis.setLabel(words)
                self._center_titles()
            axis.label.setToolTip(tooltip(title) if fitting != title else "")

    def set_bottom_title(self, text: str, log: bool, shown: bool) -> None:
        """Say what runs to the right; the title takes room only where it is shown."""
        self.bottom_axis.set_log(log)
        if (text if shown else "") != self._label_bottom:
            self._label_bottom = text if shown else ""
            self._fit_titles()
            self._set_bottom_height()

    @property
    def bottom_title(self) -> str:
        """Return the horizontal axis' title where it is shown."""
        return self._label_bottom

    def prepare(self) -> None:
        """Take up the range in view."""
        self.scene().prepareForPaint()
        QCoreApplication.sendPostedEvents(self.scene(), QEvent.Type.MetaCall.value)

    def lay_out_now(self) -> None:
        """Take up changed sizes at once."""
        self._grid.activate()

    def _set_bottom_height(self) -> None:
        line = QFontMetrics(self.small).height()
        self.bottom_axis.setHeight(line + 6 + (line if self._label_bottom else 0))

    def add_strip(self, strip: pg.GraphicsWidget) -> None:
        """Put a strip of its own height above the view, as wide as it."""
        self._grid.addItem(strip, 0, 1)

    def add_right_view(self, title: str, low: float, high: float) -> pg.ViewBox:
        """Add a second value axis with a fixed range, at the right; return its view."""
        view = plain_view()
        view.setMouseEnabled(False, False)
        view.setZValue(self.view.zValue() - 1)  # the mouse is the other view's
        self._grid.setContentsMargins(2, 3, 2, 0)
        self.right_axis.show()
        self.right_axis.setWidth(RIGHT_WIDTH)
        self.right_axis.setLabel(as_html(title))
        self.right_axis.linkToView(view)
        self.scene().addItem(view)
        view.setXLink(self.view)
        view.setYRange(low, high, padding=0)
        self.right_view = view
        self._on_theme_changed()
        return view

    def height_for_square(self) -> int:
        """Return the height at which the view is as high as it is wide."""
        beside = (
            self.left_axis.width() + 2 + 10 + (self.right_axis.width() if self.right_axis.isVisible() else 0)
        )
        return round(self.width() - beside + self.bottom_axis.height() + 3)

    # --- ranges ---

    def x_range(self) -> tuple[float, float]:
        """Return what is in view from left to right."""
        low, high = self.view.viewRange()[0]
        return float(low), float(high)

    def y_range(self) -> tuple[float, float]:
        """Return what is in view from bottom to top."""
        low, high = self.view.viewRange()[1]
        return float(low), float(high)

    def pixel_columns(self) -> int:
        """Return how many pixels wide the view is."""
        return max(int(self.view.width() * self.devicePixelRatioF()), 50)

    @property
    def following(self) -> bool:
        """Whether the view is where the data want it."""
        return self.limits.are_free

    def follow_x(self, wanted: tuple[float, float]) -> None:
        """Show this range, as far as the user has not chosen another."""
        wanted = with_ends(wanted, self.limits.x)
        if wanted != self.x_range():
            self.view.setRange(xRange=wanted, padding=0, disableAutoRange=False)

    def follow_y(self, wanted: tuple[float, float] | None, exact: bool) -> None:
        """Show these bounds with some room, as far as the user has not chosen another range."""
        if wanted is None and None in self.limits.y:
            return
        target = self.y_range() if wanted is None else followed(self.y_range(), wanted, exact)
        target = with_ends(target, self.limits.y)
        if target != self.y_range():
            self.view.setRange(yRange=target, padding=0, disableAutoRange=False)

    @Slot()
    def _on_range_changed_manually(self, *args: Any) -> None:
        self.limits = AxisLimits(self.x_range(), self.y_range())
        self.view_changed.emit()

    @Slot()
    def _on_view_resized(self, *args: Any) -> None:
        if self.right_view is not None:
            self.right_view.setGeometry(self.view.sceneBoundingRect())
            self.right_view.linkedViewChanged(self.view, self.right_view.XAxis)
        self._fit_titles()
        self._place_overlays()

    # --- words over the plot ---

    @property
    def message(self) -> str:
        """Return what stands in the middle instead of data."""
        return str(self._middle.text())

    @property
    def note(self) -> str:
        """Return what stands in the corner about data that cannot be shown."""
        return str(self._corner.text())

    def set_words(self, message: str, note: str) -> None:
        """Set what stands in the middle and in the corner; '' for nothing."""
        for label, text in ((self._middle, message), (self._corner, note)):
            if label.text() != text:
                label.setText(text)
                label.setVisible(bool(text))
                self._place_overlays()

    def _place_overlays(self) -> None:
        box = self.mapFromScene(self.view.sceneBoundingRect()).boundingRect()
        self._middle.setGeometry(box)
        words = QFontMetrics(self._corner.font()).horizontalAdvance(self._corner.text())
        width = max(1, min(words + 2, box.width() - 12))
        self._corner.resize(width, self._corner.heightForWidth(width))
        self._corner.move(box.left() + 6, box.bottom() - self._corner.height() - 3)

    # --- mouse ---

    @Slot(object)
    def _on_mouse_moved(self, position: QPointF) -> None:
        if self.view.sceneBoundingRect().contains(position):
            place = self.view.mapSceneToView(position)
            self.hovered.emit(float(place.x()), float(place.y()))
        else:
            self.left.emit()

    @Slot(object)
    def _on_mouse_clicked(self, event: Any) -> None:
        if event.button() == Qt.MouseButton.RightButton:
            self.menu_requested.emit(event.screenPos().toPoint())
        elif event.button() == Qt.MouseButton.LeftButton and event.double():
            place = self.view.mapSceneToView(event.scenePos())
            self.fit()
            self.opened.emit(float(place.x()), float(place.y()))
        elif self.view.sceneBoundingRect().contains(event.scenePos()):
            place = self.view.mapSceneToView(event.scenePos())
            self.clicked.emit(float(place.x()))
            self.picked.emit(float(place.x()), float(place.y()))
        event.accept()

    def fit(self) -> None:
        """Follow the data again."""
        self.limits = AxisLimits()
        self.fit_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.scrolled_by_wheel and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
        else:
            super().wheelEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_middle"):
            self._place_overlays()

    def sizeHint(self) -> QSize:
        return QSize(400, 220)

    # --- theme ---

    @Slot()
    def _on_theme_changed(self) -> None:
        colours = theme().colours
        self.setBackground(QColor(colours.background))
        for axis in (self.left_axis, self.bottom_axis, self.right_axis):
            axis.setPen(QColor(colours.line))
            axis.setTickPen(QColor(colours.line))
            axis.setTextPen(QColor(colours.foreground))
            axis.label.setDefaultTextColor(QColor(colours.faint))
            axis.labelStyle = {"color": colours.faint}
            axis.label.setHtml(axis.labelString())
            axis.resizeEvent()
        self.grid_lines.pen = hairline(colours.grid)
        self.grid_lines.update()
        self._middle.setStyleSheet(f"color: {colours.faint}; background: transparent;")
        self._corner.setStyleSheet(f"color: {colours.faint}; background: {colours.background};")


def plain_view() -> pg.ViewBox:
    """Return a view without menu, padding and ranges of its own."""
    view = pg.ViewBox(enableMenu=False)
    view.setDefaultPadding(0)
    view.disableAutoRange()
    return view


def _overlay(parent: QWidget, name: str) -> PlainLabel:
    label = PlainLabel("", parent)
    label.setObjectName(name)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    label.hide()
    return label


def hairline(colour: str, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen one device pixel wide."""
    pen = QPen(QColor(colour), 0, style)
    pen.setCosmetic(True)
    return pen


def small_font(font: QFont) -> QFont:
    """Return the font of legends and axes for a window's font: a little smaller, digits of equal width."""
    small = QFont(font)
    if small.pointSizeF() > 0:
        small.setPointSizeF(max(small.pointSizeF() * 0.9, 7.0))
    small.setFeature(QFont.Tag("tnum"), 1)
    return small


def copy_picture(widget: QWidget) -> None:
    """Put a picture of a widget, twice as sharp as the screen, on the clipboard."""
    pixmap = QPixmap(widget.size() * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(QColor(theme().colours.background))
    widget.render(pixmap, QPoint())
    QGuiApplication.clipboard().setPixmap(pixmap)
