"""The main window: it only puts the parts in their places and joins them to the session model."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import (
    QDialog,
    QMainWindow,
    QSplitter,
    QWidget,
)

from engine.words.errors import Refusal
from gui.layouts import in_column

from .actions import COPYING, TRANSPORT, Actions
from .controllers.copy_controller import CopyController
from .controllers.dialog_controller import DialogController
from .controllers.drawing_controller import DrawingController
from .controllers.engine_watch import EngineWatch
from .controllers.figure_controller import FigureController
from .controllers.file_controller import FileController
from .controllers.layout_controller import LayoutController
from .controllers.learn_controller import LearnController
from .controllers.limit_controller import LimitController
from .controllers.map_controller import MapController
from .controllers.outside_controller import OutsideController
from .controllers.palette_controller import PaletteController
from .controllers.queue_controller import QueueController
from .controllers.recovery import Recovery
from .controllers.stop_question import StopQuestion
from .controllers.window_controller import Parts, WindowController
from .model.patience import must_wait
from .model.session_model import SessionModel
from .painting import PaintedOnce
from .tab_order import after, in_reading_order, lead_to
from .tabs.tabs import Tabs
from .tour.steps import TourParts
from .views.centre import Centre
from .views.experiment_column import ExperimentColumn
from .views.info_bar import InfoBar
from .views.side_column import SideColumn
from .views.status_bar import StatusBar
from .views.transport import TransportBar

OPENABLE = (".mlab", ".toml")


class MainWindow(QMainWindow):
    """One screen that reads left to right: the experiment, its plots, its runs; under them the transport."""

    def __init__(self, model: SessionModel) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.setAcceptDrops(True)
        self.model = model
        self._warned = False
        self._closing = False
        self.commands = Actions(model, self)
        self.parts = Parts(
            ExperimentColumn(self),
            InfoBar(self),
            Tabs(model, self),
            SideColumn(self),
            TransportBar(self.commands, self),
            StatusBar(self),
        )
        question = StopQuestion(model, self.parts.info, self)
        self.files = FileController(model, question, self)
        self.dialogs = DialogController(model, self)
        self.figures = FigureController(model, self.parts.tabs, self)
        self.copies = CopyController(model, self.parts.tabs, self.parts.info, self)
        keys = [self.commands[name] for name in ("undo", "redo", *TRANSPORT)]
        self.drawing = DrawingController(model, self.parts.experiment.panel, keys, self)
        self.maps = MapController(self.parts.experiment.panel, self.files, self.parts.tabs, self)
        self.learn = LearnController(model, self.parts.side, self._tour_parts(), self)
        self.recovery = Recovery(model, self.parts.info, question, self)
        self.outside = OutsideController(model, self.parts.info, self.files, self.recovery, self)
        self.watch = EngineWatch(model.engine, self.parts.info, self)
        self.body = QSplitter(Qt.Orientation.Horizontal, self)
        self._arrange()
        self.laid_out = LayoutController(self.commands, self.body, self.parts, self)
        self.finder = PaletteController(model, self.parts, self.commands, self.files, self.laid_out, self)
        self.limits = LimitController(model, self.parts.tabs, self.parts.plots, self)
        self.queue = QueueController(model, self.commands, self.parts.transport, self)
        self._connect_actions()
        self.controller = WindowController(model, self.parts, self)
        self.laid_out.restore()
        self.painting = PaintedOnce(self)
        self._show_title()

    def _arrange(self) -> None:
        parts = self.parts
        centre = Centre(parts.tabs, parts.info, self)
        centre.keep_clear(parts.plots.measuring.panel)
        self.body.setObjectName("body")
        self.body.setChildrenCollapsible(False)
        for place, widget in enumerate((parts.experiment, centre, parts.side)):
            self.body.addWidget(widget)
            self.body.setStretchFactor(place, 1 if widget is centre else 0)
        whole = QWidget(self)
        in_column((self.body, parts.transport), whole).setStretchFactor(self.body, 1)
        self.setCentralWidget(whole)
        whole.setFocus()  # nothing that a key would press, until somebody chooses
        self.setStatusBar(parts.status)
        self.commands.fill(self.menuBar(), parts.plots.plots_menu)

    def _tour_parts(self) -> TourParts:
        """Return how the tour finds what it points at."""
        parts = self.parts
        return {
            "experiment": lambda: parts.experiment,
            "run": lambda: parts.transport.buttons["run"],
            "transport": lambda: parts.transport,
            "timeline": lambda: parts.transport.timeline,
            "tabs": lambda: parts.tabs.tabBar(),
            "plots": self._watched_plot,
            "every plot": lambda: parts.plots.area,
            "claims": lambda: parts.side.judged,
            "presets": lambda: parts.experiment.presets if parts.experiment.isVisible() else self.menuBar(),
            "help": lambda: (self.menuBar(), self.menuBar().actionGeometry(self.menuBar().actions()[-1])),
        }

    def _watched_plot(self) -> QWidget:
        """Return the plot of the margins, else the first one in sight, else the names of the tabs."""
        plots, on_screen = self.parts.plots.plots, self.parts.plots.area.on_screen()
        made = [plots[id] for id in ("margins", *on_screen) if id in on_screen and id in plots.made]
        return next((plot for plot in made if not plot.visibleRegion().isEmpty()), self.parts.tabs.tabBar())

    @Slot()
    def _on_measure(self) -> None:
        self.parts.tabs.bring("plots")
        self.parts.plots.line.measure_button.toggle()

    @Slot()
    def _on_new_plot(self) -> None:
        self.parts.tabs.bring("plots")
        self.parts.plots.own.make()

    def _connect_actions(self) -> None:
        actions, files = self.commands, self.files
        for name in ("new", "open", "own_data", "save", "save_as", "save_preset", "export_preset"):
            actions[name].triggered.connect(
                self.parts.experiment.panel.commit
            )  # a menu leaves the focus there
        for name, slot in (
            ("new", files.new),
            ("open", files.open),
            ("own_data", files.own_data.open),
            ("save", files.save),
            ("save_as", files.save_as),
            ("unsaved", self.recovery.show_list),
            ("presets", files.presets),
            ("save_preset", files.save_preset),
            ("export_preset", files.export_preset),
            ("export_figure", self.figures.export_figure),
            ("compose", self.figures.compose),
            ("animate", self.figures.animate),
            ("draw", self.drawing.open),
            ("measure", self._on_measure),
            ("new_plot", self._on_new_plot),
            ("limit", self.limits.open),
            ("quantities", self.dialogs.quantities),
            ("shortcuts", self.dialogs.shortcuts),
            ("plug_ins", self.dialogs.plug_ins),
            ("handbook", self.learn.handbook),
            ("tour", self.learn.tour),
            ("explain", self.learn.explain),
            ("all_hints", self.model.hints.take_back),
            ("report", self.dialogs.report),
            ("about", self.dialogs.about),
            ("quit", self.close),
        ):
            actions[name].triggered.connect(slot)
        for name in COPYING:
            actions[name].triggered.connect(self.parts.experiment.panel.commit)
            actions[name].triggered.connect(self.copies.copy)
        actions["paste_experiment"].triggered.connect(self.copies.paste)
        for name in ("run", "rewind", "new_seed", "continue"):
            actions[name].triggered.connect(self.parts.info.clear_told)
        looked_at: list[QWidget] = [self.parts.transport.timeline, *self.parts.plots.canvases]
        for focused in looked_at:
            self._let_space_pause(focused)
        self.parts.plots.canvas_made.connect(self._let_space_pause)
        actions.connect_transport(self.parts.experiment.panel.commit)
        actions.recent_menu.aboutToShow.connect(self.parts.experiment.panel.commit)
        actions.recent_menu.aboutToShow.connect(files.fill_recent)
        self.copies.table_found.connect(files.own_data.open_text)
        files.notice_posted.connect(self.parts.info.tell)
        files.file_refused.connect(self.parts.info.tell_refused)
        self.dialogs.notice_posted.connect(self.parts.info.tell)
        self.learn.notice_posted.connect(self.parts.info.tell)
        self.figures.notice_posted.connect(self.parts.info.tell)
        self.parts.experiment.presets_requested.connect(files.presets)
        self.parts.experiment.panel.about.preset_wanted.connect(files.open_preset)
        self.parts.plots.export_requested.connect(self.figures.export_plot)
        self.parts.plots.export_requested.connect(self.copies.copy_plot)
        self.parts.side.runs.copied.connect(self.copies.copy_run)
        self.model.session_changed.connect(self._show_title)
        self.model.editor.document_changed.connect(self._show_title)

    @Slot(QWidget)
    def _let_space_pause(self, focused: QWidget) -> None:
        """Pause and go on with Space where this has the focus."""
        space = QShortcut(QKeySequence(Qt.Key.Key_Space), focused)
        space.setContext(Qt.ShortcutContext.WidgetShortcut)
        space.activated.connect(self.model.transport.pause_or_go_on)

    @Slot()
    def _show_title(self) -> None:
        title = self.model.editor.document.base.title or "Untitled experiment"
        file = self.model.path.name if self.model.path is not None else "unsaved session"
        self.setWindowTitle(f"{title} – {file} – Margin Lab")

    # --- events --------------------------------------------------------------------------------------------

    def focusNextPrevChild(self, forward: bool) -> bool:
        # Qt hands the focus of what was hidden or disabled to whatever is next, which the next key would press
        left = self.focusWidget()
        there = reachable(left)
        if there is not left:
            (there or self).setFocus()
            return True
        parts = self.parts.transport, self.body, self.parts.status
        following = after(in_reading_order(parts), left, forward)
        if following is not None:
            lead_to(following, forward)
        return following is not None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # what reaches the window was of no use where the focus is
        area = self.parts.plots.area
        if event.key() == Qt.Key.Key_Escape and area.maximised is not None and area.isVisible():
            area.show_all()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        take_copy(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        take_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        names = take_copy(event)
        if names:
            self.files.open_anything(next((name for name in names if name.endswith(OPENABLE)), names[0]))
        elif event.isAccepted():
            self.copies.paste_text(event.mimeData().text())

    @Slot()
    def close_once(self) -> None:
        """Close, unless that is under way: it lets events through while the engine says its last words."""
        if not self._closing:
            self._closing = True
            self.close()
            self._closing = False

    def closeEvent(self, event: QCloseEvent) -> None:
        if must_wait(self.close_once):  # as for a file that is being written, while a signal asks for the end
            event.ignore()
            return
        self.parts.experiment.panel.commit()
        for dialog in self.findChildren(QDialog):
            dialog.reject()  # before it is destroyed: a figure being drawn would wait for itself
        self.laid_out.remember()
        self.files.remember_last()
        try:
            self.model.close()
        except Refusal as refusal:
            if not self._warned:
                self._warned = True
                sentence = (
                    f"{refusal}. Save the session elsewhere, or close again to leave what is not written."
                )
                self.parts.info.tell("bad", sentence, "")
                event.ignore()
                return
            self.model.store.give_up()
            self.model.trainer.hear_no_more()
        self.parts.experiment.panel.data.download.end()
        self.model.engine.close()
        super().closeEvent(event)


def reachable(widget: QWidget | None) -> QWidget | None:
    """Return a widget, or the nearest around it, that can be seen and used."""
    while widget is not None and not (widget.isVisible() and widget.isEnabled()):
        widget = widget.parentWidget()
    return widget


def take_copy(event: QDropEvent) -> list[str]:
    """Accept files as copies, and return their names; whoever moves a file deletes it where it was.

    Any file is accepted: one that is neither session nor experiment nor data is answered with a sentence. So is text,
    such as rows of a spreadsheet, which has no names.
    """
    names = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    text = event.mimeData().hasText() and not event.mimeData().hasUrls()
    if (names or text) and event.possibleActions() & Qt.DropAction.CopyAction:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        return names
    event.ignore()
    return []
