"""Offers sessions back that were never saved: one line of the window after the start, and a list of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from engine.errors import Refusal
from engine.formats import counted
from engine.session import Abandoned, Damaged
from gui.layouts import in_column
from gui.model.outside_data import Outside
from gui.model.session_model import SessionModel
from gui.plain_text import PlainLabel
from gui.views.dialog import Dialog
from gui.views.info_bar import InfoBar

from .stop_question import StopQuestion

KEY = "abandoned"
RESCUE = "rescue"
MOST_NAMED = 3


class Recovery(QObject):
    """Asks once after the start, shows the list when asked to, and does what is chosen."""

    def __init__(self, model: SessionModel, info: InfoBar, question: StopQuestion, window: QWidget) -> None:
        super().__init__(window)
        self._model, self._info, self._question, self._window = model, info, question, window
        self._offered = ""
        """The path of the session that the line speaks of."""
        self._damaged = ""
        """The path of the session that the line about damage speaks of."""
        info.chosen.connect(self._on_chosen)
        model.damage_found.connect(self.offer_rescue)

    @Slot()
    def offer(self) -> None:
        """Clear away what is nobody's, and show one line, however many sessions there are."""
        self._model.clear_away()
        abandoned = self._model.abandoned()
        if len(abandoned) == 1:
            self._offered = str(abandoned[0].path)
            actions = [("restore", "Restore"), ("discard", "Discard")]
            self._info.ask(KEY, "ask", described(abandoned[0]), actions=actions)
        elif abandoned:
            self._info.ask(
                KEY, "ask", f"{len(abandoned)} sessions were never saved.", actions=[("show", "Show")]
            )

    @Slot()
    def show_list(self) -> None:
        """Show every session that was never saved."""
        self._info.clear(KEY)
        dialog = UnsavedDialog(self._model.abandoned(), self._window)
        dialog.restored.connect(self.restore)
        dialog.discarded.connect(self.discard)
        dialog.open()

    @Slot(str, str)
    def offer_rescue(self, path: str, sentence: str) -> None:
        """Say what cannot be read of a session, and offer to read the rest."""
        self._damaged = path
        self._info.ask(RESCUE, "ask", sentence, actions=[("rescue", "Rescue what can be read")])

    @Slot(str)
    def rescue(self, path: str) -> None:
        """Take over what can be read of a damaged session."""
        if not self._question.ask(
            "if that session is opened", "Stop it and open", partial(self._rescue_now, path)
        ):
            self._rescue_now(path)

    def _rescue_now(self, path: str) -> None:
        try:
            self._model.rescue(Path(path))
        except Outside:
            pass  # the model has said so, with what can be done
        except Refusal as refusal:
            self._info.tell("bad", str(refusal))

    @Slot(str)
    def restore(self, path: str) -> None:
        """Take a session over, or what can be read of it."""
        if not self._question.ask(
            "if that session is opened", "Stop it and open", partial(self._restore_now, path)
        ):
            self._restore_now(path)

    def _restore_now(self, path: str) -> None:
        try:
            self._model.recover(Path(path))
        except Damaged:
            self._rescue_now(path)
        except Refusal as refusal:
            self._info.tell("bad", str(refusal))

    @Slot(str)
    def discard(self, path: str) -> None:
        """Delete a session."""
        try:
            self._model.discard_abandoned(Path(path))
        except Refusal as refusal:
            self._info.tell("bad", str(refusal))

    @Slot(str, str)
    def _on_chosen(self, key: str, action: str) -> None:
        if key == RESCUE and action == "rescue":
            self.rescue(self._damaged)
        if key != KEY:
            return
        if action == "show":
            self.show_list()
            return
        if action in ("restore", "discard"):
            (self.restore if action == "restore" else self.discard)(self._offered)


class UnsavedDialog(Dialog):
    """The sessions that were never saved, the latest first, to be taken over or deleted one by one."""

    restored = Signal(str)
    """The path of the session that is wanted back."""
    discarded = Signal(str)

    def __init__(self, sessions: list[Abandoned], parent: QWidget | None = None) -> None:
        super().__init__("unsaved_dialog", "Unsaved sessions", QSize(560, 340), parent)
        self.list = QListWidget(self)
        self.list.setObjectName("unsaved_list")
        self.list.setAlternatingRowColors(True)
        for session in sessions:
            item = QListWidgetItem(f"{session.changed:%d %B %Y, %H:%M}\n{contents(session)}", self.list)
            item.setData(Qt.ItemDataRole.UserRole, str(session.path))
        self.list.setCurrentRow(0)
        self._empty = PlainLabel("Every session was saved.", self)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.restore_button = buttons.addButton("Restore", QDialogButtonBox.ButtonRole.ActionRole)
        self.discard_button = buttons.addButton("Discard", QDialogButtonBox.ButtonRole.DestructiveRole)
        self.restore_button.setToolTip("Leave the session at hand and go on with this one.")
        self.discard_button.setToolTip("Delete this session for good.")
        for button in buttons.buttons():  # Enter takes a session over and never deletes one
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)
        self.restore_button.setDefault(True)
        body = QWidget(self)
        in_column((self._empty, self.list), body).setStretch(1, 1)
        self.fill(body, buttons)
        self.restore_button.clicked.connect(self._on_restore)
        self.discard_button.clicked.connect(self._on_discard)
        self.list.itemActivated.connect(self._on_restore)
        self._show_whether_empty()

    def _show_whether_empty(self) -> None:
        there = self.list.count() > 0
        self._empty.setVisible(not there)
        for widget in (self.restore_button, self.discard_button):
            widget.setEnabled(there)

    def _current(self) -> str:
        item: QListWidgetItem | None = self.list.currentItem()
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    @Slot()
    def _on_restore(self) -> None:
        path = self._current()
        if path:
            self.accept()
            self.restored.emit(path)

    @Slot()
    def _on_discard(self) -> None:
        path = self._current()
        if path:
            self.list.takeItem(self.list.currentRow())
            self._show_whether_empty()
            self.discarded.emit(path)


def contents(abandoned: Abandoned) -> str:
    """Say what a session holds."""
    count = len(abandoned.runs)
    if abandoned.damaged:
        return "damaged: what can be read of it is rescued"
    if not count:
        return "an experiment that was never run" if abandoned.edited else "notes, without runs"
    names = ", ".join(abandoned.runs[:MOST_NAMED]) + (", …" if count > MOST_NAMED else "")
    return f"{counted(count, 'run')} ({names})"


def described(abandoned: Abandoned) -> str:
    """Say which session it is."""
    when = f"A session of {abandoned.changed:%d %B, %H:%M}"
    if abandoned.damaged:
        return f"{when} was never saved and is damaged; what can be read of it can be rescued."
    return f"{when}, with {contents(abandoned)}, was never saved."
