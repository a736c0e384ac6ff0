"""Offers sessions back that were never saved: one line of the window after the start, and a list of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from engine.session import SUFFIX, Abandoned, Damaged, delete_for_good, discard, take_back
from engine.words.errors import Refusal
from engine.words.formats import counted
from gui.layouts import in_column
from gui.model.outside_data import Outside
from gui.model.session_model import SessionModel
from gui.plain_text import PlainLabel
from gui.views.dialog import Dialog
from gui.views.info_bar import InfoBar

from .file_controller import FileController
from .stop_question import StopQuestion

KEY = "abandoned"
RESCUE = "rescue"
DISCARDED = "discarded"
KEPT = "The session is discarded. It stays under File > Unsaved sessions… until it is deleted there."
MOST_NAMED = 3
DISCARDED_ROLE = Qt.ItemDataRole.UserRole + 1


class Recovery(QObject):
    """Asks once after the start, shows the list when asked to, and does what is chosen."""

    def __init__(self, model: SessionModel, info: InfoBar, question: StopQuestion, window: QWidget) -> None:
        super().__init__(window)
        self._model, self._info, self._question, self._window = model, info, question, window
        self._offered = ""
        """The path of the session that the line speaks of."""
        self._damaged = ""
        """The path of the session that the line about damage speaks of."""
        self._discarded = ""
        """The path of the session that was discarded last."""
        info.chosen.connect(self._on_chosen)
        model.damage_found.connect(self.offer_rescue)
        model.views_restored.connect(self._on_other_session)

    @Slot()
    def offer(self) -> None:
        """Clear away what is nobody's, and show one line, however many sessions there are."""
        self._model.clear_away(name for name in FileController.recent() if name.endswith(SUFFIX))
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
        dialog = UnsavedDialog(lambda: [*self._model.abandoned(), *self._model.discarded()], self._window)
        dialog.restored.connect(self.restore)
        dialog.discarded.connect(self.discard)
        dialog.taken_back.connect(self.take_back)
        dialog.deleted.connect(self.delete)
        dialog.open()

    @Slot(str, str)
    def offer_rescue(self, path: str, sentence: str) -> None:
        """Say what cannot be read of a session, and offer to read the rest."""
        self._damaged = path
        self._info.ask(RESCUE, "ask", sentence, actions=[("rescue", "Rescue what can be read")])

    @Slot()
    def _on_other_session(self) -> None:
        """Offer no more to rescue the session that was left; what is found damaged now comes after."""
        self._info.clear(RESCUE)

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
        """Offer a session no more, with a way back."""
        if self._do(discard, path):
            self._discarded = path
            self._info.ask(DISCARDED, "info", KEPT, actions=[("take_back", "Take back")], of_lab=True)

    @Slot(str)
    def take_back(self, path: str) -> None:
        """Offer a discarded session again."""
        if self._do(take_back, path) and path == self._discarded:
            self._info.clear(DISCARDED)

    @Slot(str)
    def delete(self, path: str) -> None:
        """Delete a session that was discarded before."""
        if self._do(delete_for_good, path) and path == self._discarded:
            self._info.clear(DISCARDED)

    def _do(self, what: Callable[[Path], None], path: str) -> bool:
        try:
            what(Path(path))
        except Refusal as refusal:
            self._info.tell("bad", str(refusal))
            return False
        return True

    @Slot(str, str)
    def _on_chosen(self, key: str, action: str) -> None:
        if key == RESCUE and action == "rescue":
            self.rescue(self._damaged)
        if key == DISCARDED and action == "take_back":
            self.take_back(self._discarded)
        if key != KEY:
            return
        if action == "show":
            self.show_list()
            return
        if action in ("restore", "discard"):
            (self.restore if action == "restore" else self.discard)(self._offered)


class UnsavedDialog(Dialog):
    """The sessions that were never saved, the latest first, then those that were discarded.

    What is deleted for good was discarded before, by another button: no click, nor a second one by mistake, loses any.
    """

    restored = Signal(str)
    """The path of the session that is wanted back."""
    discarded = Signal(str)
    taken_back = Signal(str)
    deleted = Signal(str)

    def __init__(self, sessions: Callable[[], list[Abandoned]], parent: QWidget | None = None) -> None:
        super().__init__("unsaved_dialog", "Unsaved sessions", QSize(560, 340), parent)
        self._sessions = sessions
        self.list = QListWidget(self)
        self.list.setObjectName("unsaved_list")
        self.list.setAccessibleName("Unsaved sessions")
        self.list.setAlternatingRowColors(True)
        self._empty = PlainLabel("Every session was saved.", self)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.restore_button = buttons.addButton("Restore", QDialogButtonBox.ButtonRole.ActionRole)
        self.discard_button = buttons.addButton("Discard", QDialogButtonBox.ButtonRole.ActionRole)
        self.delete_button = buttons.addButton("Delete for good", QDialogButtonBox.ButtonRole.DestructiveRole)
        self.restore_button.setToolTip("Leave the session at hand and go on with this one.")
        self.delete_button.setToolTip("Delete this session, which was discarded before.")
        for button in buttons.buttons():  # Enter takes a session over and never deletes one
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)
        self.restore_button.setDefault(True)
        body = QWidget(self)
        in_column((self._empty, self.list), body).setStretch(1, 1)
        self.fill(body, buttons)
        self.restore_button.clicked.connect(self._on_restore)
        self.discard_button.clicked.connect(self._on_discard)
        self.delete_button.clicked.connect(self._on_delete)
        self.list.itemActivated.connect(self._on_restore)
        self.list.currentRowChanged.connect(self._show_what_can_be_done)
        self._show_sessions(0)

    def _show_sessions(self, row: int) -> None:
        """List what there is now, one of them chosen."""
        self.list.clear()
        for session in self._sessions():
            words = f"{contents(session)}{' (discarded)' if session.discarded else ''}"
            item = QListWidgetItem(f"{session.changed:%d %B %Y, %H:%M}\n{words}", self.list)
            item.setData(Qt.ItemDataRole.UserRole, str(session.path))
            item.setData(DISCARDED_ROLE, session.discarded)
        self._empty.setVisible(not self.list.count())
        self.list.setCurrentRow(min(row, self.list.count() - 1))
        self._show_what_can_be_done()

    @Slot()
    def _show_what_can_be_done(self) -> None:
        path, discarded = self._current(), self._is_discarded()
        self.restore_button.setEnabled(bool(path))
        self.discard_button.setEnabled(bool(path))
        self.delete_button.setEnabled(discarded)
        self.discard_button.setText("Take back" if discarded else "Discard")
        self.discard_button.setToolTip(
            "Offer this session again." if discarded else "Offer this session no more; it can be taken back."
        )

    def _current(self) -> str:
        item: QListWidgetItem | None = self.list.currentItem()
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def _is_discarded(self) -> bool:
        item: QListWidgetItem | None = self.list.currentItem()
        return item is not None and bool(item.data(DISCARDED_ROLE))

    @Slot()
    def _on_restore(self) -> None:
        path = self._current()
        if path:
            self.accept()
            self.restored.emit(path)

    @Slot()
    def _on_discard(self) -> None:
        self._say(self.taken_back if self._is_discarded() else self.discarded, self.list.currentRow())

    @Slot()
    def _on_delete(self) -> None:
        if self._is_discarded():
            self._say(self.deleted, -1)  # none is chosen then: a second click deletes no other one

    def _say(self, signal: SignalInstance, row: int) -> None:
        path = self._current()
        if path:
            signal.emit(path)
            self._show_sessions(row)


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
