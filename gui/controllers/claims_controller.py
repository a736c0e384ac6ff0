"""Shows what became of the claims of what is looked at: a run, an experiment without one, or a map."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Slot

from engine.experiment.provenance import made_with
from gui.model.session_model import SessionModel
from gui.views.claims_view import SetAside
from gui.views.side_column import SideColumn


class ClaimsController(QObject):
    """Joins what judges claims and the view of their verdicts."""

    def __init__(self, model: SessionModel, side: SideColumn, parent: QObject) -> None:
        super().__init__(parent)
        self._model, self._side = model, side
        self._held = False
        """Whether another document is there, and not shown yet."""
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._show)
        model.verdicts.verdicts_changed.connect(self.show)
        model.maps.claims.changed.connect(self.show_later)

    def hold(self, wanted: bool) -> None:
        """Show nothing for now: another document is there, which is shown first; or show them again."""
        self._held = wanted

    @Slot()
    def show_later(self) -> None:
        """Show them in a turn after all that comes with a document, or with another tab."""
        self._later.start()

    @Slot()
    def show(self) -> None:
        """Show them now, unless something is shown first."""
        if not self._held and not self._later.isActive():
            self._show()

    @Slot()
    def _show(self) -> None:
        self.say_whose()
        if self._model.maps.claims.whose:
            self._side.claims.show_verdicts(self._model.maps.claims.judged)
            return
        run, editor = self._model.run_list.looked_at, self._model.editor
        judged: list[Any] = list(self._model.verdicts.judged)
        if run is None:
            judged = self._model.verdicts.before_any_run(editor.document)
        set_aside, loaded = None, editor.edited.loaded
        document = editor.document if run is None else run.document
        missing = len(loaded.claims) - len(document.claims)
        if missing > 0 and (run is None or run.lineage == editor.edited.lineage):
            settings = editor.with_titles(made_with(document, loaded))
            set_aside = SetAside(loaded.base.title, settings, missing, len(loaded.claims))
        self._side.claims.show_verdicts(judged, set_aside)

    def say_whose(self) -> None:
        """Say whose claims they are."""
        run, draft = self._model.run_list.looked_at, self._model.run_list.draft
        whose = "this experiment" if run is None else run.name if draft is None else f"the {run.name}"
        self._side.name_claims(self._model.maps.claims.whose or whose)
