"""What joins the axes of a map, as people write them, to the document that is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from engine.words.errors import Refusal
from gui.model.editor import ExperimentEditor
from gui.model.maps.axis_lines import refused_axis, with_axis, without_axis

if TYPE_CHECKING:
    from gui.maps.map_page import MapPage


class MapAxes(QObject):
    """Takes what is written as edits, each one undone by itself."""

    def __init__(self, editor: ExperimentEditor, view: MapPage, parent: QObject) -> None:
        super().__init__(parent)
        self._editor, self._view = editor, view
        view.axes.axis_written.connect(self._on_axis_written)
        view.axes.axis_removed.connect(self._on_axis_removed)
        view.axes.axis_wanted.connect(self.sweep_field)
        view.axes.seeds_chosen.connect(self._on_seeds)
        view.axes.order_chosen.connect(self._on_order)
        view.axes.keep_chosen.connect(self._on_keep)

    @Slot(str)
    def sweep_field(self, path: str) -> None:
        """Make a field an axis of the map, with values around the one at hand."""
        editor = self._editor
        try:
            sweep = with_axis(editor.document, path)
        except Refusal as refusal:
            editor.refuse(refused_axis(path, refusal))
            return
        editor.sweep(sweep, f"Sweep {editor.with_titles(path)}")

    @Slot(str, str)
    def _on_axis_written(self, path: str, text: str) -> None:
        editor = self._editor
        try:
            sweep = with_axis(editor.document, path, text)
        except Refusal as refusal:
            editor.refuse(refused_axis(path, refusal))
            return
        if editor.sweep(sweep, f"Change the values of {editor.with_titles(path)}"):
            self._view.axes.take(path)
            self._view.axes.settle()

    @Slot(str)
    def _on_axis_removed(self, path: str) -> None:
        editor = self._editor
        editor.sweep(without_axis(editor.document, path), f"Take {editor.with_titles(path)} out of the map")

    @Slot(int)
    def _on_seeds(self, seeds: int) -> None:
        self._change(seeds=seeds)

    @Slot(str)
    def _on_order(self, order: str) -> None:
        self._change(order=order)

    @Slot(str)
    def _on_keep(self, keep: str) -> None:
        self._change(keep=keep)

    def _change(self, **changes: Any) -> None:
        sweep = self._editor.document.sweep
        if sweep is not None:
            self._editor.sweep(sweep.model_copy(update=changes), "Change the map")
            self._view.axes.settle()
