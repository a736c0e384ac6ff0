"""A plot's two menus: which columns it shows, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from engine.experiment.columns import title_of
from engine.figures.own_plots import OWN
from engine.figures.plots import PlotSpec
from gui.plain_text import tooltip

from .choices import Choices

ACTIONS = (
    ("Export figure…", "figure"),
    ("Export data (CSV)…", "csv"),
    ("Copy picture", "picture"),
    ("Copy as Python script", "script"),
    ("Explain", "explain"),
)
FIT = ("Fit", "fit")
NEW, EDIT, COPY, DELETE, BACK, LIMITS = "new", "edit", "copy", "delete", "bring back", "limits"
"""What people do with plots of their own, and with the axes of any."""
OF_ANY = (("Axes' limits…", LIMITS), ("New plot from this…", COPY))
OF_OWN = (("Edit plot…", EDIT), ("Duplicate plot", COPY), ("Delete plot", DELETE))
FIT_ALL = ("Fit, with what came before separation", "everything")


class ColumnsMenu(QMenu):
    """The columns recorded, ticked where the legend has them."""

    column_toggled = Signal(str, bool)

    def __init__(self, choices: Choices, parent: QWidget) -> None:
        super().__init__(parent)
        self._choices = choices
        self.aboutToShow.connect(self._on_about_to_show)
        self.triggered.connect(self._on_triggered)

    @Slot()
    def _on_about_to_show(self) -> None:
        self.clear()
        shown = self._choices.entries()
        for name in self._choices.recorded:
            action = self.addAction(title_of(name))
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(name in shown)
        if self.isEmpty():
            self.addAction("Nothing recorded yet").setEnabled(False)

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        if isinstance(action.data(), str):
            self.column_toggled.emit(action.data(), action.isChecked())


class PlotMenu(QMenu):
    """A plot's context menu."""

    chosen = Signal(str)
    """"figure", "csv", "picture", "script", "fit" or "everything"."""

    def __init__(self, spec: PlotSpec, why_nothing: Callable[[], str], parent: QWidget) -> None:
        """Make that of a plot; `why_nothing` says why it shows nothing, '' where it shows something."""
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self._why_nothing = why_nothing
        own_words = OF_OWN if spec.id.startswith(OWN) else OF_ANY
        for text, kind in (*ACTIONS, *own_words, FIT, *((FIT_ALL,) if spec.id == "margins" else ())):
            if kind in (FIT[1], own_words[0][1]):
                self.addSeparator()
            self.addAction(text).setData(kind)
        self.triggered.connect(self._on_triggered)

    @Slot(QPoint)
    def show_at(self, position: QPoint) -> None:
        """Pop up."""
        self.now().popup(position)

    def now(self) -> QMenu:
        """Return it as it is now; where the plot shows nothing there is nothing to export, for the reason given."""
        why_nothing = self._why_nothing()
        for action in self.actions():
            if action.data() in ("figure", "csv", "script"):
                action.setEnabled(not why_nothing)
                action.setToolTip(tooltip(why_nothing) or action.text())
        return self

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self.chosen.emit(str(action.data()))
