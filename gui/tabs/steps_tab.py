"""What tabs share that show a picture of one step and what it says of all stored ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from engine.figures.replicas import ReplicaScale
from gui.model.run import Run

from .tab import PictureView, Tab, View

if TYPE_CHECKING:
    from gui.model.step_rows import StepRows


class StepsView(PictureView, Protocol):
    """A view of one step and of all stored ones."""

    def show_rows(self, rows: Sequence[Any], missing: int) -> None:
        """Show stored steps, of which so many are still to come."""

    def show_seen(self, seen: Any) -> None:
        """Show a stored step that has been looked at."""

    def state(self) -> dict[str, Any]:
        """Return what is chosen."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Choose what was chosen."""


class StepsTab(Tab[View]):
    """Shows rows as they come, and a stored step that is known already at once."""

    def join_steps(self, view: StepsView, steps: StepRows, layers: QWidget | None = None) -> None:
        """Let a view show the rows, and the steps that are marked; layers: what chooses one, where there is a run."""
        self._of_steps, self._steps, self._layers = view, steps, layers
        steps.changed.connect(self._on_rows_changed)
        steps.query.answered.connect(self._on_answered)
        self.selection.step_marked.connect(self._on_step_marked)
        self.join(view, steps.query)

    def show_run(self, run: Run | None, scale: ReplicaScale, replica: int | None) -> None:
        super().show_run(run, scale, replica)
        if self._layers is not None:
            self._layers.setVisible(run is not None)

    def view_state(self) -> dict[str, Any]:
        _ = self.view
        return self._of_steps.state()

    def restore_view(self, state: Mapping[str, Any] | None) -> None:
        self._of_steps.restore(state or {})

    @Slot()
    def _on_rows_changed(self) -> None:
        if self.is_made:
            self._of_steps.show_rows(self._steps.rows, self._steps.missing)

    @Slot(object)
    def _on_step_marked(self, step: int | None) -> None:
        """Show a stored step at once where it is known; the engine's answer follows."""
        seen = self._steps.at(step)
        if self.is_shown and seen is not None:
            self._of_steps.show_seen(seen)

    @Slot(object)
    def _on_answered(self, picture: Any) -> None:
        """Stay at the step marked where an answer comes late, about another one that was asked before."""
        step = self.selection.step
        seen = self._steps.at(step)
        if seen is not None and seen.step != picture.step:
            self._on_step_marked(step)
