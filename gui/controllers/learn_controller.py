"""Joins what explains to the window: hints beside the claims, help cards, the handbook."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, Signal, Slot
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from gui.cards.help_card import explained, show_card
from gui.handbook.opened import open_handbook
from gui.model.session_model import SessionModel
from gui.tour.steps import TourParts
from gui.views.side_column import SideColumn

TOUR_SEEN = "tour/seen"
NOTHING = "Put the focus, or the mouse, on a field, a plot, a claim or a reference; then Ctrl+F1 explains it."


class LearnController(QObject):
    """Shows what the model has to say, and does what people choose of it."""

    notice_posted = Signal(str, str, str)

    def __init__(self, model: SessionModel, side: SideColumn, tour_parts: TourParts, window: QWidget) -> None:
        super().__init__(window)
        self._window, self._tour_parts = window, tour_parts
        self._model, self._strip = model, side.hints
        model.hints.hints_changed.connect(self._on_hints_changed)
        self._strip.applied.connect(model.hints.apply)
        self._strip.dismissed.connect(model.hints.dismiss)
        self._strip.more_wanted.connect(self.open_handbook)
        self._on_hints_changed()

    @Slot()
    def handbook(self) -> None:
        """Show the handbook from its beginning, or where it was left open."""
        left = self._window.findChild(QDialog, "handbook")
        self.open_handbook("" if left is not None and left.isVisible() else "guide")

    @Slot(str)
    def open_handbook(self, place: str) -> None:
        """Show a place of the handbook, such as 'theory#95-adam'; '' brings it to the front as it is."""
        open_handbook(self._window, place)

    @Slot()
    def first_tour(self) -> None:
        """Begin the tour where nobody has seen it yet."""
        if not QSettings().value(TOUR_SEEN, False, type=bool):
            self.tour()

    @Slot()
    def tour(self) -> None:
        """Begin the tour; a second one takes the place of one under way."""
        from gui.tour.tour import Tour

        QSettings().setValue(TOUR_SEEN, True)
        for before in self._window.findChildren(Tour):
            if before.isVisible():
                before.end()
        tour = Tour(self._tour_parts, self._has_run, self._window)
        self._model.run_list.selection_changed.connect(tour.look_again)
        self._model.run_list.draft_changed.connect(tour.look_again)
        self._model.run_list.records_arrived.connect(tour.look_again)

    def _has_run(self) -> bool:
        """Say whether there is anything to see of a run."""
        run = self._model.run_list.looked_at
        return run is not None and run.has_records

    @Slot()
    def explain(self) -> None:
        """Show the help card of what has the focus, else of what is under the mouse."""
        focused = explained(self._window.focusWidget())
        found = focused or explained(QApplication.widgetAt(QCursor.pos()))
        if found is None:
            self.notice_posted.emit("info", NOTHING, "")
        else:
            show_card(found[1], found[0])

    @Slot()
    def _on_hints_changed(self) -> None:
        run = self._model.run_list.looked_at
        self._strip.show_hints(self._model.hints.shown, None if run is None else run.current)
