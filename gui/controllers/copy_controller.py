"""Puts experiments, runs and plots on the clipboard as text, and takes experiments from it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication

from engine.experiment.document import Document, parse
from engine.experiment.toml_text import LARGEST_FILE
from engine.words.errors import Refusal, path_in_words
from engine.words.formats import counted
from gui.model.copy_kinds import COPIES
from gui.model.drawn_runs import drawn
from gui.model.outside_data import Outside
from gui.model.patience import in_background
from gui.model.run import Run
from gui.model.session_model import SessionModel
from gui.plots.plots_view import PlotsView
from gui.tabs.tabs import Tabs
from gui.views.info_bar import InfoBar

if TYPE_CHECKING:
    from engine.experiment.copies.script import ScriptPlot

KEY = "pasted data"
ACTIONS = [("read", "Paste and read it"), ("leave", "Do not paste")]


class CopyController(QObject):
    """One slot copies, by the name of the action that was chosen; one pastes."""

    notice_posted = Signal(str, str, str)
    table_found = Signal(str)
    """What is pasted is a table, if anything."""

    def __init__(self, model: SessionModel, tabs: Tabs, info: InfoBar, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._tabs, self._info = model, tabs, info
        self._plots: PlotsView = tabs["plots"].view
        self._asked: tuple[Document, list[Path]] | None = None
        """What was pasted and waits for an answer, and which paths it reads."""
        self.notice_posted.connect(info.tell)
        info.chosen.connect(self._on_chosen)

    @Slot()
    def copy(self) -> None:
        """Copy what the action that was triggered says: of the experiment edited, or of the run looked at."""
        action = self.sender()
        if isinstance(action, QAction):
            _, of, kind = action.objectName().split("_")
            selected = self._model.run_list.selected
            if of == "experiment":
                self.copy_experiment(kind)
            elif selected is not None:
                self.copy_run(selected.id, kind)

    @Slot(str)
    def copy_experiment(self, kind: str) -> None:
        from gui.model.copies import copied_experiment

        editor = self._model.editor
        self._put(
            kind,
            copied_experiment(
                kind, editor.document, editor.edited.origin, self._plots_of(self._plots.on_screen())
            ),
        )

    @Slot(str, str)
    def copy_run(self, id: str, kind: str) -> None:
        run = self._model.run_list.get(id)
        if run is None or not self._model.run_list.make_ready(run):
            return
        from engine.figures.pictures import PICTURES
        from gui.model.copies import copied_pictures, copied_run

        self._tabs.await_whole_pictures()
        known = self._tabs.front.pictures_of(id)
        pictures = {name: known[name] for name in known if PICTURES[name].ask}
        if kind == "script" and pictures:
            self._put(kind, copied_pictures(run, pictures))
        else:
            self._put(
                kind, copied_run(kind, run, self._origin_of(run), self._plots_of(self._plots.on_screen()))
            )

    @Slot(str, str)
    def copy_plot(self, id: str, kind: str) -> None:
        """Copy a script that trains the runs of a plot and draws it, where `kind` is "script"."""
        if kind != "script":
            return
        run_list = self._model.run_list
        shown = [run for run in drawn(run_list.runs, run_list.selected) if run.visible]
        runs = [run for run in shown if run_list.make_ready(run) and run.has_records]
        if runs:
            from gui.model.copies import copied_plot

            self._put(kind, copied_plot(runs, self._plots_of([id])))
        else:
            self.notice_posted.emit("info", "There is nothing to copy yet: run an experiment first.", "")

    def _plots_of(self, ids: Iterable[str]) -> list[ScriptPlot]:
        """Return what scripts are told of plots as they are now."""
        from gui.model.copies import plots_in_words

        return plots_in_words({id: self._plots.figure_state(id) for id in ids})

    def _origin_of(self, run: Run) -> str:
        """Return where a run's document came from, where that is known."""
        edited = self._model.editor.edited
        return edited.origin if run.lineage == edited.lineage else ""

    def _put(self, kind: str, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        what = COPIES[kind][1]
        lines = counted(len(text.splitlines()), "line")
        self.notice_posted.emit("info", f"On the clipboard: {what}, {lines}.", "")

    # --- from the clipboard ---------------------------------------------------------------------------------

    @Slot()
    def paste(self) -> None:
        """Edit the experiment on the clipboard; what is wrong with it is said in one line."""
        text = QGuiApplication.clipboard().text()
        if text.strip():
            self.paste_text(text)
        else:
            self.notice_posted.emit("info", "There is nothing to paste: the clipboard holds no text.", "")

    def paste_text(self, text: str) -> None:
        """Edit the experiment that a text says; of a table say that there is one."""
        try:
            if len(text) > LARGEST_FILE:
                raise Refusal("", None, "the clipboard holds more than any experiment file")
            document = in_background(partial(parse, text))
            self._model.outside.check_pasted(document)
        except Outside as outside:
            self._asked = document, outside.paths
            named = ", ".join(map(path_in_words, outside.paths))
            sentence = (
                f"What is pasted reads data of this machine: {named}. Nothing has been read; may it be?"
            )
            self._info.ask(KEY, "ask", sentence, actions=ACTIONS)
        except Refusal as refusal:
            from engine.data.recognition import is_table

            if is_table(text):
                self.table_found.emit(text)
            else:
                self.notice_posted.emit("bad", f"Not pasted: {refusal}", "")
        else:
            self._take(document)

    def _take(self, document: Document) -> None:
        self._model.editor.load(document, words=f"Paste {document.base.title or 'an experiment'}")
        title = document.base.title or "an untitled experiment"
        self.notice_posted.emit("info", f"Pasted: {title}. Undo brings back the one before.", "")

    @Slot(str, str)
    def _on_chosen(self, key: str, action: str) -> None:
        if key != KEY or self._asked is None:
            return
        (document, paths), self._asked = self._asked, None
        if action == "read":
            self._model.outside.allow(paths)
            self._take(document)
