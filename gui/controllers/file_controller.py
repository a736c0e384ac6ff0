"""What the File menu does: sessions, experiment files and presets, with the dialogs that ask for names."""

from __future__ import annotations

from functools import partial
from os.path import exists, isfile
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from engine.catalog import export_preset, find, load_preset, save_preset
from engine.experiment.data import DATA_ENDINGS
from engine.experiment.document import About, Document
from engine.experiment.plug_ins.absent import missing_of
from engine.experiment.plug_ins.in_files import named_by, without
from engine.experiment.plug_ins.loaded import ON
from engine.session import SUFFIX, Damaged, path_from_text, path_to_text
from engine.words.errors import LONGEST_VALUE, Refusal, one_line, path_in_words
from gui.file_dialogs import file_to_open, file_to_save
from gui.model.checksums import with_checksums
from gui.model.outside_data import Outside
from gui.model.patience import in_background
from gui.model.session_model import SessionModel
from gui.plain_text import tooltip

from .own_data_controller import OwnDataController
from .stop_question import StopQuestion

SESSIONS = f"Margin Lab sessions (*{SUFFIX})"
EXPERIMENTS = "Experiment files (*.toml)"
DATA = " ".join(f"*{ending}" for ending in DATA_ENDINGS)
EITHER = f"Sessions, experiments and data (*{SUFFIX} *.toml {DATA} *-ubyte *-ubyte.gz)"
MOST_RECENT = 8
IS_A_MAP = "is a map: Run trains its experiment alone, the tab Map all of its points."
"""What is said of a file with [sweep]."""


