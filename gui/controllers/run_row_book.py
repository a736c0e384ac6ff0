"""What the list says of every run, worked out again only for those that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.experiment.titles import with_titles
from engine.words.formats import number, percentage_in_place, with_minus
from gui.model.run import Run
from gui.theme import run_colour
from gui.views.run_rows import RunRow
from gui.views.status_words import MARGIN_REFERENCES

NOT_FITTED = "not fitted"
"""What is said in place of a margin where a sample is on the wrong side."""


class RunRowBook:
    """Keeps the rows of the list of runs."""

    def __init__(self) -> None:
        self._rows: list[RunRow] = []
        self._of: list[tuple[Run, Run | None, str]] = []
        """Of every row its run, the one that it is told apart from, and its heading."""
        self._places: dict[str, int] = {}
        self._groups: Mapping[str, Sequence[Run]] = {}
        self._sizes: list[int] = []
        self._colours: Mapping[str, str] = {}
        self._stale: set[str] = set()

    def forget(self, ids: Iterable[str]) -> None:
        """Work out anew what is said of these runs, and of those after them, which are told apart from them."""
        self._stale.update(ids)

    def rows(self, groups: Mapping[str, Sequence[Run]], colours: Mapping[str, str]) -> Sequence[RunRow]:
        """Return what the list says of every run, those of one experiment together, under its title.

        Args:
            groups: another mapping wherever runs are gone or stand elsewhere; it may grow, as `RunList` has it.
            colours: those that runs have by a value.
        """
        sizes = [len(runs) for runs in groups.values()]
        stale, self._stale = self._stale, set()
        if groups is not self._groups or sizes != self._sizes:
            self._sort(groups, stale)
            self._groups, self._sizes, self._colours = groups, sizes, {}
        else:
            places = {self._places[id] for id in stale if id in self._places}
            for place in places | {place + 1 for place in places if place + 1 < len(self._of)}:
                self._rows[place] = self._coloured(run_row(*self._of[place]), place, self._colours)
        if colours != self._colours:
            self._rows = [self._coloured(row, place, colours) for place, row in enumerate(self._rows)]
            self._colours = dict(colours)
        return self._rows

    def _sort(self, groups: Mapping[str, Sequence[Run]], stale: set[str]) -> None:
        """Put the rows in order; those of which nothing has changed stay."""
        known = {
            run.id: (before, row)
            for (run, before, _), row in zip(self._of, self._rows, strict=True)
            if run.id not in stale and (before is None or before.id not in stale)
        }
        self._of, self._rows = [], []
        for title, runs in groups.items():
            heading = (title or "Untitled experiment") if len(groups) > 1 else ""
            before: Run | None = None
            for run in runs:
                of, row = known.get(run.id, (None, None))
                if row is None or of is not before:
                    row = run_row(run, before, heading)
                elif row.heading != heading:
                    row = row._replace(heading=heading)
                self._of.append((run, before, heading))
                self._rows.append(row)
                before, heading = run, ""
        self._places = {run.id: place for place, (run, _, _) in enumerate(self._of)}
        self._rows = [self._coloured(row, place, {}) for place, row in enumerate(self._rows)]

    def _coloured(self, row: RunRow, place: int, colours: Mapping[str, str]) -> RunRow:
        """Return a row in the colour of its run."""
        colour = colours.get(row.id) or run_colour(self._of[place][0].colour)
        return row if row.colour == colour else row._replace(colour=colour)


def run_row(run: Run, before: Run | None, heading: str = "") -> RunRow:
    """Return what the list says of a run; of one that has not been read only what its entry says."""
    colour = run_colour(run.colour)
    row = RunRow(run.id, run.name, colour, run.visible, run.status, "", "", "", run.sentence, heading)
    if not run.is_at_hand:
        return row
    if run.sentence:
        row = row._replace(sentence=with_titles(run.experiment, run.sentence, full=False))
    differs = "" if before is None or not before.is_at_hand else run.differs_from(before)
    short, whole = final_words(run)
    edits = run.history.edits
    steps = ", ".join(dict.fromkeys(f"{edit.step:,}" for edit in edits))
    started = run.history.started
    return row._replace(
        code="" if started is None else started.steps_in_words,
        differs=with_minus(differs),
        final=with_minus(whole),
        final_short=with_minus(short),
        edits=with_minus(", ".join(edit.words for edit in edits)),
        edits_short=f"edited at {steps}" if edits else "",
    )


def final_words(run: Run) -> tuple[str, str]:
    """Return the last margin, the worst replica's, or its share of the reference's, in few words and in whole.

    Where samples are not fitted it is void: it is said of how many replicas.
    """
    margins = run.finals("normalized_margin")
    every = run.finals("margin_ratio") if margins is None else margins
    unfitted = 0 if every is None else int((every <= 0).sum())
    if every is not None and unfitted:
        several = f"{unfitted:,} of {len(every):,} "
        if unfitted == len(every):
            return NOT_FITTED, f"{NOT_FITTED}: margins are void"
        return f"{several}{NOT_FITTED}", f"{several}replicas {NOT_FITTED}: their margins are void"
    ratio, margin = run.final("margin_ratio"), run.final("normalized_margin")
    if ratio is not None:
        share = percentage_in_place(ratio)
        return share, f"{share} of {best_margin(run)}"
    return ("", "") if margin is None else (number(margin), f"margin {number(margin)}")


def best_margin(run: Run) -> str:
    """Return what the margin is a share of: the run's first reference is the one in its own norm."""
    kinds = [reference.kind for reference in run.history.references if reference.values]
    return next((MARGIN_REFERENCES[kind] for kind in kinds if kind in MARGIN_REFERENCES), "its reference")
