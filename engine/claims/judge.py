"""Judge a claim: which runs it is about, whether its assumptions are met, what its check measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import product

from ..experiment.claims import Claim
from ..experiment.columns import title_of
from ..experiment.document import Document
from ..experiment.experiment import Experiment
from ..protocol.messages import RunStatus
from ..protocol.run_history import RunHistory
from ..words.formats import number
from .assumptions import changed_settings, decaying, held_back, lost_replica, not_measured, unmet
from .checks import CHECKS
from .measured import UNDEFINED, Measured, within
from .reading import Reading, limits_at_the_end
from .verdict import Status, Verdict, bound_text, finite, measured_text

NONE_KNOWN: Mapping[str, Experiment] = {}
"""Where nobody says which experiments the runs are of."""
_ENDINGS = {
    RunStatus.DIVERGED: "diverged",
    RunStatus.STOPPED: "was stopped",
    RunStatus.FAILED: "broke off",
}
_SEVERITY: tuple[Status, ...] = ("fails", "void", "not yet", "holds")


def judge(
    claim: Claim, histories: Mapping[str, RunHistory], experiments: Mapping[str, Experiment] = NONE_KNOWN
) -> Verdict:
    """Judge a claim on the runs there are so far, by the name of their experiment ('' for an only one).

    Every replica is judged for itself and the worst one decides; of a column with one part a layer, the worst
    layer. While a run goes on, `always` and `non_decreasing` can already fail; everything else is 'not yet'.
    A run that was stopped by hand, or whose engine failed, can go on and is not over either.
    """
    if claim.about_a_map:
        return _verdict(
            claim,
            "not yet",
            [],
            "it is about the points of a map, which are trained by Run map in the tab Map, or by marginlab sweep",
        )
    names = [_run_of(claim, histories)] if claim.pair is None else list(claim.pair)
    missing = [name for name in names if name not in histories]
    if missing or not histories:
        who = f"the experiment '{missing[0]}'" if missing and missing[0] else "the experiment"
        return _verdict(claim, "not yet", [], f"{who} has not run yet")
    readings = [
        Reading(histories[name], claim.after, name, decaying(claim, experiments.get(name))) for name in names
    ]
    ended = [r for r in readings if r.history.finished and not len(r.history.records)]
    if ended:
        return _verdict(claim, "void", [], _ended_unrecorded(ended[0]))
    edited = changed_settings(readings)
    if edited:
        return _verdict(claim, "void", [], edited)
    absent = not_measured(claim, readings)
    if absent:
        over = all(reading.over for reading in readings)
        return _verdict(claim, "void" if over else "not yet", [], absent if over else f"{absent} so far")
    cases = _two_runs(claim, *readings) if len(readings) == 2 else _one_run(claim, readings[0])
    return _worst(claim, cases, readings)


def _ended_unrecorded(reading: Reading) -> str:
    """Say of a run without records how it ended."""
    return f"{_who(reading)} {_ENDINGS.get(reading.history.status, 'ended')} before its first record"


def judge_each(claim: Claim, history: RunHistory, experiment: Experiment | None = None) -> list[Verdict]:
    """Judge a claim on every replica of a run for itself, in order, as if each had trained alone."""
    reading = Reading(history, claim.after, decays=decaying(claim, experiment))
    if not len(history.records) or not_measured(claim, [reading]):
        return [judge(claim, {"": history})] * reading.replicas
    return [_worst(claim, [case], [reading]) for case in _one_run(claim, reading)]


def judge_all(document: Document, histories: Mapping[str, RunHistory]) -> list[Verdict]:
    """Judge every claim of a document on the runs there are so far, by the name of their experiment."""
    first = document.variations[0].name if document.variations else ""
    never = any(claim.check == "non_decreasing" for claim in document.claims)
    experiments = document.experiments() if never else NONE_KNOWN
    return [
        judge(claim.model_copy(update={"run": claim.run or first}), histories, experiments)
        for claim in document.claims
    ]


@dataclass(frozen=True)
class _Case:
    """How one replica (or pair of replicas) stands."""

    status: Status
    measured: Measured
    sentence: str
    lost: bool = False
    """Whether the sentence says that it diverged."""


def _one_run(claim: Claim, reading: Reading) -> list[_Case]:
    """Judge every replica of one run, each by its worst layer."""
    cases = []
    for r in range(reading.replicas):
        names = reading.columns(claim.of) or [claim.of]  # counters can be there without their column
        measured = [CHECKS[claim.check](reading, name, r, claim) for name in names]
        worst = max(measured, key=lambda m: m.badness)
        cases.append(_case(claim, replace(worst, replica=r), reading.over, [(reading, r)]))
    return cases


def _two_runs(claim: Claim, first: Reading, second: Reading) -> list[_Case]:
    """Judge replica by replica where the runs have as many, else every pair."""
    if first.replicas == second.replicas:
        pairs = [(r, r) for r in range(first.replicas)]
    else:
        pairs = list(product(range(first.replicas), range(second.replicas)))
    over = first.over and second.over
    cases = []
    for i, (r, s) in enumerate(pairs):
        measured = [_compared(claim, first, second, name, r, s) for name in first.columns(claim.of)]
        worst = max(measured, key=lambda m: m.badness)
        cases.append(_case(claim, replace(worst, replica=i), over, [(first, r), (second, s)]))
    return cases


def _compared(claim: Claim, first: Reading, second: Reading, name: str, r: int, s: int) -> Measured:
    """Judge the ratio or the order of two final values."""
    if not second.has(name):
        return UNDEFINED
    above, below = first.final(name, r), second.final(name, s)
    verb = "ends at" if first.over and second.over else "is at"
    phrase = (
        f"{title_of(name)} {verb} {number(above)} for '{first.name}' and {number(below)} for '{second.name}'"
    )
    low, high = limits_at_the_end(claim, first, r)
    if claim.check == "ratio":
        return within(above / below if below else math.nan, low, high, f"{phrase}, a ratio of")
    if (low, high) == (-math.inf, math.inf):
        found = within(above - below, math.nextafter(0, 1), high, f"{phrase}, a difference of")
        return replace(found, miss="where it should be above 0")
    return within(above - below, low, high, f"{phrase}, a difference of")


def _case(claim: Claim, measured: Measured, over: bool, replicas: list[tuple[Reading, int]]) -> _Case:
    """Say how one replica, or a pair, stands: what it measured, and what has or has not happened to it."""
    lost, missing = lost_replica(claim, replicas), unmet(claim, replicas)
    if lost and (measured.holds or not measured.settled):  # what it broke before then stays broken
        return _Case("void", replace(UNDEFINED, replica=measured.replica), lost, lost=True)
    without = held_back(claim, replicas)
    if without:
        return _Case("void", replace(UNDEFINED, replica=measured.replica), without)
    if missing:
        return _Case("void", measured, missing[0]) if over else _Case("not yet", measured, missing[1])
    if not measured.defined:
        when = "is never defined" if over else "is not defined yet"
        return _Case("fails" if over else "not yet", measured, f"{title_of(claim.of)} {when}")
    if not measured.holds and (over or measured.settled):
        return _Case("fails", measured, f"{measured.phrase}, {measured.miss}")
    claimed = f"{measured.phrase} (claimed: {bound_text(claim)})"
    return _Case("holds", measured, claimed) if over else _Case("not yet", measured, f"so far, {claimed}")


def _worst(claim: Claim, cases: list[_Case], readings: list[Reading]) -> Verdict:
    """Let the worst replica decide."""
    status = min((case.status for case in cases), key=_SEVERITY.index)
    alike = [case for case in cases if case.status == status]
    worst = max(alike, key=lambda case: case.measured.badness)
    sentence = worst.sentence
    if len(cases) > 1:
        share = "all" if len(alike) == len(cases) else f"{len(alike)} of {len(cases)}"
        sentence += f" [replica {worst.measured.replica}, the worst; {status}: {share} replicas]"
    if not worst.lost:
        sentence += "".join(f"; {ending}" for ending in map(_ending, readings) if ending)
    values = [finite(case.measured.value) for case in cases]
    first_step = worst.measured.first_step if status == "fails" else None
    return _verdict(claim, status, values, sentence, first_step, worst.measured.brief)


def _ending(reading: Reading) -> str:
    """Say how a run ended, or some of its replicas, where that was not as planned."""
    history = reading.history
    diverged = sum(reading.lost(r) is not None for r in range(reading.replicas))
    if history.finished and history.status in _ENDINGS:
        return f"{_who(reading)} {_ENDINGS[history.status]} at step {reading.last_step:,}"
    return f"{diverged} of {reading.replicas} replicas diverged" if diverged else ""


def _who(reading: Reading) -> str:
    return f"'{reading.name}'" if reading.name else "the run"


def _verdict(
    claim: Claim,
    status: Status,
    values: list[float | None],
    sentence: str,
    first_step: int | None = None,
    brief: str = "",
) -> Verdict:
    text = sentence if sentence.startswith("ln ") else sentence[:1].upper() + sentence[1:]
    measured = brief or measured_text(claim, values)
    return Verdict(
        status, values, bound_text(claim), f"{text}.", status == claim.expect, first_step, measured
    )


def _run_of(claim: Claim, histories: Mapping[str, RunHistory]) -> str:
    """Return which run a claim about one run means: the named one, else the first."""
    return claim.run or next(iter(histories), "")
