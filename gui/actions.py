"""Everything that can be done from a menu, a button or a key, each named once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from gui.plain_text import tooltip

from .icons import icon
from .model.copies import COPIES
from .model.figures import why_nothing_to_export
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


WORDINGS = (
    Wording(
        "new", "&New session", "Begin an empty session; the one before stays where it is.", "", (Keys.New,)
    ),
    Wording("open", "&Open…", "Open a session or an experiment file.", "", (Keys.Open,)),
    Wording("save", "&Save", "Save the session with its runs and notes.", "", (Keys.Save,)),
    Wording("save_as", "Save &as…", "Save the session to another file.", "", ("Ctrl+Shift+S",)),
    Wording("presets", "&Presets…", "Published claims, ready to run.", "", ("Ctrl+P",)),
    Wording(
        "save_preset", "Save as p&reset…", "Put the experiment, with its claims, among your own presets."
    ),
    Wording(
        "unsaved", "&Unsaved sessions…", "Sessions that were left or cut off without a file of their own."
    ),
    Wording("export_preset", "Export preset…", "Write the experiment to a file that others can open."),
    Wording(
        "export_figure", "&Export figure…", "A plot as PDF, SVG, PNG or its data.", "", ("Ctrl+Shift+E",)
    ),
    Wording("quit", "&Quit", "", "", ("Ctrl+Q",)),
    *(
        Wording(f"copy_{of}_{kind}", f"Copy {of} as {title}", f"Put {what} of the {whose} on the clipboard.")
        for of, whose in (("experiment", "experiment, as it stands,"), ("run", "run looked at"))
        for kind, (title, what) in COPIES.items()
    ),
    Wording(
        "paste_experiment",
        "&Paste experiment",
        "Edit the experiment file on the clipboard.",
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
    Wording("run", "Run", "Train the experiment.", "run", ("F5", "Ctrl+Return", "Ctrl+Enter")),
    Wording(
        "steer",
        "Steer",
        "Train at every edit, and draw what comes of it over the last run; nothing is kept unless you say so.",
        "steer",
        ("F6",),
    ),
    Wording("keep", "Keep", "Make a run of the draft.", "keep", ("F7",)),
    Wording("stop", "Stop", "End the run where it is; its records stay.", "stop", ("Shift+F5",)),
    Wording("step", "Step", "Take one step.", "step", ("F10",)),
    Wording("rewind", "Rewind", "Begin again from step 0 with the same seed.", "rewind", ("Ctrl+R",)),
    Wording("new_seed", "New seed", "Draw another start, and run.", "seed", ("Ctrl+Shift+R",)),
    Wording("continue", "Continue", "Go on where the selected run ended.", "continue", ("Ctrl+F5",)),
    Wording("full_screen", "&Full screen", "", "", ("F11",)),
    Wording("reset_layout", "&Reset layout", "Give every part of the window its place back."),
    Wording(
        "quantities", "&Quantities", "Every measurement: what it is, its formula, its source.", "", ("F1",)
    ),
    Wording("all_hints", "Show all &hints", "Say again what was dismissed beside the claims."),
    Wording("shortcuts", "&Keyboard shortcuts"),
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
            "unsaved",
            "-",
            "save",
            "save_as",
            "-",
            *PRESETS,
            "-",
            "export_figure",
            "-",
            "quit",
        ),
    ),
    ("&Edit", ("undo", "redo", "-", "copy_experiment", "copy_run", "paste_experiment", "-", "draw")),
    ("&Run", TRANSPORT),
    ("&View", ("theme", "plots", "-", "full_screen", "reset_layout")),
    ("&Help", ("quantities", "shortcuts", "all_hints", "-", "report", "about")),
)
THEME_TITLES = {"light": "Light", "dark": "Dark", "system": "As the system"}


ELSEWHERE = (
    ("Space", "with the timeline or a plot in focus: pause what is under way, and go on with it"),
    (
        "Left, Right, Home, End",
        "with the timeline in focus: from snapshot to snapshot; End is the latest step",
    ),
    ("Enter", "in a field: settle; on a claim: show its reason"),
    ("Alt+Up, Alt+Down", "in a number: its slider up and down; with Page Up and Page Down further"),
    ("Escape", "in a field: the value before"),
    ("F2, Delete", "on a run: rename, delete"),
    ("Tab, Space", "from one control to the next; press it"),
)
"""Keys that mean something only where the focus is."""


class Actions(QObject):
    """Makes the actions, and keeps their words and whether they can be done up to date."""

    def __init__(self, model: SessionModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
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
        self["full_screen"].setCheckable(True)
        self["steer"].setCheckable(True)
        model.trainer.state_changed.connect(self._on_state_changed)
        model.run_list.selection_changed.connect(self._on_state_changed)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._on_state_changed)
        for signal in (model.run_list.runs_changed, model.run_list.runs_removed):
            signal.connect(self._on_runs_changed)
        model.run_list.records_arrived.connect(self._on_records_arrived)
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
        inner = {"recent": self.recent_menu, "theme": self.theme_menu, "plots": plots}
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

    @staticmethod
    def _made(wording: Wording, parent: QWidget) -> QAction:
        action = QAction(wording.text, parent)
        action.setObjectName(wording.name)
        keys = [QKeySequence(key) for key in wording.keys]
        action.setShortcuts(keys)
        shown = native(wording.keys[0]) if keys else ""
        action.setToolTip(
            tooltip(f"{wording.help} [{shown}]" if wording.help and shown else wording.help or wording.text)
        )
        action.setData(wording.help)
        return action

    @Slot()
    def _on_state_changed(self) -> None:
        state = self._model.trainer.state
        under_way = state != "idle"
        run = self["run"]
        run.setText({"idle": "Run", "paused": "Resume", "stopping": "Stopping"}.get(state, "Pause"))
        run.setIcon(icon("pause" if run.text() == "Pause" else "run", theme().colours.background))
        run.setEnabled(state != "stopping")
        self["stop"].setEnabled(under_way and state != "stopping")
        self["step"].setEnabled(state in ("idle", "paused", "running"))
        self["rewind"].setEnabled(self._model.run_list.selected is not None and state != "stopping")
        why_not = self._model.transport.why_not_continue()
        self._set_possible("continue", why_not, not under_way)
        why_no_run = "" if self._model.run_list.selected else "There is no run yet: run an experiment first."
        for kind in COPIES:
            self._set_possible(f"copy_run_{kind}", why_no_run)
        self._set_possible("export_figure", why_nothing_to_export(self._model.run_list.runs))

    @Slot()
    def _on_steering_changed(self) -> None:
        steering, steer = self._model.steering, self["steer"]
        steer.setChecked(steering.on)
        why_not = "" if steering.on else steering.why_not
        steer.setToolTip(tooltip(f"{steer.data()} {why_not}".rstrip()))
        self["keep"].setEnabled(steering.can_keep)

    def _set_possible(self, name: str, why_not: str, enabled: bool = True) -> None:
        """Enable an action, or disable it with the reason as its tooltip."""
        self[name].setEnabled(enabled and not why_not)
        self[name].setToolTip(tooltip(why_not) or str(self[name].data()))

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
        (", ".join(map(native, wording.keys)), wording.help or wording.text.replace("&", ""))
        for wording in WORDINGS
        if wording.keys
    ]
    history = [(native(Keys.Undo), "Undo the last edit."), (native(Keys.Redo), "Redo it.")]
    return [*everywhere, *history, *ELSEWHERE]


def native(key: str | QKeySequence.StandardKey) -> str:
    """Return a key as its system writes it."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
