"""What every tab of the window is: a view made when it is first looked at, and how it follows the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from engine.figures.replicas import ReplicaScale
from engine.protocol.pictures import Picture
from gui.layouts import in_column
from gui.model.engine_query import EngineQuery
from gui.model.run import Run
from gui.model.selection import Selection
from gui.model.session_model import SessionModel
from gui.plots.replica_slider import ReplicaSlider

from .offered import TabOffer, comparing, offers_of

if TYPE_CHECKING:
    from .compared_steps import ComparedSteps


HELD = "held step"
"""What a tab's state calls the step held beside the one shown."""
View = TypeVar("View", bound=QWidget)


class PictureView(Protocol):
    """A view of what the engine answers about a step."""

    slider: ReplicaSlider
    """Chooses the replica."""

    def show_none(self, sentence: str) -> None:
        """Say why there is no picture."""


class Tab(QObject, Generic[View]):
    """One tab: its name, its view, what it watches, and what can be exported from it."""

    name: ClassVar[str]
    """What sessions call it."""
    title: ClassVar[str]
    """What people read on it."""
    note: ClassVar[str]
    """What its tooltip says: what is seen there."""
    compares: ClassVar[bool] = False
    """Whether another step can be held beside the one shown."""
    offers: ClassVar[tuple[TabOffer, ...]] = ()
    """What its controls offer, said before they are made; a test compares them."""

    def __init__(self, model: SessionModel, parent: QWidget, held: Selection | None = None) -> None:
        """Take the model, and where it shows a step that is held the selection that holds it."""
        super().__init__(parent)
        self.model = model
        self.selection = model.selection if held is None else held
        """The step and the replica shown."""
        self._compares = self.compares and held is None
        self.compared: ComparedSteps | None = None
        """What holds another step beside the one shown."""
        self.page = QWidget(parent)
        self.is_shown = False
        """Whether it is the tab in front."""
        self._view: View | None = None
        self.queries: list[EngineQuery] = []
        """What asks the engine for what it shows."""
        self.looked_at: tuple[Run | None, ReplicaScale, int | None] | None = None
        """The run looked at, what tells its replicas apart, and which of them is chosen."""
        self._slider: ReplicaSlider | None = None
        self._stored: Mapping[str, Any] | None = None

    def make(self) -> View:
        """Make the view and connect it to the model; called once, before it is first needed."""
        raise NotImplementedError

    @property
    def view(self) -> View:
        """The widget of the tab, made when somebody first asks for it."""
        if self._view is None:
            self._view = self.make()
            body: QWidget = self._view
            if self._compares:
                from .compared_steps import ComparedSteps

                body = self.compared = ComparedSteps(self, self._view)
            in_column((body,), self.page)
            if self._stored is not None:
                self.restore_view(self._stored)
            if self.looked_at is not None:
                self.show_run(*self.looked_at)
            self._restore_held()
        return self._view

    def offered(self) -> Sequence[TabOffer]:
        """Return what its buttons, boxes and menus offer."""
        return offers_of(self.page) if self.is_made else self.foretold()

    @classmethod
    def foretold(cls) -> Sequence[TabOffer]:
        """Return what they offer where they are not made yet."""
        return (*cls.offers, *(comparing(cls.name) if cls.compares else ()))

    @property
    def is_made(self) -> bool:
        """Say whether the view is there."""
        return self._view is not None

    def join_slider(self, slider: ReplicaSlider) -> None:
        """Let a slider choose the replica, and show which one is chosen."""
        self._slider = slider
        slider.replica_chosen.connect(self.selection.choose_replica)
        self.selection.replica_chosen.connect(slider.show_replica)

    def join(self, view: PictureView, query: EngineQuery) -> None:
        """Let a query ask about the step and the replica selected, while this tab is in front."""
        self.join_slider(view.slider)
        query.nothing.connect(view.show_none)
        query.follow(self.selection)
        self.queries.append(query)
        query.watch(self.is_shown)

    def watch(self, shown: bool) -> None:
        """Note that the tab came to the front, or left it."""
        self.is_shown = shown
        if shown:
            _ = self.view
        for query in self.queries:
            query.watch(shown)
        if self.compared is not None:
            self.compared.watch(shown)

    def settle(self) -> None:
        """Show at once what a tab that came to the front shows in the turns after."""

    def look_at(self, run: Run | None, scale: ReplicaScale, replica: int | None) -> None:
        """Show which run is looked at, what tells its replicas apart, and which of them is chosen."""
        self.looked_at = run, scale, replica
        if self.is_made:
            self.show_run(run, scale, replica)
        if self.compared is not None and self.compared.held is not None:
            self.compared.held.look_at(run, scale, replica)

    def state(self) -> dict[str, Any] | None:
        """Return how it is shown, as its session keeps it; None: as it comes up."""
        if not self.is_made:
            return None if self._stored is None else dict(self._stored)
        state, held = self.view_state(), None if self.compared is None else self.compared.step
        return state if held is None else {**(state or {}), HELD: held}

    def restore(self, state: Mapping[str, Any] | None) -> None:
        """Show it as a session kept it; what is not as it should be is left at its default."""
        self._stored = state
        if self.is_made:
            self.restore_view(state)
            self._restore_held()

    def restore_view_of(self, other: Tab[View]) -> None:
        """Show it as another tab of its kind is shown."""
        state = other.view_state()
        if state is not None:
            _ = self.view
            self.restore_view(state)

    def _restore_held(self) -> None:
        step = None if self._stored is None else self._stored.get(HELD)
        if self.compared is not None:
            self.compared.hold(step if isinstance(step, int) and step >= 0 else None)

    # --- what a tab may do besides ---

    def show_run(self, run: Run | None, scale: ReplicaScale, replica: int | None) -> None:
        """Show what the view says of the run looked at."""
        if self._slider is not None:
            self._slider.show_scale(scale)
            self._slider.show_replica(replica)

    def pictures(self) -> Mapping[str, Picture]:
        """Return what a figure can be made of, by the figure's id, as the tab shows it now."""
        return {}

    @property
    def refines(self) -> bool:
        """Say whether a coarse picture is shown, and the whole one is on its way."""
        return False

    def refine(self) -> None:
        """Ask for that without delay."""

    def pictures_of(self, run: str) -> Mapping[str, Picture]:
        """Return those of a run."""
        return {id: picture for id, picture in self.pictures().items() if picture.run == run}

    def view_state(self) -> dict[str, Any] | None:
        """Return how the view is shown."""
        return None

    def restore_view(self, state: Mapping[str, Any] | None) -> None:
        """Show the view as it was kept; None: as it comes up."""