class FileController(QObject):
    """Asks for names and lets the session model do the work; what is refused becomes a line in the window."""

    notice_posted = Signal(str, str, str)
    file_refused = Signal(str)
    """Why a file was not opened."""
    map_opened = Signal(bool)
    """What was opened is a map; whether it is to be trained."""
    run_opened = Signal()
    """What was opened is no map."""

    def __init__(self, model: SessionModel, question: StopQuestion, window: QWidget) -> None:
        super().__init__(window)
        self._model, self._question, self._window = model, question, window
        self.own_data = OwnDataController(model, window)
        self.own_data.notice_posted.connect(self.notice_posted)
        self.own_data.file_refused.connect(self.file_refused)

    # --- sessions and experiment files ---------------------------------------------------------------------

    @Slot()
    def new(self) -> None:
        """Begin an empty session; the one before is kept, named or not."""
        if not self._question.ask("if a new session is begun", "Stop it and begin", self._begin):
            self._begin()

    def _begin(self) -> None:
        self._try(self._model.start_new)

    @Slot()
    def open(self) -> None:
        name = file_to_open(self._window, "Open", self._folder(), f"{EITHER};;All files (*)")
        if name:
            self.open_path(Path(name))

    def open_path(self, path: Path) -> bool:
        """Open a session or an experiment file; say whether that went well. Anything else may be data."""
        if path.suffix not in (SUFFIX, ".toml") and exists(path):
            opened = self.own_data.open_path(path)
            if opened:
                self._remember(path)
            return opened
        if self._model.would_leave(path):
            ends = f"if {path.name} is opened"
            if self._question.ask(ends, "Stop it and open", partial(self._open_now, path)):
                return False
        return self._open_now(path)

    def _open_now(self, path: Path) -> bool:
        try:
            self._model.open(path)
        except (Damaged, Outside):
            return False  # the model has said so, with what can be done
        except Refusal as refusal:
            self.file_refused.emit(why_not_opened(path, refusal))
            return False
        self._remember(path)
        if self._model.editor.document.sweep is not None:
            self.notice_posted.emit("info", f"{path.name} {IS_A_MAP}", "")
        if path.suffix != SUFFIX:  # a session says which tab was in front
            self._say_opened(self._model.editor.document, run=False)
        missing = missing_of(named_by(self._model.editor.document.experiments().values()), ON)
        if missing and path.suffix != SUFFIX:  # the model tells it of a session
            self.notice_posted.emit("info", without(missing, path.name), "")
        return True

    @Slot()
    def save(self) -> None:
        """Save to the session's own file, or ask for one."""
        path = self._model.path
        if path is None:
            self.save_as()
        else:
            self.save_to(path)

    @Slot()
    def save_as(self) -> None:
        path = file_to_save(self._window, "Save session", self._suggested(SUFFIX), SESSIONS, SUFFIX)
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> bool:
        saved = self._try(self._model.save_as, path)
        if saved:
            self._remember(path)
            self.notice_posted.emit("info", f"Saved to {path_in_words(path)}.", "")
        return saved

    @Slot()
    def open_last(self) -> None:
        """Open the session that was open when the lab was closed, if it had a name."""
        name = path_from_text(str(QSettings().value("last", ""))) or ""
        if name and isfile(name):
            self.open_path(Path(name))

    def remember_last(self) -> None:
        """Note which session is left when the lab closes."""
        path = self._model.path
        QSettings().setValue("last", "" if path is None else path_to_text(str(path.absolute())))

    def _say_opened(self, document: Document, *, run: bool) -> None:
        if document.sweep is not None:
            self.map_opened.emit(run)
        else:
            self.run_opened.emit()

    # --- presets -------------------------------------------------------------------------------------------

    @Slot()
    def presets(self) -> None:
        """Show the gallery."""
        from gui.views.gallery import Gallery

        gallery = Gallery(self._window)
        gallery.preset_chosen.connect(self.open_preset)
        gallery.open()

    @Slot(str, bool)
    def open_preset(self, id: str, run: bool = False) -> None:
        """Load a preset into the editor, and run it if asked to."""
        try:
            document = load_preset(id)
        except Refusal as refusal:
            self.notice_posted.emit("bad", str(refusal), "")
            return
        self._model.editor.load(document, id, f"Open {document.base.title or id}")
        self._say_opened(document, run=run)
        if document.sweep is not None or not run:
            return
        after = ("Run after it", self._model.transport.run_after)
        if not self._question.ask(
            "if this one is run at once", "Stop it and run", self._model.transport.run_anew, after
        ):
            self._model.transport.run_anew()

    @Slot()
    def save_preset(self) -> None:
        """Ask for a title and notes, and put the experiment among the user's own presets."""
        from gui.views.preset_dialog import PresetDialog

        dialog = PresetDialog(self._model.editor.document, self._window)
        dialog.described.connect(self.save_preset_as)
        dialog.open()

    @Slot(str, object)
    def save_preset_as(self, title: str, about: About) -> None:
        document = self._model.editor.document.model_copy(update={"about": about})
        try:
            path = save_preset(in_background(partial(with_checksums, document)), title)
        except Refusal as refusal:
            self.notice_posted.emit("bad", str(refusal), "")
            return
        self.notice_posted.emit("info", f"Saved among your own presets as '{path.stem}'.", "")

    @Slot()
    def export_preset(self) -> None:
        start = self._suggested(".toml")
        path = file_to_save(self._window, "Export preset", start, EXPERIMENTS, ".toml")
        if path is not None:
            self.export_preset_to(path)

    def export_preset_to(self, path: Path) -> bool:
        """Write the experiment to a file that others can open."""
        try:
            export_preset(path, in_background(partial(with_checksums, self._model.editor.document)))
        except Refusal as refusal:
            self.notice_posted.emit("bad", str(refusal), "")
            return False
        self.notice_posted.emit("info", f"Exported to {path_in_words(path)}.", "")
        return True

    def open_anything(self, name: str) -> bool:
        """Open what a command line or a drop names: a session, an experiment file or a preset's id."""
        if exists(name) or Path(name).suffix:
            return self.open_path(Path(name))
        try:
            self._model.editor.load(find(name), name)
        except Refusal as refusal:
            self.file_refused.emit(str(refusal))
            return False
        return True

    # --- recent files --------------------------------------------------------------------------------------

    @staticmethod
    def recent() -> list[str]:
        """Return the files opened and saved last, the latest first."""
        stored = QSettings().value("recent", [])
        names = [stored] if isinstance(stored, str) else stored
        return [path_from_text(str(name)) or "" for name in names] if isinstance(names, list) else []

    @Slot()
    def fill_recent(self) -> None:
        """Fill the menu of recent files as it opens."""
        menu = self.sender()
        if not isinstance(menu, QMenu):
            return
        menu.clear()
        for name in self.recent():
            action = menu.addAction(Path(name).name)
            action.setToolTip(tooltip(name))
            action.setData(name)
            action.triggered.connect(self._on_recent_chosen)
        if menu.isEmpty():
            menu.addAction("None yet").setEnabled(False)

    @Slot()
    def _on_recent_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.open_path(Path(str(action.data())))

    def _remember(self, path: Path) -> None:
        name = str(path.absolute())
        names = [name, *(n for n in self.recent() if n != name)][:MOST_RECENT]
        QSettings().setValue("recent", [path_to_text(n) for n in names])

    # --- small helpers -------------------------------------------------------------------------------------

    def _try(self, action: object, *arguments: object) -> bool:
        try:
            action(*arguments)  # type: ignore[operator]
        except Refusal as refusal:
            self.notice_posted.emit("bad", str(refusal), "")
            return False
        return True

    def _folder(self) -> str:
        if self._model.path is not None:
            return str(self._model.path.parent)
        recent = self.recent()
        return str(Path(recent[0]).parent) if recent else str(Path.home())

    def _suggested(self, suffix: str) -> str:
        if self._model.path is not None:
            return str(self._model.path.with_suffix(suffix))
        title = self._model.editor.document.base.title or "experiment"
        stem = "".join(c if c.isalnum() or c in " -_" else "" for c in title).strip() or "experiment"
        return str(Path(self._folder()) / f"{stem}{suffix}")


def why_not_opened(path: Path, refusal: Refusal) -> str:
    """Say why a file was not opened, and which file that is."""
    words = str(refusal)
    return words if path.name in words else f"{one_line(path_in_words(path), LONGEST_VALUE)}: {words}"
