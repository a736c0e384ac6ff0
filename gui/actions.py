"""Everything that can be done from a menu, a button or a key, each named once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui.plain_text import tooltip

from .focus_keys import ELSEWHERE
from .icons import icon
from .model.copy_kinds import COPIES
from .model.drawn_runs import why_nothing_to_export
from .model.session_model import SessionModel
from .theme import MODES, theme

Keys = QKeySequence.StandardKey


@dataclass(frozen=True)
class Wording:
    """How an action is called, drawn, explained and reached by keys."""

    name: str
    text: str
    help: str = ""
    icon: str = ""
    keys: tuple[str | QKeySequence.StandardKey, ...] = ()


FIGURES = ("export_figure", "compose", "animate")
"""What makes figures of what is on screen."""
WORDINGS = (
    Wording(
        "new", "&New session", "Begin an empty session; the one before stays where it is.", "", (Keys.New,)
    ),
    Wording("open", "&Open…", "Open a session, an experiment file, or data of your own.", "", (Keys.Open,)),
    Wording(
        "own_data",
        "Own &data…",
        "Look at a table or an archive and choose what of it is taken; where the experiment reads one, at that.",
        "",
        ("Ctrl+Shift+O",),
    ),
    Wording("save", "&Save", "Save the session with its runs and notes.", "", (Keys.Save,)),
    Wording("save_as", "Save &as…", "Save the session to another file.", "", ("Ctrl+Shift+S",)),
    Wording("presets", "&Presets…", "Published claims, ready to run.", "", ("Ctrl+P",)),
    Wording(
        "save_preset", "Sa&ve as preset…", "Put the experiment, with its claims, among your own presets."
    ),
    Wording(
        "unsaved", "&Unsaved sessions…", "Sessions that were left or cut off without a file of their own."
    ),
    Wording("export_preset", "Export prese&t…", "Write the experiment to a file that others can open."),
    Wording(
        "export_figure", "&Export figure…", "A plot as PDF, SVG, PNG or its data.", "", ("Ctrl+Shift+E",)
    ),
    Wording(
        "compose",
        "Co&mpose figure…",
        "Panels of plots and pictures on a page, with letters, fonts and annotations.",
        "",
        ("Ctrl+Alt+E",),
    ),
    Wording("animate", "An&imate…", "A film of a plot or a picture over the stored steps."),
    Wording("quit", "&Quit", "", "", ("Ctrl+Q",)),
    *(
        Wording(f"copy_{of}_{kind}", f"Copy {of} as {title}", f"Put {what} of the {whose} on the clipboard.")
        for of, whose in (("experiment", "experiment, as it stands,"), ("run", "run looked at"))
        for kind, (title, what) in COPIES.items()
    ),
    Wording(
        "paste_experiment",
        "&Paste experiment or data",
        "An experiment file, or a table as data.",
        "",
        ("Ctrl+V",),
    ),
    Wording(
        "draw",
        "&Drawing board…",
        "Draw the data by hand: points, clusters, labels; with Steer on, everything follows.",
        "draw",
        ("Ctrl+B",),
    ),
    Wording("run", "&Run", "Train the experiment.", "run", ("F5", "Ctrl+Return", "Ctrl+Enter")),
    Wording(
        "run_after",
        "Run &after",
        "Train the experiment when what is under way has ended.",
        "",
        ("Ctrl+Shift+Return", "Ctrl+Shift+Enter"),
    ),
    Wording(
        "steer",
        "S&teer",
        "Train at every edit, and draw what comes of it over the last run; nothing is kept unless you say so.",
        "steer",
        ("F6",),
    ),
    Wording("keep", "&Keep", "Make a run of the draft.", "keep", ("F7",)),
    Wording("stop", "&Stop", "End the run where it is; its records stay.", "stop", ("Shift+F5",)),
    Wording("step", "St&ep", "Take one step.", "step", ("F10",)),
    Wording("rewind", "Re&wind", "Begin again from step 0 with the same seed.", "rewind", ("Ctrl+R",)),
    Wording("new_seed", "&New seed", "Draw another start, and run.", "seed", ("Ctrl+Shift+R",)),
    Wording("continue", "&Continue", "Go on where the selected run ended.", "continue", ("Ctrl+F5",)),
    Wording("queue", "&Queue…", "What waits to be trained: its order, and the time left.", "", ("Ctrl+J",)),
    Wording(
        "limit", "Where is it &going?", "The limit of the run's direction, with a certificate.", "", ("F4",)
    ),
    Wording(
        "palette",
        "&Find…",
        "Every action, preset, run and field, by a few letters of its name.",
        "",
        ("Ctrl+K", "Ctrl+Shift+P"),
    ),
    Wording("measure", "&Measure", "Two pins in a plot: differences and fitted laws.", "", ("Ctrl+M",)),
    Wording("new_plot", "&New plot…", "A plot of any measurement over any other."),
    Wording("larger_text", "&Larger text", "", "", ("Ctrl++", "Ctrl+=")),
    Wording("smaller_text", "&Smaller text", "", "", ("Ctrl+-",)),
    Wording("usual_text", "&Usual text", "Text as large as the system has it.", "", ("Ctrl+0",)),
    Wording("left_column", "&Experiment column", "Show or hide the column at the left.", "", ("F8",)),
    Wording("right_column", "&Runs column", "Show or hide the column at the right.", "", ("F9",)),
    Wording("full_screen", "&Full screen", "", "", ("F11",)),
    Wording("reset_layout", "&Usual arrangement", "Every part in its place again, and text as usual."),
    Wording("lecture", "&Lecture", "For a room: large text, runs and claims at the right, three plots."),
    Wording("save_arrangement", "&Keep as…", "Name how the window is arranged, or delete what you named."),
    Wording(
        "quantities", "&Quantities", "Every measurement: what it is, its formula, its source.", "", ("F1",)
    ),
    Wording("explain", "&Explain", "Formula and source of what is in focus.", "", ("Ctrl+F1",)),
    Wording("handbook", "Hand&book", "Every page about the lab, offline.", "", ("Shift+F1",)),
    Wording("tour", "&Tour", "Five steps over the window."),
    Wording("all_hints", "Show all &hints", "Say again what was dismissed beside the claims."),
    Wording("shortcuts", "&Keyboard shortcuts"),
    Wording("plug_ins", "Plu&g-ins…", "What other packages bring, and which of it the lab lets in."),
    Wording(
        "report", "&Report a problem…", "Versions and the end of the log, to copy or save: no data of yours."
    ),
    Wording("about", "&About Margin Lab"),
)
COPYING = tuple(f"copy_{of}_{kind}" for of in ("experiment", "run") for kind in COPIES)
PRESETS = ("presets", "save_preset", "export_preset")
TRANSPORT = ("run", "steer", "keep", "stop", "step", "rewind", "new_seed", "continue")
MENUS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "&File",
        (
            "new",
            "open",
            "recent",
            "own_data",
            "unsaved",
            "-",
            "save",
            "save_as",
            "-",
            *PRESETS,
            "-",
            *FIGURES,
            "-",
            "plug_ins",
            "quit",
        ),
    ),
    (
        "&Edit",
        ("undo", "redo", "-", "palette", "-", "copy_experiment", "copy_run", "paste_experiment", "-", "draw"),
    ),
    ("&Run", ("run", "run_after", *TRANSPORT[1:], "-", "limit", "queue")),
    (
        "&View",
        (
            "theme",
            "text",
            "plots",
            "measure",
            "new_plot",
            "-",
            "left_column",
            "right_column",
            "arrangement",
            "full_screen",
        ),
    ),
    (
        "&Help",
        ("tour", "explain", "handbook", "quantities", "shortcuts", "all_hints", "-", "report", "about"),
    ),
)
THEME_TITLES = {"light": "&Light", "dark": "&Dark", "system": "As the &system"}
TEXT_SIZES = ("larger_text", "smaller_text", "usual_text")
ARRANGEMENTS = ("reset_layout", "lecture", "save_arrangement")
CHECKABLE = ("full_screen", "steer", "left_column", "right_column")
RUN_TEXTS = {"idle": "&Run", "paused": "&Resume", "stopping": "Stopping"}
UNDER_WAY = "Nothing is under way."
NO_DRAFT = "There is no draft: steer, and edit the experiment."


class Actions(QObject):
    """Makes the actions, and keeps their words and whether they can be done up to date."""

    def __init__(self, model: SessionModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._wordings = {wording.name: wording for wording in WORDINGS}
        self._why_not: dict[str, str] = {}
        self.by_name = {wording.name: self._made(wording, parent) for wording in WORDINGS}
        self.by_name["undo"] = model.undo_stack.createUndoAction(self, "Undo")
        self.by_name["redo"] = model.undo_stack.createRedoAction(self, "Redo")
        for name in ("undo", "redo"):  # their own would be their text, which names files and runs
            self[name].setToolTip("Back to before the change." if name == "undo" else "The change once more.")
        self["undo"].setShortcuts(Keys.Undo)
        self["redo"].setShortcuts(Keys.Redo)
        parent.addActions(list(self.by_name.values()))
        self.recent_menu = QMenu("Open &recent", parent)
        self.theme_menu = QMenu("&Theme", parent)
        self.theme_group = QActionGroup(self)
        for mode in MODES:
            action = self.theme_menu.addAction(THEME_TITLES[mode])
            action.setData(mode)
            action.setCheckable(True)
            action.setChecked(mode == theme().mode)
            self.theme_group.addAction(action)
        self.text_menu = self._submenu("Te&xt size", TEXT_SIZES, parent)
        self.arrangement_menu = self._submenu("&Arrangement", ARRANGEMENTS, parent)
        for name in CHECKABLE:
            self[name].setCheckable(True)
        for name in ("left_column", "right_column"):
            self[name].setChecked(True)
        model.trainer.state_changed.connect(self._on_state_changed)
        model.run_list.selection_changed.connect(self._on_state_changed)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._on_state_changed)
        for signal in (model.run_list.runs_changed, model.run_list.runs_removed):
            signal.connect(self._on_runs_changed)
        model.run_list.records_arrived.connect(self._on_records_arrived)
        model.maps.listed.connect(self._on_state_changed)
        model.editor.document_changed.connect(self._on_state_changed)
        model.steering.state_changed.connect(self._on_steering_changed)
        theme().theme_changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def __getitem__(self, name: str) -> QAction:
        return self.by_name[name]

    def connect_transport(self, settle: Callable[[], None]) -> None:
        """Let the transport's actions act, once what is being typed has been settled."""
        model = self._model
        for name, slot in (
            ("run", model.transport.run),
            ("run_after", model.transport.run_after),
            ("steer", model.steering.switch),
            ("keep", model.steering.keep),
            ("stop", model.transport.stop),
            ("step", model.transport.advance),
            ("rewind", model.transport.rewind),
            ("new_seed", model.transport.new_seed),
            ("continue", model.transport.continue_selected),
        ):
            self[name].triggered.connect(settle)
            self[name].triggered.connect(slot)

    def fill(self, bar: QMenuBar, plots: QMenu) -> None:
        """Build the menus; `plots` chooses the plots on screen."""
        plots.setTitle("&Plots")
        inner = {
            "recent": self.recent_menu,
            "theme": self.theme_menu,
            "text": self.text_menu,
            "arrangement": self.arrangement_menu,
            "plots": plots,
        }
        for of in ("experiment", "run"):
            inner[f"copy_{of}"] = menu = QMenu(
                f"&Copy {of} as" if of == "experiment" else f"Copy {of} &as", bar
            )
            menu.setToolTipsVisible(True)
            menu.addActions([self[f"copy_{of}_{kind}"] for kind in COPIES])
        for title, names in MENUS:
            menu = bar.addMenu(title)
            menu.setToolTipsVisible(True)
            for name in names:
                if name == "-":
                    menu.addSeparator()
                elif name in inner:
                    menu.addMenu(inner[name])
                else:
                    menu.addAction(self[name])

    def why_not(self, name: str) -> str:
        """Say why an action cannot be done now; '' where it can."""
        return "" if self[name].isEnabled() else self._why_not.get(name, "Not possible now.")

    def _submenu(self, title: str, names: Sequence[str], parent: QWidget) -> QMenu:
        menu = QMenu(title, parent)
        menu.setToolTipsVisible(True)
        menu.addActions([self[name] for name in names])
        return menu

    @staticmethod
    def _made(wording: Wording, parent: QWidget) -> QAction:
        action = QAction(wording.text, parent)
        action.setObjectName(wording.name)
        keys = [QKeySequence(key) for key in wording.keys]
        action.setShortcuts(keys)
        action.setToolTip(explained(wording))
        action.setData(wording.help)
        return action

    @Slot()
    def _on_state_changed(self) -> None:
        state = self._model.trainer.state
        under_way = state != "idle"
        run = self["run"]
        run.setText(RUN_TEXTS.get(state, "&Pause"))
        run.setIcon(icon("run" if state in RUN_TEXTS else "pause", theme().colours.background))
        stopping = "What is under way is being stopped." if state == "stopping" else ""
        none = "" if self._model.run_list.selected is not None else "There is no run to begin again."
        self._set_possible("run", stopping)
        self._set_possible("stop", stopping if under_way else UNDER_WAY)
        self._set_possible("step", "" if state in ("idle", "paused", "running") else "The run is prepared.")
        self._set_possible("rewind", none or stopping)
        why_not = self._model.transport.why_not_continue()
        self._set_possible("continue", why_not or ("A run is under way." if under_way else ""))
        why_no_run = "" if self._model.run_list.selected else "There is no run yet: run an experiment first."
        self._set_possible("limit", why_no_run)
        for kind in COPIES:
            self._set_possible(f"copy_run_{kind}", why_no_run)
        runs, has_map = self._model.run_list.runs, self._model.maps.shown is not None
        why_nothing = why_nothing_to_export(runs)
        for name in FIGURES:
            self._set_possible(name, "" if has_map and name != "animate" else why_nothing)
        if has_map and why_nothing:
            self._set_possible("animate", "A map has no stored steps: run an experiment first.")

    @Slot()
    def _on_steering_changed(self) -> None:
        steering, steer = self._model.steering, self["steer"]
        steer.setChecked(steering.on)
        why_not = "" if steering.on else steering.why_not
        steer.setToolTip(tooltip(f"{steer.data()} {why_not}".rstrip()))
        self._set_possible("keep", "" if steering.can_keep else NO_DRAFT)

    def _set_possible(self, name: str, why_not: str) -> None:
        """Enable an action, or disable it with the reason as its tooltip."""
        action = self[name]
        self._why_not[name] = why_not
        action.setEnabled(not why_not)
        action.setToolTip(tooltip(why_not) or explained(self._wordings[name]))

    @Slot(list)
    def _on_runs_changed(self, _ids: list[str]) -> None:
        self._soon.start(0)  # one after the other may change

    @Slot(str)
    def _on_records_arrived(self, _id: str) -> None:
        if not self["export_figure"].isEnabled():
            self._on_state_changed()

    @Slot()
    def _on_theme_changed(self) -> None:
        for wording in WORDINGS:
            if wording.icon:
                self[wording.name].setIcon(icon(wording.icon))
        self._on_state_changed()
        self._on_steering_changed()


def shortcut_rows() -> list[tuple[str, str]]:
    """Return every key and what it does: those that hold everywhere, then those of a focus."""
    everywhere = [
        (", ".join(map(native, wording.keys)), wording.help or bare(wording.text))
        for wording in WORDINGS
        if wording.keys
    ]
    history = [(native(Keys.Undo), "Undo the last edit."), (native(Keys.Redo), "Redo it.")]
    return [*everywhere, *history, *ELSEWHERE]


def explained(wording: Wording) -> str:
    """Return an action's tooltip: what it does, and its first key."""
    shown = f" [{native(wording.keys[0])}]" if wording.keys else ""
    return tooltip(f"{wording.help or bare(wording.text)}{shown}")


def bare(text: str) -> str:
    """Return a text without the mark of its mnemonic."""
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def native(key: str | QKeySequence.StandardKey) -> str:
    """Return a key as its system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
