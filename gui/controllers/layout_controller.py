"""How the window is laid out and dressed: columns that hide, arrangements, the size of text, the theme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QObject, QSettings, QSize, QTimer, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu, QSplitter, QWidget

from gui.actions import Actions
from gui.model.arrangements import (
    LAST,
    LECTURE,
    LECTURE_PLOTS,
    USUAL,
    WindowArrangement,
    as_text,
    forget,
    from_text,
    keep,
    named,
    storable,
)
from gui.painting import FreeTurns
from gui.plots.plots_grid import STRIP
from gui.screen_fit import keep_on_screen
from gui.text_size import scaled, text_size
from gui.theme import apply_theme, theme

from .window_controller import Parts

SIZE = QSize(1440, 900)
"""Of a window that was never open, where the screen has room."""
WIDTHS = (336, 284)
"""Of the columns at its sides, in a window of that size or larger."""
LEAST_MIDDLE = 400
END = object()
BUILT_IN = {"Usual": USUAL, "Lecture": LECTURE}


class LayoutController(QObject):
    """Hides and shows columns, and puts everything where an arrangement says."""

    def __init__(
        self,
        actions: Actions,
        body: QSplitter,
        parts: Parts,
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._actions, self._body, self._side, self._plots = actions, body, parts.side, parts.plots
        self._window = window
        self._columns: dict[str, QWidget] = {"left_column": parts.experiment, "right_column": parts.side}
        for name in self._columns:
            actions[name].toggled.connect(self._on_column_toggled)
        for name, slot in (
            ("larger_text", text_size().enlarge),
            ("smaller_text", text_size().reduce),
            ("usual_text", text_size().reset),
            ("full_screen", self._on_full_screen),
            ("reset_layout", self.reset),
            ("lecture", self.lecture),
            ("save_arrangement", self.ask_for_a_name),
        ):
            actions[name].triggered.connect(slot)
        actions.theme_group.triggered.connect(self._on_theme_chosen)
        actions.arrangement_menu.aboutToShow.connect(self._fill_menu)
        self._named: list[QAction] = []
        self._ahead: Iterator[None] = iter(())
        """What is still to be done of the arrangement asked for."""
        self._free = FreeTurns()
        self._turns = QTimer(self)
        self._turns.timeout.connect(self._on_turn)

    # --- the last time, and this time -----------------------------------------------------------------------

    def restore(self) -> None:
        """Lay the window out as it was left."""
        settings, window = QSettings(), self._window
        geometry = settings.value("window/geometry")
        if not (isinstance(geometry, QByteArray) and window.restoreGeometry(geometry)):
            window.resize(SIZE)
            window.move(window.screen().availableGeometry().topLeft())
        keep_on_screen(window)
        last = from_text(settings.value(LAST))
        for _ in self._places(last if last is not None and any(last.widths) else USUAL):
            pass

    def remember(self) -> None:
        """Keep how the window is laid out for the next time."""
        self.settle()
        settings = QSettings()
        settings.setValue("window/geometry", self._window.saveGeometry())
        settings.setValue(LAST, as_text(self.current()))

    def current(self) -> WindowArrangement:
        """Return how the window is laid out now, or will be once what was asked for is done."""
        self.settle()
        left, right = (not column.isHidden() for column in self._columns.values())
        return WindowArrangement(
            left,
            right,
            tuple(self._body.sizes()),
            tuple(self._side.sizes()),
            text_size().percent,
            tuple(self._plots.area.shown),
        )

    # --- arrangements ---------------------------------------------------------------------------------------

    @Slot()
    def reset(self) -> None:
        """Give every part of the window its place back, and text its usual size."""
        self.arrange(USUAL)

    @Slot()
    def lecture(self) -> None:
        """Lay the window out for a room: large text, room for claims, three plots."""
        shown = self._plots.area.shown
        first = [id for id in shown if id != STRIP]
        plots = [*first[: LECTURE_PLOTS - 1], STRIP] if STRIP in shown else first[:LECTURE_PLOTS]
        self.arrange(replace(LECTURE, plots=tuple(plots)))

    def arrange(self, arrangement: WindowArrangement) -> None:
        """Lay the window out as an arrangement says, its text and plots included, part by part."""
        self._ahead = self._parts_of(arrangement)
        self._turns.start(0)

    @property
    def settled(self) -> bool:
        """Whether the window is laid out as was asked for."""
        return not self._turns.isActive() and text_size().settled

    def settle(self) -> None:
        """Lay out at once what is still to come."""
        while self._turns.isActive():
            text_size().settle()
            self._go_on()
        text_size().settle()

    @Slot()
    def _on_turn(self) -> None:
        if text_size().settled and self._free.come():
            self._go_on()

    def _go_on(self) -> None:
        if next(self._ahead, END) is END:
            self._turns.stop()

    def _parts_of(self, arrangement: WindowArrangement) -> Iterator[None]:
        """Do what an arrangement asks for, turn by turn: first what leaves less to lay out."""
        for name, shown in (("left_column", arrangement.left), ("right_column", arrangement.right)):
            if not shown and self._actions[name].isChecked():
                self._actions[name].setChecked(False)
                yield
        self._plots.area.holds_number = bool(arrangement.plots)
        if arrangement.plots:
            self._plots.set_shown(arrangement.plots)
            yield
        text_size().ask(arrangement.text)
        yield
        if not (self._window.isMaximized() or self._window.isFullScreen()):
            # what the window needs at least, with text of that size, is known once its layouts have heard of it
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
            keep_on_screen(self._window, framed=self._window.isVisible())
            yield
        yield from self._places(arrangement)

    def _places(self, arrangement: WindowArrangement) -> Iterator[None]:
        """Give columns and what is in them their places, turn by turn."""
        for name, shown in (("left_column", arrangement.left), ("right_column", arrangement.right)):
            if self._actions[name].isChecked() != shown:
                self._actions[name].setChecked(shown)
                yield
        whole = self._window.width()
        left, right = (round(scaled(width) * min(1.0, whole / SIZE.width())) for width in WIDTHS)
        usual = [left, max(LEAST_MIDDLE, whole - left - right), right]
        widths = arrangement.widths if len(arrangement.widths) == 3 else usual
        self._body.setSizes(shared(whole, widths))
        yield
        heights = arrangement.heights
        if len(heights) == self._side.count() and any(heights):
            self._side.show_parts([height > 0 for height in heights])
            self._side.setSizes(shared(self._side.height(), heights))
        else:
            self._side.reset()

    @Slot()
    def _fill_menu(self) -> None:
        """List the arrangements that have names."""
        menu: QMenu = self._actions.arrangement_menu
        for action in self._named:
            menu.removeAction(action)
            action.deleteLater()
        self._named = []
        for name in named():
            action = menu.addAction(name.replace("&", "&&"))
            action.setData(name)
            action.triggered.connect(self._on_named_chosen)
            self._named.append(action)

    @Slot()
    def _on_named_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.arrange_as(str(action.data()))

    @Slot(str)
    def arrange_as(self, name: str) -> None:
        """Lay the window out as people have named it."""
        arrangement = named().get(name)
        if arrangement is not None:
            self.arrange(arrangement)

    @Slot()
    def ask_for_a_name(self) -> None:
        """Let people name how the window is laid out, and delete what they named before."""
        from gui.views.arrangement_dialog import ArrangementDialog

        dialog = ArrangementDialog(list(named()), self._window)
        dialog.named.connect(self.keep_as)
        dialog.forgotten.connect(forget)
        dialog.open()

    @Slot(str)
    def keep_as(self, name: str) -> None:
        """Keep how the window is laid out by a name."""
        if storable(name):
            keep(name, self.current())

    # --- columns, screen, theme -----------------------------------------------------------------------------

    @Slot(bool)
    def _on_column_toggled(self, shown: bool) -> None:
        """Show or hide a column; one that comes back brings what an arrangement hid, which hides it after that."""
        action = self.sender()
        if not isinstance(action, QAction):
            return
        column = self._columns[action.objectName()]
        focused = QApplication.focusWidget()
        if not shown and focused is not None and column.isAncestorOf(focused):
            self._body.setFocus()
        column.setVisible(shown)
        if shown:
            self._side.complete()

    @Slot(bool)
    def _on_full_screen(self, wanted: bool) -> None:
        if wanted:
            self._window.showFullScreen()
        else:
            self._window.showNormal()

    @Slot(QAction)
    def _on_theme_chosen(self, action: QAction) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            apply_theme(app, str(action.data()))
            QSettings().setValue("theme", theme().mode)


def shared(whole: int, ratios: Sequence[int]) -> list[int]:
    """Divide pixels as these sizes are to each other; a splitter would give what is left to one part."""
    return [round(whole * ratio / max(sum(ratios), 1)) for ratio in ratios]
