"""Panels of figures from a session's file: records of its runs, and pictures that are computed from its snapshots."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from ..experiment.experiment import Experiment
from ..figures.compose import at_panel
from ..figures.drawable import Drawable, of_panel, of_picture
from ..figures.figure_file import FigureSpec, PanelFields, PanelSpec
from ..figures.origin import Origin, origin_of
from ..figures.pictures import PICTURES, Asked
from ..figures.plots import PALETTE
from ..figures.replicas import ReplicaScale, replica_scale
from ..figures.request import FigureTrace
from ..protocol.pictures import NoPicture, Picture, Subject
from ..protocol.records import TWIN, Snapshot
from ..protocol.run_history import RunHistory
from ..protocol.stored_steps import StoredSteps
from ..protocol.surface import SurfaceReady
from ..session import RunEntry, Session
from ..words.errors import Refusal
from .map_figures import SEEN, MapOptions, map_drawable
from .run_colours import colours_by
from .words import warn

ALONE = {name: f"--{name}" for name in ("run", "step", "replica", "comparator", "layer", "kernel")} | {
    "runs": "--run",
    "shows": "--figure",
}
"""How the command line calls the fields of a panel that is exported alone."""

OF_PANEL = {"--map": "runs", "--column": "measurements", "--figure": "shows"}
"""How a panel calls what options say of a map."""


class StoredFigures:
    """Makes what panels show from a session; pictures are answered as the engine answers the window."""

    def __init__(self, session: Session, colour: str | None = None) -> None:
        """Take a session, and where runs are coloured by the values of a column that one."""
        self.session, self._colour = session, colour
        self._alone: set[tuple[str, str]] = set()
        """Runs and comparators of which it was said that surfaces have none."""
        self._histories: dict[str, RunHistory] = {}

    def drawables(self, figure: FigureSpec, step: int | None = None) -> list[Drawable]:
        """Return what every panel of a figure draws; `step` marks one in plots, and is that of pictures.

        Raises:
            Refusal: where a panel asks for what there is not.
        """
        found = []
        for place, panel in enumerate(figure.panels):
            try:
                found.append(self.drawable(panel, step))
            except Refusal as refusal:
                raise at_panel(refusal, place) from None
        return found

    def drawable(self, panel: PanelFields, step: int | None = None) -> Drawable:
        """Return what a panel draws.

        Raises:
            Refusal: where it asks for what there is not.
        """
        if panel.shows in SEEN:
            return self._map(panel)
        if panel.shows in PICTURES:
            entry = self.only(panel)
            answer = self.answer(entry, panel if step is None else panel.model_copy(update={"step": step}))
            return of_picture(panel.shows, answer, self.origin(entry, answer))
        traces = tuple(self._trace(entry, panel) for entry in self.entries(panel.runs))
        return of_panel(panel, traces, step)

    def _map(self, panel: PanelFields) -> Drawable:
        """Return what a panel shows of a map: of the only one or that which `runs` names, the first measurement."""
        column, named = next(iter(panel.measurements), None), next(iter(panel.runs), None)
        try:
            return map_drawable(self.session, panel.shows, MapOptions(map=named, column=column))
        except Refusal as refusal:
            field = OF_PANEL.get(refusal.field, refusal.field)
            raise Refusal(field, refusal.value, refusal.remedy) from None

    def steps(self, panels: Sequence[PanelFields]) -> list[int]:
        """Return the steps over which panels can move: the stored ones of their pictures, else the recorded ones."""
        pictures = [panel for panel in panels if panel.shows in PICTURES and panel.shows not in SEEN]
        kept: set[int] = set()
        for panel in pictures:
            entry = self.only(panel)
            kept |= set(self.session.snapshot_steps(entry.id))
        if not pictures:
            for panel in panels:
                for entry in self.entries(panel.runs):
                    kept |= set(self.history(entry).records.steps.tolist())
        return sorted(kept)

    # --- runs ---------------------------------------------------------------------------------------------

    def entries(self, words: Sequence[str]) -> list[RunEntry]:
        """Return the runs that some words name, or all that are not hidden.

        Raises:
            Refusal: where there are none, or a word names none or several.
        """
        runs = self.session.runs
        chosen = [run_named(runs, word) for word in words] or [entry for entry in runs if not entry.hidden]
        if not chosen:
            raise Refusal(
                "runs", None, "are none that could be shown; run an experiment first, or name a run"
            )
        return chosen

    def only(self, panel: PanelFields) -> RunEntry:
        """Return the only run of a picture.

        Raises:
            Refusal: where there are several.
        """
        chosen = self.entries(panel.runs)
        if len(chosen) > 1:
            ids = ", ".join(f"{entry.id[:8]} ({name_of(entry)})" for entry in chosen)
            raise Refusal("runs", None, f"must name one run for this figure; there are {ids}")
        return chosen[0]

    def history(self, entry: RunEntry) -> RunHistory:
        """Return what a run has told, read once."""
        if entry.id not in self._histories:
            self._histories[entry.id] = self.session.load_run(entry.id).history
        return self._histories[entry.id]

    def origin(self, entry: RunEntry, answer: Picture | None = None) -> Origin:
        """Return where records of a run, or a picture of it, come from."""
        experiment, name = experiment_of(entry), name_of(entry)
        if answer is None:
            return origin_of(experiment, self.history(entry), name, entry.id)
        history = entry.history({})
        return origin_of(experiment, history, name, entry.id, step=answer.step, replica=answer.replica)

    @cached_property
    def _colouring(self) -> tuple[Mapping[str, str], ReplicaScale | None]:
        """Colours of runs by a column, and what they mean."""
        if self._colour is None:
            return {}, None
        runs = self.session.runs
        return colours_by(self._colour, {e.id: (experiment_of(e), self.history(e).records) for e in runs})

    def _trace(self, entry: RunEntry, panel: PanelFields) -> FigureTrace:
        history = self.history(entry)
        colours, colouring = self._colouring
        scale = scale_of(entry)
        replica, label = panel.replica, ""
        if replica is not None:
            if replica >= history.records.replicas:
                raise Refusal("replica", replica, f"must be from 0 to {history.records.replicas - 1}")
            label = scale.labels[replica] if scale is not None else f"replica {replica}"
        colour = colours.get(entry.id) or PALETTE[entry.colour % len(PALETTE)]
        name, origin = name_of(entry), self.origin(entry)
        return FigureTrace(name, colour, history, None, replica, label, scale, entry.id, origin, colouring)

    # --- pictures -----------------------------------------------------------------------------------------

    def answer(self, entry: RunEntry, panel: PanelFields) -> Picture:
        """Compute a picture from a snapshot, as the engine answers the window.

        Raises:
            Refusal: where there is no snapshot, no such replica, or no such picture of this run.
        """
        from ..inspection.answers import Answers
        from ..inspection.predictors import PREDICTORS

        replica = panel.replica or 0
        if not 0 <= replica < entry.replicas:
            raise Refusal("replica", replica, f"must be from 0 to {entry.replicas - 1}")
        history = entry.history({})
        steps = self.session.snapshot_steps(entry.id)
        wanted = panel.step
        last = (steps or [0])[-1]
        step = last if wanted is None else min(steps, key=lambda kept: abs(kept - wanted), default=0)
        snapshot = self.session.snapshot(entry.id, step)
        kept = replace(history, snapshot_steps=steps).steps_of(replica)
        if why := history.why_no_picture(replica, step):
            raise Refusal(
                "step", step, f"has no picture: {why}; choose a step before that, or another replica"
            )
        if snapshot is None:
            raise Refusal("runs", entry.id[:8], "keeps no parameters, so there is no picture of it")
        latest = self.session.snapshot(entry.id, kept[-1]) if kept else None
        ask = PICTURES[panel.shows].ask
        if ask is None:
            raise Refusal("shows", panel.shows, "is drawn by the window alone; export it there")
        asked = Asked(
            self._subject(entry, snapshot, replica),
            latest,
            panel.comparator,
            panel.layer,
            panel.kernel,
            lambda: self._stored(entry, kept, replica),
        )
        answer = Answers().answer(ask(asked), None)
        if isinstance(answer, NoPicture):
            raise Refusal("shows", panel.shows, f"cannot be drawn: {answer.sentence}")
        if isinstance(answer, SurfaceReady) and answer.other is None:
            is_said = "comparator" in panel.model_fields_set and not isinstance(panel, PanelSpec)
            if is_said or panel.comparator not in PREDICTORS:
                raise Refusal("comparator", panel.comparator, f"has no surface: {answer.why_no_other}")
            if (entry.id, panel.comparator) not in self._alone:  # once, whatever the number of its pictures
                warn(f"The network's surface is drawn alone: {answer.why_no_other}")
            self._alone.add((entry.id, panel.comparator))
        return answer

    def _subject(self, entry: RunEntry, snapshot: Snapshot, replica: int) -> Subject:
        folder = None if self.session.path is None else str(self.session.path.absolute().parent)
        ref = replace(entry.ref, known=replace(entry.ref.known, beside=folder))
        arrays = snapshot.arrays
        return Subject(0, entry.id, ref, snapshot.step, arrays["theta"], replica, arrays.get(TWIN))

    def _stored(self, entry: RunEntry, steps: Sequence[int], replica: int) -> StoredSteps:
        """Return a replica's parameters at all steps that are stored."""
        rows = {}
        for step in steps:
            kept = self.session.snapshot(entry.id, step)
            if kept is not None:
                rows[kept.step] = kept.arrays["theta"][replica].copy()  # the other replicas go
        theta = np.stack(list(rows.values())) if rows else np.empty((0, 0))
        return StoredSteps(np.array(list(rows), np.int64), theta)


def run_named(runs: Sequence[RunEntry], word: str) -> RunEntry:
    """Return the run that a word names: by its id or the beginning of it, its title, or its experiment.

    Raises:
        Refusal: where it names none or several.
    """
    exact = [entry for entry in runs if word in (entry.id, entry.title, entry.experiment)]
    named = exact or [entry for entry in runs if word and entry.id.startswith(word)]
    if len(named) == 1:
        return named[0]
    ids = ", ".join(f"{entry.id[:8]} ({name_of(entry)})" for entry in named or runs)
    raise Refusal("runs", word, f"names {'several' if named else 'no'} run; there are {ids or 'none'}")


def name_of(entry: RunEntry) -> str:
    """Return how people call a run."""
    return entry.title or entry.experiment or entry.id[:8]


def experiment_of(entry: RunEntry) -> Experiment | None:
    """Return what a run trains; None where that cannot be read any more."""
    with contextlib.suppress(Refusal):
        return entry.ref.experiment()
    return None


def scale_of(entry: RunEntry) -> ReplicaScale | None:
    """Return what is varied between a run's replicas; None where its experiment cannot be read any more."""
    experiment = experiment_of(entry)
    return None if experiment is None else replica_scale(experiment)
