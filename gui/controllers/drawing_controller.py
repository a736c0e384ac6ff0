"""Joins the drawing board to the experiment: what is drawn is an edit, and every edit is drawn."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from gui.model.board_query import BoardQuery, sample_of_the_experiment
from gui.model.drawn_points import DrawnPoints, changes_of, labels_by_hand
from gui.model.session_model import SessionModel
from gui.panels.experiment_panel import ExperimentPanel

if TYPE_CHECKING:
    from gui.drawing.board_dialog import BoardDialog

JOINED = "data.x"
"""The field whose edits, one soon after the other, undo together: points nudged by keys."""


class DrawingController(QObject):
    """Opens the drawing board, and passes on what is drawn on it."""

    def __init__(
        self, model: SessionModel, panel: ExperimentPanel, actions: Iterable[QAction], window: QWidget
    ) -> None:
        """Bind it; the `actions` have their keys on the board, too."""
        super().__init__(window)
        self._model, self._whole, self._panel, self._window = model, panel, panel.data, window
        self._actions = list(actions)
        self._dialog: BoardDialog | None = None
        self._query: BoardQuery | None = None
        self._panel.drawing_wanted.connect(self.open)
        self._panel.data_changed.connect(self._on_data_changed)
        model.selection.sample_chosen.connect(self._on_sample_chosen)
        model.run_list.selection_changed.connect(self._show_sample)
        model.run_list.draft_changed.connect(self._show_sample)

    @Slot()
    def open(self) -> None:
        """Show the board, in front where it is open already."""
        if self._dialog is None:
            from gui.drawing.board_dialog import BoardDialog

            dialog = self._dialog = BoardDialog(self._actions, self._window)
            dialog.board.points_drawn.connect(self._on_points_drawn)
            dialog.board.class_given.connect(self._on_class_given)
            dialog.board.dragging.connect(self._model.editor.drag)
            dialog.board.dragging.connect(self._panel.thumbnails.hold)
            dialog.board.wishes_changed.connect(self._watch)
            dialog.finished.connect(self._on_finished)
            query = self._query = BoardQuery(self._model, dialog)
            query.surface_changed.connect(dialog.board.show_surface)
            query.margins_changed.connect(dialog.board.page.show_margins)
            self._show()
            dialog.board.show_chosen(sample_of_the_experiment(self._model))
            dialog.show()
        self._dialog.raise_()
        self._dialog.activateWindow()

    @Slot()
    def _on_finished(self) -> None:
        if self._query is not None:
            self._query.watch(surface=False, margins=False)
        self._dialog = self._query = None

    @Slot()
    def _watch(self) -> None:
        """Ask for what the board shows of a run."""
        if self._dialog is None or self._query is None:
            return
        board = self._dialog.board
        self._query.watch(surface=board.wants_network, margins=board.has_tiles)
        if not board.wants_network:
            board.show_surface(None)

    @Slot()
    def _on_data_changed(self) -> None:
        self._show()
        self._show_sample()

    @Slot()
    def _on_sample_chosen(self) -> None:
        self._show_sample()
        if self._dialog is not None:
            self._dialog.board.show_chosen(sample_of_the_experiment(self._model))

    @Slot()
    def _show_sample(self) -> None:
        """Let the sample that is chosen stand out in the panel, where it is of these data."""
        self._panel.preview.show_chosen(sample_of_the_experiment(self._model))

    def _show(self) -> None:
        """Show the data that the panel shows."""
        if self._dialog is None:
            return
        shown = self._panel.shown
        if shown is None:
            self._dialog.board.show_none()
        else:
            self._dialog.board.show_data(*shown)
        self._watch()

    @Slot(object, str, bool)
    def _on_points_drawn(self, points: DrawnPoints, words: str, joins: bool) -> None:
        shown = self._panel.shown
        if shown is not None:  # else data are being made, which will be drawn
            data = self._model.editor.experiment.data
            self._change(changes_of(points, data, shown[1]), words, JOINED if joins else "")

    @Slot(int, int)
    def _on_class_given(self, sample: int, number: int) -> None:
        data = self._model.editor.experiment.data
        self._change(labels_by_hand(data, {sample: number}), f"Relabel sample {sample + 1:,}")

    def _change(self, changes: dict[str, Any], words: str, path: str = "") -> None:
        """Edit the experiment, or show why it does not take what was drawn."""
        assert self._dialog is not None
        editor = self._model.editor
        if changes:
            self._whole.expect_edit()
        if changes and not editor.change(changes, words, path):
            said = "; ".join(editor.with_titles(str(refusal), full=True) for refusal in editor.refusals)
            self._dialog.board.refuse(f"{said[:1].upper()}{said[1:]}.")
