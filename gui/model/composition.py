"""A figure while it is composed: panels come, go and change; every change can be undone."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from engine.figures.figure_file import FigureSpec, PageSpec, PanelSpec, cells_of, figure_of
from engine.words.errors import Refusal

MOST_KEPT = 200
"""Changes that can be undone."""
PLACE = ("row", "column", "rows", "columns")


class Composition(QObject):
    """Holds a figure and which of its panels is edited."""

    changed = Signal()

    def __init__(self, figure: FigureSpec, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.figure = figure
        self.place = 0
        """The panel that is edited."""
        self._before: list[FigureSpec] = []
        self._after: list[FigureSpec] = []

    @property
    def panel(self) -> PanelSpec:
        """The panel that is edited."""
        return self.figure.panels[self.place]

    @property
    def can_undo(self) -> bool:
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        return bool(self._after)

    def choose(self, place: int) -> None:
        """Edit another panel."""
        if place != self.place and 0 <= place < len(self.figure.panels):
            self.place = place
            self.changed.emit()

    def put(self, path: str, value: Any) -> None:
        """Change a field: page.NAME, style.NAME, panel.NAME or note[K].NAME, of the panel that is edited.

        Raises:
            Refusal: where the figure does not take it; nothing has changed then.
        """
        part, _, name = path.partition(".")
        tables = self.figure.model_dump()
        panel = tables["panels"][self.place]
        owner = panel if part == "panel" else tables.get(part)
        if part.startswith("note["):
            owner = panel["annotations"][int(part[5:-1])]
        if owner is None:
            raise KeyError(path)
        owner[name] = value
        if path == "page.rows" or path == "page.columns":
            _resize(tables["page"])
        self._take(figure_of(tables))

    def add(self, shows: str, **fields: Any) -> None:
        """Add a panel at the first free place of the grid, which grows by a row where there is none."""
        taken = {cell for panel in self.figure.panels for cell in cells_of(panel)}
        page = self.figure.page
        free = (
            (row, column)
            for row in range(1, page.rows + 2)
            for column in range(1, page.columns + 1)
            if (row, column) not in taken
        )
        row, column = next(free)
        tables = self.figure.model_dump()
        if row > page.rows:
            tables["page"]["rows"] = row
            _resize(tables["page"])
        tables["panels"] = [*tables["panels"], {"shows": shows, "row": row, "column": column, **fields}]
        self._take(figure_of(tables), len(self.figure.panels))

    def remove(self) -> None:
        """Take out the panel that is edited, unless it is the only one."""
        if len(self.figure.panels) > 1:
            panels = [panel for k, panel in enumerate(self.figure.panels) if k != self.place]
            self._take(self.figure.model_copy(update={"panels": tuple(panels)}), max(self.place - 1, 0))

    def move(self, by: int) -> None:
        """Exchange the panel that is edited with the one before or after it, in order and in place."""
        other = self.place + by
        if not 0 <= other < len(self.figure.panels):
            return
        panels = list(self.figure.panels)
        mine, its = panels[self.place], panels[other]
        panels[other] = mine.model_copy(update={name: getattr(its, name) for name in PLACE})
        panels[self.place] = its.model_copy(update={name: getattr(mine, name) for name in PLACE})
        self._take(self.figure.model_copy(update={"panels": tuple(panels)}), other)

    def annotate(self, kind: str, x: float, y: float) -> None:
        """Add an annotation to the panel that is edited."""
        words = {"text": "text", "arrow": "here", "slope": ""}[kind]
        note: dict[str, Any] = {"kind": kind, "x": x, "y": y, "text": words}
        if kind == "arrow":
            note |= {"to_x": x * 2 if x else 1.0, "to_y": y}
        self._put_notes([*(one.model_dump() for one in self.panel.annotations), note])

    def remove_note(self, place: int) -> None:
        """Take out an annotation of the panel that is edited."""
        notes = [one.model_dump() for k, one in enumerate(self.panel.annotations) if k != place]
        self._put_notes(notes)

    def take(self, figure: FigureSpec) -> None:
        """Compose another figure; this can be undone too."""
        self._take(figure, 0)

    def begin(self, figure: FigureSpec) -> None:
        """Compose another figure that was kept for itself: what was done to this one is not undone there."""
        self._before.clear()
        self._after.clear()
        self.figure, self.place = figure, 0
        self.changed.emit()

    @Slot()
    def undo(self) -> None:
        """Take the last change back."""
        self._step(self._before, self._after)

    @Slot()
    def redo(self) -> None:
        """Make the change again that was taken back."""
        self._step(self._after, self._before)

    def _put_notes(self, notes: list[dict[str, Any]]) -> None:
        tables = self.figure.model_dump()
        tables["panels"][self.place]["annotations"] = notes
        self._take(figure_of(tables))

    def _step(self, source: list[FigureSpec], target: list[FigureSpec]) -> None:
        if source:
            target.append(self.figure)
            self.figure = source.pop()
            self.place = min(self.place, len(self.figure.panels) - 1)
            self.changed.emit()

    def _take(self, figure: FigureSpec, place: int | None = None) -> None:
        if figure != self.figure:
            self._before = [*self._before[-MOST_KEPT:], self.figure]
            self._after.clear()
        self.figure = figure
        self.place = min(self.place if place is None else place, len(figure.panels) - 1)
        self.changed.emit()


def first_figure(shows: str, **fields: Any) -> FigureSpec:
    """Return a figure of one panel, as wide as a paper's column."""
    panel = PanelSpec.model_validate({"shows": shows, **fields})
    return FigureSpec(page=PageSpec(width_mm=85.0, row_height_mm=60.0), panels=(panel,))


def refused_at(refusal: Refusal, place: int) -> Refusal:
    """Return a refusal with its field as the forms of a panel call it."""
    field = refusal.field
    start = f"panels[{place}]."
    if field.startswith(start):
        rest = field.removeprefix(start)
        field = (
            rest.replace("annotations[", "note[", 1) if rest.startswith("annotations[") else f"panel.{rest}"
        )
    return Refusal(field, refusal.value, refusal.remedy)


def _resize(page: dict[str, Any]) -> None:
    """Forget sizes of rows and columns that are not as many as there are."""
    for name, count in (("row_heights_mm", page["rows"]), ("column_widths_mm", page["columns"])):
        if page[name] and len(page[name]) != count:
            page[name] = ()
