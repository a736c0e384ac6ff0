"""The line of choices above all plots: what runs to the right, which plots there are, whose lines they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QMenu, QToolButton, QWidget

from engine.figures.plots import HORIZONTAL
from gui.choices_row import ChoicesRow
from gui.plain_text import PlainLabel

from .menus import BACK, NEW
from .replica_slider import ReplicaSlider


class PlotsLine(ChoicesRow):
    """Shows what is chosen for all plots, and says what the user chooses."""

    horizontal_chosen = Signal(str)
    plot_toggled = Signal(str, bool)
    """A plot's id, and whether it is to be on screen."""
    plot_asked = Signal(str, str)
    """'', and `NEW` or `BACK`: a plot of one's own."""

    def __init__(self, owner: QWidget) -> None:
        super().__init__((8, 4, 8, 4))
        self.horizontal_box = QComboBox(owner)
        self.horizontal_box.setObjectName("horizontal")
        self.horizontal_box.setAccessibleName("Horizontal axis")
        for axis in HORIZONTAL:
            self.horizontal_box.addItem(axis.title, axis.id)
        self.horizontal_box.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.horizontal_box.setMinimumContentsLength(14)
        self.horizontal_box.setToolTip("What runs to the right in every plot.")
        self.plots_button = QToolButton(owner)
        self.plots_button.setObjectName("shown_plots")
        self.plots_button.setText("Plots ▾")
        self.plots_button.setProperty("menu", "quiet")
        self.plots_button.setToolTip(
            "Which plots are on screen. Double-click a plot's title to see it alone."
        )
        self.plots_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.plots_menu = QMenu(owner)
        self.plots_button.setMenu(self.plots_menu)
        self.measure_button = QToolButton(owner)
        self.measure_button.setObjectName("measure")
        self.measure_button.setText("Measure")
        self.measure_button.setCheckable(True)
        self.measure_button.setToolTip(
            "Set two pins in a plot: differences, and the power law or rate fitted to the records between them. "
            "Off hides the pins, on brings them back."
        )
        self.fit_button = QToolButton(owner)
        self.fit_button.setObjectName("fit")
        self.fit_button.setText("Fit")
        self.fit_button.setToolTip("Show all data in every plot again, and follow them while they come in.")
        self.slider = ReplicaSlider(owner, clearable=True)
        label = PlainLabel("Horizontal axis", owner)
        label.setProperty("role", "faint")
        label.setBuddy(self.horizontal_box)
        self.add(label, self.horizontal_box)
        self.add_gap()
        self.add(self.slider, stretch=1)
        self.add(self.measure_button, self.plots_button, self.fit_button)
        self.horizontal_box.activated.connect(self._on_horizontal_activated)
        self.plots_menu.triggered.connect(self._on_plot_triggered)

    def show_horizontal(self, id: str) -> None:
        """Show what runs to the right."""
        self.horizontal_box.setCurrentIndex(self.horizontal_box.findData(id))

    def show_plots(self, titles: Mapping[str, str], shown: Sequence[str]) -> None:
        """List the plots by their ids, and tick those on screen."""
        there = {str(a.data()): a.text() for a in self.plots_menu.actions() if a.isCheckable()}
        if there != titles:
            self.plots_menu.clear()
            for id, title in titles.items():
                action = self.plots_menu.addAction(title)
                action.setData(id)
                action.setCheckable(True)
            self.plots_menu.addSeparator()
            self.plots_menu.addAction("New plot…").setData(NEW)
            self.bring_back = self.plots_menu.addAction("Bring back")
            self.bring_back.setData(BACK)
            self.show_deleted("")
        for action in self.plots_menu.actions():
            if action.isCheckable():
                action.setChecked(action.data() in shown)

    def show_deleted(self, title: str) -> None:
        """Offer to bring back the plot deleted last; '' for none."""
        self.bring_back.setText(f"Bring back “{title}”")
        self.bring_back.setVisible(bool(title))

    @Slot(int)
    def _on_horizontal_activated(self, index: int) -> None:
        self.horizontal_chosen.emit(str(self.horizontal_box.itemData(index)))

    @Slot(QAction)
    def _on_plot_triggered(self, action: QAction) -> None:
        if action.isCheckable():
            self.plot_toggled.emit(str(action.data()), action.isChecked())
        else:
            self.plot_asked.emit("", str(action.data()))
