"""Takes data that people drop, open or paste into the experiment, once they have looked at them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from engine.data import is_in_place
from engine.experiment.data import DATA_ENDINGS, DataSpec, FileSpec
from engine.session import SUFFIX
from engine.words.errors import LONGEST_VALUE, Refusal, one_line, path_in_words
from gui.file_dialogs import file_to_open
from gui.model.patience import in_background
from gui.model.session_model import SessionModel

DATA = f"Data ({' '.join(f'*{ending}' for ending in DATA_ENDINGS)} *-ubyte *-ubyte.gz)"
PASTED = "pasted.csv"
KEPT = ("seed", "append_constant")
"""Fields that hold for data of any kind, and stay as they are."""


class OwnDataController(QObject):
    """Opens one dialog for whatever it is, and edits the experiment with what is taken."""

    notice_posted = Signal(str, str, str)
    file_refused = Signal(str)
    """Why something is no data."""

    def __init__(self, model: SessionModel, window: QWidget) -> None:
        super().__init__(window)
        self._model, self._window = model, window

    @Slot()
    def open(self) -> None:
        """Look at the file that the experiment reads, or ask for one."""
        data = self._model.editor.experiment.data
        if isinstance(data, FileSpec) and self._is_there(data):
            self.show_dialog(data)
            return
        name = file_to_open(self._window, "Own data", str(self._folder), f"{DATA};;All files (*)")
        if name:
            self.open_path(Path(name))

    def _is_there(self, data: FileSpec) -> bool:
        return not data.named_file or is_in_place(data, self._folder)

    def open_path(self, path: Path) -> bool:
        """Look at a file or a folder; say whether it seems to be data."""
        from engine.data.recognition import recognised

        try:
            data = in_background(partial(recognised, path.absolute()))
        except Refusal as refusal:
            shown = one_line(path_in_words(path), LONGEST_VALUE)
            words = f"is neither a session ({SUFFIX}) nor an experiment file (.toml), and no data: {refusal.remedy}"
            self.file_refused.emit(f"'{shown}' {words}")
            return False
        self.show_dialog(data)
        return True

    @Slot(str)
    def open_text(self, text: str) -> None:
        """Look at a table in text, such as one on the clipboard."""
        from engine.data.recognition import recognised_text

        try:
            self.show_dialog(in_background(partial(recognised_text, text, PASTED)))
        except Refusal as refusal:
            self.notice_posted.emit("bad", f"Not pasted: {refusal.remedy}", "")

    def show_dialog(self, data: DataSpec) -> None:
        """Let people look at data and choose."""
        now = self._model.editor.experiment.data
        kept: dict[str, Any] = {name: getattr(now, name) for name in KEPT}
        if isinstance(data, FileSpec):
            kept["sha256"] = ""  # what is looked at is what is meant
        kept["relabel"] = ()  # the numbers of samples are those of the data as they were chosen
        from gui.own_data.dialog import OwnDataDialog

        dialog = OwnDataDialog(data.model_copy(update=kept), self._folder, self._window)
        dialog.accepted.connect(self._on_accepted)
        dialog.open()

    @Slot()
    def _on_accepted(self) -> None:
        from gui.own_data.dialog import OwnDataDialog

        dialog = self.sender()
        if isinstance(dialog, OwnDataDialog) and dialog.taken is not None:
            self.take(dialog.taken)

    def take(self, data: DataSpec) -> None:
        """Make these the data of the experiment, in one step for Undo."""
        editor = self._model.editor
        now = editor.experiment.data
        if data.model_copy(update={"relabel": now.relabel}) == now:
            return  # nothing was changed, and labels by hand stay
        said = str(getattr(data, data.reads))
        path = Path(said)
        fields = data.model_dump()
        if not data.named_file:
            fields[data.reads] = path.name  # a copy needs no place
        home = editor.document.folder is not None
        if home and data.named_file and path.is_relative_to(self._folder):
            fields[data.reads] = path.relative_to(self._folder).as_posix()
        changes: dict[str, Any] = {"data": fields}
        vary = editor.experiment.vary
        varied = {name: values for name, values in vary.items() if not name.startswith("data.")}
        if varied != vary:
            changes["vary"] = varied  # other data have other fields
        gone = [editor.with_titles(name, full=True) for name in vary if name not in varied]
        words = f" No longer varied: {', '.join(gone)}." if gone else ""
        if editor.change(changes, f"Take the data of {path.name}", "data", everywhere=True):
            self.notice_posted.emit(
                "info", f"The data are those of {path.name}.{words} Undo brings back the ones before.", ""
            )
        else:
            reasons = [
                str(refusal)
                for refusal in editor.refusals
                if refusal.field.partition(".")[0] in ("data", "vary")
            ]
            self.notice_posted.emit(
                "bad", f"The data were not taken: {(reasons or ['they do not fit'])[-1]}", ""
            )

    @property
    def _folder(self) -> Path:
        return (self._model.editor.document.folder or Path()).absolute()
