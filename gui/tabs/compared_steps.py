"""Two steps side by side in any tab that shows one: step A is held at the left, B is the step of the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import QEvent, QSize, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QDoubleSpinBox,
    QSpinBox,
    QSplitter,
    QWidget,
)

from gui.choices_row import ChoicesRow
from gui.layouts import in_column
from gui.model.engine_query import nearest
from gui.model.selection import Selection
from gui.pictures.pages import CHOICES
from gui.plain_text import PlainLabel
from gui.tool_buttons import tool_button

if TYPE_CHECKING:
    from .tab import Tab

Part = TypeVar("Part", bound=QWidget)
SIDE_BY_SIDE = 640
"""Pixels from which two steps stand beside one another where each has its room; below, under one another."""
COMPARE = "Compare two steps"
BOTH = "What is chosen for B is chosen for A too."


class ComparedSteps(QWidget):
    """The view of a tab, and where that is wanted the same of another step, made when it is first asked for."""

    def __init__(self, tab: Tab[Any], view: QWidget) -> None:
        super().__init__(tab.page)
        self.setObjectName(f"compared_{tab.name}")
        self.tab, self.view = tab, view
        self.choices = view.findChild(QWidget, CHOICES) or QWidget(self)
        """What is chosen about both steps."""
        self.held: Tab[Any] | None = None
        """What shows step A."""
        self.selection = Selection(self)
        """The step held, and the replica that goes with it."""
        self.button = tool_button(COMPARE, self, name=f"compare_{tab.name}")
        self.button.setCheckable(True)
        self.button.setToolTip(
            "Hold the step shown as A at the left, and see that of the timeline beside it."
        )
        self.here = tool_button("Hold the step shown", self, name=f"hold_{tab.name}")
        self.here.setToolTip("Make the step that is shown at the right step A.")
        self.words = PlainLabel("", self)
        self.words.setObjectName(f"compared_words_{tab.name}")
        self.words.setProperty("role", "faint")
        line = ChoicesRow((8, 2, 8, 0))
        line.add(self.button, self.here, self.words)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(view)
        in_column((line, self.choices, self.splitter), self).setStretch(2, 1)
        self.button.toggled.connect(self._on_toggled)
        self.here.clicked.connect(self._on_hold)
        selection = tab.selection
        selection.replica_chosen.connect(self.selection.choose_replica)
        selection.sample_chosen.connect(self.selection.choose_sample)
        selection.step_marked.connect(self._show_words)
        self._follow_choices()
        self._show_words()

    @property
    def step(self) -> int | None:
        """The step held as A; None where one step alone is shown."""
        return self.selection.step if self.button.isChecked() else None

    def hold(self, step: int | None) -> None:
        """Show this step as A beside that of the timeline; None: that one alone."""
        before = self.button.blockSignals(True)
        self.button.setChecked(step is not None)
        self.button.blockSignals(before)
        if step is not None:
            self.selection.choose_replica(self.tab.selection.replica)
            self.selection.choose_sample(self.tab.selection.sample)
            self.selection.mark_step(step)
            self._held_tab()
        if self.held is not None:
            self.held.page.setVisible(step is not None)
            self.held.watch(step is not None and self.tab.is_shown)
            self._take_choices()
        self._turn()
        self.splitter.setSizes([1000] * self.splitter.count())
        self._show_words()

    def _held_tab(self) -> Tab[Any]:
        """Return what shows step A: a tab of the same kind, with a selection of its own."""
        if self.held is None:
            self.held = type(self.tab)(self.tab.model, self, self.selection)
            self.splitter.insertWidget(0, self.held.page)
            for place in range(2):
                self.splitter.setStretchFactor(place, 1)
            if self.tab.looked_at is not None:
                self.held.look_at(*self.tab.looked_at)
            self.held.restore_view_of(self.tab)
            choices = self.held.view.findChild(QWidget, CHOICES)
            if choices is not None:
                choices.hide()  # they are those of B
            for query in self.held.queries:  # what can be chosen is known once it has answered
                query.answered.connect(self._take_choices)
        return self.held

    def watch(self, shown: bool) -> None:
        """Note that the tab came to the front, or left it."""
        if self.held is not None:
            self.held.watch(shown and self.step is not None)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._turn()

    def minimumSizeHint(self) -> QSize:
        # as under one another: two steps never make a window wider, they turn where it is narrow
        whole = super().minimumSizeHint()
        return QSize(min(whole.width(), self._narrowest()), whole.height())

    def _narrowest(self) -> int:
        """Return the width that everything has under one another."""
        parts = [self.view, *([] if self.held is None else [self.held.page])]
        needs = (part.minimumSizeHint().expandedTo(part.minimumSize()) for part in (*parts, self.choices))
        return max(need.width() for need in needs)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:  # a part needs more room than before, or less
            self._turn()
        return super().event(event)

    def _turn(self) -> None:
        beside = (1 if self.held is None else 2) * self._narrowest() + self.splitter.handleWidth()
        wide = self.width() >= max(SIDE_BY_SIDE, beside)
        self.splitter.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)

    @Slot()
    def _show_words(self, *_: object) -> None:
        self.here.setVisible(self.step is not None)
        self.words.setVisible(self.step is not None)
        if self.step is not None:
            marked = self.tab.selection.step
            other = "the latest" if marked is None else f"step {self._stored(marked):,} of the timeline"
            self.words.setText(f"A: step {self._stored(self.step):,}, held · B: {other}")

    def _stored(self, step: int) -> int:
        """Return the stored step that is shown for one."""
        run = self.tab.model.run_list.looked_at
        found = None if run is None else nearest(run.history.snapshot_steps, step)
        return step if found is None else found

    @Slot(bool)
    def _on_toggled(self, on: bool) -> None:
        self.hold(self._step_shown() if on else None)

    @Slot()
    def _on_hold(self) -> None:
        self.hold(self._step_shown())

    def _step_shown(self) -> int:
        """Return the step that is shown at the right."""
        if self.tab.selection.step is not None:
            return self.tab.selection.step
        run = self.tab.model.run_list.looked_at
        return 0 if run is None else run.step

    # --- choices that are made for B are made for A ---

    def _follow_choices(self) -> None:
        for box in self._parts(QComboBox):
            box.currentIndexChanged.connect(self._take_choices)
        for button in self._parts(QAbstractButton):
            if button.isCheckable():
                button.toggled.connect(self._take_choices)
        for bar in self._parts(QAbstractSlider):
            if bar.objectName():
                bar.valueChanged.connect(self._take_choices)
        for spin in self._parts(QAbstractSpinBox):
            if isinstance(spin, QSpinBox | QDoubleSpinBox):
                spin.valueChanged.connect(self._take_choices)

    def _parts(self, kind: type[Part]) -> list[Part]:
        """Return what is of a kind in the view and among its choices."""
        return [part for place in (self.choices, self.view) for part in place.findChildren(kind)]

    @Slot()
    def _take_choices(self, *_: object) -> None:
        """Choose for A what is chosen for B; what has no name is no choice of the user's."""
        if self.held is None or self.step is None:
            return
        for mine in self._parts(QWidget):
            name = mine.objectName()
            other = self.held.view.findChild(type(mine), name) if name else None
            if isinstance(mine, QComboBox) and isinstance(other, QComboBox):
                place = other.findText(mine.currentText())
                if place >= 0 and place != other.currentIndex():
                    other.setCurrentIndex(place)
                    other.activated.emit(place)
            elif isinstance(mine, QAbstractButton) and isinstance(other, QAbstractButton):
                if mine.isCheckable() and mine.isChecked() != other.isChecked():
                    other.setChecked(mine.isChecked())
            elif isinstance(mine, QAbstractSlider | QSpinBox | QDoubleSpinBox) and isinstance(
                other, type(mine)
            ):
                other.setValue(mine.value())  # type: ignore[arg-type]
            else:
                continue
            if other.isEnabled() and not isinstance(other, QAbstractSlider):
                other.setEnabled(False)
                other.setToolTip(BOTH)
        self._show_words()
