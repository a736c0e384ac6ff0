"""A choice among the kinds of data, each by a small picture of it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QIcon, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QTabBar, QVBoxLayout, QWidget

from engine.data import make_data
from engine.data.dataset import Dataset
from engine.experiment.data import DATA_KINDS, FAMILIES, DataSpec
from engine.words.errors import Refusal
from gui.forms.flow import FlowLayout
from gui.forms.tones import hairline

from .data_maker import Make, is_quick
from .kind_button import ICON, KindButton
from .kind_drawing import draw_data, draw_file, draw_numerals


class Thumbnails(QWidget):
    """The kinds of data, one family of them at a time; pictures are drawn one by one once they show."""

    kind_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None, make: Make = make_data) -> None:
        super().__init__(parent)
        self._make = make
        self._data: DataSpec | None = None
        self._folder: Path | None = None
        self._pictures: dict[str, Dataset] = {}
        self._checked = ""
        self._held = False
        self.families = QTabBar(self)
        self.families.setObjectName("data families")
        self.families.setDrawBase(False)
        self.families.setExpanding(False)
        self.families.setElideMode(Qt.TextElideMode.ElideNone)
        self.families.setUsesScrollButtons(True)  # where text is large
        font = self.families.font()
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.families.setFont(font)
        self._pages: list[QWidget] = []
        self._buttons: dict[str, KindButton] = {}
        for family, title in FAMILIES.items():
            self.families.setTabData(self.families.addTab(title), family)
            self._pages.append(self._page(family))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.families)
        for page in self._pages:
            column.addWidget(page)
        self._show_page(self.families.currentIndex())
        self.families.currentChanged.connect(self._show_page)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_turn)

    def button(self, kind: str) -> KindButton:
        """Return the button of a kind."""
        return self._buttons[kind]

    def show_data(self, data: DataSpec, folder: Path | None) -> None:
        """Mark the kind of the data at hand, and draw it with its own fields."""
        self.check(data.kind)
        if data != self._data:
            before, self._data, self._folder = self._data, data, folder
            for kind in {data.kind, before.kind if before is not None else data.kind} & self._buttons.keys():
                self._buttons[kind].drawn = False
            self._draw_soon()

    @Slot(bool)
    def hold(self, held: bool) -> None:
        """Keep showing this family, whatever is marked, so that nothing moves under a hand."""
        self._held = held

    def check(self, kind: str) -> None:
        """Mark one kind, and show its family where it is another than before."""
        if kind != self._checked and not self._held and kind in self._buttons:
            self.show_family(kind)
        self._checked = kind
        for button in self._buttons.values():
            button.setChecked(button.kind == kind)

    def focus_chosen(self) -> None:
        """Give the kind that is marked the focus."""
        if self._checked in self._buttons:
            self.show_family(self._checked)
            self._buttons[self._checked].setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_family(self, kind: str) -> None:
        """Show the family that a kind belongs to."""
        self.families.setCurrentIndex(list(FAMILIES).index(DATA_KINDS[kind].family))

    def show_pictures(self, data: Dataset) -> None:
        """Draw pictures that have been loaded, in place of the sign for them."""
        if self._data is not None and self._data.kind in self._buttons:
            self._pictures[self._data.kind] = data
            self._buttons[self._data.kind].drawn = False
            self._draw_soon()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        self._draw_soon()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            for button in self._buttons.values():
                button.drawn = False
            self._draw_soon()

    @Slot(int)
    def _show_page(self, current: int) -> None:
        """Show one family alone: a hidden one takes no room, however high it is."""
        for place, page in enumerate(self._pages):
            page.setVisible(place == current)

    def _page(self, family: str) -> QWidget:
        page = QWidget(self)
        flow = FlowLayout(page, spacing=2, even=True)
        for kind, model in DATA_KINDS.items():
            if model.family == family:
                button = KindButton(kind, model, page)
                button.kind_chosen.connect(self._on_kind_chosen)
                flow.addWidget(button)
                self._buttons[kind] = button
        return page

    def _draw_soon(self) -> None:
        if (
            self.isVisible()
            and not self._timer.isActive()
            and any(not b.drawn for b in self._buttons.values())
        ):
            self._timer.start()

    @Slot()
    def _on_turn(self) -> None:
        waiting = [b for b in self._buttons.values() if not b.drawn]
        if waiting and self.isVisible():
            button = next((b for b in waiting if b.isVisible()), waiting[0])
            button.drawn = True
            button.setIcon(QIcon(self._drawing(button)))
            self._draw_soon()

    def _drawing(self, button: KindButton) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(ICON * ratio)
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(0, 0, ICON.width(), ICON.height())
        palette = self.palette()
        painter.setPen(QPen(hairline(palette), 1))
        painter.setBrush(palette.base())
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        sample = self._pictures.get(button.kind) or self._sample(button)
        if sample is not None:
            draw_data(painter, area, sample, palette)
        elif button.model.reads:
            draw_file(painter, area, button.kind, palette, self.font())
        else:
            draw_numerals(painter, area, palette, self.font())
        painter.end()
        return pixmap

    def _sample(self, button: KindButton) -> Dataset | None:
        """Return data of a kind, with the fields at hand or its defaults; None where that takes long."""
        if self._data is not None and self._data.kind == button.kind:
            data = self._data
        elif button.model.reads:
            return None
        else:
            data = button.model.model_validate({"kind": button.kind})
        try:
            return self._make(data, self._folder) if is_quick(data, self._folder) else None
        except Refusal:
            return None

    @Slot(str)
    def _on_kind_chosen(self, kind: str) -> None:
        self.check(self._checked)  # until the experiment has it
        self.kind_chosen.emit(kind)
