"""What a plot says in words: why it is empty, what it leaves out, what its lines are over replicas. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

from engine.figures.drawn_curve import MOST_SINGLES
from engine.figures.spread import band_words
from engine.protocol.run_history import RunHistory
from engine.words.formats import counted

from .choices import Choices
from .traces import TraceData

WHAT = {
    "margins": "margins",
    "norms": "norms",
    "directions": "directions",
    "kernel": "tangent kernel",
    "loss": "loss",
    "stationarity": "stationarity",
    "layers": "singular values of layers",
}
"""What was not measured where a plot stays empty."""
WHOSE = {"components": "Linear networks of factors have them"}
"""Which runs have it, where few do."""


def message(choices: Choices, data: Sequence[TraceData], hidden: int = 0) -> str:
    """Return why a plot shows nothing; '' where it shows something. So many runs beside the data are hidden."""
    visible = [d for d in data if d.trace.visible]
    if not data and not hidden:
        return "Press Run"
    if not visible:
        return "Press Run\nEarlier runs are hidden; the eye beside a run shows it"
    if not any(len(d.records) for d in visible):
        return without_records([d.trace.history for d in visible])
    if not choices.recorded:
        whose = WHOSE.get(choices.spec.id, "")
        said = f"No {WHAT.get(choices.spec.id, choices.spec.title.lower())} measured"
        return f"{said}\n{whose}" if whose else said
    if not choices.entries():
        return "No columns chosen"
    return "" if choices.columns() else "All columns are hidden"


def without_records(histories: Sequence[RunHistory]) -> str:
    """Say why nothing has been recorded: it is still to come, or the runs ended before it could."""
    if not all(history.finished for history in histories):
        return "Waiting for the first record"
    ended = " or ".join(sorted({history.status for history in histories}))
    who = "The run" if len(histories) == 1 else "Every run shown"
    return f"{who} {ended} before its first record"


def missing_note(missing: int, one_minus: bool, of: str = "") -> str:
    """Say how many values a logarithmic axis cannot show, of what where it is named; '' for none."""
    limit = "1 or above" if one_minus else "0 or below"
    what = f" of {of}" if of else ""
    return f"{counted(missing, 'value')}{what} at {limit} not shown" if missing else ""


def replicas_remark(visible: Sequence[TraceData]) -> str:
    """Say what line, band and faint lines are; '' where every run has one replica."""
    counts = sorted({d.records.replicas for d in visible if d.records.replicas > 1})
    if not counts:
        return ""
    names = [d.trace.replica_label for d in visible if d.replica is not None]
    medians = any(d.records.replicas > 1 and d.replica is None for d in visible)
    line = " and ".join([*names, *(["median of the replicas"] if medians else [])])
    coloured = [d.trace.scale.title for d in visible if d.trace.scale is not None]
    text = f"Line and value: {line}. "
    text += (
        f"Coloured: single replicas, by {coloured[0]}"
        if coloured
        else (f"Band: {band_words(counts)}. Faint: single replicas")
    )
    if counts[-1] > MOST_SINGLES:
        text += f" ({MOST_SINGLES} of {counts[-1]})"
    same = all(d.positions.same_for_all for d in visible)
    return text + ("." if same else "; line and band at each record's median position.")
