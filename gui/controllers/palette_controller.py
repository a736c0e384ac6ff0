"""Opens the palette over all that the lab has, and does what is chosen there."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from engine.catalog import presets, read_ahead
from gui.actions import Actions, bare
from gui.forms.field_list import fields_of
from gui.forms.field_spec import FieldSpec, field_specs, kinds_at
from gui.model.arrangements import named
from gui.model.finding import Finding
from gui.model.session_model import SessionModel
from gui.views.status_words import STATUS_WORDS

from .file_controller import FileController
from .layout_controller import LayoutController
from .palette_places import CONTROL, MENU, PalettePlaces
from .window_controller import Parts

BATCH = 1000
"""Runs gathered in one turn of the event loop."""
LATEST = 5
"""What was chosen last stands first, so many of it."""
SECTIONS = {"data": "Data", "network": "Network", "loss": "Loss and optimizer", "run": "Run"}
SECTIONS |= {"optimizer": "Loss and optimizer", "measure": "Measurements"}
SECTIONS |= {
    "network.init": "Network, initialisation",
    "optimizer.step": "Step rule",
    "run.stop": "Run, stop early",
}
OF_KIND = "#"
"""Between a choice and the kind of it that something belongs to, which is not the one chosen."""


class PaletteController(QObject):
    """Gathers actions and fields at once, presets and runs after them."""

    def __init__(
        self,
        model: SessionModel,
        parts: Parts,
        actions: Actions,
        files: FileController,
        laid_out: LayoutController,
        window: QMainWindow,
    ) -> None:
        super().__init__(window)
        self._model, self._parts, self._actions, self._files = model, parts, actions, files
        self._laid_out, self._window = laid_out, window
        self._places = PalettePlaces(parts, actions)
        self._latest: list[tuple[str, str]] = []
        self._chosen: Finding | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self._on_due)
        self._keys = PaletteKeys(self)
        actions["palette"].triggered.connect(self.open)

    @Slot()
    def open(self) -> None:
        """Show the palette."""
        actions = list(self._action_entries())
        said = {entry.title.casefold() for entry in actions}
        ready = [*actions, *self._places.entries(said), *self._field_entries()]
        latest = [entry for place in self._latest for entry in ready if (entry.kind, entry.id) == place]
        ready = [*latest, *(entry for entry in ready if entry not in latest)]
        from gui.views.palette import Palette

        palette = Palette(ready, self._later(), self._window)
        palette.chosen.connect(self.choose)
        palette.open()

    @property
    def is_about_to(self) -> bool:
        """Whether something was chosen that is still to be done."""
        return self._chosen is not None

    # --- what there is --------------------------------------------------------------------------------------

    def _action_entries(self) -> Iterator[Finding]:
        for name, action in self._actions.by_name.items():
            if name != "palette":
                keys = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
                text = bare(action.text()).rstrip("…")
                yield Finding(
                    "action", name, text, str(action.data() or ""), keys, self._actions.why_not(name)
                )
        for action in self._actions.theme_group.actions():
            yield Finding("action", f"theme:{action.data()}", f"Theme: {bare(action.text())}")
        for tab in self._parts.tabs.tabs.values():
            yield Finding("action", f"tab:{tab.name}", f"Show {tab.title}", "A tab in the middle")
        for id, choices in self._parts.plots.plots.choices.items():
            yield Finding("action", f"plot:{id}", f"Show the plot {choices.spec.title}", "Among the plots")
            yield Finding(
                "action", f"fill:{id}", f"Fill the tab with {choices.spec.title}", "That plot alone"
            )
        for name in named():
            yield Finding("action", f"arrangement:{name}", f"Arrangement: {name}", "One that you named")

    def _field_entries(self) -> Iterator[Finding]:
        specs = fields_of(self._model.editor.experiment)
        for spec in specs:
            words = f"{spec.path} {spec.symbol} {spec.help}"
            yield Finding("field", spec.path, title_of(spec), section_of(spec.path), words=words)
        titles = {spec.title for spec in specs}
        for spec in specs:
            yield from self._of_other_kinds(spec, titles)

    def _of_other_kinds(self, choice: FieldSpec, titles: set[str]) -> Iterator[Finding]:
        """Give the kinds of a choice, and what only kinds have that are not chosen: the way there is the choice."""
        owners: dict[str, list[str]] = {}
        for name, kind in kinds_at(choice.path).items():
            place = f"{choice.path}{OF_KIND}{name}"
            yield Finding(
                "field", place, kind.title, f"A kind of {choice.title}", words=f"{name} {kind.help}"
            )
            for spec in field_specs(kind, choice.path):
                if spec.title not in titles and spec.name != "kind":
                    owners.setdefault(title_of(spec), []).append(kind.title)
        for title, kinds in owners.items():
            of = f"{kinds[0]} and others" if len(kinds) > 2 else " and ".join(kinds)
            place, where = f"{choice.path}{OF_KIND}{title}", f"{title_of(choice)}: with {of}"
            yield Finding("field", place, title, where, further=True)

    def _later(self) -> Iterator[list[Finding]]:
        """Give what takes longer: presets, which are files, and runs, of which there may be thousands."""
        for _ in read_ahead():
            yield []
        yield [
            Finding("preset", preset.id, preset.title, preset.paper, "", preset.error, words=preset.id)
            for preset in presets()
        ]
        runs = self._model.run_list.runs
        for start in range(0, len(runs), BATCH):
            yield [
                Finding("run", run.id, run.name, f"{run.title} · {STATUS_WORDS[run.status][1]}")
                for run in reversed(runs[max(len(runs) - start - BATCH, 0) : len(runs) - start])
            ]

    # --- what is chosen -------------------------------------------------------------------------------------

    @Slot(object)
    def choose(self, entry: Finding) -> None:
        """Do what was chosen once the focus is back where it was: some actions settle what is typed there."""
        place = (entry.kind, entry.id)
        self._latest = [place, *(other for other in self._latest if other != place)][:LATEST]
        self._chosen = entry
        self._soon.start()

    @Slot()
    def _on_due(self) -> None:
        entry, self._chosen = self._chosen, None
        if entry is None:
            return
        match entry.kind:
            case "action":
                self._act(entry.id)
            case "field":
                self._actions["left_column"].setChecked(True)
                self._parts.experiment.panel.reveal(entry.id.partition(OF_KIND)[0])
            case "run":
                self._actions["right_column"].setChecked(True)
                self._model.run_list.set_visible(entry.id, True)
                self._model.run_list.select(entry.id)
            case "preset":
                self._files.open_preset(entry.id)

    def _act(self, id: str) -> None:
        what, _, name = id.partition(":")
        if what == "theme":
            next(action for action in self._actions.theme_group.actions() if action.data() == name).trigger()
        elif what == "tab":
            self._parts.tabs.bring(name)
            self._parts.tabs.tabBar().setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif what in ("plot", "fill"):
            plots = self._parts.plots
            self._parts.tabs.bring("plots")
            plots.set_shown([*plots.area.shown, name])
            plots.set_maximised(name if what == "fill" else None)
            plots.state_changed.emit()
        elif what == "arrangement":
            self._laid_out.arrange_as(name)
        elif what in (CONTROL, MENU):
            self._places.act(what, name)
        else:
            self._actions[id].trigger()


class PaletteKeys(QObject):
    """Lets Ctrl+K reach the palette from a line of text too, which would take it for itself on some systems."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus_changed)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None:
            before.removeEventFilter(self)
        if now is not None:
            now.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        event_is_ours = (
            event.key() == Qt.Key.Key_K and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        )
        if event_is_ours:
            event.ignore()
        return event_is_ours


def title_of(spec: FieldSpec) -> str:
    """Return what a field is called here, with a great letter as all that stands beside it."""
    return spec.title if spec.title.startswith("ln ") else spec.title[:1].upper() + spec.title[1:]


def section_of(path: str) -> str:
    """Return the part of the column where a field stands."""
    within = SECTIONS.get(path.rpartition(".")[0])
    return within or SECTIONS.get(path.partition(".")[0], "Experiment")
