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
        self._rows: dict[str, tuple[str, RunRow]] = {}
        """By run: the one before it, and its row."""
        self._stale: set[str] = set()

    def forget(self, ids: Iterable[str]) -> None:
        """Work out anew what is said of these runs, and of those after them, which are told apart from them."""
        self._stale.update(ids)

    def rows(self, groups: Mapping[str, Sequence[Run]], colours: Mapping[str, str]) -> list[RunRow]:
        """Return what the list says of every run, those of one experiment together, under its title.

        `colours` has those that runs have by a value.
        """
        rows: dict[str, tuple[str, RunRow]] = {}
        stale, self._stale = self._stale, set()
        for title, runs in groups.items():
            heading = (title or "Untitled experiment") if len(groups) > 1 else ""
            before: Run | None = None
            for run in runs:
                key = "" if before is None else before.id
                known = None if run.id in stale or key in stale else self._rows.get(run.id)
                if known is None or known[0] != key:
                    known = (key, run_row(run, before, heading))
                elif known[1].heading != heading:
                    known = (key, known[1]._replace(heading=heading))
                colour = colours.get(run.id) or run_colour(run.colour)
                if known[1].colour != colour:
                    known = (key, known[1]._replace(colour=colour))
                rows[run.id] = known
                before, heading = run, ""
        self._rows = rows
        return [row for _, row in rows.values()]


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
